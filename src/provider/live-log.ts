/** A key directory of its own: random entries and a valid append-only proof for each epoch, on one branch or two. */
import type { ConfigurationName } from "../akd/configuration.ts";
import { toHex } from "../core/bytes.ts";
import type { Random } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import type { BlobKey, Branch, ProviderLog, PublishedEpoch } from "./log.ts";
import { AkdTree, type Publication, type TreeEntry } from "./tree.ts";

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

interface Kept {
  readonly epoch: PublishedEpoch;
  readonly proofs: Readonly<Record<Branch, Uint8Array>>;
  readonly sizeBytes: number;
}

export class LiveLog implements ProviderLog {
  readonly #options: Required<LiveLogOptions>;
  readonly #random: Random;
  readonly #main: AkdTree;
  #fork: AkdTree | undefined;
  readonly #kept = new Map<number, Kept>();
  #keptBytes = 0;

  constructor(options: LiveLogOptions, modules: { readonly random: Random }) {
    this.#options = {
      configuration: "whatsapp_v1",
      entriesPerEpoch: 50,
      forkAt: Number.POSITIVE_INFINITY,
      keepBytes: 256 * 2 ** 20,
      ...options,
    };
    this.#random = modules.random;
    this.#main = new AkdTree(this.#options.configuration);
  }

  get newest(): number {
    return this.#main.epoch;
  }

  async publishNext(): Promise<PublishedEpoch> {
    if (this.#main.epoch + 1 >= this.#options.forkAt) this.#fork ??= this.#main.fork();
    const main = this.#main.publish(this.#entries());
    const fork = this.#fork?.publish(this.#entries());
    const epoch: PublishedEpoch = { main: keyOf(main), ...(fork === undefined ? {} : { fork: keyOf(fork) }) };
    const proofs = { main: main.proof, fork: fork?.proof ?? main.proof };
    const sizeBytes = main.proof.length + (fork?.proof.length ?? 0);
    this.#kept.set(main.epoch, { epoch, proofs, sizeBytes });
    this.#keptBytes += sizeBytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#keptBytes <= this.#options.keepBytes || oldest === main.epoch) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= kept.sizeBytes;
    }
    return epoch;
  }

  published(epoch: number): PublishedEpoch | undefined {
    return this.#kept.get(epoch)?.epoch;
  }

  epochs(): readonly number[] {
    return [...this.#kept.keys()];
  }

  async bytes(epoch: number, branch: Branch): Promise<Uint8Array> {
    const kept = this.#kept.get(epoch);
    if (kept !== undefined) return kept.proofs[branch];
    const reason = `epoch ${epoch} is not published, or no longer kept`;
    throw new CoauditError("PROVIDER_LOG_INVALID", reason, { path: "live", reason, epoch });
  }

  #entries(): TreeEntry[] {
    const count = this.#options.entriesPerEpoch;
    return Array.from({ length: count }, () => ({ label: this.#random.bytes(32), value: this.#random.bytes(32) }));
  }
}

function keyOf(publication: Publication): BlobKey {
  return { epoch: publication.epoch, previous: toHex(publication.previous), current: toHex(publication.current) };
}
