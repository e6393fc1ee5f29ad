/** What `coaudit audit-range` does: opens the log, verifies the range here or on the workers of a queue, reports. */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { fromHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import type { ChainOptions } from "../../range-audit/chain-audit.ts";
import { MAX_LOOKS } from "../../range-audit/look-again.ts";
import { Patience } from "../../range-audit/patience.ts";
import { RangeAuditState } from "../../range-audit/progress-file.ts";
import type { RangeAuditOptions, RangeAuditReport, RangeTallyModules } from "../../range-audit/tally.ts";
import { openSource } from "../../source/open-source.ts";
import type { EpochSource } from "../../source/source.ts";
import { EXIT } from "../exit-codes.ts";
import { WorkProgress } from "../progress.ts";
import { printable } from "../text.ts";
import { DEFAULT_CHUNK, DEFAULT_JOBS, DEFAULT_LOOKS } from "./audit-range-defaults.ts";
import { threadsOf } from "./threads-flag.ts";

/** Each holds about one and a half times its proof. */
const MAX_JOBS = 64;
const MAX_CHUNK = 100_000;

export interface AuditRangeOptions {
  log: string;
  from: string;
  to?: string;
  configuration: ConfigurationName;
  root?: string;
  jobs?: string;
  threads?: string;
  lookAgain?: string;
  state?: string;
  queue?: string;
  chunk?: string;
  allowPlainHttp?: true;
  json?: true;
}

export async function auditRange(options: AuditRangeOptions): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new CoauditError("USAGE", "stopped; run the same command again to continue", {}));
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const report = await runAudit(options, stop.signal);
    print(report, options);
    process.exitCode = report.complete ? EXIT.yes : report.failure?.isFact === true ? EXIT.no : EXIT.usage;
  } catch (error) {
    const message = printable(errorMessage(error));
    if (options.json) console.log(JSON.stringify({ code: isCoauditError(error) ? error.code : "UNREADABLE", message }));
    else console.error(`coaudit audit-range: ${message}`);
    process.exitCode = EXIT.usage;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

async function runAudit(options: AuditRangeOptions, signal: AbortSignal): Promise<RangeAuditReport> {
  const from = parseNumber(options.from, "--from", 1);
  const root = options.root === undefined ? undefined : parseRoot(options.root);
  const { log, configuration } = options;
  const source = await openSource({ log, allowPlainHttp: options.allowPlainHttp === true });
  const toGiven = options.to === undefined ? undefined : parseNumber(options.to, "--to", from);
  const looks = parseNumber(options.lookAgain ?? String(DEFAULT_LOOKS), "--look-again", 0, MAX_LOOKS);
  const engine = options.queue === undefined ? await localEngine(options) : await queueEngine(options, options.queue);
  try {
    const to = toGiven ?? (await newest(source, from, signal));
    const subject = { log, configuration, from, ...(root === undefined ? {} : { root }) };
    const state = await RangeAuditState.open(subject, options.state);
    const progress = new WorkProgress({ total: to - from + 1, unit: "epochs", isQuiet: options.json === true });
    try {
      return await engine.run(
        { log, configuration, from, to, root, lookAgain: looks },
        { source, state, progress },
        signal,
      );
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
    range: RangeAuditOptions & Pick<ChainOptions, "lookAgain">,
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
  const machine = { clock: systemClock, random: systemRandom };
  return {
    run: (range, modules, signal) =>
      new RangeAudit({ ...range, jobs }, { ...modules, proofVerifier, ...machine }).run(signal),
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
  const { ChunkCheck } = await import("../../range-audit/chunk-check.ts");
  const { createProofVerifier } = await import("../../akd/create-verifier.ts");
  const connection = await connectAsker(url);
  // One epoch of a part at a time: threads would wait.
  const proofVerifier = createProofVerifier({ threads: 0 });
  const where = { queue: chunksQueue(log), run: chunkRun(configuration) };
  const worker = `coaudit sim worker --queue ${connection.url} --audit-log ${log}`;
  const runner = await openQueueRunner(where, connection, () =>
    console.error(`no worker reads this log yet; start one: ${worker}`),
  );
  return {
    run: (range, modules, signal) => {
      const { source, progress } = modules;
      const note = (text: string): void => progress.note(text);
      const machine = { clock: systemClock, random: systemRandom };
      const check = new ChunkCheck(range, { source, proofVerifier, note, ...machine });
      return new RangeSpread({ ...range, chunkEpochs }, { ...modules, runner, check }).run(signal);
    },
    close: async () => {
      await runner.close();
      await proofVerifier.close();
    },
  };
}

async function newest(source: EpochSource, from: number, signal: AbortSignal): Promise<number> {
  const note = (text: string): void => console.error(text);
  const patience = new Patience({ clock: systemClock, random: systemRandom, note });
  const epoch = await patience.through(() => source.latest(signal, from), signal);
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
  const message = printable(failure.message);
  console.log(`${what} at epoch ${failure.epoch} of ${from} to ${to}: ${message} [${failure.code}]`);
}
