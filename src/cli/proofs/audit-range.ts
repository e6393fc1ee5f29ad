/** `coaudit audit-range`: verifies a chain of epochs, offline. It signs nothing and claims nothing. */
import { Command, CommanderError, Option } from "commander";
import { CONFIGURATION_NAMES, type ConfigurationName } from "../../akd/configuration.ts";
import { fromHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { RangeAuditOptions, RangeAuditReport, RangeTallyModules } from "../../range-audit/tally.ts";
import type { EpochSource } from "../../source/source.ts";
import { QUEUE_HELP, QUEUE_OPTION } from "../job-runners.ts";
import { threadsOf } from "./verify-proof.ts";

const EXIT = { valid: 0, invalid: 1, unusable: 2 } as const;
const DEFAULT_JOBS = 2;
/** Each holds about one and a half times its proof. */
const MAX_JOBS = 64;
/** Some minutes of work if proofs are large: what is lost when a worker dies. */
const DEFAULT_CHUNK = 64;
const MAX_CHUNK = 100_000;

interface AuditRangeOptions {
  log: string;
  from: string;
  to?: string;
  configuration: ConfigurationName;
  root?: string;
  jobs?: string;
  threads?: string;
  state?: string;
  queue?: string;
  chunk?: string;
  allowPlainHttp?: true;
  json?: true;
}

/** Exit codes and usage errors as verifyProofCommand. */
export function auditRangeCommand(): Command {
  return new Command("audit-range")
    .summary("verify a chain of epochs, offline")
    .description(
      "Verify that each epoch of a range leads from the digest of the epoch before to its own by inserting leaves and changing " +
        "nothing else. Nothing is signed, no claim is made, no node is needed. Stopped and started again with the same options, it " +
        "continues where it was.",
    )
    .requiredOption(
      "--log <url|dir>",
      "the directory's audit log: a bucket's URL, or a folder of <epoch>/<previous>/<current>",
    )
    .requiredOption("--from <epoch>", "first epoch to verify")
    .option("--to <epoch>", "last epoch to verify (default: the newest listed)")
    .addOption(
      new Option("--configuration <name>", "how the directory hashes its tree")
        .choices([...CONFIGURATION_NAMES])
        .default("whatsapp_v1"),
    )
    .option(
      "--root <hex>",
      "digest of the epoch before --from (default: the empty tree's for epoch 1, else as the log names it)",
    )
    .option("--jobs <number>", `epochs fetched and verified at once (default: ${DEFAULT_JOBS})`)
    .option("--threads <number>", "worker threads; 0 for none (default: as many as cores, at most 8)")
    .option(
      "--state <file>",
      "file that records progress (default: one in the current folder, named after the options)",
    )
    .option(QUEUE_OPTION, `${QUEUE_HELP}; workers need --audit-log (coaudit sim worker)`)
    .option("--chunk <epochs>", `epochs per job of a worker (default: ${DEFAULT_CHUNK})`)
    .option("--allow-plain-http", "accept a log over plain HTTP from another machine")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 all valid; 1 an epoch is invalid or the chain is broken; 2 stopped, unreadable or wrong usage.

Examples:
  $ coaudit audit-range --log ./audits --from 1 --to 24
  $ coaudit audit-range --log https://audits.example.org/ --from 100001 --root b1df…3569 --jobs 4 --json
  $ coaudit audit-range --log https://audits.example.org/ --from 1 --queue redis://queue.example:6379`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? EXIT.valid : EXIT.unusable, error.code, error.message);
    })
    .action(auditRange);
}

