/** `coaudit sim sweep`: many worlds, over varied parameters and seeds. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { QUEUE_HELP, QUEUE_OPTION } from "../job-runners.ts";
import { repeated } from "../repeated.ts";
import type { SimSweepOptions } from "./sim-sweep-action.ts";

export function simSweepCommand(context: CliContext): Command {
  return new Command("sweep")
    .summary("run many worlds, over varied parameters and seeds")
    .description(
      "Runs a scenario at every combination of the varied values, --repeats times each, and writes worlds.csv (one row per world) and " +
        "summary.json (estimates with confidence intervals at each point). Repeat r has the same seed at every point. Stopped or killed, " +
        "and started again with the same options, it continues where it was; the results are the same, whatever ran it.",
    )
    .argument("<file>", "a scenario file, or the name of a bundled scenario (coaudit sim list)")
    .option(
      "--vary <path=values>",
      "vary a value: auditors=3,5,10 or network.lossRate=0..0.5:0.1 (repeatable)",
      repeated,
    )
    .option("--set <path=value>", "replace a value of the scenario, in YAML (repeatable)", repeated)
    .option("--repeats <number>", "worlds at each point, each with a seed of its own", "100")
    .option("--seed <number>", "seed from which the seeds of all worlds are derived", "1")
    .option("--jobs <number>", "worlds run at once, one thread each (default: as many as cores)")
    .option(QUEUE_OPTION, `${QUEUE_HELP}; worlds then run only on workers (coaudit sim worker)`)
    .requiredOption("--out <folder>", "folder for results and progress")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 done; 1 stopped or a world failed; 2 wrong usage.

Examples:
  $ coaudit sim sweep split.yaml --vary auditors=3,5,10,20 --vary network.lossRate=0..0.5:0.1 --repeats 200 --out results
  $ coaudit sim sweep split.yaml --vary auditors=3,5,10,20 --queue redis://queue.example:6379 --out results`,
    )
    .action(async (file: string, options: SimSweepOptions) =>
      (await import("./sim-sweep-action.ts")).simSweep(file, options, context),
    );
}
