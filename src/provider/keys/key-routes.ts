/**
 * The HTTP of a practice directory, beside its bucket:
 *
 *     GET  /[NAME/]keys                                   {configuration, vrfKey, epoch, digest}
 *     GET  /[NAME/]keys/LABEL/lookup                      {epoch, digest, vrfKey, proof}
 *     GET  /[NAME/]keys/LABEL/history?params=complete     the same; also most-recent:N
 *     POST /keys    {entries: [{label, value}], hidden?: [{label, value, version}], branch?: "main" | "fork"}
 *
 * All bytes are in hex. NAME is who asks: whoever is shown the fork is answered from it. `hidden` inserts a version
 * that no honest answer shows; `lookup?hidden=VERSION` shows it.
 */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { checkNumber, parseNumber } from "../../core/numbers.ts";
import type { Branch } from "../log.ts";
import { type DirectoryLog, type Handed, MAX_WAITING } from "./directory-log.ts";

export interface KeyAnswer {
  readonly status: number;
  readonly body: object;
}

export interface KeyPath {
  /** Empty where the path names nobody. */
  readonly auditor: string;
  readonly label?: Uint8Array;
  readonly kind?: "lookup" | "history";
  readonly query: URLSearchParams;
}

/** An entry is a few hundred bytes of JSON. */
export const MAX_KEY_BODY_BYTES: number = 4 * 2 ** 20;

/** Undefined for a path of the bucket. */
export function keyPath(target: string): KeyPath | undefined {
  if (!target.startsWith("/") || !URL.canParse(`http://provider${target}`)) return undefined;
  const { pathname, searchParams: query } = new URL(`http://provider${target}`);
  const found = /^\/(?:([^/]{1,128})\/)?keys(?:\/((?:[0-9a-f]{2}){1,512})\/(lookup|history))?$/.exec(pathname);
  if (found === null) return undefined;
  const [, name = "", label, kind] = found;
  const auditor = decoded(name);
  if (auditor === undefined) return undefined;
  return {
    auditor,
    query,
    ...(label === undefined ? {} : { label: fromHex(label), kind: kind as "lookup" | "history" }),
  };
}

export function readKeys(log: DirectoryLog, { label, kind, query }: KeyPath, branch: Branch): KeyAnswer {
  const directory = log.directory(branch);
  const { epoch } = directory;
  const about = { epoch, digest: toHex(directory.digest), vrfKey: toHex(log.vrfKey) };
  if (label === undefined) return { status: 200, body: { configuration: log.configuration, ...about } };
  try {
    const hidden = query.get("hidden");
    const version = hidden === null ? undefined : parseNumber(hidden, "hidden", 1);
    const proof =
      kind === "lookup"
        ? version === undefined
          ? directory.lookup(label)
          : directory.lookupHidden(label, version)
        : version === undefined
          ? directory.history(label, extentOf(query.get("params") ?? "complete"))
          : directory.historyOfHidden(label, version);
    if (proof === undefined) return { status: 404, body: { error: "this label is not in the directory" } };
    return { status: 200, body: { ...about, proof: toHex(proof) } };
  } catch (error) {
    if (isCoauditError(error, "PROVIDER_CANNOT_PROVE")) return { status: 409, body: { error: error.message } };
    if (isCoauditError(error)) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

/** Takes entries for the next epoch. */
export function writeKeys(log: DirectoryLog, text: string): KeyAnswer {
  let handed: Handed & { branch: Branch };
  try {
    handed = handedIn(text);
  } catch (error) {
    if (isCoauditError(error)) return { status: 400, body: { error: error.message } };
    throw error;
  }
  if (log.hand(handed, handed.branch)) return { status: 202, body: { epoch: log.newest + 1 } };
  return { status: 429, body: { error: `${MAX_WAITING} entries wait for the next epoch already` } };
}

function handedIn(text: string): Handed & { branch: Branch } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  const { entries = [], hidden = [], branch = "main" } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(entries) || !Array.isArray(hidden)) throw invalid('"entries" and "hidden" are lists');
  if (branch !== "main" && branch !== "fork") throw invalid('"branch" is main or fork');
  return {
    branch,
    entries: entries.map((entry) => [bytesIn(entry, "label"), bytesIn(entry, "value")]),
    hidden: hidden.map((entry) => [bytesIn(entry, "label"), bytesIn(entry, "value"), versionIn(entry)]),
  };
}

function bytesIn(entry: unknown, field: "label" | "value"): Uint8Array {
  const text = ((entry ?? {}) as Record<string, unknown>)[field];
  if (typeof text !== "string") throw invalid(`an entry has no "${field}" in hex`);
  const bytes = fromHex(text, field);
  if (bytes.length > 512 || (field === "label" && bytes.length === 0))
    throw invalid(`a ${field} has 1 to 512 bytes; a value may be empty`);
  return bytes;
}

function versionIn(entry: unknown): number {
  return checkNumber(Number(((entry ?? {}) as Record<string, unknown>)["version"]), "version", 1, 2 ** 20);
}

/** Throws ENCODING_INVALID and NUMBER_OUT_OF_RANGE. */
function extentOf(params: string): HistoryExtent {
  if (params === "complete") return { kind: "complete" };
  const count = /^most-recent:(.*)$/.exec(params)?.[1];
  if (count === undefined) throw invalid(`params is complete or most-recent:N, not "${params.slice(0, 40)}"`);
  return { kind: "most-recent", count: parseNumber(count, "most-recent", 1) };
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function invalid(reason: string, cause?: unknown): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `keys: ${reason}`, { what: "keys" }, { cause });
}