async function auditRange(options: AuditRangeOptions): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new CoauditError("USAGE", "stopped; run the same command again to continue", {}));
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const report = await runAudit(options, stop.signal);
    print(report, options);
    process.exitCode = report.complete ? EXIT.valid : report.failure?.isFact === true ? EXIT.invalid : EXIT.unusable;
  } catch (error) {
    const message = errorMessage(error);
    if (options.json) console.log(JSON.stringify({ code: isCoauditError(error) ? error.code : "UNREADABLE", message }));
    else console.error(`coaudit audit-range: ${message}`);
    process.exitCode = EXIT.unusable;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function runAudit(options: AuditRangeOptions, signal: AbortSignal): Promise<RangeAuditReport> {
  const from = parseNumber(options.from, "--from", 1);
  const root = options.root === undefined ? undefined : parseRoot(options.root);
  const { openSource } = await import("../../source/open-source.ts");
  const { RangeAuditState } = await import("../../range-audit/progress-file.ts");
  const { WorkProgress } = await import("../progress.ts");
  const { log, configuration } = options;
  const source = await openSource({ log, allowPlainHttp: options.allowPlainHttp === true });
  const toGiven = options.to === undefined ? undefined : parseNumber(options.to, "--to", from);
  const engine = options.queue === undefined ? await localEngine(options) : await queueEngine(options, options.queue);
  try {
    const to = toGiven ?? (await newest(source, from, signal));
    const subject = { log, configuration, from, ...(root === undefined ? {} : { root }) };
    const state = await RangeAuditState.open(subject, options.state);
    const progress = new WorkProgress({ total: to - from + 1, unit: "epochs", isQuiet: options.json === true });
    try {
      return await engine.run({ log, configuration, from, to, root }, { source, state, progress }, signal);
    } finally {
      progress.stop();
      await state.save();
    }
  } finally {
    await engine.close();
  }
}

/** Who verifies: this process, or the workers of a queue. */
interface Engine {
  run(
    range: RangeAuditOptions,
    modules: RangeTallyModules & { readonly source: EpochSource },
    signal: AbortSignal,
  ): Promise<RangeAuditReport>;
  close(): Promise<void>;
}

async function localEngine(options: AuditRangeOptions): Promise<Engine> {
  if (options.chunk !== undefined)
    throw usage("--chunk", "--chunk needs --queue; without it epochs are taken one by one");
  const jobs = parseNumber(options.jobs ?? String(DEFAULT_JOBS), "--jobs", 1, MAX_JOBS);
  const threads = threadsOf(options.threads);
  const { createProofVerifier } = await import("../../akd/create-verifier.ts");
  const { RangeAudit } = await import("../../range-audit/chain-audit.ts");
  const proofVerifier = createProofVerifier(threads);
  return {
    run: (range, modules, signal) => new RangeAudit({ ...range, jobs }, { ...modules, proofVerifier }).run(signal),
    close: () => proofVerifier.close(),
  };
}

async function queueEngine(options: AuditRangeOptions, url: string): Promise<Engine> {
  if (options.jobs !== undefined || options.threads !== undefined) {
    throw usage("--queue", "--jobs and --threads are for this machine; with --queue give --jobs to coaudit sim worker");
  }
  const chunkEpochs = parseNumber(options.chunk ?? String(DEFAULT_CHUNK), "--chunk", 1, MAX_CHUNK);
  const { connectAsker, openQueueRunner } = await import("../job-runners.ts");
  const { chunkRun, chunksQueue } = await import("../../range-audit/chunk-job.ts");
  const { RangeSpread } = await import("../../range-audit/spread-audit.ts");
  const { log, configuration } = options;
  const connection = await connectAsker(url);
  const where = { queue: chunksQueue(log), run: chunkRun(configuration) };
  const worker = `coaudit sim worker --queue ${connection.url} --audit-log ${log}`;
  const runner = await openQueueRunner(where, connection, () =>
    console.error(`no worker reads this log yet; start one: ${worker}`),
  );
  return {
    run: (range, modules, signal) => new RangeSpread({ ...range, chunkEpochs }, { ...modules, runner }).run(signal),
    close: () => runner.close(),
  };
}

async function newest(source: EpochSource, from: number, signal: AbortSignal): Promise<number> {
  const epoch = await source.latest(signal, from);
  if (epoch !== undefined && epoch >= from) return epoch;
  throw new CoauditError("USAGE", `the log lists no epoch at or above ${from}`, { option: "--from" });
}

function parseRoot(text: string): Uint8Array {
  const digest = fromHex(text, "--root");
  if (digest.length === 32) return digest;
  throw new CoauditError("USAGE", `--root: a digest has 64 hex digits, not ${text.length}`, { option: "--root" });
}

function usage(option: string, message: string): CoauditError {
  return new CoauditError("USAGE", message, { option });
}

function print(report: RangeAuditReport, options: AuditRangeOptions): void {
  if (options.json) {
    console.log(JSON.stringify(report));
    return;
  }
  const { verifiedTo, from, to, failure, epochsPerSecond, megabytesPerSecond } = report;
  const speed = `${epochsPerSecond} epochs/s, ${megabytesPerSecond} MB/s`;
  const root = report.rootChosen === "first-sight" ? `; epoch ${from - 1} is trusted as the log names it` : "";
  if (verifiedTo !== null)
    console.log(`valid: epochs ${from} to ${verifiedTo}, digest ${report.digest} (${speed})${root}`);
  if (failure === undefined) return;
  const what = failure.isFact ? "invalid" : "stopped";
  console.log(`${what} at epoch ${failure.epoch} of ${from} to ${to}: ${failure.message} [${failure.code}]`);
}
