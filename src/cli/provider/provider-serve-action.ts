/** What `coaudit provider serve` does: opens the log and the lies, serves both until a signal. */
import { CONFIGURATION_NAMES } from "../../akd/configuration.ts";
import { toHex } from "../../core/bytes.ts";
import type { Random } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import { DirectoryLog } from "../../provider/keys/directory-log.ts";
import { levelJournal, memoryJournal } from "../../provider/keys/journal.ts";
import type { Lie, LieScope } from "../../provider/lies.ts";
import type { ProviderLog, PublishedEpoch } from "../../provider/log.ts";
import { openRecordedLog } from "../../provider/recorded-log.ts";
import { startProvider } from "../../provider/server.ts";
import { RandomStreams } from "../../simulator/engine/random-streams.ts";
import { npxAbove, npxEnded } from "./npx.ts";

/** Strings as commander delivers them, not yet parsed. */
export interface ServeFlags {
  log?: string;
  live?: boolean;
  data?: string;
  configuration: string;
  entries: string;
  seed?: string;
  fork?: string;
  forkAt?: string;
  forkTo?: string;
  interval: string;
  port: string;
  startEpoch: string;
  listBothAt?: string;
  invalidAt?: string;
  truncateAt?: string;
  withhold?: string;
  withholdListing?: string;
  staleFor?: string;
  slowMs?: string;
  bytesPerSecond?: string;
  lieTo?: string;
  lieTimes?: string;
  json?: boolean;
}

export async function serveProvider(flags: ServeFlags): Promise<void> {
  const options = {
    port: parseNumber(flags.port, "--port", 0, 65_535),
    intervalMs: parseNumber(flags.interval, "--interval", 1, 2 ** 31 - 1),
    startEpoch: parseNumber(flags.startEpoch, "--start-epoch"),
    lies: liesOf(flags),
  };
  const print = (event: string, fields: object, text: string): void => {
    process.stdout.write(`${flags.json === true ? JSON.stringify({ event, ...fields }) : text}\n`);
  };
  const npx = await npxAbove();
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ended.abort());
  const log = await openLog(flags);
  const provider = await startProvider(options, {
    log,
    ...(log instanceof DirectoryLog ? { keys: log } : {}),
    clock: systemClock,
    logger: {
      debug() {},
      info() {},
      warn: (_, message) => process.stderr.write(`${message}\n`),
      error: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    },
    onPublish: (epoch) => {
      if (epoch === undefined) print("ended", {}, "end of the recording; what was published stays");
      else print("published", { epoch: epoch.main.epoch, ...epoch }, publishedText(epoch));
    },
  });
  const vrfKey = log instanceof DirectoryLog ? toHex(log.directory("main").vrfKey) : undefined;
  const directoryText = vrfKey === undefined ? "" : `\nkeys at ${provider.url}keys, VRF key ${vrfKey}`;
  const listening = `listening on ${provider.url}NAME/ for each auditor's NAME${directoryText}`;
  print("listening", { url: provider.url, ...(vrfKey === undefined ? {} : { vrfKey }) }, listening);

  await npxEnded(npx, ended.signal);
  await provider.stop();
  if (log instanceof DirectoryLog) await log.close();
  print("stopped", {}, "stopped");
}

function publishedText({ main, fork }: PublishedEpoch): string {
  const other = fork === undefined ? "" : `   fork ${fork.current.slice(0, 16)}`;
  return `epoch ${main.epoch}   ${main.current.slice(0, 16)}${other}`;
}

