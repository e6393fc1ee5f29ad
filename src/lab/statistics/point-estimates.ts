/**
 * What the worlds of one sweep point amount to together: what summary.json holds under "points", beside the point's
 * values.
 */
import type { Detection, KeyMeasures, WorldMeasures } from "../../simulator/world/measures.ts";
import type { AcceptedEpochs, MeanEstimate, ShareEstimate, TimeToEvent } from "./estimates.ts";
import { kaplanMeier, type Observation, timeQuantile } from "./kaplan-meier.ts";
import { wilsonInterval } from "./shares.ts";
import { meanEstimate, quantile, sum } from "./values.ts";

/** When something happened that a world may end without. */
export type DetectionTime = Exclude<keyof Detection, "observedMs" | "firstEpochs">;
/** Those of worlds in which clients check keys alone. */
export type KeyTime = "victimMs" | "ownerMs";
export const KEY_TIMES: readonly KeyTime[] = ["victimMs", "ownerMs"];

type TimesToEvents = Readonly<Record<Exclude<DetectionTime, KeyTime>, TimeToEvent>> &
  Readonly<Partial<Record<KeyTime, TimeToEvent>>>;

export interface PointEstimates {
  readonly worlds: number;
  /** null where nobody lied. */
  readonly detection: TimesToEvents | null;
  /** Epochs of the other history that clients accepted, in a world. */
  readonly victimAccepted: AcceptedEpochs;
  /** Total over all worlds; anything but 0 is a defect of the protocol or of this program. */
  readonly falseConvictions: number;
  readonly perNode: {
    readonly messagesSent: MeanEstimate;
    readonly messagesReceived: MeanEstimate;
    readonly duplicatesReceived: MeanEstimate;
    readonly bytesSent: MeanEstimate;
    readonly syncRounds: MeanEstimate;
    readonly syncBytes: MeanEstimate;
  };
  /** Over worlds with clients. */
  readonly quorumAvailability: MeanEstimate;
  /** Where clients check keys: keys that were taken on a lie, and the part of checks that showed a key to be right. */
  readonly keys?: { readonly deceived: MeanEstimate; readonly verified: MeanEstimate; readonly falseAlarms: number };
  /** Over worlds in which heads travelled. */
  readonly headDelayMs: { readonly p50: MeanEstimate; readonly p99: MeanEstimate; readonly max: MeanEstimate };
}

const PARTS = [0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/** Of one point's worlds, in any order: the estimates do not depend on it, but for the last digits of means. */
export function estimatePoint(worlds: readonly WorldMeasures[]): PointEstimates {
  const perNode = (of: keyof WorldMeasures["perNode"]) => meanEstimate(worlds.map((world) => world.perNode[of]));
  const delays = worlds.flatMap(({ headDelayMs }) => headDelayMs ?? []);
  return {
    worlds: worlds.length,
    detection: detectionEstimates(worlds.flatMap(({ detection }) => detection ?? [])),
    victimAccepted: acceptedEpochs(worlds.map(({ victimAccepted }) => victimAccepted)),
    falseConvictions: sum(worlds.map(({ falseConvictions }) => falseConvictions)),
    perNode: {
      messagesSent: perNode("messagesSent"),
      messagesReceived: perNode("messagesReceived"),
      duplicatesReceived: perNode("duplicatesReceived"),
      bytesSent: perNode("bytesSent"),
      syncRounds: perNode("syncRounds"),
      syncBytes: perNode("syncBytes"),
    },
    quorumAvailability: meanEstimate(worlds.flatMap(({ quorumAvailability }) => quorumAvailability ?? [])),
    ...keyEstimates(worlds.flatMap(({ keys }) => keys ?? [])),
    headDelayMs: {
      p50: meanEstimate(delays.map(({ p50 }) => p50)),
      p99: meanEstimate(delays.map(({ p99 }) => p99)),
      max: meanEstimate(delays.map(({ max }) => max)),
    },
  };
}

/** What a survival curve is drawn from: the time of the event, or until when somebody looked. */
export function observationsOf(detections: readonly Detection[], time: DetectionTime): readonly Observation[] {
  return detections.map((detection) => ({
    timeMs: detection[time] ?? detection.observedMs,
    happened: (detection[time] ?? null) !== null,
  }));
}

function detectionEstimates(detections: readonly Detection[]): PointEstimates["detection"] {
  if (detections.length === 0) return null;
  const estimate = (time: DetectionTime) => timeToEvent(observationsOf(detections, time));
  return {
    firstMs: estimate("firstMs"),
    everyHonestMs: estimate("everyHonestMs"),
    convictionMs: estimate("convictionMs"),
    everyConvictionMs: estimate("everyConvictionMs"),
    clientMs: estimate("clientMs"),
    ...Object.fromEntries(
      KEY_TIMES.filter((time) => detections.some((one) => one[time] !== undefined)).map((time) => [
        time,
        estimate(time),
      ]),
    ),
  };
}

function keyEstimates(worlds: readonly KeyMeasures[]): Pick<PointEstimates, "keys"> {
  if (worlds.length === 0) return {};
  return {
    keys: {
      deceived: meanEstimate(worlds.map(({ deceived }) => deceived)),
      verified: meanEstimate(worlds.flatMap(({ verified }) => verified ?? [])),
      falseAlarms: sum(worlds.map(({ falseAlarms }) => falseAlarms)),
    },
  };
}

function timeToEvent(observations: readonly Observation[]): TimeToEvent {
  const worlds = observations.length;
  const happened = observations.filter((one) => one.happened).length;
  const steps = kaplanMeier(observations);
  return {
    worlds,
    censored: worlds - happened,
    share: shareOf(happened, worlds),
    median: timeQuantile(steps, 0.5),
    quantiles: PARTS.map((part) => timeQuantile(steps, part)),
  };
}

function acceptedEpochs(values: readonly number[]): AcceptedEpochs {
  const mean = meanEstimate(values);
  return {
    share: shareOf(values.filter((epochs) => epochs > 0).length, values.length),
    // Student's interval goes below the 0 that a count has.
    mean: { ...mean, low: mean.low === null ? null : Math.max(0, mean.low) },
    count: values.length,
    p50: quantile(values, 0.5),
    p90: quantile(values, 0.9),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}

function shareOf(happened: number, trials: number): ShareEstimate {
  return { happened, trials, share: trials === 0 ? null : happened / trials, ...wilsonInterval(happened, trials) };
}
