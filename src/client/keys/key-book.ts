/** What this device knows about keys in each namespace. Per device: a rollback between two devices is not seen. */
import { compareText, fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import type { ShownKey } from "./key-results.ts";
import type { KeyStorage } from "./key-storage.ts";

/** A version as it is kept; the value in hex. */
export interface KeptKey {
  readonly version: number;
  readonly epoch: number;
  readonly value: string;
}

/** An answer from an epoch that not enough auditors had signed when it came. */
export interface PendingAnswer {
  readonly label: string;
  /** Of the answer. */
  readonly epoch: number;
  readonly digest: string;
  readonly shown: KeptKey;
  /** What the answer was about, and how it was proven. */
  readonly about: "lookup" | "most-recent" | "own";
  readonly sinceMs: number;
}

export interface NamespaceBook {
  /** The newest epoch of an answer that was accepted. */
  acceptedEpoch: number;
  /** By label in hex: what a history of the most recent version confirmed. */
  readonly contacts: Record<string, KeptKey>;
  /** By label in hex: the newest version of an own key, up to which every version was looked at. */
  readonly own: Record<string, KeptKey>;
  readonly pending: PendingAnswer[];
}

/** Each holds a few hundred bytes; a provider that answers from unsigned epochs alone can cause one an answer. */
export const MAX_PENDING = 256;
const FORMAT = "coaudit/keys/v1";

export class KeyBook {
  readonly #storage: KeyStorage;

  constructor(storage: KeyStorage) {
    this.#storage = storage;
  }

  /**
   * Runs `work` on the namespace's page and keeps what it changed. Nobody else changes it in between. Throws
   * KEY_STATE_INVALID: a state that cannot be read is never taken for an empty one.
   */
  async change<Result>(namespace: string, work: (book: NamespaceBook) => Result): Promise<Result> {
    let result: { readonly value: Result } | undefined;
    await this.#storage.update((text) => {
      const books = booksOf(text);
      const book = books[namespace] ?? { acceptedEpoch: 0, contacts: {}, own: {}, pending: [] };
      result = { value: work(book) };
      books[namespace] = book;
      const next = JSON.stringify({ format: FORMAT, namespaces: books });
      return next === text ? undefined : next;
    });
    if (result === undefined) throw invalidState("the storage did not run the change");
    return result.value;
  }
}

export function keptKey({ version, epoch, value }: ShownKey): KeptKey {
  return { version, epoch, value: toHex(value) };
}

export function shownKey({ version, epoch, value }: KeptKey): ShownKey {
  return { version, epoch, value: fromHex(value, "value") };
}

function booksOf(text: string | undefined): Record<string, NamespaceBook> {
  if (text === undefined) return {};
  let state: { format?: unknown; namespaces?: unknown };
  try {
    state = (JSON.parse(text) ?? {}) as typeof state;
  } catch (cause) {
    throw invalidState("it is not JSON", cause);
  }
  if (state.format !== FORMAT) throw invalidState(`its "format" is not ${FORMAT}`);
  if (!isRecord(state.namespaces)) throw invalidState('"namespaces" is not an object');
  for (const [namespace, book] of Object.entries(state.namespaces).sort(([a], [b]) => compareText(a, b))) {
    if (!isBook(book)) throw invalidState(`what it says of ${namespace} is malformed`);
  }
  return state.namespaces as Record<string, NamespaceBook>;
}

function isBook(value: unknown): value is NamespaceBook {
  if (!isRecord(value)) return false;
  const { acceptedEpoch, contacts, own, pending } = value;
  return (
    Number.isSafeInteger(acceptedEpoch) &&
    isRecord(contacts) &&
    Object.values(contacts).every(isKept) &&
    isRecord(own) &&
    Object.values(own).every(isKept) &&
    Array.isArray(pending) &&
    pending.every(isPending)
  );
}

function isPending(value: unknown): value is PendingAnswer {
  return (
    isRecord(value) &&
    isHex(value["label"]) &&
    isHex(value["digest"]) &&
    Number.isSafeInteger(value["epoch"]) &&
    Number.isFinite(value["sinceMs"]) &&
    ["lookup", "most-recent", "own"].includes(value["about"] as string) &&
    isKept(value["shown"])
  );
}

function isKept(value: unknown): value is KeptKey {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value["version"]) &&
    Number.isSafeInteger(value["epoch"]) &&
    isHex(value["value"])
  );
}

function isHex(value: unknown): value is string {
  return typeof value === "string" && value.length % 2 === 0 && /^[0-9a-f]*$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalidState(reason: string, cause?: unknown): CoauditError<"KEY_STATE_INVALID"> {
  const message = `what is kept about keys can't be used: ${reason}; restore it, or remove it to begin again`;
  return new CoauditError("KEY_STATE_INVALID", message, { reason }, { cause });
}
