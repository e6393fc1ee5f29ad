/**
 * What can come of a lie, as figures and tables tell it: in which share of worlds it happened, and when, or how often.
 */
import type { ShareEstimate } from "../../statistics/estimates.ts";
import type { DetectionTime, PointEstimates } from "../../statistics/point-estimates.ts";
import type { SweepData } from "./sweep-data.ts";
import { msText, round, TIME_WORDS } from "./words.ts";

export interface Outcome {
  /** In the names of its figures' files. */
  readonly name: string;
  readonly title: string;
  /** Of clients: a scenario without any says nothing about it. */
  readonly isOfClients: boolean;
  /** Of clients that check keys: a scenario without any says nothing about it. */
  readonly isOfKeys?: true;
  /** Of clients that ask about digests alone. */
  readonly isOfDigests?: true;
  /** null where nobody lied. */
  readonly share: (estimates: PointEstimates) => ShareEstimate | null;
  /** What the axis of shares is of. */
  readonly shareAxis: string;
  readonly amount: AmountOfOutcome;
  /** What its survival curves are of; absent: it has none. */
  readonly time?: DetectionTime;
}

export interface AmountOfOutcome {
  readonly name: string;
  readonly kind: "time" | "count";
  readonly of: (estimates: PointEstimates) => Amount | null;
  readonly axis: string;
  /** How the number came about, for a caption. */
  readonly words: string;
  readonly format: (value: number | null) => string;
}

/** An estimate with its interval; `value` is null where it was not reached, `high` where the interval is open. */
export interface Amount {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export const FIRST: Outcome = ofTime(
  "firstMs",
  "worlds in which an honest node detected it",
  "median time to first detection",
);
export const CONVICTION: Outcome = ofTime(
  "convictionMs",
  "worlds in which somebody was convicted",
  "median time to first conviction",
);
const EVERY_HONEST = ofTime("everyHonestMs", "worlds in which every honest node knew", "median time until all knew");
export const CLIENT: Outcome = {
  ...ofTime("clientMs", "worlds in which a client was warned", "median time to first warning"),
  isOfDigests: true,
};

export const VICTIM: Outcome = {
  ...ofTime("victimMs", "worlds in which a victim refused the wrong key", "median time until a victim refused"),
  isOfKeys: true,
};
export const OWNER: Outcome = {
  ...ofTime("ownerMs", "worlds in which the owner found the wrong key", "median time until the owner found it"),
  isOfKeys: true,
};

export const ACCEPTED: Outcome = {
  name: "accepted",
  title: "A client accepts the other history",
  isOfClients: true,
  isOfDigests: true,
  share: ({ detection, victimAccepted }) => (detection === null ? null : victimAccepted.share),
  shareAxis: "worlds in which a client accepted it",
  amount: {
    name: "epochs",
    kind: "count",
    of: ({ detection, victimAccepted: { mean } }) =>
      detection === null ? null : { value: mean.mean, low: mean.low, high: mean.high },
    axis: "epochs accepted, mean of all worlds",
    words: "how many of its epochs clients accepted in a world (mean over all worlds), with 95 % intervals by Student",
    format: (value) => (value === null ? "–" : round(value)),
  },
};

/** In the order in which a report shows them. */
export const OUTCOMES: readonly Outcome[] = [FIRST, CONVICTION, EVERY_HONEST, CLIENT, VICTIM, OWNER, ACCEPTED];
/** Those that get pictures at every setting of a second parameter; with all there would be too many to look at. */
export const MAIN_OUTCOMES: readonly Outcome[] = [FIRST, CONVICTION, CLIENT, VICTIM, OWNER, ACCEPTED];

/** Those about which a sweep of such clients, or without any, says something. */
export function spokenOf(sweep: Pick<SweepData, "summary">, outcomes: readonly Outcome[]): Outcome[] {
  const [clients, keys] = [hasClients(sweep), hasKeys(sweep)];
  return outcomes.filter(
    ({ isOfClients, isOfKeys, isOfDigests }) => (clients || !isOfClients) && !(keys ? isOfDigests : isOfKeys),
  );
}

/** Those of `outcomes` that happened in a world at least: pictures of the others would be flat lines. */
export function seenOutcomes(sweep: SweepData, outcomes: readonly Outcome[]): Outcome[] {
  const { points } = sweep;
  return spokenOf(sweep, outcomes).filter(({ share }) =>
    points.some(({ estimates }) => (share(estimates)?.happened ?? 0) > 0),
  );
}

/** In how many of the worlds in which somebody lied it happened. */
export function worldsWith({ points }: SweepData, { share }: Outcome): { happened: number; trials: number } {
  const shares = points.flatMap(({ estimates }) => share(estimates) ?? []);
  const total = (of: (one: ShareEstimate) => number): number => shares.reduce((sum, one) => sum + of(one), 0);
  return { happened: total((one) => one.happened), trials: total((one) => one.trials) };
}

export function hasClients({ summary: { scenario, vary } }: Pick<SweepData, "summary">): boolean {
  return scenario.clients.length > 0 || vary.some(({ path }) => path.split(".")[0] === "clients");
}

export function hasKeys({ summary: { scenario } }: Pick<SweepData, "summary">): boolean {
  return scenario.keys !== undefined;
}

function ofTime(time: DetectionTime, shareAxis: string, axis: string): Outcome {
  return {
    name: time.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    title: TIME_WORDS[time].title,
    isOfClients: time === "clientMs" || time === "victimMs" || time === "ownerMs",
    share: ({ detection }) => detection?.[time]?.share ?? null,
    shareAxis,
    amount: {
      name: "median",
      kind: "time",
      of: ({ detection }) => {
        const median = detection?.[time]?.median;
        if (median === undefined) return null;
        const { ms, lowMs, highMs } = median;
        return { value: ms, low: lowMs, high: highMs };
      },
      axis,
      words:
        'the time by which half of the worlds have seen it (Kaplan-Meier, the others included), with 95 % intervals; "not reached": fewer than half had, while anybody looked',
      format: msText,
    },
    time,
  };
}
