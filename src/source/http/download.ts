/**
 * A blob's bytes over connections that may break: resumed where it stopped, and never put together from two different
 * blobs.
 */
import { createHash, type Hash } from "node:crypto";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { isWorthARetry } from "../source.ts";
import type { HttpResponse, Where } from "./http.ts";

export interface DownloadRules {
  readonly where: Where;
  readonly maxBlobBytes: number;
  /**
   * Repeats the request, with these additional headers; called at most `resumes` times. Its errors end the download
   * unless `isWorthARetry`.
   */
  reopen(headers: Readonly<Record<string, string>>, resume: number): Promise<HttpResponse>;
  readonly resumes: number;
}

/** The body's length as declared; SOURCE_RESPONSE_INVALID if a truncated body could not be told from a complete one. */
export function declaredBytes(response: HttpResponse, where: Where): number | undefined {
  const length = response.headers.get("content-length");
  if (length !== null && /^[0-9]{1,15}$/.test(length)) return Number(length);
  if (length === null && response.headers.get("transfer-encoding")?.toLowerCase().endsWith("chunked")) return undefined;
  const reason = length === null ? "neither Content-Length nor chunks" : `Content-Length "${length.slice(0, 40)}"`;
  const message = `${where.host}${where.path} came with ${reason}, so a truncated body could not be told from a complete one`;
  throw new CoauditError("SOURCE_RESPONSE_INVALID", message, { ...where, reason });
}

export function tooLarge(where: Where, capBytes: number, sizeBytes?: number): CoauditError<"SOURCE_TOO_LARGE"> {
  return new CoauditError(
    "SOURCE_TOO_LARGE",
    `${where.host}${where.path} is larger than the cap of ${capBytes} bytes${sizeBytes === undefined ? "" : `: ${sizeBytes}`}; raise the cap if that is plausible`,
    { ...where, capBytes, ...(sizeBytes === undefined ? {} : { sizeBytes }) },
  );
}

/**
 * Yields the bytes of `first` and of what continues it. With a strong ETag it continues by range; without one (or when
 * the server answers with the whole body) it starts over, drops what was delivered already and compares its hash: a
 * blob that changed in between throws SOURCE_CHANGED (RFC 9110, 13.1.5 and 14.2).
 */
export async function* download(
  first: HttpResponse,
  rules: DownloadRules,
): AsyncGenerator<Uint8Array, void, undefined> {
  const state = new DownloadState(first, rules);
  let response: HttpResponse | undefined = first;
  try {
    for (let resume = 0; ; ) {
      try {
        response ??= await state.continue(resume);
        for (;;) {
          const chunk = await response.next();
          if (chunk === undefined) break;
          const fresh = state.accept(chunk);
          if (fresh.length > 0) yield fresh;
        }
        state.finish();
        return;
      } catch (error) {
        response?.close();
        response = undefined;
        if (resume === rules.resumes || !isWorthARetry(error)) throw state.explain(error);
        resume++;
      }
    }
  } finally {
    response?.close();
  }
}

class DownloadState {
  readonly #rules: DownloadRules;
  /** A validator that may continue a body: a weak one does not promise equal bytes (RFC 9110, 8.8.1). */
  readonly #etag: string | undefined;
  /** Only without an ETag: 44 MB cost 30-90 ms. */
  readonly #hash: Hash | undefined;
  #expectedBytes: number | undefined;
  #deliveredBytes = 0;
  /** Of a body that was started over: what is still to be dropped, and its hash so far. */
  #dropBytes = 0;
  #dropHash: Hash | undefined;

  constructor(first: HttpResponse, rules: DownloadRules) {
    this.#rules = rules;
    const etag = first.headers.get("etag");
    this.#etag = etag !== null && /^"[^"]*"$/.test(etag) ? etag : undefined;
    this.#hash = this.#etag === undefined ? createHash("sha256") : undefined;
    this.#expectedBytes = declaredBytes(first, rules.where);
  }

