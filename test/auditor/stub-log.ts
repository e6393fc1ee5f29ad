/** A provider's log of stub proofs, whose answers a test changes at will. */
import { createHash } from "node:crypto";
import type { ConfigurationName } from "../../src/akd/configuration.ts";
import type { ProofVerifier } from "../../src/akd/proof-verifier.ts";
import type { ProofRequest, ProofSummary } from "../../src/akd/verify.ts";
import type { VerifiedEpoch } from "../../src/auditor/options.ts";
import { emptyTreeRoot } from "../../src/auditor/start-point.ts";
import { fromUtf8, toHex, utf8 } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import {
  type BlobName,
  type EpochSource,
  type FetchedBlob,
  type FetchOptions,
  formatBlobName,
  type Listing,
} from "../../src/source/source.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

export const NAMESPACE = "whatsapp.key-transparency.v1";
export const ORIGIN = "whatsapp.kt/v2";
export const HOST = "cdn.example.org";

export const ROOT: VerifiedEpoch = emptyTreeRoot("whatsapp_v1");

/** The digest of an epoch of a history; histories named alike are alike. */
export function digestOf(epoch: number, history = "main"): Uint8Array {
  return epoch === 0 ? ROOT.digest : new Uint8Array(createHash("sha256").update(`${history}/${epoch}`).digest());
}

export interface Blob {
  readonly name: BlobName;
  readonly body: Uint8Array;
}

/** A blob with a proof that StubVerifier takes, from one digest to another. */
export function blob(
  epoch: number,
  previous: Uint8Array = digestOf(epoch - 1),
  current: Uint8Array = digestOf(epoch),
): Blob {
  return { name: { epoch, previous, current }, body: utf8(`${toHex(previous)}>${toHex(current)}`) };
}

/** The same blob name with other bytes. */
export function withBody(original: Blob, body: string): Blob {
  return { ...original, body: utf8(body) };
}

/** A proof is the text `<from>><to>`. */
export class StubVerifier implements ProofVerifier {
  verified = 0;
  /** Under which the log is right. */
  configuration: ConfigurationName = "whatsapp_v1";

  async verify(request: ProofRequest, proof: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ProofSummary> {
    let text = "";
    for await (const chunk of proof) {
      signal.throwIfAborted();
      text += fromUtf8(chunk);
      // Like a real decoder, it need not read a wrong proof to its end.
      if (text.startsWith("garbage")) {
        throw new CoauditError("PROOF_WIRE_TYPE", "garbage", { offset: 0, element: 0, field: "proof", wireType: 7 });
      }
    }
    const expected = `${toHex(request.from)}>${toHex(request.to)}`;
    if (request.configuration !== this.configuration) {
      throw new CoauditError("PROOF_START_MISMATCH", "hashed otherwise", { expected, actual: "" });
    }
    if (text !== expected) throw new CoauditError("PROOF_END_MISMATCH", "wrong proof", { expected, actual: text });
    this.verified++;
    return { inserted: 1, unchanged: 0 };
  }

  async close(): Promise<void> {}
}

export function transportError(code: "SOURCE_TIMEOUT" | "SOURCE_NOT_FOUND" | "SOURCE_TRUNCATED"): CoauditError {
  const where = { host: HOST, path: "/" };
  if (code === "SOURCE_TIMEOUT") {
    return new CoauditError(code, "no answer", { ...where, phase: "headers", timeoutMs: 1 });
  }
  if (code === "SOURCE_NOT_FOUND") return new CoauditError(code, "404", where);
  return new CoauditError(code, "cut off", { ...where, receivedBytes: 1 });
}

/** A bucket whose answers a test changes at will. */
export class StubSource implements EpochSource {
  readonly blobs: Map<number, Blob[]> = new Map();
  readonly fetches: { name: string; fresh: boolean; atMs: number }[] = [];
  readonly listings: { epoch: number; atMs: number }[] = [];
  latestAsked = 0;
  openBodies = 0;
  /** Called before each answer; what it throws is the answer. */
  before: (call: "latest" | "listing" | "fetch", epoch: number) => void | Promise<void> = () => {};
  /** Another body in place of the true one. */
  body: (blob: Blob, options: FetchOptions) => Uint8Array | CoauditError = (asked) => asked.body;
  listed: (epoch: number) => Blob[] = (epoch) => this.blobs.get(epoch) ?? [];
  serverDateMs: () => number | undefined = () => undefined;
  publishedMs: (epoch: number) => number | undefined = () => undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  publish(...published: Blob[]): void {
    for (const one of published) this.blobs.set(one.name.epoch, [...(this.blobs.get(one.name.epoch) ?? []), one]);
  }

  publishUpTo(epoch: number): void {
    for (let next = 1; next <= epoch; next++) if (!this.blobs.has(next)) this.publish(blob(next));
  }

  async latest(signal: AbortSignal): Promise<number | undefined> {
    this.latestAsked++;
    await this.before("latest", 0);
    signal.throwIfAborted();
    const listed = [...this.blobs.keys()].filter((epoch) => this.listed(epoch).length > 0);
    return listed.length === 0 ? undefined : Math.max(...listed);
  }

  async listing(epoch: number, signal: AbortSignal): Promise<Listing> {
    this.listings.push({ epoch, atMs: this.#clock.now() });
    await this.before("listing", epoch);
    signal.throwIfAborted();
    const names = this.listed(epoch).map(({ name }) => name);
    const serverDateMs = this.serverDateMs();
    const publishedMs = this.publishedMs(epoch);
    return {
      names,
      foreignKeys: 0,
      host: HOST,
      ...(serverDateMs === undefined ? {} : { serverDateMs }),
      ...(publishedMs === undefined ? {} : { publishedMs }),
    };
  }

  async fetch(name: BlobName, signal: AbortSignal, options: FetchOptions = {}): Promise<FetchedBlob> {
    this.fetches.push({ name: formatBlobName(name), fresh: options.fresh === true, atMs: this.#clock.now() });
    await this.before("fetch", name.epoch);
    signal.throwIfAborted();
    const found = this.listed(name.epoch).find((one) => formatBlobName(one.name) === formatBlobName(name));
    if (found === undefined) throw transportError("SOURCE_NOT_FOUND");
    const answer = this.body(found, options);
    const whole = answer instanceof CoauditError ? found.body : answer;
    const error = answer instanceof CoauditError ? answer : undefined;
    return { body: this.#stream(whole, error), headers: { "x-cache": "MISS" }, host: HOST };
  }

  /** Holds a connection from the answer on, read or not, until it ends, fails or is left. */
  #stream(whole: Uint8Array, error: CoauditError | undefined): AsyncIterable<Uint8Array> {
    this.openBodies++;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.openBodies--;
      isOpen = false;
    };
    const middle = whole.length >> 1;
    const chunks = [whole.subarray(0, middle), ...(error === undefined ? [whole.subarray(middle)] : [])];
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const value = chunks.shift();
      if (value !== undefined && isOpen) return { done: false, value };
      close();
      if (error !== undefined) throw error;
      return { done: true, value: undefined };
    };
    const leave = async (): Promise<IteratorResult<Uint8Array>> => {
      close();
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
  }
}
