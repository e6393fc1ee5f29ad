/** Everything that can be configured about the audit of one namespace. */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { PlexiSuite } from "../core/plexi.ts";

/** Where an audit begins: this digest is trusted, the first verified and signed epoch is the one after it. */
export interface VerifiedEpoch {
  /** 0 is the empty tree. */
  readonly epoch: number;
  /** 32 bytes. */
  readonly digest: Uint8Array;
}

export interface AuditorSettings {
  readonly suite: PlexiSuite;
  /** Wait between two looks for the next epoch once all are verified, plus up to a fifth of it as jitter. */
  readonly pollIntervalMs: number;
  /**
   * How many looks past all caches must agree before something is a fact, and over how long a time. [a stale replica
   * frames the provider]
   */
  readonly factFetches: number;
  readonly factSpanMs: number;
  /** An epoch that is known to exist and cannot be fetched for this long is reported as withheld. */
  readonly withheldAfterMs: number;
  /**
   * An epoch more than this many behind the newest listed one gets the Plexi signature alone (docs/protocol.md 3.5).
   */
  readonly lateAfterEpochs: number;
  /** How far the clock may be from the times of the source and the other auditors before nothing is signed. */
  readonly clockToleranceMs: number;
  /** How long an answer about the newest listed epoch, or about the source's time, is good for. */
  readonly newestMaxAgeMs: number;
  /** While catching up, the newest listed epoch is also asked for again after this many epochs. */
  readonly newestMaxEpochs: number;
  /**
   * Epochs verified ahead of signing while the guard is closed: 32 bytes each, and a day of WhatsApp's epochs has
   * 2,880.
   */
  readonly maxUnsignedEpochs: number;
  /** Back-off after a failure: doubles from the base to the cap, with jitter. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

export interface AuditorOptions extends Partial<AuditorSettings> {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: ConfigurationName;
  /** Pinned by the operator; without it the newest listed epoch at first sight is the root. */
  readonly root?: VerifiedEpoch | undefined;
  /** The last epoch of a log that is known to be frozen: after it the state is `ended`. */
  readonly lastEpoch?: number | undefined;
}

export const defaultAuditorSettings: AuditorSettings = {
  suite: 1,
  pollIntervalMs: 5_000,
  factFetches: 3,
  factSpanMs: 600_000,
  withheldAfterMs: 600_000,
  lateAfterEpochs: 20,
  clockToleranceMs: 120_000,
  newestMaxAgeMs: 60_000,
  newestMaxEpochs: 64,
  maxUnsignedEpochs: 4_096,
  retryBaseMs: 1_000,
  retryCapMs: 60_000,
};

export type ResolvedOptions = AuditorOptions & AuditorSettings;
