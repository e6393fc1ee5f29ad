/**
 * The two histories as real AKD trees: a few names an epoch, the same in every world, with the proofs that a directory
 * would publish.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { compareBytes, utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { AkdTree, type Publication, type TreeEntry } from "../../provider/tree.ts";
import type { Branch } from "../world/trace.ts";
import { publishedAt } from "./published-at.ts";
import { spoiledProof } from "./spoiled-proof.ts";

/** Enough for a proof with more than one inserted leaf; a proof of epoch 1,000 has about 20 elements and 1.5 KB. */
const ENTRIES_PER_EPOCH = 2;

export interface PublishedTreesOptions {
  readonly configuration: ConfigurationName;
  /** The fork's tree goes on from the main one before this epoch; Infinity: never. */
  readonly forkEpoch: number;
  /**
   * Whether the fork's digest of an epoch sorts before the main one. Nodes look at two digests in their order, so a
   * trace depends on it; the fork gets the second or third choice of its entries where the first would sort the other
   * way.
   */
  readonly isForkFirst: (epoch: number) => boolean;
}

interface Published extends Publication {
  readonly entries: readonly TreeEntry[];
}

export class PublishedTrees {
  readonly #options: PublishedTreesOptions;
  readonly #main: AkdTree;
  #fork: AkdTree | undefined;
  /** By epoch, from 1 on: a late joiner reads them all. */
  readonly #published: Record<Branch, Published[]> = { main: [], fork: [] };

  constructor(options: PublishedTreesOptions) {
    this.#options = options;
    this.#main = new AkdTree(options.configuration);
  }

  /** From epoch 1 on; of the fork from the fork epoch on. */
  publication(epoch: number, branch: Branch): Published {
    return publishedAt(this.#published[branch], epoch, () => {
      if (branch === "main") this.#publishMain();
      else this.#publishFork();
    });
  }

  invalidProof(epoch: number, branch: Branch): Uint8Array {
    const { proof, entries } = this.publication(epoch, branch);
    const [first] = entries;
    if (first === undefined) throw new Error(`epoch ${epoch} inserts nothing`);
    return spoiledProof(proof, first.value);
  }

  #publishMain(): void {
    const epoch = this.#main.epoch + 1;
    if (epoch === this.#options.forkEpoch) this.#fork = this.#main.fork();
    const entries = entriesOf("main", epoch);
    this.#published.main[epoch] = { ...this.#main.publish(entries), entries };
  }

  #publishFork(): void {
    const { forkEpoch, isForkFirst } = this.#options;
    const before = this.#fork;
    if (before === undefined) {
      this.publication(forkEpoch, "main");
      return;
    }
    const epoch = before.epoch + 1;
    const main = this.publication(epoch, "main").current;
    for (let choice = 1; ; choice++) {
      const tree = before.fork();
      const entries = entriesOf("fork", epoch, choice);
      const publication = tree.publish(entries);
      if (compareBytes(publication.current, main) < 0 !== isForkFirst(epoch)) continue;
      this.#fork = tree;
      this.#published.fork[epoch] = { ...publication, entries };
      return;
    }
  }
}

function entriesOf(...name: readonly (string | number)[]): TreeEntry[] {
  return Array.from({ length: ENTRIES_PER_EPOCH }, (_, index) => ({
    label: bytesOf("label", ...name, index),
    value: bytesOf("value", ...name, index),
  }));
}

function bytesOf(...name: readonly (string | number)[]): Uint8Array {
  return sha256(utf8(`coaudit/simulator/tree/${name.join("/")}`));
}
