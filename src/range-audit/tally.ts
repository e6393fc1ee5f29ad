/** What an audit of a range has found so far, and where its chain is. */
import { type ConfigurationName, emptyDigest } from "../akd/configuration.ts";
import { toHex } from "../core/bytes.ts";
import { systemClock } from "../platform/system.ts";
import type { RangeAuditPosition } from "./progress-file.ts";

export interface RangeAuditOptions {
  readonly log: string;
  readonly configuration: ConfigurationName;
  readonly from: number;
  readonly to: number;
  readonly root: Uint8Array | undefined;
}

/** Sizes and times are those of this run, without what was verified before it was stopped. Digests are hex. */
export interface RangeAuditReport {
  log: string;
  configuration: ConfigurationName;
  from: number;
  to: number;
  complete: boolean;
  /** All epochs from `from` up to here are verified, earlier runs included; null: none. */
  verifiedTo: number | null;
  /** Of `verifiedTo`. */
  digest: string | null;
  /** Digest of the epoch before `from`, and who chose it; the log itself when it was taken on first sight. */
  root: string | null;
  rootChosen: "given" | "empty-tree" | "first-sight";
  resumedFrom: number | null;
  epochs: number;
  inserted: number;
  unchanged: number;
  bytes: number;
  ms: number;
  epochsPerSecond: number;
  megabytesPerSecond: number;
  /** `isFact`: about what the log published, not about reading it. */
  failure?: { epoch: number; code: string; message: string; isFact: boolean; blob?: string };
}

export type RangeAuditFailure = NonNullable<RangeAuditReport["failure"]>;

/** Where an audit continues, and what it reports of its progress. */
export interface RangeTallyModules {
  readonly state: {
    readonly position: RangeAuditPosition | undefined;
    advance(position: RangeAuditPosition): Promise<void>;
  };
  readonly progress: {
    start(skipped: number): Promise<void>;
    advance(epochs: number, sizeBytes: number): void;
    /** Says why it waits. */
    note(text: string): void;
  };
}

/** Epochs that follow on the chain so far, all verified. */
export interface VerifiedStretch {
  readonly toEpoch: number;
  readonly digest: Uint8Array;
  readonly epochs: number;
  readonly inserted: number;
  readonly unchanged: number;
  readonly bytes: number;
}

export class RangeTally {
  readonly #options: RangeAuditOptions;
  readonly #modules: RangeTallyModules;
  readonly #report: RangeAuditReport;
  #startMs = 0;
  #root: Uint8Array | undefined;
  #digest: Uint8Array | undefined;

  constructor(options: RangeAuditOptions, modules: RangeTallyModules) {
    this.#options = options;
    this.#modules = modules;
    const { log, configuration, from, to } = options;
    const rootChosen = options.root !== undefined ? "given" : from === 1 ? "empty-tree" : "first-sight";
    this.#report = {
      ...{ log, configuration, from, to, complete: false, verifiedTo: null, digest: null, root: null, rootChosen },
      ...{ resumedFrom: null, epochs: 0, inserted: 0, unchanged: 0, bytes: 0, ms: 0 },
      ...{ epochsPerSecond: 0, megabytesPerSecond: 0 },
    };
  }

  /** Of the last epoch that is verified, or of the one before the first; undefined: as the log names it. */
  get digest(): Uint8Array | undefined {
    return this.#digest;
  }

  get hasFailed(): boolean {
    return this.#report.failure !== undefined;
  }

  /** The first epoch that is not verified yet. */
  async start(): Promise<number> {
    const { from, to, configuration, root } = this.#options;
    const { state, progress } = this.#modules;
    const report = this.#report;
    const resumed = state.position;
    this.#root = resumed?.root ?? root ?? (from === 1 ? emptyDigest(configuration) : undefined);
    this.#digest = resumed?.digest ?? this.#root;
    if (resumed !== undefined) {
      report.verifiedTo = Math.min(resumed.epoch, to);
      report.resumedFrom = resumed.epoch;
      if (resumed.epoch <= to) report.digest = toHex(resumed.digest);
    }
    const first = (resumed?.epoch ?? from - 1) + 1;
    await progress.start(Math.min(first, to + 1) - from);
    this.#startMs = systemClock.elapsedMs();
    return first;
  }

  /** For a chain that starts from the digest that the log names. */
  beginAt(digest: Uint8Array): void {
    this.#root ??= digest;
    this.#digest ??= digest;
  }

  async add({ toEpoch, digest, epochs, inserted, unchanged, bytes }: VerifiedStretch): Promise<void> {
    const report = this.#report;
    report.epochs += epochs;
    report.inserted += inserted;
    report.unchanged += unchanged;
    report.bytes += bytes;
    report.verifiedTo = toEpoch;
    report.digest = toHex(digest);
    this.#digest = digest;
    this.#modules.progress.advance(epochs, bytes);
    await this.#modules.state.advance({ epoch: toEpoch, digest, root: this.#root as Uint8Array });
  }

  fail(failure: RangeAuditFailure): void {
    this.#report.failure = failure;
  }

  finish(): RangeAuditReport {
    const report = this.#report;
    report.complete = report.failure === undefined;
    report.root = this.#root === undefined ? null : toHex(this.#root);
    report.ms = Math.round(systemClock.elapsedMs() - this.#startMs);
    const seconds = Math.max(report.ms, 1) / 1000;
    report.epochsPerSecond = rounded(report.epochs / seconds);
    report.megabytesPerSecond = rounded(report.bytes / 1e6 / seconds);
    return report;
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
