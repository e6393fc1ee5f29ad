/** Counts up, at the end of a world, what its recorder saw. */
import { convictedBy } from "../../core/evidence.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Machine } from "../machines/surroundings.ts";
import type { SimHub } from "../network/sim-hub.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { PROVIDER_GUILT } from "./guilt.ts";
import type { Detection, WorldMeasures } from "./measures.ts";
import type { Knowledge, WorldRecorder } from "./world-recorder.ts";

export interface EndOfWorld {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly hub: SimHub;
  readonly machines: readonly Machine[];
  readonly recorder: WorldRecorder;
}

export function takeMeasures(world: EndOfWorld): WorldMeasures {
  const { scenario, scheduler, machines, recorder } = world;
  const answers = [...recorder.answers].sort(([a], [b]) => (a < b ? -1 : 1));
  const questions = answers.reduce((sum, [, count]) => sum + count, 0);
  const detection = detectionOf(world);
  return {
    epochs: scenario.epochs,
    nodes: machines.length,
    ...(detection === undefined ? {} : { detection }),
    victimAccepted: recorder.victimAccepted,
    falseConvictions: falseConvictionsOf(world).length,
    cases: recorder.cases,
    perNode: perNodeOf(world),
    quorumAvailability: questions === 0 ? null : (recorder.answers.get("satisfied") ?? 0) / questions,
    clientAnswers: Object.fromEntries(answers),
    ...(scenario.keys === undefined ? {} : { keys: recorder.keys.measures() }),
    signedHeads: recorder.signedHeads,
    headDelayMs: recorder.headDelays.summary(),
    events: scheduler.events,
    virtualMs: Math.round(scheduler.nowUs / 1000),
  };
}

/** Who is convicted on an honest machine and did nothing wrong: `place: auditor`, or `place: provider`. */
export function falseConvictionsOf({ machines, scenario }: Pick<EndOfWorld, "machines" | "scenario">): string[] {
  const guilty = new Set(machines.filter(({ character }) => character !== "honest").map(({ name }) => name));
  const providerLies = scenario.provider.lies.some(({ kind }) => PROVIDER_GUILT.has(kind));
  const found: string[] = [];
  for (const { place, character, ledger } of machines) {
    if (character !== "honest" || ledger === undefined) continue;
    for (const { subject, class: caseClass, state } of ledger.cases()) {
      if (state !== "open") continue;
      const convicted = convictedBy(subject, caseClass);
      if (convicted === "provider" && !providerLies) found.push(`${place}: provider`);
      if (typeof convicted === "object" && !guilty.has(convicted.auditor)) found.push(`${place}: ${convicted.auditor}`);
    }
  }
  return found;
}

function detectionOf({ scheduler, machines, recorder, scenario }: EndOfWorld): Detection | undefined {
  const { lieBeganUs, lieBeganEpoch, knowledge, clientNoticedUs, keys } = recorder;
  if (lieBeganUs === undefined || lieBeganEpoch === undefined) return undefined;
  const honest = machines.filter(({ character, isUp }) => character === "honest" && isUp);
  const since = (us: number | null): number | null => (us === null ? null : Math.max(0, (us - lieBeganUs) / 1000));
  const known = honest.map((machine) => knowledge.get(machine));
  const noticed = timesOf(known, ({ noticedUs }) => noticedUs);
  const convicted = timesOf(known, ({ convictedUs }) => convictedUs);
  const firstMs = since(noticed.first);
  return {
    observedMs: (scheduler.nowUs - lieBeganUs) / 1000,
    firstMs,
    firstEpochs: firstMs === null ? null : Math.floor(firstMs / scenario.epochIntervalMs),
    everyHonestMs: since(noticed.every),
    convictionMs: since(convicted.first),
    everyConvictionMs: since(convicted.every),
    clientMs: since(clientNoticedUs ?? null),
    ...(scenario.keys === undefined
      ? {}
      : { victimMs: since(keys.victimUs ?? null), ownerMs: since(keys.ownerUs ?? null) }),
  };
}

function timesOf(
  known: readonly (Knowledge | undefined)[],
  timeOf: (knowledge: Knowledge) => number | undefined,
): { readonly first: number | null; readonly every: number | null } {
  const times = known.map((knowledge) => knowledge && timeOf(knowledge));
  const there = times.filter((us) => us !== undefined);
  if (there.length === 0) return { first: null, every: null };
  return { first: Math.min(...there), every: there.length === times.length ? Math.max(...there) : null };
}

function perNodeOf({ hub, machines }: EndOfWorld): WorldMeasures["perNode"] {
  const counters = machines.map(({ place }) => hub.countersOf(place));
  const mean = (count: (of: (typeof counters)[number]) => number): number =>
    counters.reduce((sum, of) => sum + count(of), 0) / Math.max(1, counters.length);
  return {
    messagesSent: mean((of) => of.messagesSent),
    messagesReceived: mean((of) => of.messagesReceived),
    duplicatesReceived: mean((of) => of.duplicatesReceived),
    bytesSent: mean((of) => of.bytesSent),
    syncRounds: mean((of) => of.requests),
    syncBytes: mean((of) => of.requestBytes),
  };
}
