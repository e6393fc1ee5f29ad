/** What a report relies on in a summary.json that may come from others, and the first field of it that is not so. */
import { type TProperties, type TSchema, Type } from "typebox";
import { firstComplaint } from "../../platform/yaml/schema-complaint.ts";

// Descriptions are what a complaint calls them.
const number: TSchema = Type.Number({ description: "a number" });
const text: TSchema = Type.String({ description: "a text" });
const numberOrNull: TSchema = orNull(number);

/** For the story, and for the bounds that it names. */
const SCENARIO: TSchema = object({
  auditors: number,
  observers: number,
  faultBound: Type.Optional(number),
  epochIntervalMs: number,
  provider: object({
    lies: list(
      object({
        kind: text,
        fromEpoch: number,
        toEpoch: Type.Optional(number),
        to: object({ auditors: list(text), clients: list(text) }),
        windowMs: Type.Optional(number),
        epochs: Type.Optional(number),
      }),
    ),
  }),
  behaviours: list(object({ auditors: list(text), kind: text, fromEpoch: number })),
  clients: list(object({ count: number })),
  keys: Type.Optional(
    object({
      contacts: number,
      lies: list(object({ kind: text, about: text, fromEpoch: number, toEpoch: Type.Optional(number) })),
    }),
  ),
});

const MEASURES: TSchema = object({
  epochs: number,
  detection: Type.Optional(
    object({
      observedMs: number,
      firstMs: numberOrNull,
      firstEpochs: numberOrNull,
      everyHonestMs: numberOrNull,
      convictionMs: numberOrNull,
      everyConvictionMs: numberOrNull,
      clientMs: numberOrNull,
      victimMs: Type.Optional(numberOrNull),
      ownerMs: Type.Optional(numberOrNull),
    }),
  ),
  victimAccepted: number,
  falseConvictions: number,
  perNode: object({ messagesSent: number, bytesSent: number }),
  quorumAvailability: numberOrNull,
  keys: Type.Optional(
    object({ checks: number, verified: numberOrNull, deceived: number, falseAlarms: number, results: object({}) }),
  ),
  signedHeads: number,
  headDelayMs: orNull(object({ p50: number, p99: number, max: number })),
  events: number,
  virtualMs: number,
});

const MEAN: TSchema = object({ mean: numberOrNull, low: numberOrNull, high: numberOrNull });
const QUANTILE: TSchema = object({ part: number, ms: numberOrNull, lowMs: numberOrNull, highMs: numberOrNull });
const SHARE: TSchema = object({ happened: number, trials: number, share: numberOrNull, low: number, high: number });
const TIME: TSchema = object({
  share: SHARE,
  median: QUANTILE,
  quantiles: list(QUANTILE),
});

const POINT: TSchema = object({
  values: object({}),
  warning: orNull(text),
  worlds: number,
  detection: orNull(
    object({
      firstMs: TIME,
      everyHonestMs: TIME,
      convictionMs: TIME,
      everyConvictionMs: TIME,
      clientMs: TIME,
      victimMs: Type.Optional(TIME),
      ownerMs: Type.Optional(TIME),
    }),
  ),
  victimAccepted: object({ share: SHARE, mean: MEAN }),
  falseConvictions: number,
  perNode: object({ bytesSent: MEAN }),
  quorumAvailability: MEAN,
  keys: Type.Optional(object({ deceived: MEAN, verified: MEAN, falseAlarms: number })),
});

const RUN: TSchema = object({ scenario: SCENARIO, traceHash: text, measures: MEASURES });
const SWEEP: TSchema = object({ repeats: number, points: list(POINT) });

export function complaintOfRun(summary: unknown): string | undefined {
  return complaintOf(summary, RUN);
}

export function complaintOfSweep(summary: unknown): string | undefined {
  return complaintOf(summary, SWEEP);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function complaintOf(summary: unknown, schema: TSchema): string | undefined {
  const complaint = firstComplaint(summary, schema);
  if (complaint === undefined) return undefined;
  const { path, found, expected } = complaint;
  return `"${path.join(".")}" ${found === undefined ? "is missing" : `is not ${expected}`}`;
}

function object(properties: TProperties): TSchema {
  return Type.Object(properties, { description: "an object" });
}

function list(items: TSchema): TSchema {
  return Type.Array(items, { description: "a list" });
}

function orNull(schema: TSchema): TSchema {
  const { description = "value" } = schema as { description?: string };
  return Type.Union([schema, Type.Null()], { description });
}
