/** What `coaudit sim sweep` does: plans the worlds, has them run, keeps the journal, writes the results. */
import { toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { JobRunner } from "../../jobs/job-runner.ts";
import { Journal } from "../../lab/experiment/journal.ts";
import { nobodyHonest, nobodyHonestAt } from "../../lab/experiment/nobody-honest.ts";
import { provenanceOf } from "../../lab/experiment/provenance.ts";
import { type FailedWorld, runSweep } from "../../lab/experiment/sweep.ts";
import { incomplete, writeSweep } from "../../lab/experiment/sweep-files.ts";
import { planSweep, type SweepPlan } from "../../lab/experiment/sweep-plan.ts";
import { commandText } from "../../lab/report/command-text.ts";
import { systemRandom } from "../../platform/system.ts";
import { parseSet, parseVary } from "../../simulator/scenario/overrides.ts";
import { loadScenarioText } from "../../simulator/scenario/read-scenario.ts";
import type { CliContext } from "../context.ts";
import {
  buildName,
  connectAsker,
  openQueueRunner,
  openThreadRunner,
  WORLD_HANDLER,
  WORLDS_QUEUE,
} from "../job-runners.ts";
import { WorkProgress } from "../progress.ts";
import { counted } from "../text.ts";

export interface SimSweepOptions {
  vary?: readonly string[];
  set?: readonly string[];
  repeats: string;
  seed: string;
  jobs?: string;
  queue?: string;
  out: string;
  json?: true;
}

export async function simSweep(file: string, options: SimSweepOptions, context: CliContext): Promise<void> {
  const plan = await planOf(file, options);
  warn(plan, context);
  const run = toHex(systemRandom.bytes(8));
  // Refused before Redis is contacted or a thread starts.
  const journal = await Journal.open({ folder: options.out, plan, version: await buildName(), run });
  const total = plan.points.length * plan.repeats;
  const progress = new WorkProgress({ total, unit: "worlds", isQuiet: options.json === true });
  try {
    const runner = await openRunner(options, journal.run, progress);
    try {
      const failures = await sweep(plan, { runner, journal, progress }, context);
      for (const failure of failures) context.err(failureText(file, options, plan, failure));
      if (failures.length > 0 || journal.size < total) {
        throw incomplete(plan, journal, failures.length);
      }
    } finally {
      await runner.close();
    }
    await write(plan, journal, options, context);
  } finally {
    await journal.close();
  }
}

function warn({ points }: SweepPlan, context: CliContext): void {
  const warning = nobodyHonestAt(points.map(({ scenario }) => nobodyHonest(scenario) ?? null));
  if (warning !== undefined) context.err(warning);
}

async function planOf(file: string, options: SimSweepOptions): Promise<SweepPlan> {
  const repeats = parseNumber(options.repeats, "--repeats", 1, 1_000_000);
  const seed = parseNumber(options.seed, "--seed");
  const sets = (options.set ?? []).map(parseSet);
  const vary = (options.vary ?? []).map(parseVary);
  return planSweep(await loadScenarioText(file), { sets, vary, repeats, seed });
}

async function openRunner(options: SimSweepOptions, run: string, progress: WorkProgress): Promise<JobRunner> {
  const { queue, jobs } = options;
  if (queue === undefined) return await openThreadRunner(WORLD_HANDLER, jobs);
  if (jobs !== undefined) {
    throw usage("--jobs is for threads of this machine; with --queue give it to coaudit sim worker");
  }
  const connection = await connectAsker(queue);
  const onNobodyWorks = (): void =>
    progress.note(`no worker is connected yet; start one: coaudit sim worker --queue ${connection.url}`);
  return await openQueueRunner({ queue: WORLDS_QUEUE, run }, connection, onNobodyWorks);
}

async function sweep(
  plan: SweepPlan,
  { runner, journal, progress }: { runner: JobRunner; journal: Journal; progress: WorkProgress },
  context: CliContext,
): Promise<FailedWorld[]> {
  const stop = new AbortController();
  const unlisten = context.onSignal(() => {
    if (stop.signal.aborted) context.exitNow(1);
    stop.abort();
    progress.note("finishing the running worlds; interrupt again to stop at once");
  });
  await progress.start(journal.size);
  try {
    return await runSweep(plan, { runner, journal, onDone: () => progress.advance(1), signal: stop.signal });
  } finally {
    progress.stop();
    unlisten();
  }
}

async function write(plan: SweepPlan, journal: Journal, options: SimSweepOptions, context: CliContext): Promise<void> {
  await writeSweep(options.out, await provenanceOf(shownCommand(process.argv.slice(2))), plan, journal);
  const { out } = options;
  if (options.json) context.out(JSON.stringify({ out, points: plan.points.length, worlds: journal.size }));
  else {
    const done = `${counted(journal.size, "world")} at ${counted(plan.points.length, "point")}`;
    context.out(`${done}: ${out}/worlds.csv, ${out}/summary.json`);
  }
}

/** The address of the queue may hold a password. */
function shownCommand(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    if (argv[index - 1] === "--queue") return "redis://…";
    return word.startsWith("--queue=") ? "--queue=redis://…" : word;
  });
}

/** What failed, for people, and the command that repeats it alone. */
export function failureText(
  file: string,
  options: Pick<SimSweepOptions, "set">,
  plan: SweepPlan,
  { world, reason }: FailedWorld,
): string {
  const { point, repeat, seed } = world;
  const values = Object.entries(plan.points[point]?.values ?? {}).map(([path, value]) => `${path}=${value}`);
  const sets = [...(options.set ?? []), ...values].flatMap((text) => ["--set", text]);
  const where = `point ${point}${values.length === 0 ? "" : ` (${values.join(", ")})`}, repeat ${repeat}, seed ${seed}`;
  const again = commandText(["sim", "run", file, ...sets, "--seed", String(seed), "--out", "again"]);
  return `failed: ${where}: ${reason}\n  run it again: ${again}`;
}

function usage(message: string): CoauditError {
  return new CoauditError("USAGE", message, { option: "--jobs" });
}
