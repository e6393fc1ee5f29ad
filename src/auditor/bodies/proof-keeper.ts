/**
 * Keeps the proofs of the newest epochs while they are read. Never throws, and logs a full disk at most once in ten
 * minutes.
 */
import type { Clock } from "../../core/clock.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import type { BlobName } from "../../source/source.ts";
import type { NewestListed } from "../look/newest-listed.ts";
import { BodyCopy } from "./body-copy.ts";
import type { ProofCache, ProofDraft } from "./proof-cache.ts";

export interface ProofKeeperModules {
  readonly proofCache: ProofCache;
  readonly newest: NewestListed;
  readonly clock: Clock;
  readonly log: Logger;
}

const REPEAT_MS = 600_000;

export class ProofKeeper {
  readonly #namespace: string;
  readonly #modules: ProofKeeperModules;
  #toldMs = -Infinity;

  constructor(namespace: string, modules: ProofKeeperModules) {
    this.#namespace = namespace;
    this.#modules = modules;
  }

  /** Undefined: not worth a write, since the cache would have dropped it by the time the audit has caught up. */
  async begin(name: BlobName, sizeBytes: number | undefined): Promise<BodyCopy<ProofDraft> | undefined> {
    const { proofCache, newest } = this.#modules;
    if ((newest.epoch ?? name.epoch) - name.epoch >= proofCache.keptEpochs) return undefined;
    return BodyCopy.begin(() => proofCache.begin(name, sizeBytes), this.#warn);
  }

  async publish(name: BlobName): Promise<void> {
    try {
      await this.#modules.proofCache.publish(name);
    } catch (error) {
      this.#warn(error);
    }
  }

  readonly #warn = (error: unknown): void => {
    const { clock, log } = this.#modules;
    const nowMs = clock.elapsedMs();
    if (nowMs - this.#toldMs < REPEAT_MS) return;
    this.#toldMs = nowMs;
    log.warn(
      { namespace: this.#namespace },
      `a proof could not be kept for others: ${errorMessage(error)}; the audit continues`,
    );
  };
}
