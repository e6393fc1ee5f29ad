/** `coaudit provider serve`: a practice key directory, honest or lying. */
import { Command } from "commander";
import type { Random } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { Lie, LieScope } from "../../provider/lies.ts";
import type { ProviderLog, PublishedEpoch } from "../../provider/log.ts";

const EXAMPLES = `
Auditors read http://127.0.0.1:PORT/NAME/, each under its own name; lies are told to all of them, or to those that --lie-to names.

Examples:
  $ coaudit provider serve --live --interval 2000 --port 8400
      a live directory with a new epoch every two seconds
  $ coaudit provider serve --log recorded --fork other --fork-at 17 --fork-to alice,bob
      a recording; alice and bob are shown another history from epoch 17 on
  $ coaudit provider serve --live --truncate-at 3 --lie-to carol --lie-times 2
      the first two times that carol fetches epoch 3, the connection closes in the middle`;

/** Strings as commander delivers them, not yet parsed. */
interface ServeFlags {
  log?: string;
  live?: boolean;
  configuration: string;
  entries: string;
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

export function providerCommand(): Command {
  const serve = new Command("serve")
    .description("serve a recorded or live key directory as an S3-style bucket, one epoch at a time")
    .option("--log <dir>", "a recording: <dir>/<epoch>/<previous>/<current>, or the same under <dir>/audits")
    .option("--live", "a live tree with random entries instead of a recording")
    .option("--configuration <name>", "configuration of the live tree: whatsapp_v1 or experimental", "whatsapp_v1")
    .option("--entries <n>", "new entries in each epoch of the live tree", "50")
    .option("--interval <ms>", "time between epochs", "5000")
    .option("--port <port>", "port on 127.0.0.1; 0 for any free one", "8400")
    .option("--start-epoch <epoch>", "publish everything up to this epoch at the start", "1")
    .option("--fork <dir>", "a second recording, with another history from --fork-at on")
    .option("--fork-at <epoch>", "first epoch at which the histories differ; with --live, a second tree")
    .option("--fork-to <names>", "auditors that are shown the fork, separated by commas")
    .option("--list-both-at <epoch>", "lie: list two keys for this epoch")
    .option("--invalid-at <epoch>", "lie: serve an invalid proof for this epoch")
    .option("--truncate-at <epoch>", "lie: close the connection in the middle of this epoch's blob")
    .option("--withhold <epoch>", "lie: list this epoch, but not find its blob")
    .option("--withhold-listing <epoch>", "lie: do not list this epoch")
    .option("--stale-for <n>", "lie: leave each epoch out of the first n listings that an auditor asks for")
    .option("--slow-ms <ms>", "lie: send nothing of a blob before this time has passed")
    .option("--bytes-per-second <n>", "lie: send blobs at this rate")
    .option("--lie-to <names>", "tell the lies only to these auditors, separated by commas")
    .option("--lie-times <n>", "tell an auditor a lie about an epoch the first n times that it asks, then the truth")
    .option("--json", "print one JSON object per line")
    .addHelpText("after", EXAMPLES)
    .action(serveProvider);
  return new Command("provider").description("run a practice key directory, honest or lying").addCommand(serve);
}

async function serveProvider(flags: ServeFlags): Promise<void> {
  const [{ startProvider }, { systemClock, systemRandom }] = await Promise.all([
    import("../../provider/server.ts"),
    import("../../platform/system.ts"),
  ]);
  const options = {
    port: parseNumber(flags.port, "--port", 0, 65_535),
    intervalMs: parseNumber(flags.interval, "--interval", 1, 2 ** 31 - 1),
    startEpoch: parseNumber(flags.startEpoch, "--start-epoch"),
    lies: liesOf(flags),
  };
  const print = (event: string, fields: object, text: string): void => {
    process.stdout.write(`${flags.json === true ? JSON.stringify({ event, ...fields }) : text}\n`);
  };
  const provider = await startProvider(options, {
    log: await openLog(flags, systemRandom),
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
  print("listening", { url: provider.url }, `listening on ${provider.url}NAME/ for each auditor's NAME`);

  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  await provider.stop();
  print("stopped", {}, "stopped");
}

function publishedText({ main, fork }: PublishedEpoch): string {
  const other = fork === undefined ? "" : `   fork ${fork.current.slice(0, 16)}`;
  return `epoch ${main.epoch}   ${main.current.slice(0, 16)}${other}`;
}

async function openLog(flags: ServeFlags, random: Random): Promise<ProviderLog> {
  if ((flags.log === undefined) === (flags.live !== true)) {
    throw usage("--log", "give either --log <dir>, a recording to publish, or --live, a live tree");
  }
  const forkAt = flags.forkAt === undefined ? undefined : parseNumber(flags.forkAt, "--fork-at", 1);
  if (flags.log === undefined) {
    if (flags.fork !== undefined)
      throw usage("--fork", "a live tree forks by itself: give --fork-at and --fork-to without --fork");
    const { LiveLog } = await import("../../provider/live-log.ts");
    const { CONFIGURATION_NAMES } = await import("../../akd/configuration.ts");
    const configuration = CONFIGURATION_NAMES.find((name) => name === flags.configuration);
    if (configuration === undefined) {
      throw usage(
        "--configuration",
        `unknown configuration "${flags.configuration}"; choose ${CONFIGURATION_NAMES.join(" or ")}`,
      );
    }
    const entriesPerEpoch = parseNumber(flags.entries, "--entries", 1, 1_000_000);
    return new LiveLog({ configuration, entriesPerEpoch, ...(forkAt === undefined ? {} : { forkAt }) }, { random });
  }
  if ((flags.fork === undefined) !== (forkAt === undefined)) {
    throw usage("--fork", "--fork <dir> and --fork-at <epoch> must be given together");
  }
  const { openRecordedLog } = await import("../../provider/recorded-log.ts");
  const fork =
    flags.fork === undefined || forkAt === undefined ? {} : { fork: { directory: flags.fork, atEpoch: forkAt } };
  return openRecordedLog({ directory: flags.log, ...fork });
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
