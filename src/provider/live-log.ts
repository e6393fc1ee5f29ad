/** A key directory of its own: random entries and a valid append-only proof for each epoch, on one branch or two. */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { Random } from "../core/clock.ts";
import { KeptBlobs } from "./kept-blobs.ts";
import type { Branch, ProviderLog, PublishedEpoch } from "./log.ts";
import { AkdTree, type TreeEntry } from "./tree.ts";

export interface LiveLogOptions {
  /** Default whatsapp_v1. */
  readonly configuration?: ConfigurationName;
  /** New entries in each epoch. Default 50: proofs of some 10 KB. */
  readonly entriesPerEpoch?: number;
  /** First epoch at which a second tree publishes other entries than the first. Default: none. */
  readonly forkAt?: number;
  /** Blobs kept in memory; the oldest epochs go first. Default 256 MiB, days of 10 KB epochs. */
  readonly keepBytes?: number;
}

export class LiveLog implements ProviderLog {
  readonly #options: Required<Omit<LiveLogOptions, "keepBytes">>;
  readonly #random: Random;
  readonly #main: AkdTree;
  #fork: AkdTree | undefined;
  readonly #kept: KeptBlobs;

  constructor(options: LiveLogOptions, modules: { readonly random: Random }) {
    this.#options = {
      configuration: "whatsapp_v1",
      entriesPerEpoch: 50,
      forkAt: Number.POSITIVE_INFINITY,
      ...options,
    };
    this.#random = modules.random;
    this.#kept = new KeptBlobs(options.keepBytes);
    this.#main = new AkdTree(this.#options.configuration);
  }

  get newest(): number {
    return this.#main.epoch;
  }

  async publishNext(): Promise<PublishedEpoch> {
    if (this.#main.epoch + 1 >= this.#options.forkAt) this.#fork ??= this.#main.fork();
    const main = this.#main.publish(this.#entries());
    const fork = this.#fork?.publish(this.#entries());
    return this.#kept.keep(main, fork);
  }

  published(epoch: number): PublishedEpoch | undefined {
    return this.#kept.published(epoch);
  }

  epochs(): readonly number[] {
    return this.#kept.epochs();
  }

  async bytes(epoch: number, branch: Branch): Promise<Uint8Array> {
    return this.#kept.bytes(epoch, branch);
  }

  #entries(): TreeEntry[] {
    const count = this.#options.entriesPerEpoch;
    return Array.from({ length: count }, () => ({ label: this.#random.bytes(32), value: this.#random.bytes(32) }));
  }
}
