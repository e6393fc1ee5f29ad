/** What `coaudit sim hunt` does: hunts, shrinks what it caught, and says how to see it again. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { makeFolder } from "../../lab/experiment/make-folder.ts";
import { type Catch, type HuntOptions, type HuntReport, hunt, smallest } from "../../lab/hunt/hunt.ts";
import { HUNT_SIZE, MAX_HUNT_SIZE } from "../../lab/hunt/random-scenario.ts";
import { systemClock } from "../../platform/system.ts";
import { parseSet } from "../../simulator/scenario/overrides.ts";
import { loadScenarioText, scenarioVariant } from "../../simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import { scenarioYaml } from "../../simulator/scenario/write-scenario.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { openThreadRunner } from "../job-runners.ts";
import { WorkProgress } from "../progress.ts";
import { counted } from "../text.ts";

export interface SimHuntFlags {
  readonly seeds: string;
  readonly from: string;
  readonly auditors?: string;
  readonly epochs?: string;
  readonly crashes?: string;
  readonly set?: readonly string[];
  readonly jobs?: string;
  readonly keepGoing?: true;
  readonly shrink: boolean;
  readonly out?: string;
  readonly json?: true;
}

const HUNT_HANDLER = "../lab/hunt/hunt-job";

/**
 * Exit code 1: a rule was broken, or the hunt was stopped. Throws errors of a wrong scenario or flag, and
 * CONFIG_UNREADABLE for a folder that cannot be made.
 */
export async function huntWorlds(path: string | undefined, flags: SimHuntFlags, context: CliContext): Promise<void> {
  const options = await optionsOf(path, flags);
  if (flags.out !== undefined) await makeFolder(flags.out);
  const stop = new AbortController();
  const progress = new WorkProgress({ total: options.seeds, unit: "worlds", isQuiet: flags.json === true });
  const unlisten = context.onSignal(() => {
    if (stop.signal.aborted) context.exitNow(EXIT.no);
    stop.abort();
    progress.note("finishing the running worlds; interrupt again to stop at once");
  });
  try {
    const startMs = systemClock.elapsedMs();
    const report = await watched(options, flags, progress, stop.signal);
    const seconds = (systemClock.elapsedMs() - startMs) / 1000;
    const catches: Catch[] = [];
    for (const one of report.catches) catches.push(await small(one, flags, progress, stop.signal));
    say({ ...report, catches }, seconds, flags, context);
    if (report.worlds < options.seeds && catches.length === 0) {
      context.err(`stopped after ${report.worlds} of ${counted(options.seeds, "world")}`);
      context.exitCode = EXIT.no;
    }
  } finally {
    unlisten();
  }
}

async function optionsOf(path: string | undefined, flags: SimHuntFlags): Promise<HuntOptions> {
  const { auditors, epochs, crashes } = MAX_HUNT_SIZE;
  return {
    seeds: parseNumber(flags.seeds, "--seeds", 1, 100_000_000),
    from: parseNumber(flags.from, "--from", 0, 2 ** 52),
    until: flags.keepGoing ? "all" : "first",
    size: {
      auditors: parseNumber(flags.auditors ?? String(HUNT_SIZE.auditors), "--auditors", 2, auditors),
      epochs: parseNumber(flags.epochs ?? String(HUNT_SIZE.epochs), "--epochs", 3, epochs),
      crashes: parseNumber(flags.crashes ?? String(HUNT_SIZE.crashes), "--crashes", 0, crashes),
    },
    ...(path === undefined ? randomOf(flags) : { scenario: await scenarioOf(path, flags) }),
  };
}

function randomOf(flags: SimHuntFlags): Record<string, never> {
  if (flags.set === undefined) return {};
  throw usage("--set", "--set replaces values of a scenario; random worlds take --auditors, --epochs, --crashes");
}

async function scenarioOf(path: string, flags: SimHuntFlags): Promise<Scenario> {
  const ofRandomWorlds = (["auditors", "epochs", "crashes"] as const).find((name) => flags[name] !== undefined);
  if (ofRandomWorlds !== undefined) {
    throw usage(
      `--${ofRandomWorlds}`,
      `--${ofRandomWorlds} is for random worlds; replace values of a scenario with --set`,
    );
  }
  return scenarioVariant(await loadScenarioText(path), (flags.set ?? []).map(parseSet));
}

async function watched(
  options: HuntOptions,
  { jobs, out }: SimHuntFlags,
  progress: WorkProgress,
  signal: AbortSignal,
): Promise<HuntReport> {
  const runner = await openThreadRunner(HUNT_HANDLER, jobs);
  await progress.start(0);
  try {
    const onCatch = (caught: Catch): void => {
      progress.note(`seed ${caught.seed}: broken: ${caught.violation.rule}`);
      if (out !== undefined) write(out, caught);
    };
    return await hunt(options, { runner, onWorld: () => progress.advance(1), onCatch, signal });
  } finally {
    progress.stop();
    await runner.close();
  }
}

async function small(
  one: Catch,
  { shrink, out }: SimHuntFlags,
  progress: WorkProgress,
  signal: AbortSignal,
): Promise<Catch> {
  if (!shrink || signal.aborted) return one;
  progress.note(`seed ${one.seed}: looking for the smallest world that breaks the rule`);
  const found = await smallest(one, signal);
  if (out !== undefined) write(out, found);
  return found;
}

function say(report: HuntReport, seconds: number, flags: SimHuntFlags, context: CliContext): void {
  if (flags.json) context.out(JSON.stringify(answerOf(report, seconds)));
  else for (const line of textOf(report, seconds, flags)) context.out(line);
  if (report.catches.length > 0) context.exitCode = EXIT.no;
}

function write(folder: string, one: Catch): void {
  writeFileSync(join(folder, fileOf(one)), fileText(one));
}

function fileOf({ seed }: Catch): string {
  return `seed-${seed}.yaml`;
}

function fileText(one: Catch): string {
  const { violation, scenario, seed } = one;
  const again = `coaudit sim hunt ${fileOf(one)} --from ${seed} --seeds 1`;
  const detail = violation.detail.split("\n")[0] ?? "";
  return scenarioYaml(scenario, [`Breaks: ${violation.rule}.`, `${violation.who}: ${detail}`, again]);
}

function answerOf({ worlds, events, catches }: HuntReport, seconds: number): object {
  return {
    worlds,
    events,
    seconds,
    catches: catches.map(({ seed, violation, scenario }) => ({ seed, ...violation, scenario })),
  };
}

function textOf({ worlds, events, catches }: HuntReport, seconds: number, { out }: SimHuntFlags): string[] {
  const speed = `${(worlds / seconds).toFixed(1)} worlds/s, ${Math.round(events / seconds).toLocaleString("en")} events/s`;
  const lines = catches.flatMap((one) => {
    const { seed, violation } = one;
    const where = out === undefined ? fileText(one) : join(out, fileOf(one));
    return [`seed ${seed}: broken: ${violation.rule}`, `  ${violation.who}: ${violation.detail}`, where, ""];
  });
  const verdict = catches.length === 0 ? "every rule held" : `${catches.length} broke a rule`;
  return [
    ...lines,
    `${worlds.toLocaleString("en")} worlds, ${events.toLocaleString("en")} events: ${verdict} (${speed})`,
  ];
}

function usage(option: string, message: string): CoauditError {
  return new CoauditError("USAGE", message, { option });
}
