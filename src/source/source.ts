/** The port through which epochs come in: what is listed, what is newest, and the bytes of a blob. */
import { compareText, fromHex, toHex } from "../core/bytes.ts";
import { CoauditError, isCoauditError } from "../core/errors.ts";
import { MAX_NUMBER } from "../core/numbers.ts";

/**
 * The name of an audit blob, `E/<previous hex>/<current hex>`; E is the epoch that the proof leads *to*. Digests are 32
 * bytes.
 */
export interface BlobName {
  readonly epoch: number;
  readonly previous: Uint8Array;
  readonly current: Uint8Array;
}

/** Every name seen for one epoch, sorted by text, without repeats; none: not published (yet); two are a fork. */
export interface Listing {
  readonly names: readonly BlobName[];
  /** Entries below the epoch's prefix that are no blob names (a folder marker, a stray file): ignored, but counted. */
  readonly foreignKeys: number;
  /** Who answered: host and port of the URL, or `file` for a folder. */
  readonly host: string;
  /** The answer's `Date`, unix ms, to hold one's own clock against. */
  readonly serverDateMs?: number;
  /** When the newest of these blobs was put there, unix ms, as the source says. */
  readonly publishedMs?: number;
}

export interface FetchedBlob {
  /**
   * The bytes, once. It holds a connection until it ends, throws, is left (`break` or `return()`), or the signal
   * aborts: iterate it. A body that ends without an error is whole.
   */
  readonly body: AsyncIterable<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
  readonly host: string;
  readonly serverDateMs?: number;
  readonly sizeBytes?: number;
  /**
   * A Content-Encoding that was declared although the bytes look plain: if they are wrong, that may be why, so it says
   * nothing about the provider.
   */
  readonly declaredEncoding?: string;
}

export interface FetchOptions {
  /** Ask past all caches: another look at the same blob must not be the same copy. */
  readonly fresh?: boolean;
}

/** Every method throws SOURCE_* errors only, and SOURCE_ABORTED once `signal` is aborted. */
export interface EpochSource {
  /** The newest listed epoch, searched from the known epoch `from` (default 1); undefined: nothing is listed. */
  latest(signal: AbortSignal, from?: number): Promise<number | undefined>;
  listing(epoch: number, signal: AbortSignal): Promise<Listing>;
  fetch(name: BlobName, signal: AbortSignal, options?: FetchOptions): Promise<FetchedBlob>;
}

/**
 * True for an error that says no more than "could not be read just now": it never changes an auditor's state
 * (docs/protocol.md 11).
 */
export function isTransportError(error: unknown): error is CoauditError {
  return isCoauditError(error) && error.code.startsWith("SOURCE_");
}

/**
 * Trouble that may pass within seconds: no connection, silence, a broken body, an overloaded server. Anything else is
 * left to the caller's own, longer back-off.
 */
export function isWorthARetry(error: unknown): boolean {
  if (isCoauditError(error, "SOURCE_STATUS"))
    return error.metadata.status >= 500 || [408, 429].includes(error.metadata.status);
  return isCoauditError(error, "SOURCE_UNREACHABLE", "SOURCE_TIMEOUT", "SOURCE_TRUNCATED");
}

/** How long the server asked to be left alone; a provider's word, so bound it. */
export function retryAfterMs(error: unknown): number | undefined {
  return isCoauditError(error, "SOURCE_STATUS") ? error.metadata.retryAfterMs : undefined;
}

/** The transport error that a body is whose proof is wrong, if an encoding was declared for it. */
export function encodingDoubt({ declaredEncoding, host }: FetchedBlob, name: BlobName): CoauditError | undefined {
  if (declaredEncoding === undefined) return undefined;
  const path = `/${formatBlobName(name)}`;
  const reason = `its proof is wrong, and it was declared ${declaredEncoding}-encoded: it may be right once decoded`;
  return new CoauditError("SOURCE_RESPONSE_INVALID", `${host}${path}: ${reason}`, { host, path, reason });
}

/** No honest log lists two blobs from one digest; each costs a download, so a hostile one must not choose how many. */
export const MAX_CANDIDATES = 8;

export function formatBlobName(name: BlobName): string {
  return `${name.epoch}/${toHex(name.previous)}/${toHex(name.current)}`;
}

/** Strict: what does not format back to the same text throws SOURCE_NAME_INVALID. */
export function parseBlobName(text: string): BlobName {
  const match = /^([1-9][0-9]{0,15})\/([0-9a-f]{64})\/([0-9a-f]{64})$/.exec(text);
  const epoch = Number(match?.[1]);
  if (match === null || epoch > MAX_NUMBER) {
    const rule = "<epoch 1..2^53-1>/<64 lower-case hex digits>/<64 lower-case hex digits>";
    // What a stranger wrote is quoted in part only: it ends up in logs.
    const name = text.slice(0, 200);
    throw new CoauditError("SOURCE_NAME_INVALID", `"${name}" is not the name of an audit blob; expected ${rule}`, {
      name,
      rule,
    });
  }
  return { epoch, previous: fromHex(match[2] as string), current: fromHex(match[3] as string) };
}

export interface KeyedNames {
  readonly names: readonly BlobName[];
  readonly foreignKeys: number;
}

/** Sorts and deduplicates the blob names of `epoch` among `keys`, and counts the other keys. */
export function namesOfEpoch(keys: Iterable<string>, epoch: number): KeyedNames {
  const names = new Map<string, BlobName>();
  let foreignKeys = 0;
  for (const key of keys) {
    const name = tryParse(key);
    if (name?.epoch === epoch) names.set(key, name);
    else foreignKeys++;
  }
  const sorted = [...names].sort(([a], [b]) => compareText(a, b)).map(([, name]) => name);
  return { names: sorted, foreignKeys };
}

/** The newest epoch that any of `keys` names. */
export function newestOf(keys: Iterable<string>): number | undefined {
  let newest: number | undefined;
  for (const key of keys) {
    const epoch = tryParse(key)?.epoch;
    if (epoch !== undefined && (newest === undefined || epoch > newest)) newest = epoch;
  }
  return newest;
}

function tryParse(key: string): BlobName | undefined {
  try {
    return parseBlobName(key);
  } catch {
    return undefined;
  }
}
