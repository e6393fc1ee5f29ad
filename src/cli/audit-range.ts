/** `coaudit audit-range`: a chain of epochs, offline. It signs nothing and claims nothing. */
import { Command, CommanderError, Option } from "commander";
import { CONFIGURATION_NAMES, type ConfigurationName } from "../akd/configuration.ts";
import { fromHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { parseNumber } from "../core/numbers.ts";
import type { EpochSource } from "../source/source.ts";
import type { RangeAuditReport } from "./range-audit.ts";
import { threadsOf } from "./verify-proof.ts";

const EXIT = { valid: 0, invalid: 1, unusable: 2 } as const;
const DEFAULT_JOBS = 2;
/** Each holds about one and a half times its proof. */
const MAX_JOBS = 64;

interface AuditRangeOptions {
  log: string;
  from: string;
  to?: string;
  configuration: ConfigurationName;
  root?: string;
  jobs?: string;
  threads?: string;
  state?: string;
  allowPlainHttp?: true;
  json?: true;
}

/** Exit codes and usage errors as verifyProofCommand. */
export function auditRangeCommand(): Command {
  return new Command("audit-range")
    .summary("verify a chain of epochs, offline")
    .description(
      "Verify that each of a range of epochs leads from the digest of the epoch before to its own, having inserted leaves and changed\n" +
        "nothing else. Nothing is signed, no claim is made, no node is needed. Stopped and started again with the same options, it goes\n" +
        "on where it was.",
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
      "digest of the epoch before --from (default: of the empty tree for epoch 1, else as the log names it)",
    )
    .option("--jobs <number>", `epochs fetched and verified at the same time (default: ${DEFAULT_JOBS})`)
    .option("--threads <number>", "worker threads; 0: none (default: as many as cores, at most 8)")
    .option(
      "--state <file>",
      "where it notes how far it is (default: a file in the current folder, named after the options)",
    )
    .option("--allow-plain-http", "take a log by http from another machine")
    .option("--json", "print the report as one line of JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 all valid, 1 an epoch is invalid or the chain broken, 2 stopped, unreadable or wrong usage.

Examples:
  $ coaudit audit-range --log ./audits --from 1 --to 24
  $ coaudit audit-range --log https://audits.example.org/ --from 100001 --root b1df…3569 --jobs 4 --json`,
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? EXIT.valid : EXIT.unusable, error.code, error.message);
    })
    .action(auditRange);
}

async function auditRange(options: AuditRangeOptions): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new CoauditError("USAGE", "stopped; start it again to go on", {}));
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
  const jobs = parseNumber(options.jobs ?? String(DEFAULT_JOBS), "--jobs", 1, MAX_JOBS);
  const threads = threadsOf(options.threads);
  const { createProofVerifier } = await import("../akd/create-verifier.ts");
  const { RangeAudit } = await import("./range-audit.ts");
  const { RangeAuditState } = await import("./range-audit-state.ts");
  const { RangeAuditProgress } = await import("./range-audit-progress.ts");

  const source = await openSource(options);
  const to = options.to === undefined ? await newest(source, from, signal) : parseNumber(options.to, "--to", from);
  const { log, configuration } = options;
  const state = await RangeAuditState.open(
    { log, configuration, from, ...(root === undefined ? {} : { root }) },
    options.state,
  );
  const progress = new RangeAuditProgress({ from, to, isQuiet: options.json === true });
  const verifier = createProofVerifier(threads);
  try {
    const audit = new RangeAudit({ log, configuration, from, to, root, jobs }, { source, verifier, state, progress });
    return await audit.run(signal);
  } finally {
    progress.stop();
    await state.save();
    await verifier.close();
  }
}

async function openSource({ log, allowPlainHttp }: AuditRangeOptions): Promise<EpochSource> {
  if (!/^https?:\/\//.test(log)) {
    const { FolderSource } = await import("../source/folder.ts");
    return new FolderSource({ directory: log });
  }
  const { BucketSource } = await import("../source/bucket.ts");
  const { systemClock, systemRandom } = await import("../node/system.ts");
  return new BucketSource(
    { url: log, allowPlainHttp: allowPlainHttp === true },
    { clock: systemClock, random: systemRandom },
  );
}

async function newest(source: EpochSource, from: number, signal: AbortSignal): Promise<number> {
  const epoch = await source.latest(signal, from);
  if (epoch !== undefined && epoch >= from) return epoch;
  throw new CoauditError("USAGE", `the log lists no epoch from ${from} on`, { option: "--from" });
}

function parseRoot(text: string): Uint8Array {
  const digest = fromHex(text, "--root");
  if (digest.length === 32) return digest;
  throw new CoauditError("USAGE", `--root: a digest has 64 hex digits, not ${text.length}`, { option: "--root" });
}

function print(report: RangeAuditReport, options: AuditRangeOptions): void {
  if (options.json) {
    console.log(JSON.stringify(report));
    return;
  }
  const { verifiedTo, from, to, failure, epochsPerSecond, megabytesPerSecond } = report;
  const speed = `${epochsPerSecond} epochs/s, ${megabytesPerSecond} MB/s`;
  const root = report.rootChosen === "first-sight" ? `; epoch ${from - 1} is taken as the log names it` : "";
  if (verifiedTo !== null)
    console.log(`valid: epochs ${from} to ${verifiedTo}, digest ${report.digest} (${speed})${root}`);
  if (failure === undefined) return;
  const what = failure.isFact ? "invalid" : "stopped";
  console.log(`${what} at epoch ${failure.epoch} of ${from} to ${to}: ${failure.message} [${failure.code}]`);
}
