/** What `coaudit sim hunt` does: hunts, makes small what it caught, and says how to see it again. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoauditError } from "../core/errors.ts";
import { parseNumber } from "../core/numbers.ts";
import { type Catch, type HuntOptions, type HuntReport, hunt, smallest } from "../simulator/hunt/hunt.ts";
import type { HuntAnswer } from "../simulator/hunt/hunt-job.ts";
import { MAX_HUNT_SIZE } from "../simulator/hunt/random-scenario.ts";
import { parseSet } from "../simulator/scenario/overrides.ts";
import { loadScenarioText, scenarioVariant } from "../simulator/scenario/read-scenario.ts";
import { scenarioYaml } from "../simulator/scenario/write-scenario.ts";
import type { CliContext } from "./context.ts";
import { openThreadRunner } from "./job-runners.ts";
import type { SimHuntFlags } from "./sim-hunt.ts";
import { WorkProgress } from "./work-progress.ts";

const HUNT_HANDLER = "../simulator/hunt/hunt-job";

/** Throws what a wrong scenario or flag is, HUNT_STOPPED, and RULE_BROKEN. */
export async function huntWorlds(path: string | undefined, flags: SimHuntFlags, context: CliContext): Promise<void> {
  const options = await optionsOf(path, flags);
  const startMs = performance.now();
  const report = await watched(options, flags, context);
  const seconds = (performance.now() - startMs) / 1000;
  const catches: Catch[] = [];
  for (const one of report.catches) catches.push(await small(one, flags));
  if (flags.out !== undefined) await write(flags.out, catches);
  if (flags.json) context.out(JSON.stringify(answerOf({ ...report, catches }, seconds)));
  else for (const line of textOf({ ...report, catches }, seconds, flags)) context.out(line);
  finish(report, options);
}

async function optionsOf(path: string | undefined, flags: SimHuntFlags): Promise<HuntOptions> {
  if (path === undefined && flags.set.length > 0) {
    throw new CoauditError(
      "USAGE",
      "--set replaces values of a scenario; random worlds have --auditors, --epochs, --crashes",
      {
        option: "--set",
      },
    );
  }
  const { auditors, epochs, crashes } = MAX_HUNT_SIZE;
  return {
    seeds: parseNumber(flags.seeds, "--seeds", 1, 100_000_000),
    from: parseNumber(flags.from, "--from", 0, 2 ** 52),
    until: flags.keepGoing ? "all" : "first",
    size: {
      auditors: parseNumber(flags.auditors, "--auditors", 2, auditors),
      epochs: parseNumber(flags.epochs, "--epochs", 3, epochs),
      crashes: parseNumber(flags.crashes, "--crashes", 0, crashes),
    },
    ...(path === undefined ? {} : { scenario: scenarioVariant(await loadScenarioText(path), flags.set.map(parseSet)) }),
  };
}

async function watched(options: HuntOptions, flags: SimHuntFlags, context: CliContext): Promise<HuntReport> {
  const progress = new WorkProgress({ total: options.seeds, unit: "worlds", isQuiet: flags.json === true });
  const stop = new AbortController();
  const unlisten = context.onSignal(() => {
    if (stop.signal.aborted) context.exitNow(1);
    stop.abort();
    progress.note("finishing the worlds that are under way; once more to stop at once");
  });
  const runner = await openThreadRunner(HUNT_HANDLER, flags.jobs);
  await progress.start(0);
  try {
    const onWorld = ({ violation }: HuntAnswer, seed: number): void => {
      progress.advance(1);
      if (violation !== undefined && flags.json !== true) progress.note(`seed ${seed}: broken: ${violation.rule}`);
    };
    return await hunt(options, { runner, onWorld, signal: stop.signal });
  } finally {
    progress.stop();
    unlisten();
    await runner.close();
  }
}

async function small(one: Catch, { shrink, json }: SimHuntFlags): Promise<Catch> {
  if (!shrink) return one;
  if (!json) console.error(`seed ${one.seed} breaks a rule; looking for the smallest world that does`);
  return await smallest(one);
}

async function write(folder: string, catches: readonly Catch[]): Promise<void> {
  if (catches.length > 0) await mkdir(folder, { recursive: true });
  for (const one of catches) await writeFile(join(folder, fileOf(one)), fileText(one));
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

function finish({ worlds, catches }: HuntReport, { seeds }: HuntOptions): void {
  if (catches.length > 0) {
    const found = catches.map(({ seed }) => seed);
    throw new CoauditError("RULE_BROKEN", `a rule was broken with seed ${found.join(", ")}`, { seeds: found });
  }
  if (worlds < seeds) {
    throw new CoauditError("HUNT_STOPPED", `stopped after ${worlds} of ${seeds} worlds; every rule held in them`, {
      worlds,
    });
  }
}
