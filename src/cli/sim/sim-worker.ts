/** `coaudit sim worker`: lends this machine to sweeps, and to audits of ranges, that were started elsewhere. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { QUEUE_HELP, QUEUE_OPTION } from "../job-runners.ts";
import { repeated } from "../repeated.ts";
import type { SimWorkerOptions } from "./sim-worker-action.ts";

export function simWorkerCommand(context: CliContext): Command {
  return new Command("worker")
    .summary("run worlds for sweeps started on other machines")
    .description(
      "Takes worlds from a queue and runs them until stopped. It makes no claims, signs nothing and writes nothing; with --audit-log " +
        "it also verifies epochs of that log for coaudit audit-range. Whoever can reach the Redis server can give it work and forge its " +
        "answers: let only your own machines reach it.",
    )
    .requiredOption(QUEUE_OPTION, QUEUE_HELP)
    .option("--jobs <number>", "worlds run at once, one thread each (default: as many as cores)")
    .option(
      "--audit-log <url|dir>",
      "fetch and verify epochs of this log, named exactly as in audit-range (repeatable)",
      repeated,
    )
    .option("--allow-plain-http", "accept a log over plain HTTP from another machine")
    .addHelpText(
      "after",
      `
Exit code: 0 stopped; 1 the jobs are for another version of coaudit, or Redis is unreachable.

Examples:
  $ coaudit sim worker --queue redis://queue.example:6379 --jobs 8
  $ COAUDIT_REDIS_PASSWORD=… coaudit sim worker --queue rediss://worker@queue.example --audit-log https://audits.example.org/`,
    )
    .action(async (options: SimWorkerOptions) => (await import("./sim-worker-action.ts")).simWorker(options, context));
}