  /** Takes bytes of the current connection; returns those that are new. */
  accept(chunk: Uint8Array): Uint8Array {
    let fresh = chunk;
    if (this.#dropBytes > 0) {
      const old = chunk.subarray(0, this.#dropBytes);
      fresh = chunk.subarray(old.length);
      this.#dropHash?.update(old);
      this.#dropBytes -= old.length;
      if (this.#dropBytes === 0) this.#checkDropped();
    }
    this.#deliveredBytes += fresh.length;
    if (this.#deliveredBytes > this.#rules.maxBlobBytes) {
      throw tooLarge(this.#rules.where, this.#rules.maxBlobBytes, this.#expectedBytes);
    }
    this.#hash?.update(fresh);
    return fresh;
  }

  finish(): void {
    if (this.#dropBytes > 0) throw this.#changed("the blob became shorter");
    if (this.#expectedBytes !== undefined && this.#deliveredBytes !== this.#expectedBytes) throw this.#truncated();
  }

  async continue(resume: number): Promise<HttpResponse> {
    const from = this.#deliveredBytes;
    this.#dropBytes = 0;
    const byRange = this.#etag !== undefined && from > 0;
    const headers = byRange ? { range: `bytes=${from}-`, "if-range": this.#etag as string } : {};
    const response = await this.#rules.reopen(headers, resume);
    try {
      if (byRange && response.status === 206) this.#checkRange(response, from);
      else if (response.status === 200) this.#startOver(response, from);
      else throw this.#changed(`the server answered ${response.status} for the rest`);
    } catch (error) {
      response.close();
      throw error;
    }
    return response;
  }

  /** The last connection's error in terms of the whole blob: bytes are counted over all connections. */
  explain(error: unknown): unknown {
    return isCoauditError(error, "SOURCE_TRUNCATED") ? this.#truncated(error) : error;
  }

  #checkRange(response: HttpResponse, from: number): void {
    const match = /^bytes ([0-9]{1,15})-([0-9]{1,15})\/([0-9]{1,15})$/.exec(
      response.headers.get("content-range") ?? "",
    );
    const [start, end, total] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
    if (start !== from || end !== total - 1 || (this.#expectedBytes ?? total) !== total) {
      throw this.#changed("the rest offered by the server does not continue what came before");
    }
    if (response.headers.get("etag") !== this.#etag) throw this.#changed("its ETag has changed");
    if (total > this.#rules.maxBlobBytes) throw tooLarge(this.#rules.where, this.#rules.maxBlobBytes, total);
    this.#expectedBytes = total;
  }

  #startOver(response: HttpResponse, from: number): void {
    const size = declaredBytes(response, this.#rules.where);
    const sameEtag = this.#etag === undefined || response.headers.get("etag") === this.#etag;
    if (from > 0 && !sameEtag) throw this.#changed("its ETag has changed");
    if (from > 0 && size !== this.#expectedBytes) throw this.#changed("its size has changed");
    this.#expectedBytes = size;
    this.#dropBytes = from;
    this.#dropHash = this.#hash === undefined ? undefined : createHash("sha256");
  }

  #checkDropped(): void {
    const delivered = this.#hash?.copy().digest("hex");
    if (delivered !== this.#dropHash?.digest("hex")) throw this.#changed("its beginning has changed");
  }

  #changed(reason: string): CoauditError<"SOURCE_CHANGED"> {
    const { where } = this.#rules;
    const receivedBytes = this.#deliveredBytes;
    const message = `${where.host}${where.path} changed while being read, after ${receivedBytes} bytes: ${reason}`;
    return new CoauditError("SOURCE_CHANGED", message, { ...where, receivedBytes });
  }

  #truncated(cause?: unknown): CoauditError<"SOURCE_TRUNCATED"> {
    const { where } = this.#rules;
    const receivedBytes = this.#deliveredBytes;
    const expectedBytes = this.#expectedBytes;
    return new CoauditError(
      "SOURCE_TRUNCATED",
      `${where.host}${where.path} ended after ${receivedBytes} of ${expectedBytes ?? "an unknown number of"} bytes`,
      { ...where, receivedBytes, ...(expectedBytes === undefined ? {} : { expectedBytes }) },
      { cause },
    );
  }
}
