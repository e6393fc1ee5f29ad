/** Which worlds a sweep is made of: every combination of the varied values, each with the same seeds. */
import { toHex, utf8 } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import type { Override, Variation, VariedValue } from "../../simulator/scenario/overrides.ts";
import { scenarioVariant } from "../../simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import { scenarioHash } from "../../simulator/scenario/scenario-hash.ts";
import type { ScenarioText } from "../../simulator/scenario/scenario-text.ts";

export interface SweepOptions {
  readonly sets: readonly Override[];
  readonly vary: readonly Variation[];
  /** Worlds at every point, at least 1. */
  readonly repeats: number;
  /** A whole number from 0 to 2^53-1. */
  readonly seed: number;
}

export interface SweepPoint {
  readonly values: Readonly<Record<string, VariedValue>>;
  readonly scenario: Scenario;
  readonly scenarioHash: string;
}

export interface SweepPlan extends SweepOptions {
  /** What the file says, with `sets`, before anything is varied. */
  readonly scenario: Scenario;
  readonly scenarioHash: string;
  /** In the order of the varied values, the last axis fastest. */
  readonly points: readonly SweepPoint[];
  /** Hexadecimal SHA-256 over all points: what else may not change between two starts of one sweep. */
  readonly pointsHash: string;
}

export interface SweepWorld {
  /** Both from 0. */
  readonly point: number;
  readonly repeat: number;
  readonly seed: number;
}

/** Their resolved scenarios are held in memory, some kilobytes each. */
const MAX_POINTS = 10_000;
/** What is known of each world is held in memory, about a kilobyte. */
const MAX_WORLDS = 1_000_000;

/** Throws USAGE for too many, and what scenarioVariant throws for a value that makes no sense. */
export function planSweep(source: ScenarioText, options: SweepOptions): SweepPlan {
  checkVariations(options);
  const scenario = scenarioVariant(source, options.sets);
  const points = combinations(options.vary).map((values) => {
    const overrides = Object.entries(values).map(([path, value]) => ({ path, value }));
    const varied = variantAt(source, options.sets, overrides);
    return { values, scenario: varied, scenarioHash: scenarioHash(varied) };
  });
  const hashes = points.map((point) => point.scenarioHash).join("\n");
  const pointsHash = toHex(sha256(utf8(hashes)));
  return { ...options, scenario, scenarioHash: scenarioHash(scenario), points, pointsHash };
}

/** All worlds, by point and repeat. */
export function* worldsOf(plan: SweepPlan): Generator<SweepWorld> {
  const seeds = Array.from({ length: plan.repeats }, (_, repeat) => worldSeed(plan.seed, repeat));
  for (let point = 0; point < plan.points.length; point++) {
    for (const [repeat, seed] of seeds.entries()) yield { point, repeat, seed };
  }
}

/**
 * Of the sweep's seed and the repeat alone: at every point the same, so that points are compared in pairs that share
 * their random streams.
 */
export function worldSeed(sweepSeed: number, repeat: number): number {
  const hash = sha256(utf8(`coaudit/sweep/v1\n${sweepSeed}\n${repeat}`));
  const view = new DataView(hash.buffer, hash.byteOffset, 8);
  return view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11);
}

function checkVariations({ vary, repeats }: SweepOptions): void {
  const paths = vary.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw usage(`--vary ${twice} is given twice; join the values with commas`);
  const points = vary.reduce((product, { values }) => product * values.length, 1);
  if (points > MAX_POINTS) throw usage(`--vary: ${points} points; at most ${MAX_POINTS}: take fewer values`);
  if (points * repeats > MAX_WORLDS) {
    throw usage(`${points} points with ${repeats} repeats are ${points * repeats} worlds; at most ${MAX_WORLDS}`);
  }
}

/** What does not make sense at one point may stand anywhere in the file: the error says at which point. */
function variantAt(source: ScenarioText, sets: readonly Override[], point: readonly Override[]): Scenario {
  try {
    return scenarioVariant(source, [...sets, ...point]);
  } catch (error) {
    if (!isCoauditError(error, "CONFIG_INVALID")) throw error;
    const texts = point.map(({ path, value }) => `${path}=${JSON.stringify(value)}`);
    const unnamed = texts.filter((text) => !error.message.includes(`with ${text}:`));
    if (unnamed.length === 0) throw error;
    const message = `${error.message} (with ${unnamed.join(" and ")})`;
    throw new CoauditError("CONFIG_INVALID", message, error.metadata, { cause: error });
  }
}

function combinations(vary: readonly Variation[]): Record<string, VariedValue>[] {
  let points: Record<string, VariedValue>[] = [{}];
  for (const { path, values } of vary) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [path]: value })));
  }
  return points;
}

function usage(message: string): CoauditError {
  return new CoauditError("USAGE", message, { option: "--vary" });
}
