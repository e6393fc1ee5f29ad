/** A made-up log, ports in memory, and one auditor between them, under a virtual clock. */
import { createHash } from "node:crypto";
import type { ConfigurationName } from "../../src/akd/configuration.ts";
import type { ProofVerifier } from "../../src/akd/proof-verifier.ts";
import type { ProofRequest, ProofSummary } from "../../src/akd/verify.ts";
import { MemoryQuarantine } from "../../src/auditor/bodies/quarantine.ts";
import { NamespaceAuditor } from "../../src/auditor/namespace-auditor.ts";
import type { AuditorOptions, VerifiedEpoch } from "../../src/auditor/options.ts";
import type {
  Claims,
  HeadSink,
  ObservationSink,
  OtherAuditors,
  RootStore,
  SigningGuard,
} from "../../src/auditor/ports.ts";
import { SeedSigner, type Signer } from "../../src/auditor/signer.ts";
import { emptyTreeRoot } from "../../src/auditor/start-point.ts";
import { equalBytes, fromUtf8, toHex, utf8 } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import type { SignedHead } from "../../src/core/head.ts";
import type { Logger } from "../../src/core/log.ts";
import type { Observation, RecordedRoot } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import type { Claim, Halt, Mark } from "../../src/ledger/claims/claim-record.ts";
import { ClaimState } from "../../src/ledger/claims/claim-state.ts";
import { ed25519KeyFromSeed } from "../../src/platform/native-ed25519.ts";
import {
  type BlobName,
  type EpochSource,
  type FetchedBlob,
  type FetchOptions,
  formatBlobName,
  type Listing,
} from "../../src/source/source.ts";
import { SeededRandom, settle, VirtualClock } from "../support/virtual-clock.ts";

export const NAMESPACE = "whatsapp.key-transparency.v1";
export const ORIGIN = "whatsapp.kt/v2";
export const HOST = "cdn.example.org";
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export const signingKey: ReturnType<typeof ed25519KeyFromSeed> = ed25519KeyFromSeed(new Uint8Array(32).fill(7));
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
    return { names, foreignKeys: 0, host: HOST, ...(serverDateMs === undefined ? {} : { serverDateMs }) };
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

/** The rules of the claim book, without its disk. */
export class MemoryClaims implements Claims {
  readonly #state = new ClaimState();
  readonly all: Map<string, Claim> = new Map();
  before: (call: "claim" | "setHalt" | "clearHalt" | "setMark") => void | Promise<void> = () => {};

  async claim(claim: Claim): Promise<Claim> {
    await this.before("claim");
    this.#state.checkOrigin(claim);
    const held = this.all.get(`${claim.namespace} ${claim.epoch}`);
    if (held !== undefined) {
      if (equalBytes(held.digest, claim.digest)) return held;
      const { namespace, epoch } = claim;
      const metadata = { namespace, epoch, claimedDigest: toHex(held.digest), askedDigest: toHex(claim.digest) };
      throw new CoauditError("CLAIM_CONFLICT", "another digest is promised", metadata);
    }
    this.#state.checkNew(claim);
    this.#state.apply({ type: "claim", ...claim });
    this.all.set(`${claim.namespace} ${claim.epoch}`, claim);
    return claim;
  }

  async get(namespace: string, epoch: number): Promise<Claim | undefined> {
    return this.all.get(`${namespace} ${epoch}`);
  }

  newest(namespace: string): Claim | undefined {
    return this.#state.newest(namespace);
  }

  mark(namespace: string): number {
    return this.#state.mark(namespace);
  }

  async setMark(namespace: string, mark: Mark): Promise<void> {
    await this.before("setMark");
    this.#state.apply({ type: "mark", namespace, ...mark });
  }

  watermark(namespace: string, epoch: number): void {
    this.#state.apply({ type: "watermark", namespace, epoch });
  }

  async setHalt(namespace: string, halt: Halt): Promise<void> {
    await this.before("setHalt");
    this.#state.apply({ type: "halt", namespace, ...halt });
  }

  async clearHalt(namespace: string, resume: { detail: string; atMs: number }): Promise<void> {
    await this.before("clearHalt");
    this.#state.apply({ type: "resume", namespace, ...resume });
  }

  haltOf(namespace: string): Halt | undefined {
    return this.#state.haltOf(namespace);
  }
}

/** Takes own heads like the ledger: the bytes must be canonical, and the first ones of an epoch stay. */
export class MemoryHeads implements HeadSink {
  readonly heads: Map<string, Uint8Array> = new Map();
  verified = 0;
  before: (head: SignedHead) => void | Promise<void> = () => {};

  noteVerified(_namespace: string, epoch: number): void {
    this.verified = epoch;
  }

  async recordOwn(head: SignedHead): Promise<void> {
    await this.before(head);
    const key = `${head.namespace} ${head.epoch}`;
    const bytes = encodeStatement(head);
    const held = this.heads.get(key);
    if (held !== undefined && !equalBytes(held, bytes))
      throw new Error(`two different own heads for epoch ${head.epoch}`);
    this.heads.set(key, bytes);
  }

