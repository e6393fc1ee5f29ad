/** What a report relies on in a summary.json that may come from others, and the first field of it that is not so. */

/** What is wrong, with the field's path; undefined: nothing. */
type Shape = (value: unknown, path: string) => string | undefined;

const number = kind("number", (value) => typeof value === "number");
const text = kind("text", (value) => typeof value === "string");
const numberOrNull = orNull(number);

/** For the story, and for the bounds that it names. */
const SCENARIO = object({
  auditors: number,
  observers: number,
  faultBound: optional(number),
  epochIntervalMs: number,
  provider: object({
    lies: list(
      object({
        kind: text,
        fromEpoch: number,
        toEpoch: optional(number),
        to: object({ auditors: list(text), clients: list(text) }),
        windowMs: optional(number),
        epochs: optional(number),
      }),
    ),
  }),
  behaviours: list(object({ auditors: list(text), kind: text, fromEpoch: number })),
  clients: list(object({ count: number })),
});

const MEASURES = object({
  epochs: number,
  detection: optional(
    object({
      observedMs: number,
      firstMs: numberOrNull,
      firstEpochs: numberOrNull,
      everyHonestMs: numberOrNull,
      convictionMs: numberOrNull,
      everyConvictionMs: numberOrNull,
      clientMs: numberOrNull,
    }),
  ),
  victimAccepted: number,
  falseConvictions: number,
  perNode: object({ messagesSent: number, bytesSent: number }),
  quorumAvailability: numberOrNull,
  signedHeads: number,
  headDelayMs: orNull(object({ p50: number, p99: number, max: number })),
  events: number,
  virtualMs: number,
});

const MEAN = object({ mean: numberOrNull, low: numberOrNull, high: numberOrNull });
const QUANTILE = object({ part: number, ms: numberOrNull, lowMs: numberOrNull, highMs: numberOrNull });
const TIME = object({
  share: object({ happened: number, trials: number, share: numberOrNull, low: number, high: number }),
  median: QUANTILE,
  quantiles: list(QUANTILE),
});

const POINT = object({
  values: object({}),
  worlds: number,
  detection: orNull(
    object({ firstMs: TIME, everyHonestMs: TIME, convictionMs: TIME, everyConvictionMs: TIME, clientMs: TIME }),
  ),
  victimAccepted: object({ p50: numberOrNull }),
  falseConvictions: number,
  perNode: object({ bytesSent: MEAN }),
  quorumAvailability: MEAN,
});

const RUN = object({ scenario: SCENARIO, traceHash: text, measures: MEASURES });
const SWEEP = object({ repeats: number, points: list(POINT) });

export function complaintOfRun(summary: unknown): string | undefined {
  return RUN(summary, "");
}

export function complaintOfSweep(summary: unknown): string | undefined {
  return SWEEP(summary, "");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kind(name: string, isRight: (value: unknown) => boolean): Shape {
  return (value, path) => {
    if (isRight(value)) return undefined;
    return value === undefined ? `"${path}" is missing` : `"${path}" is no ${name}`;
  };
}

function orNull(shape: Shape): Shape {
  return (value, path) => (value === null ? undefined : shape(value, path));
}

function optional(shape: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

function list(shape: Shape): Shape {
  const isList = kind("list", Array.isArray);
  return (value, path) => isList(value, path) ?? first(value as unknown[], (one, i) => shape(one, `${path}.${i}`));
}

function object(shapes: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(shapes);
  const isRight = kind("object", isObject);
  return (value, path) =>
    isRight(value, path) ??
    first(entries, ([name, shape]) =>
      shape((value as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`),
    );
}

function first<Item>(
  items: readonly Item[],
  complaint: (item: Item, place: number) => string | undefined,
): string | undefined {
  for (const [place, item] of items.entries()) {
    const found = complaint(item, place);
    if (found !== undefined) return found;
  }
  return undefined;
}
