/**
 * What a reader has accepted, so that no node can roll it back: per namespace the highest epoch and its digest, with
 * the certificate that made it acceptable, and the origin once it is proven. The certificate makes a later
 * contradiction provable, not only visible. And what has convicted somebody: one node may have shown it once.
 */
import type { CaseFile } from "../core/case-file.ts";
import { CERTIFICATE_FORMAT, type Certificate, MAX_CERTIFICATE_CASES } from "../core/certificate.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { Serial } from "../core/serial.ts";
import { checkMethods, usage } from "./arguments.ts";
import { exhibitsOf } from "./merge-answers.ts";

/** Where the state is kept: one text. Implementations: memory, Web Storage, and a file (node/file-trust.ts). */
export interface TrustStorage {
  /** Undefined if nothing was ever written. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

export interface TrustEntry {
  /**
   * The origin that whole heads named which satisfied the policy by themselves; absent where nothing but late heads was
   * accepted, over whose origin there is no signature. [a node renames it, and every honest node is refused for ever]
   */
  readonly origin?: string;
  readonly epoch: number;
  readonly digest: string;
  /** Without cases. */
  readonly certificate: Certificate;
}

/** All that is kept of a namespace. */
export interface Remembered {
  readonly entry: TrustEntry | undefined;
  /** Files of cases, the weightiest first; judged again each time, since rosters and settlements change. */
  readonly convictions: readonly CaseFile[];
}

/** For as long as the program runs. */
export function memoryTrust(): TrustStorage {
  let text: string | undefined;
  return {
    read: async () => text,
    async write(next) {
      text = next;
    },
  };
}

/** What is used of localStorage or sessionStorage. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** `webStorageTrust(localStorage)`: for a page, across visits. Throws USAGE. */
export function webStorageTrust(storage: WebStorage, key = "coaudit-trust"): TrustStorage {
  checkMethods(storage, "storage", ["getItem", "setItem"]);
  if (typeof key !== "string") throw usage("key", "key: it is not a text");
  return {
    read: async () => storage.getItem(key) ?? undefined,
    async write(text) {
      storage.setItem(key, text);
    },
  };
}

const TRUST_FORMAT = "coaudit/trust/v1";
/** Of one namespace; a page's storage has 5 MB for everything. One honest case has a few KiB. */
const MAX_CONVICTION_CHARACTERS = 256 * 1024;

interface State {
  readonly entries: Map<string, TrustEntry>;
  readonly convictions: Map<string, readonly CaseFile[]>;
}

export class TrustState {
  readonly #storage: TrustStorage;
  readonly #changes = new Serial();

  constructor(storage: TrustStorage) {
    this.#storage = storage;
  }

  /** Throws TRUST_STATE_INVALID: an unreadable state is never taken for an empty one. */
  async get(namespace: string): Promise<Remembered> {
    const { entries, convictions } = await this.#state();
    return { entry: entries.get(namespace), convictions: convictions.get(namespace) ?? [] };
  }

