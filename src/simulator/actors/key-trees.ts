/**
 * The two histories of a world in which clients check keys: a whole key directory, of which the fork is a copy with
 * other keys in it. The same in every world of a scenario, whatever its seed.
 */
import { keyHashing } from "../../akd/keys/key-hashing.ts";
import { fromHex, toHex, utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { type Entry, type Handed, KeyDirectory } from "../../provider/keys/key-directory.ts";
import { nonceOf } from "../../provider/keys/proof-maker.ts";
import type { Publication } from "../../provider/tree.ts";
import { CONFIGURATION } from "../ports/proofs.ts";
import { hiddenVersion } from "../scenario/hidden-version.ts";
import { isPublished, type KeysLie, type KeysScenario } from "../scenario/keys-scenario.ts";
import type { Branch } from "../world/trace.ts";
import type { Trees } from "./histories.ts";
import { falseKey, isNewKeyEpoch, keysMadeBy, ownKey } from "./key-owners.ts";
import { publishedAt } from "./published-at.ts";
import { spoiledProof } from "./spoiled-proof.ts";

/** Of the VRF: its public half is what every client is delivered with. */
const SECRET = sha256(utf8("coaudit/simulator/vrf"));
/** Gets a new version with each epoch, so that no epoch has the digest of the one before. */
const SOMEBODY = utf8("somebody");

export interface KeyTreesOptions {
  readonly keys: KeysScenario;
  readonly people: readonly string[];
  /** Infinity: the two histories are one. */
  readonly forkEpoch: number;
}

interface Published extends Publication {
  /** What its proof inserts, for who spoils it. */
  readonly inserted: Uint8Array;
  /** As it answers from then on; not to be published to. */
  readonly directory: KeyDirectory;
}

export class KeyTrees implements Trees {
  readonly #options: KeyTreesOptions;
  readonly #main = new KeyDirectory(CONFIGURATION, SECRET);
  #fork: KeyDirectory | undefined;
  /** By epoch, from 1 on. */
  readonly #published: Record<Branch, Published[]> = { main: [], fork: [] };

  constructor(options: KeyTreesOptions) {
    this.#options = options;
  }

  get vrfKey(): Uint8Array {
    return this.#main.vrfKey;
  }

  publication(epoch: number, branch: Branch): Published {
    return publishedAt(this.#published[branch], epoch, () => {
      if (branch === "main") this.#publishMain();
      else this.#publishFork();
    });
  }

  invalidProof(epoch: number, branch: Branch): Uint8Array {
    const { proof, inserted } = this.publication(epoch, branch);
    return spoiledProof(proof, inserted);
  }

  /** Answers as of this epoch, from 1 on; before the fork both branches are one. */
  directory(epoch: number, branch: Branch): KeyDirectory {
    return this.publication(epoch, epoch < this.#options.forkEpoch ? "main" : branch).directory;
  }

  #publishMain(): void {
    const epoch = this.#main.epoch + 1;
    if (epoch === this.#options.forkEpoch) this.#fork = this.#main.fork();
    this.#published.main[epoch] = publish(this.#main, this.#handed(this.#main, "main"));
  }

  #publishFork(): void {
    const fork = this.#fork;
    if (fork === undefined) {
      this.publication(this.#options.forkEpoch, "main");
      return;
    }
    this.#published.fork[fork.epoch + 1] = publish(fork, this.#handed(fork, "fork"));
  }

  /** What the next epoch publishes: a label's last entry counts. */
  #handed(directory: KeyDirectory, branch: Branch): Handed {
    const epoch = directory.epoch + 1;
    const { people, keys } = this.#options;
    const { newKeyEpochs, lies } = keys;
    const entries = new Map<string, Entry>();
    const enter = (label: Uint8Array, value: Uint8Array): void => {
      entries.set(toHex(label), [label, value]);
    };
    enter(SOMEBODY, sha256(utf8(`coaudit/simulator/somebody/${branch}/${epoch}`)));
    const made = keysMadeBy(epoch, newKeyEpochs);
    if (isNewKeyEpoch(epoch, newKeyEpochs)) {
      for (const person of people) enter(utf8(person), ownKey(person, made));
    }
    const begins = (kind: KeysLie["kind"]): KeysLie[] =>
      lies.filter((lie) => lie.kind === kind && lie.fromEpoch === epoch);
    const ended = lies.filter((lie) => isPublished(lie) && endOf(lie) === epoch);
    for (const { about } of ended) enter(utf8(about), ownKey(about, made));
    for (const { about } of [...begins("inserted-version"), ...begins("tombstoned-version")]) {
      enter(utf8(about), falseKey(about));
    }
    if (branch === "fork") for (const { about } of begins("swapped-key")) enter(utf8(about), falseKey(about));
    return {
      entries: [...entries.values()],
      hidden: begins("hidden-version").flatMap(({ about }) => {
        const version = hiddenVersion(made, epoch);
        return version === undefined ? [] : [{ label: utf8(about), value: falseKey(about), version }];
      }),
      otherKey: begins("other-vrf-key").map(({ about }) => [utf8(about), falseKey(about)]),
      tombstones: ended
        .filter(({ kind }) => kind === "tombstoned-version")
        .flatMap(({ about }) => {
          const versions = directory.versions(utf8(about), "shown");
          const isFalse = (value: Uint8Array): boolean => toHex(value) === toHex(falseKey(about));
          return versions.filter(({ value }) => isFalse(value)).map(({ version }) => [utf8(about), version] as const);
        }),
    };
  }
}

/** With which epoch the true key comes again; a tombstone needs one. */
function endOf({ kind, fromEpoch, toEpoch }: KeysLie): number | undefined {
  if (toEpoch !== undefined) return toEpoch + 1;
  return kind === "tombstoned-version" ? fromEpoch + 1 : undefined;
}

function publish(directory: KeyDirectory, handed: Handed): Published {
  const recorded = directory.record(handed);
  const publication = directory.apply(recorded);
  return { ...publication, inserted: insertedBy(recorded), directory: directory.ago(0) };
}

/** The commitment of the first entry. */
function insertedBy(recorded: ReturnType<KeyDirectory["record"]>): Uint8Array {
  const [first] = recorded;
  if (first === undefined || first.shelf === "tombstone") throw new Error("an epoch publishes somebody");
  const value = fromHex(first.value);
  return keyHashing(CONFIGURATION).commitment(value, nonceOf(SECRET, fromHex(first.place), first.version, value));
}
