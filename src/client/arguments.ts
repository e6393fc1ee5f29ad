/**
 * What callers pass, checked where it comes in: most of them write JavaScript, and an argument that is taken for
 * another one makes a false accusation. [a list of numbers as a digest] Everything here throws CoauditError.
 */
import { fromHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import { DIGEST_SIZE_BYTES } from "../core/hash.ts";
import { checkNumber } from "../core/numbers.ts";
import { shown as printed } from "../core/printable.ts";

/** The value as a record. Throws USAGE, naming the first field that is not among `allowed`. */
export function checkOptions<Options extends object>(
  value: unknown,
  what: string,
  allowed: readonly (keyof Options & string)[],
): Options {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw usage(what, `${what}: ${printed(value)} is not an object of options`);
  }
  const unknown = Object.keys(value).find((key) => !(allowed as readonly string[]).includes(key));
  if (unknown === undefined) return value as Options;
  throw usage(unknown, `${what}: there is no option ${printed(unknown)}; there are ${allowed.join(", ")}`);
}

/** Throws USAGE unless the value has these methods. */
export function checkMethods<T>(value: T, what: string, methods: readonly (keyof T & string)[]): T {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  const absent = isObject ? methods.find((name) => typeof value[name] !== "function") : methods[0];
  if (absent === undefined) return value;
  throw usage(what, `${what}: ${printed(value)} has no method ${absent}`);
}

/** Throws USAGE. */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") return signal;
  throw usage("signal", `signal: ${printed(signal)} is not an AbortSignal`);
}

export interface AskOptions {
  readonly signal?: AbortSignal;
}

/** Throws USAGE. */
export function signalOf(options: AskOptions): AbortSignal | undefined {
  return checkSignal(checkOptions<AskOptions>(options, "options", ["signal"]).signal);
}

/** Throws NUMBER_OUT_OF_RANGE. */
export function checkEpoch(epoch: number): number {
  return checkNumber(epoch, "epoch", 1);
}

/** Throws QUESTION_ABORTED. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new CoauditError("QUESTION_ABORTED", "the question was aborted", {}, { cause: signal.reason });
}

/** A digest as this reader was shown it. */
export interface Shown {
  readonly epoch: number;
  readonly digest: string | ArrayBuffer | ArrayBufferView;
}

/** Throws USAGE, NUMBER_OUT_OF_RANGE, ENCODING_INVALID. */
export function checkShown(shown: readonly Shown[]): { readonly epoch: number; readonly digest: Uint8Array }[] {
  if (!Array.isArray(shown)) throw usage("shown", `shown: ${printed(shown)} is not a list of epochs with digests`);
  return shown.map((one: Shown) => {
    const { epoch, digest } = checkOptions<Shown>(one, "shown", ["epoch", "digest"]);
    return { epoch: checkEpoch(epoch), digest: digestBytes(digest) };
  });
}

const DIGEST_WORDS = "a digest is 64 hexadecimal digits, or 32 bytes in a Uint8Array";

/**
 * A digest in any form in which programs hold one; a copy, since what a view shows may change while nodes are asked.
 * Throws ENCODING_INVALID.
 */
export function digestBytes(digest: unknown): Uint8Array {
  if (typeof digest === "string") return hexDigest(digest);
  const bytes = ArrayBuffer.isView(digest)
    ? new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength)
    : isArrayBuffer(digest)
      ? new Uint8Array(digest)
      : undefined;
  if (bytes === undefined) throw badDigest(`${printed(digest)} is not one: ${DIGEST_WORDS}`);
  if (bytes.length !== DIGEST_SIZE_BYTES) {
    throw badDigest(`it has ${bytes.length} bytes, expected ${DIGEST_SIZE_BYTES}`);
  }
  return bytes.slice();
}

function hexDigest(text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return fromHex(text, "digest");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) {
    throw badDigest(`${printed(text)} looks like base64: give its bytes, or 64 hexadecimal digits`);
  }
  if (/^[0-9a-fA-F]*$/.test(text)) throw badDigest(`it has ${text.length} hexadecimal digits, expected 64`);
  throw badDigest(`${printed(text)} is not one: ${DIGEST_WORDS}`);
}

/** Of any realm: a page's frame or a test's sandbox has an ArrayBuffer of its own. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function badDigest(reason: string): CoauditError<"ENCODING_INVALID"> {
  return new CoauditError("ENCODING_INVALID", `digest: ${reason}`, { what: "digest" });
}

export function usage(option: string, message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, { option });
}