  async holdsOwn(namespace: string, epoch: number): Promise<boolean> {
    return this.heads.has(`${namespace} ${epoch}`);
  }

  get(epoch: number, namespace: string = NAMESPACE): SignedHead | undefined {
    const bytes = this.heads.get(`${namespace} ${epoch}`);
    return bytes === undefined ? undefined : (decodeStatement(bytes) as SignedHead);
  }

  epochs(namespace: string = NAMESPACE): number[] {
    const keys = [...this.heads.keys()].filter((key) => key.startsWith(`${namespace} `));
    return keys.map((key) => Number(key.split(" ")[1])).sort((a, b) => a - b);
  }
}

export class MemoryObservations implements ObservationSink {
  readonly said: Observation[] = [];
  before: () => void | Promise<void> = () => {};

  async recordOwn(observation: Observation): Promise<void> {
    await this.before();
    this.said.push(decodeStatement(encodeStatement(observation)) as Observation);
  }
}

export class MemoryRoots implements RootStore {
  readonly roots: Map<string, RecordedRoot> = new Map();
  readonly configurations: Map<string, ConfigurationName> = new Map();

  async get(namespace: string): Promise<RecordedRoot | undefined> {
    return this.roots.get(namespace);
  }

  async set(root: RecordedRoot): Promise<void> {
    this.roots.set(root.namespace, root);
  }

  async configurationOf(namespace: string): Promise<ConfigurationName | undefined> {
    return this.configurations.get(namespace);
  }

  async bindConfiguration(namespace: string, configuration: ConfigurationName): Promise<void> {
    this.configurations.set(namespace, configuration);
  }
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export class MemoryLogger implements Logger {
  readonly lines: LogLine[] = [];
  debug = (fields: object, message: string): void => void this.lines.push({ level: "debug", fields, message });
  info = (fields: object, message: string): void => void this.lines.push({ level: "info", fields, message });
  warn = (fields: object, message: string): void => void this.lines.push({ level: "warn", fields, message });
  error = (fields: object, message: string): void => void this.lines.push({ level: "error", fields, message });

  /** Lines of warnings and worse. */
  get alarms(): string[] {
    return this.lines.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message);
  }
}

/**
 * What outlives the process, and the outside world. A second auditor made of the same world is the same node after a
 * restart.
 */
export class World {
  readonly clock: VirtualClock = new VirtualClock();
  readonly source: StubSource = new StubSource(this.clock);
  readonly proofVerifier: StubVerifier = new StubVerifier();
  readonly claims: MemoryClaims = new MemoryClaims();
  readonly heads: MemoryHeads = new MemoryHeads();
  readonly observations: MemoryObservations = new MemoryObservations();
  readonly roots: MemoryRoots = new MemoryRoots();
  readonly quarantine: MemoryQuarantine = new MemoryQuarantine();
  readonly signer: Signer = new SeedSigner(signingKey);
  readonly log: MemoryLogger = new MemoryLogger();
  readonly guard: SigningGuard & { open: boolean; aboveMark: boolean } = {
    open: true,
    aboveMark: false,
    state: () => (this.guard.open ? "open" : this.guard.aboveMark ? "above-mark" : "closed"),
  };
  readonly others: OtherAuditors & { highest: number; shown: number; timesMs: number[] } = {
    highest: 0,
    shown: 0,
    timesMs: [],
    highestSignedByOthers: () => this.others.highest,
    highestOwnShown: () => this.others.shown,
    recentHeadTimesMs: () => this.others.timesMs,
  };
  readonly #started: NamespaceAuditor[] = [];

  auditor(
    options: Partial<AuditorOptions> = {},
    modules: Partial<ConstructorParameters<typeof NamespaceAuditor>[1]> = {},
  ): NamespaceAuditor {
    const all = { namespace: NAMESPACE, origin: ORIGIN, configuration: "whatsapp_v1", root: ROOT, ...options } as const;
    return new NamespaceAuditor(all, { ...this, random: new SeededRandom(3), ...modules });
  }

  async start(
    options: Partial<AuditorOptions> = {},
    modules: Partial<ConstructorParameters<typeof NamespaceAuditor>[1]> = {},
  ): Promise<NamespaceAuditor> {
    const auditor = this.auditor(options, modules);
    this.#started.push(auditor);
    auditor.start(new AbortController().signal);
    await settle();
    return auditor;
  }

  /** Without a pinned root. */
  async startUnpinned(): Promise<NamespaceAuditor> {
    const options = { namespace: NAMESPACE, origin: ORIGIN, configuration: "whatsapp_v1" } as const;
    const auditor = new NamespaceAuditor(options, { ...this, random: new SeededRandom(3) });
    this.#started.push(auditor);
    auditor.start(new AbortController().signal);
    await settle();
    return auditor;
  }

  async stopAll(): Promise<void> {
    for (const auditor of this.#started.splice(0)) await auditor.stop();
  }

  /** Publishes an epoch every 30 s for `epochs` epochs. */
  async live(epochs: number): Promise<void> {
    for (let i = 0; i < epochs; i++) {
      this.source.publish(blob(Math.max(0, ...this.source.blobs.keys()) + 1));
      await this.clock.advance(30_000);
    }
  }
}
