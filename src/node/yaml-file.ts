/** YAML files that people write by hand: every complaint names the file, the place in it, what was found and what would be right. */
import { readFile } from "node:fs/promises";
import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { parseDocument } from "yaml";
import { CoauditError, errorMessage } from "../core/errors.ts";

/** Throws CONFIG_UNREADABLE (no file, not YAML) and CONFIG_INVALID (first complaint in the order of the file). */
export async function readYamlFile<Schema extends TSchema>(file: string, schema: Schema): Promise<Static<Schema>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new CoauditError("CONFIG_UNREADABLE", `${file}: ${errorMessage(cause)}`, { file }, { cause });
  }
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new CoauditError("CONFIG_UNREADABLE", `${file}: not YAML: ${problem.message}`, { file }, { cause: problem });
  }
  const value: unknown = document.toJS();
  const complaint = firstComplaint(value, schema);
  if (complaint !== undefined) throw invalid(file, complaint.path, complaint.found, complaint.expected);
  return value as Static<Schema>;
}

/** The error for a value that has the right shape but can't be used. `found` is shown as JSON. */
export function invalid(file: string, path: string, found: unknown, expected: string): CoauditError<"CONFIG_INVALID"> {
  const shown = found === undefined ? "nothing" : shorten(JSON.stringify(found) ?? String(found));
  const message = `${file}: ${path === "" ? "the file" : path}: found ${shown}, expected ${expected}`;
  return new CoauditError("CONFIG_INVALID", message, { file, path, found: shown, expected });
}

interface Complaint {
  path: string;
  found: unknown;
  expected: string;
}

interface SchemaNode {
  description?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  additionalProperties?: boolean | SchemaNode;
  patternProperties?: Record<string, SchemaNode>;
}

function firstComplaint(value: unknown, schema: TSchema): Complaint | undefined {
  // Unknown keys first: a misspelt key is also a missing one, and the misspelling is what the person can see.
  const errors = [...Value.Errors(schema, value)].sort((a, b) => Number(isUnknownKey(b)) - Number(isUnknownKey(a)));
  for (const error of errors) {
    // An unknown key is reported twice: for itself ("schema is false") and by the object around it.
    if (error.keyword === "boolean") continue;
    const parts = error.instancePath.split("/").slice(1);
    const node = nodeAt(schema as SchemaNode, parts);
    if (error.keyword === "additionalProperties") {
      const [unknown = ""] = (error.params as { additionalProperties?: string[] }).additionalProperties ?? [];
      const known = Object.keys(node?.properties ?? {}).sort();
      const path = pathText([...parts, unknown]);
      return { path, found: unknown, expected: `one of the keys ${known.join(", ")}` };
    }
    if (error.keyword === "required") {
      const [missing = ""] = (error.params as { requiredProperties?: string[] }).requiredProperties ?? [];
      const described = node?.properties?.[missing]?.description ?? "a value";
      return { path: pathText([...parts, missing]), found: undefined, expected: described };
    }
    return { path: pathText(parts), found: valueAt(value, parts), expected: node?.description ?? error.message };
  }
  return undefined;
}

function isUnknownKey({ keyword }: { keyword: string }): boolean {
  return keyword === "additionalProperties";
}

/** The deepest described schema on the way. */
function nodeAt(schema: SchemaNode, parts: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const part of parts) {
    const options: SchemaNode[] = node?.anyOf ?? (node === undefined ? [] : [node]);
    const next = options
      .map((option) => option.properties?.[part] ?? option.items ?? Object.values(option.patternProperties ?? {})[0])
      .find((option) => option !== undefined);
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

function valueAt(value: unknown, parts: readonly string[]): unknown {
  let current = value;
  for (const part of parts) current = (current as Record<string, unknown> | undefined)?.[part];
  return current;
}

/** /namespaces/0/root -> namespaces[0].root */
function pathText(parts: readonly string[]): string {
  return parts.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