  /**
   * Keeps these files of cases, then those before that are not `gone`, as many as there is room for. Throws
   * TRUST_STATE_INVALID.
   */
  convict(namespace: string, files: readonly CaseFile[], gone: ReadonlySet<string> = new Set()): Promise<void> {
    return this.#changes.run(async () => {
      const state = await this.#state();
      const before = state.convictions.get(namespace) ?? [];
      const known = new Set([...gone, ...files.map(exhibitsOf)]);
      const kept = thatFit([...files, ...before.filter((file) => !known.has(exhibitsOf(file)))]);
      if (JSON.stringify(kept) === JSON.stringify(before)) return;
      if (kept.length === 0) state.convictions.delete(namespace);
      else state.convictions.set(namespace, kept);
      await this.#write(state);
    });
  }

  /**
   * Keeps the entry if it is the highest of its namespace. Reads before it writes: another page may share the storage.
   * `dropped`: an entry that this reader no longer believes, which therefore holds nothing up. Throws
   * TRUST_STATE_INVALID.
   */
  accept(namespace: string, entry: TrustEntry, dropped?: TrustEntry): Promise<void> {
    return this.#changes.run(async () => {
      const state = await this.#state();
      const { entries } = state;
      const held = entries.get(namespace);
      const isDropped = held !== undefined && held.epoch === dropped?.epoch && held.digest === dropped.digest;
      if (held !== undefined && !isDropped && !isNewer(entry, held)) return;
      const origin = entry.origin ?? (isDropped ? undefined : held?.origin);
      entries.set(namespace, { ...entry, ...(origin === undefined ? {} : { origin }) });
      await this.#write(state);
    });
  }

  async #write({ entries, convictions }: State): Promise<void> {
    const cases = convictions.size === 0 ? {} : { convictions: sorted(convictions) };
    try {
      await this.#storage.write(JSON.stringify({ format: TRUST_FORMAT, namespaces: sorted(entries), ...cases }));
    } catch (cause) {
      throw unusableStorage("written", cause);
    }
  }

  async #state(): Promise<State> {
    let text: string | undefined;
    try {
      text = (await this.#storage.read()) ?? undefined;
    } catch (cause) {
      throw unusableStorage("read", cause);
    }
    if (text === undefined) return { entries: new Map(), convictions: new Map() };
    let value: { format?: unknown; namespaces?: unknown; convictions?: unknown };
    try {
      value = (JSON.parse(text) ?? {}) as typeof value;
    } catch (cause) {
      throw invalidTrust("it is not JSON", cause);
    }
    const { format, namespaces, convictions = {} } = value;
    if (format !== TRUST_FORMAT) throw invalidTrust(`its "format" is not ${TRUST_FORMAT}`);
    if (typeof namespaces !== "object" || namespaces === null) throw invalidTrust('"namespaces" is not an object');
    if (typeof convictions !== "object" || convictions === null) throw invalidTrust('"convictions" is not an object');
    const entries = new Map(Object.entries(namespaces as Record<string, unknown>));
    const cases = new Map(Object.entries(convictions as Record<string, unknown>));
    for (const [namespace, entry] of entries) {
      if (!isEntry(entry)) throw invalidTrust(`its entry for ${namespace} is malformed`);
    }
    for (const [namespace, files] of cases) {
      if (!areCaseFiles(files)) throw invalidTrust(`its convictions in ${namespace} are malformed`);
    }
    return { entries: entries as Map<string, TrustEntry>, convictions: cases as Map<string, CaseFile[]> };
  }
}

function sorted<T>(byName: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function thatFit(files: readonly CaseFile[]): CaseFile[] {
  let left = MAX_CONVICTION_CHARACTERS;
  return files.slice(0, MAX_CERTIFICATE_CASES).filter((file) => {
    const { length } = JSON.stringify(file);
    if (length > left) return false;
    left -= length;
    return true;
  });
}

function areCaseFiles(value: unknown): value is CaseFile[] {
  return Array.isArray(value) && value.every((file: Partial<CaseFile> | null) => Array.isArray(file?.exhibits));
}

/** Of one epoch, the one that proves its origin. */
function isNewer(entry: TrustEntry, held: TrustEntry): boolean {
  if (entry.epoch !== held.epoch) return entry.epoch > held.epoch;
  return held.origin === undefined && entry.origin !== undefined;
}

function isEntry(value: unknown): value is TrustEntry {
  const { origin, epoch, digest, certificate } = (value ?? {}) as Partial<Record<keyof TrustEntry, unknown>>;
  return (
    (origin === undefined || typeof origin === "string") &&
    Number.isSafeInteger(epoch) &&
    typeof digest === "string" &&
    /^[0-9a-f]{64}$/.test(digest) &&
    (certificate as Certificate | undefined)?.format === CERTIFICATE_FORMAT
  );
}

/** The error for a state that is impossible, or contradicts the reader's own settings. */
export function invalidTrust(reason: string, cause?: unknown): CoauditError<"TRUST_STATE_INVALID"> {
  const message = `the trust state is unusable: ${reason}; restore it, or remove it to accept any epoch again`;
  return new CoauditError("TRUST_STATE_INVALID", message, { reason }, { cause });
}

function unusableStorage(verb: "read" | "written", cause: unknown): CoauditError<"TRUST_STATE_INVALID"> {
  if (isCoauditError(cause, "TRUST_STATE_INVALID")) return cause;
  const reason = `it can't be ${verb}: ${errorMessage(cause)}`;
  const message = `the trust state ${reason}; free the storage, or give the client another trustState`;
  return new CoauditError("TRUST_STATE_INVALID", message, { reason }, { cause });
}
