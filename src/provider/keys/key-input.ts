/**
 * What is posted to a practice directory, in JSON with all bytes in hex. Everything here throws ENCODING_INVALID and
 * NUMBER_OUT_OF_RANGE for what cannot be meant.
 *
 *     /keys       {entries?: [{label, value}], branch?: "main" | "fork" | "new-fork",
 *                  hidden?: [{label, value, version, retires?}],
 *                  otherKey?: [{label, value}], tombstones?: [{label, version}]}
 *     /keys/lies  {lies: [{kind, to?: [NAME], label?, ...}]}, in place of those before
 */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { checkNumber, parseNumber } from "../../core/numbers.ts";
import type { Lie } from "../lies.ts";
import type { Entry, Handed } from "./key-directory.ts";
import type { KeyLie } from "./key-lies.ts";

type Fields = Readonly<Record<string, unknown>>;

const MAX_BYTES = 512;
const MAX_LIES = 100;

export interface HandedIn {
  readonly handed: Handed;
  readonly branch: "main" | "fork" | "new-fork";
}

export function parseHanded(text: string): HandedIn {
  const fields = jsonOf(text);
  const { branch = "main" } = fields;
  if (branch !== "main" && branch !== "fork" && branch !== "new-fork")
    throw invalid('"branch" is main, fork or new-fork');
  const entry = (one: Fields): Entry => [bytesIn(one, "label"), bytesIn(one, "value")];
  return {
    branch,
    handed: {
      entries: listIn(fields, "entries").map(entry),
      hidden: listIn(fields, "hidden").map((one) => ({
        ...{ label: bytesIn(one, "label"), value: bytesIn(one, "value"), version: versionIn(one) },
        retires: one["retires"] === true,
      })),
      otherKey: listIn(fields, "otherKey").map(entry),
      tombstones: listIn(fields, "tombstones").map((one) => [bytesIn(one, "label"), versionIn(one)]),
    },
  };
}

export function parseLies(text: string): { forks: Lie[]; keys: KeyLie[] } {
  const lies = listIn(jsonOf(text), "lies");
  if (lies.length > MAX_LIES) throw invalid(`at most ${MAX_LIES} lies at a time`);
  const isFork = ({ kind }: Fields): boolean => kind === "fork";
  return {
    forks: lies.filter(isFork).map((lie) => ({
      ...{ kind: "fork" as const, ...namesIn(lie) },
      ...(lie["from"] === undefined ? {} : { from: numberIn(lie, "from", 1) }),
    })),
    keys: lies.filter((lie) => !isFork(lie)).map(keyLie),
  };
}

export function parseExtent(params: string): HistoryExtent {
  if (params === "complete") return { kind: "complete" };
  const count = /^most-recent:(.*)$/.exec(params)?.[1];
  if (count === undefined) throw invalid(`params is complete or most-recent:N, not "${params.slice(0, 40)}"`);
  return { kind: "most-recent", count: parseNumber(count, "most-recent", 1) };
}

function keyLie(lie: Fields): KeyLie {
  const { kind } = lie;
  const label = lie["label"] === undefined ? {} : { label: toHex(bytesIn(lie, "label")) };
  const told = { ...namesIn(lie), ...label };
  switch (kind) {
    case "old-epoch":
      return { kind, ...told, behind: numberIn(lie, "behind", 1) };
    case "other-label":
      return { kind, ...told, instead: toHex(bytesIn({ label: lie["instead"] }, "label")) };
    case "forgotten-version":
    case "hidden-version":
    case "other-vrf-key":
    case "denied":
    case "withheld":
      return { kind, ...told };
    default:
      throw invalid(`there is no lie of kind ${JSON.stringify(kind ?? null).slice(0, 40)}`);
  }
}

function jsonOf(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  return objectOf(value, "what is posted");
}

function listIn(fields: Fields, name: string): Fields[] {
  const { [name]: list = [] } = fields;
  if (!Array.isArray(list)) throw invalid(`"${name}" is a list`);
  return list.map((one) => objectOf(one, `an element of "${name}"`));
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${what} is not an object`);
}

function bytesIn(fields: Fields, name: "label" | "value"): Uint8Array {
  const { [name]: text } = fields;
  if (typeof text !== "string") throw invalid(`a ${name} is missing, or no hex`);
  const bytes = fromHex(text, name);
  if (bytes.length > MAX_BYTES || (name === "label" && bytes.length === 0))
    throw invalid(`a label has 1 to ${MAX_BYTES} bytes, and a value at most ${MAX_BYTES}`);
  return bytes;
}

function namesIn({ to }: Fields): { to?: string[] } {
  if (to === undefined) return {};
  if (Array.isArray(to) && to.every((name) => typeof name === "string")) return { to };
  throw invalid('"to" is a list of names');
}

function versionIn(fields: Fields): number {
  return checkNumber(numberIn(fields, "version", 1), "version", 1, 2 ** 20);
}

function numberIn(fields: Fields, name: string, least: number): number {
  const { [name]: value } = fields;
  if (typeof value !== "number") throw invalid(`"${name}" is a number`);
  return checkNumber(value, name, least);
}

function invalid(reason: string, cause?: unknown): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `keys: ${reason}`, { what: "keys" }, { cause });
}
