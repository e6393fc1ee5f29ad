/**
 * The first thing that is wrong with a value, in the words of its schema: what was found, what was expected, and which
 * key was probably meant.
 */
import { closestMatch } from "leven";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import type { TreePath } from "./yaml-tree.ts";

export interface Complaint {
  readonly path: TreePath;
  /** undefined: nothing was there. */
  readonly found: unknown;
  /** A noun phrase: the description of the schema that it breaks. */
  readonly expected: string;
}

/** The part of JSON Schema that our schemas use; everything that a person may get wrong has a description. */
interface SchemaNode {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
}

export function firstComplaint(value: unknown, schema: TSchema): Complaint | undefined {
  return complain(value, schema as SchemaNode, []);
}

function complain(value: unknown, schema: SchemaNode, path: TreePath): Complaint | undefined {
  if (Value.Check(schema as TSchema, value)) return undefined;
  const inside = complainInside(value, schema, path);
  if (inside !== undefined) return inside;
  const [error] = Value.Errors(schema as TSchema, value);
  const expected = schema.description ?? error?.message ?? "a value of another kind";
  // YAML takes digits without quotes for a number, and forgets the zeros before them.
  const quoted = typeof value === "number" && schema.type === "string" ? `${expected}, in quotes` : expected;
  return { path, found: value, expected: quoted };
}

function complainInside(value: unknown, schema: SchemaNode, path: TreePath): Complaint | undefined {
  if (schema.anyOf !== undefined && isObject(value)) return complainOfKind(value, schema.anyOf, path);
  if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema;
    return firstOf(value.entries(), (item, index) => complain(item, items, [...path, index]));
  }
  if (!isObject(value)) return undefined;
  if (schema.patternProperties !== undefined) {
    const [entry] = Object.values(schema.patternProperties);
    return entry && firstOf(Object.entries(value), (item, key) => complain(item, entry, [...path, key]));
  }
  const { properties } = schema;
  if (properties === undefined) return undefined;
  // Unknown keys first: a misspelt key is also a missing one, and the misspelling is what the person can see.
  return (
    firstOf(Object.entries(value), (_item, key) => unknownKey(key, schema, path)) ??
    firstOf((schema.required ?? []).entries(), (key) => missingKey(key, value, schema, path)) ??
    firstOf(Object.entries(value), (item, key) => properties[key] && complain(item, properties[key], [...path, key]))
  );
}

/** One of several objects, distinguished by a key with a fixed value: only the intended one is considered. */
function complainOfKind(value: object, options: readonly SchemaNode[], path: TreePath): Complaint | undefined {
  const tagged = options.filter(({ properties }) => properties?.["kind"] !== undefined);
  if (tagged.length === 0) return undefined;
  const { kind } = value as { kind?: unknown };
  const meant = tagged.find(({ properties }) => kindsOf(properties?.["kind"]).includes(kind));
  const expected = `${kind === undefined ? "a kind: " : ""}${didYouMean(kind, tagged)}`;
  if (meant === undefined) return { path: [...path, "kind"], found: kind, expected };
  for (const key of Object.keys(value)) {
    const others = tagged.filter(({ properties }) => properties?.[key] !== undefined);
    if (meant.properties?.[key] !== undefined || others.length === 0) continue;
    const kinds = others.flatMap(({ properties }) => kindsOf(properties?.["kind"])).join(", ");
    return {
      path: [...path, key],
      found: key,
      expected: `no such key with kind ${kind}; it belongs to kind ${kinds}`,
    };
  }
  return complain(value, meant, path);
}

function didYouMean(kind: unknown, tagged: readonly SchemaNode[]): string {
  const kinds = tagged.flatMap(({ properties }) => kindsOf(properties?.["kind"])).map(String);
  return `one of ${kinds.join(", ")}${suggestion(kind, kinds)}`;
}

function kindsOf(schema: SchemaNode | undefined): unknown[] {
  return schema?.anyOf?.map((option) => option.const) ?? [schema?.const];
}

function unknownKey(key: string, { properties = {}, additionalProperties }: SchemaNode, path: TreePath) {
  if (additionalProperties !== false || properties[key] !== undefined) return undefined;
  const known = Object.keys(properties).sort();
  return { path: [...path, key], found: key, expected: `one of the keys ${known.join(", ")}${suggestion(key, known)}` };
}

function missingKey(key: string, value: object, { properties }: SchemaNode, path: TreePath): Complaint | undefined {
  if (key in value) return undefined;
  return { path: [...path, key], found: undefined, expected: properties?.[key]?.description ?? "a value" };
}

/** `; did you mean epochs?` for a typo of up to three letters, else nothing. */
export function suggestion(found: unknown, known: readonly string[]): string {
  if (typeof found !== "string") return "";
  const same = known.find((key) => key.toLowerCase() === found.toLowerCase());
  const maxDistance = Math.min(3, Math.ceil(found.length / 3));
  const closest = same ?? closestMatch(found, known, { maxDistance });
  return closest === undefined ? "" : `; did you mean ${closest}?`;
}

function firstOf<Key, Item>(
  entries: Iterable<readonly [Key, Item]>,
  find: (item: Item, key: Key) => Complaint | undefined,
): Complaint | undefined {
  for (const [key, item] of entries) {
    const found = find(item, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
