/** What an auditor keeps and sends, in memory. */
import type { ConfigurationName } from "../../src/akd/configuration.ts";
import type { Claims, HeadSink, ObservationSink, RootStore } from "../../src/auditor/ports.ts";
import { equalBytes, toHex } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import type { SignedHead } from "../../src/core/head.ts";
import type { Logger } from "../../src/core/log.ts";
import type { Observation, RecordedRoot } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import type { Claim, ClockWord, Halt, Mark } from "../../src/ledger/claims/claim-record.ts";
import { ClaimState } from "../../src/ledger/claims/claim-state.ts";
import { NAMESPACE } from "./stub-log.ts";

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

  /** What `coaudit claims clock` writes. */
  saysClockIsRight(namespace: string, atMs: number): void {
    const epoch = this.newest(namespace)?.epoch ?? 0;
    this.#state.apply({ type: "clock", namespace, epoch, atMs, detail: "checked" });
  }

  clockWord(namespace: string): ClockWord | undefined {
    return this.#state.clockWord(namespace);
  }

  notBeforeMs(namespace: string): number | undefined {
    return this.#state.notBeforeMs(namespace);
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
