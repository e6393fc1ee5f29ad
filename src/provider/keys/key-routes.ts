/**
 * The HTTP of a practice directory, beside its bucket:
 *
 *     GET  /[NAME/]keys                                   {configuration, vrfKey, epoch, digest}
 *     GET  /[NAME/]keys/LABEL/lookup                      {epoch, digest, vrfKey, value, proof}
 *     GET  /[NAME/]keys/LABEL/history?params=complete     the same; also most-recent:N
 *     POST /[NAME/]keys  what the next epoch publishes (key-input.ts)
 *     POST /keys/lies    what is said from now on, and to whom
 *
 * All bytes are in hex. NAME is who asks, so that a lie can be told to one person.
 */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { isCoauditError } from "../../core/errors.ts";
import { isTold, type Lie } from "../lies.ts";
import { type DirectoryLog, MAX_WAITING } from "./directory-log.ts";
import { parseExtent, parseHanded, parseLies } from "./key-input.ts";
import { type KeyLie, lieFor, reply } from "./key-lies.ts";

export interface KeyAnswer {
  readonly status: number;
  readonly body: object;
}

export interface KeyPath {
  /** Empty where the path names nobody. */
  readonly name: string;
  readonly about:
    | { readonly kind: "directory" }
    | { readonly kind: "lies" }
    | { readonly kind: "lookup" | "history"; readonly label: Uint8Array };
  readonly query: URLSearchParams;
}

/** An entry is a few hundred bytes of JSON. */
export const MAX_KEY_BODY_BYTES: number = 4 * 2 ** 20;

/** Undefined for a path of the bucket. */
export function keyPath(target: string): KeyPath | undefined {
  if (!target.startsWith("/") || !URL.canParse(`http://provider${target}`)) return undefined;
  const { pathname, searchParams: query } = new URL(`http://provider${target}`);
  const found = /^\/(?:([^/]{1,128})\/)?keys(?:\/(lies)|\/((?:[0-9a-f]{2}){1,512})\/(lookup|history))?$/.exec(pathname);
  if (found === null) return undefined;
  const [, encodedName = "", lies, label, kind] = found;
  const name = decoded(encodedName);
  if (name === undefined) return undefined;
  if (lies !== undefined) return { name, query, about: { kind: "lies" } };
  if (label === undefined) return { name, query, about: { kind: "directory" } };
  return { name, query, about: { kind: kind as "lookup" | "history", label: fromHex(label) } };
}

export class KeyRoutes {
  readonly #log: DirectoryLog;
  readonly #always: readonly Lie[];
  #told: { readonly forks: readonly Lie[]; readonly keys: readonly KeyLie[] } = { forks: [], keys: [] };

  /** `lies`: those that are told from the start, whatever is posted. */
  constructor(options: { readonly lies: readonly Lie[] }, modules: { readonly log: DirectoryLog }) {
    this.#always = options.lies;
    this.#log = modules.log;
  }

  /** All that auditors are told. */
  get lies(): readonly Lie[] {
    return [...this.#always, ...this.#told.forks];
  }

  read({ name, about, query }: KeyPath): KeyAnswer {
    const { newest, configuration } = this.#log;
    const isForked = isTold(this.lies, "fork", { auditor: name, epoch: newest, askedBefore: 0 });
    const directory = this.#log.directory(isForked ? "fork" : "main");
    const { epoch, digest, vrfKey } = directory;
    if (about.kind === "lies") return { status: 200, body: { lies: [...this.#told.forks, ...this.#told.keys] } };
    if (about.kind === "directory") {
      return { status: 200, body: { configuration, epoch, digest: toHex(digest), vrfKey: toHex(vrfKey) } };
    }
    const { kind, label } = about;
    return answered(() => {
      const extent: HistoryExtent | undefined =
        kind === "lookup" ? undefined : parseExtent(query.get("params") ?? "complete");
      const said = reply(directory, { label, extent }, lieFor(this.#told.keys, name, label));
      if (said.kind === "withheld") return { status: 503, body: { error: "not now" } };
      if (said.kind === "unknown-label") return { status: 404, body: { error: "this label is not in the directory" } };
      const shown = { epoch: said.about.epoch, digest: toHex(said.about.digest), vrfKey: toHex(said.vrfKey) };
      return { status: 200, body: { ...shown, value: toHex(said.value), proof: toHex(said.proof) } };
    });
  }

  /** Whoever posts it. */
  write({ about }: Pick<KeyPath, "about">, text: string): KeyAnswer {
    return answered(() => {
      if (about.kind === "lies") {
        this.#told = parseLies(text);
        return { status: 200, body: {} };
      }
      if (about.kind !== "directory") return { status: 405, body: { error: "a label is asked for, by GET" } };
      const { handed, branch } = parseHanded(text);
      if (!this.#log.hand(handed, branch === "main" ? "main" : "fork"))
        return { status: 429, body: { error: `${MAX_WAITING} entries wait for the next epoch already` } };
      if (branch === "new-fork") this.#log.forkAnew();
      return { status: 202, body: { epoch: this.#log.newest + 1 } };
    });
  }
}

function answered(work: () => KeyAnswer): KeyAnswer {
  try {
    return work();
  } catch (error) {
    if (isCoauditError(error, "PROVIDER_CANNOT_PROVE")) return { status: 409, body: { error: error.message } };
    if (isCoauditError(error)) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
