/**
 * Parts of the scenario schema that occur in several places. A description is what a person is told to write instead of
 * what was found.
 */
import Type, { type TSchema, type TSchemaOptions } from "typebox";

/** A month: whatever a scenario needs, and the world's clock, whole microseconds, stays far below 2^53. */
export const MAX_MS: number = 31 * 24 * 3_600_000;
export const MAX_EPOCHS = 100_000;
/** As a roster file: more than any group of auditors that talk to each other. */
export const MAX_AUDITORS = 256;
/** About 30 KB a node: 0.3 GB. */
export const MAX_OBSERVERS = 10_000;
/** Of all groups together, for the same reason. */
export const MAX_CLIENTS = 10_000;
/** A longer schedule of lies, faults or links was made by a program, which could have used ranges instead. */
export const MAX_ENTRIES = 10_000;
const MAX_QUANTILES = 1_000;
/** A list may name everybody once. */
const MAX_NAMES = MAX_AUDITORS + MAX_OBSERVERS + MAX_CLIENTS;

/** What a description and a default say beside the check; no default: none, or one that depends on other values. */
function annotations(description: string, fallback: unknown): TSchemaOptions {
  return { description, ...(fallback === undefined ? {} : { default: fallback }) };
}

export function closed(properties: Record<string, TSchema>, description: string): TSchema {
  return Type.Object(properties, { additionalProperties: false, description });
}

export function list(entry: TSchema, description: string): TSchema {
  return Type.Array(entry, { maxItems: MAX_ENTRIES, ...annotations(description, []) });
}

export function oneOf(values: readonly string[], what: string, fallback?: string): TSchema {
  return Type.Unsafe({ type: "string", enum: values, ...annotations(`${what}: ${values.join(" or ")}`, fallback) });
}

export function yesOrNo(what: string, fallback: boolean): TSchema {
  return Type.Boolean(annotations(`${what}: true or false`, fallback));
}

export function wholeNumber(minimum: number, maximum: number, what: string, fallback?: number): TSchema {
  const description = `${what}, a whole number from ${grouped(minimum)} to ${grouped(maximum)}`;
  return Type.Integer({ minimum, maximum, ...annotations(description, fallback) });
}

export function milliseconds(what: string, fallback?: number): TSchema {
  const description = `${what}, whole milliseconds from 0 to 31 days`;
  return Type.Integer({ minimum: 0, maximum: MAX_MS, ...annotations(description, fallback) });
}

export function rate(what: string, fallback?: number): TSchema {
  return Type.Number({ minimum: 0, maximum: 1, ...annotations(`${what}, a number from 0 to 1`, fallback) });
}

/** Milliseconds, as engine/distribution.ts takes them. */
export function distribution(what: string, fallback?: unknown): TSchema {
  const time = Type.Number({ minimum: 0, maximum: MAX_MS });
  const fraction = Type.Number({ minimum: 0, maximum: 1 });
  const quantiles = Type.Array(Type.Tuple([fraction, time]), { minItems: 2, maxItems: MAX_QUANTILES });
  const forms = "a number, {uniform: [from, to]} or {quantiles: [[0, least], [0.5, median], [1, most]]}";
  return Type.Union(
    [
      time,
      Type.Object({ uniform: Type.Tuple([time, time]) }, { additionalProperties: false }),
      Type.Object({ quantiles }, { additionalProperties: false }),
    ],
    annotations(`${what}, milliseconds: ${forms}`, fallback),
  );
}

function nameForms(): TSchema[] {
  return [Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 1, maximum: MAX_CLIENTS })];
}

/** One node: an auditor by name or number, an observer by name. */
export function nodeName(what: string): TSchema {
  return Type.Union(nameForms(), { description: `${what}: a name such as auditor-03.example or observer-0001, or 3` });
}

function selectionForms(example: string): TSchema[] {
  const name = Type.Union(nameForms(), { description: `a name such as ${example}, or a number` });
  const count = wholeNumber(0, MAX_CLIENTS, "how many, the last ones");
  return [
    Type.Array(name, { maxItems: MAX_NAMES }),
    closed({ count }, "a count"),
    closed({ share: rate("which share, the last ones, rounded down but at least one") }, "a share"),
  ];
}

export function selection(what: string, example: string): TSchema {
  const description = `${what}: a list such as [3, ${example}], {count: 2} or {share: 0.5} (the last ones)`;
  return Type.Union(selectionForms(example), { description });
}

export function oneOrMoreNodes(what: string): TSchema {
  const description = `${what}: a name such as observer-0001, an auditor's number, a list of these, {count: 2} or {share: 0.5} of the auditors`;
  return Type.Union([...nameForms(), ...selectionForms("observer-0001")], { description });
}

/** One of the entries of a list that are told apart by their `kind`. */
export function kinds(branches: Readonly<Record<string, Record<string, TSchema>>>, description: string): TSchema {
  const options = Object.entries(branches).map(([kind, fields]) =>
    Type.Object({ kind: Type.Literal(kind), ...fields }, { additionalProperties: false }),
  );
  return Type.Union(options, { description });
}

/** 10000 -> 10,000 */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