async function openLog(flags: ServeFlags): Promise<ProviderLog> {
  if ((flags.log === undefined) === (flags.live !== true)) {
    throw usage("--log", "give either --log <dir>, a recording to publish, or --live, a live tree");
  }
  const forkAt = flags.forkAt === undefined ? undefined : parseNumber(flags.forkAt, "--fork-at", 1);
  if (flags.log === undefined) {
    if (flags.fork !== undefined)
      throw usage("--fork", "a live tree forks by itself: give --fork-at and --fork-to without --fork");
    const configuration = CONFIGURATION_NAMES.find((name) => name === flags.configuration);
    if (configuration === undefined) {
      throw usage(
        "--configuration",
        `unknown configuration "${flags.configuration}"; choose ${CONFIGURATION_NAMES.join(" or ")}`,
      );
    }
    const entriesPerEpoch = parseNumber(flags.entries, "--entries", 1, 1_000_000);
    const journal = flags.data === undefined ? memoryJournal() : await levelJournal(flags.data);
    const directory = { configuration, entriesPerEpoch, ...(forkAt === undefined ? {} : { forkAt }) };
    return DirectoryLog.open(directory, { random: randomOf(flags), journal });
  }
  if (flags.seed !== undefined) throw usage("--seed", "a recording is what it is; give --seed with --live");
  if (flags.data !== undefined) throw usage("--data", "a recording is its own data; give --data with --live");
  if ((flags.fork === undefined) !== (forkAt === undefined)) {
    throw usage("--fork", "--fork <dir> and --fork-at <epoch> must be given together");
  }
  const fork =
    flags.fork === undefined || forkAt === undefined ? {} : { fork: { directory: flags.fork, atEpoch: forkAt } };
  return openRecordedLog({ directory: flags.log, ...fork });
}

/** The VRF's secret key comes from it too: a seed is for practice and tests. */
function randomOf({ seed }: ServeFlags): Random {
  return seed === undefined ? systemRandom : new RandomStreams(parseNumber(seed, "--seed")).stream("key-directory");
}

function liesOf(flags: ServeFlags): Lie[] {
  const lies: Lie[] = [];
  if (flags.forkTo !== undefined) {
    if (flags.forkAt === undefined) throw usage("--fork-to", "give the first epoch of the fork with --fork-at <epoch>");
    lies.push({ kind: "fork", to: namesOf(flags.forkTo, "--fork-to") });
  } else if (flags.forkAt !== undefined && flags.listBothAt === undefined) {
    throw usage("--fork-to", "name those who are shown the fork with --fork-to <names>");
  }
  const to: LieScope = flags.lieTo === undefined ? {} : { to: namesOf(flags.lieTo, "--lie-to") };
  const times: LieScope = flags.lieTimes === undefined ? {} : { times: parseNumber(flags.lieTimes, "--lie-times", 1) };
  const told = { ...to, ...times };
  const atEpoch: readonly [Lie["kind"], string, string | undefined][] = [
    ["list-both", "--list-both-at", flags.listBothAt],
    ["invalid-proof", "--invalid-at", flags.invalidAt],
    ["truncate", "--truncate-at", flags.truncateAt],
    ["withhold", "--withhold", flags.withhold],
    ["withhold-listing", "--withhold-listing", flags.withholdListing],
  ];
  for (const [kind, option, epoch] of atEpoch) {
    if (epoch !== undefined) lies.push({ kind, epoch: parseNumber(epoch, option, 1), ...told });
  }
  if (flags.staleFor !== undefined) {
    lies.push({ kind: "withhold-listing", ...to, times: parseNumber(flags.staleFor, "--stale-for", 1) });
  }
  if (flags.slowMs !== undefined || flags.bytesPerSecond !== undefined) {
    const delay = flags.slowMs === undefined ? {} : { delayMs: parseNumber(flags.slowMs, "--slow-ms", 1, 2 ** 31 - 1) };
    const { bytesPerSecond: rate } = flags;
    const slow = rate === undefined ? {} : { bytesPerSecond: parseNumber(rate, "--bytes-per-second", 1) };
    lies.push({ kind: "slow", ...delay, ...slow, ...told });
  }
  return lies;
}

function namesOf(text: string, option: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw usage(option, `"${text}" is not a comma-separated list of names`);
  return names;
}

function usage(option: string, reason: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${reason}`, { option });
}
