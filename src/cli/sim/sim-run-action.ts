/** What `coaudit sim run` does: reads the scenario, runs the world, writes its files, reports the outcome. */
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { FirstVoices } from "../../lab/experiment/first-voices.ts";
import { provenanceOf } from "../../lab/experiment/provenance.ts";
import { RunDirectory, type RunSummary } from "../../lab/experiment/run-directory.ts";
import { LastSigned, stoppedSigning } from "../../lab/experiment/stopped-signing.ts";
import { systemClock } from "../../platform/system.ts";
import { worldEndMs } from "../../simulator/scenario/defaults.ts";
import { parseSet } from "../../simulator/scenario/overrides.ts";
import { loadScenarioText, scenarioVariant } from "../../simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import { scenarioHash } from "../../simulator/scenario/scenario-hash.ts";
import type { runWorld, WorldResult } from "../../simulator/world/run-world.ts";
import type { CliContext } from "../context.ts";
import { WorkProgress } from "../progress.ts";
import { colorsOf } from "../table.ts";
import { worldSummaryText } from "./world-summary.ts";

export interface SimRunFlags {
  readonly seed: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly trace: "full" | "none";
  readonly drain: "fast" | "reference";
  readonly json?: true;
}

export interface WorldRunModules {
  readonly runWorld: typeof runWorld;
}

interface Run {
  readonly scenario: Scenario;
  readonly scenarioHash: string;
  readonly seed: number;
}

/** Throws errors of a wrong scenario or flag, RUN_FOLDER_OCCUPIED, RUN_STOPPED, and what the world fails with. */
export async function runScenario(
  path: string,
  flags: SimRunFlags,
  context: CliContext,
  modules: WorldRunModules,
): Promise<void> {
  const seed = parseNumber(flags.seed, "--seed");
  const { set: sets = [] } = flags;
  const scenario = scenarioVariant(await loadScenarioText(path), sets.map(parseSet));
  const run: Run = { scenario, scenarioHash: scenarioHash(scenario), seed };
  const directory = flags.out === undefined ? undefined : await RunDirectory.open(flags.out, run);
  const trace = flags.trace === "full" ? directory?.beginTrace() : undefined;
  const signers = new LastSigned(trace);
  const voices = new FirstVoices(signers);
  const startMs = systemClock.elapsedMs();
  try {
    const { traceHash, measures } = await runWatched(run, flags, voices, context, modules);
    const provenance = await provenanceOf(process.argv.slice(2));
    const summary: RunSummary = { ...provenance, kind: "run", ...inOrder(run), traceHash, measures };
    await directory?.finish(summary);
    const tookMs = systemClock.elapsedMs() - startMs;
    const files = { trace: trace === undefined ? undefined : directory?.traceFile, lines: trace?.lines };
    if (flags.json) return context.out(JSON.stringify(summary));
    const stopped = stoppedSigning(scenario, signers.epochs);
    const world = { summary, voices, stopped, tookMs, path, sets, files };
    context.out(worldSummaryText(world, colorsOf(context)));
  } finally {
    await directory?.close();
  }
}

async function runWatched(
  { scenario, seed }: Run,
  { drain, json, out }: SimRunFlags,
  trace: FirstVoices,
  context: CliContext,
  modules: WorldRunModules,
): Promise<WorldResult> {
  const totalSeconds = Math.ceil(worldEndMs(scenario) / 1000);
  const progress = new WorkProgress({ total: totalSeconds, unit: "virtual seconds", isQuiet: json === true });
  const stop = new AbortController();
  const unlisten = context.onSignal(() => {
    if (stop.signal.aborted) context.exitNow(1);
    stop.abort();
    progress.note("stopping at the next slice of virtual time; interrupt again to stop at once");
  });
  let done = 0;
  await progress.start(0);
  try {
    const onProgress = (part: number): void => {
      const seconds = Math.floor(part * totalSeconds);
      progress.advance(seconds - done);
      done = seconds;
    };
    return await modules.runWorld({ scenario, seed, drain }, { trace, onProgress, signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) throw stopped(Math.floor((100 * done) / totalSeconds), out);
    throw error;
  } finally {
    progress.stop();
    unlisten();
  }
}

function inOrder({ seed, scenarioHash, scenario }: Run): Run {
  return { seed, scenarioHash, scenario };
}

function stopped(atPercent: number, out: string | undefined): CoauditError<"RUN_STOPPED"> {
  const kept = out === undefined ? "nothing was kept" : `${out} holds the trace so far, but no summary`;
  const message = `stopped at ${atPercent} % of the virtual time; ${kept}. The same command runs it again from the start`;
  return new CoauditError("RUN_STOPPED", message, { atPercent });
}
