/** YAML files that people write: every error names the file, the place in it, what was found and what was expected. */
import type { Static, TSchema } from "typebox";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { readTextFile } from "../text-file.ts";
import { firstComplaint } from "./schema-complaint.ts";
import { type Place, pathText, YamlTree } from "./yaml-tree.ts";

/** Throws CONFIG_UNREADABLE (no file, not YAML) and CONFIG_INVALID (the first complaint). */
export async function readYamlFile<Schema extends TSchema>(file: string, schema: Schema): Promise<Static<Schema>> {
  const tree = new YamlTree(await readTextFile(file), file);
  const complaint = firstComplaint(tree.value, schema);
  if (complaint === undefined) return tree.value as Static<Schema>;
  const { path, found, expected } = complaint;
  throw invalid(file, pathText(path), found, expected, tree.placeOf(path));
}

/** What the work returns; an error about a value in a YAML file that names no line gets one. Throws what it throws. */
export async function withPlaces<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isCoauditError(error, "CONFIG_INVALID") || error.metadata.line !== undefined) throw error;
    const { file, path } = error.metadata;
    const place = await placeIn(file, path).catch(() => undefined);
    if (place === undefined || !error.message.startsWith(`${file}: `)) throw error;
    const message = `${file}:${place.line}:${place.column}${error.message.slice(file.length)}`;
    throw new CoauditError("CONFIG_INVALID", message, { ...error.metadata, ...place }, { cause: error });
  }
}

async function placeIn(file: string, path: string): Promise<Place | undefined> {
  const steps = [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) =>
    index === undefined ? step : Number(index),
  );
  return new YamlTree(await readTextFile(file), file).placeOf(steps);
}

/** The error for an unusable value. `found` is shown as JSON. */
export function invalid(
  file: string,
  path: string,
  found: unknown,
  expected: string,
  place?: Place,
): CoauditError<"CONFIG_INVALID"> {
  const shown = found === undefined ? "nothing" : shorten(JSON.stringify(found) ?? String(found));
  const at = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const message = `${at}: ${path === "" ? "the file" : path}: found ${shown}, expected ${expected}`;
  return new CoauditError("CONFIG_INVALID", message, { file, path, found: shown, expected, ...place });
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
