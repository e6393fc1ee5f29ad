/**
 * A key directory as a practice provider's log: what was published by HTTP and by a generator, an epoch at a time, on
 * one branch or two. Each epoch is on disk before anybody is shown it, so that a restart goes on.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import type { Random } from "../../core/clock.ts";
import { KeptBlobs } from "../kept-blobs.ts";
import type { Branch, ProviderLog, PublishedEpoch } from "../log.ts";
import { type Journal, type JournalEpoch, memoryJournal } from "./journal.ts";
import { type Entry, type Handed, KeyDirectory, type Recorded } from "./key-directory.ts";

export interface DirectoryLogOptions {
  /** Default whatsapp_v1. */
  readonly configuration?: ConfigurationName;
  /** New entries in each epoch beside those that are handed in: about 1 ms each. Default 50: proofs of some 10 KB. */
  readonly entriesPerEpoch?: number;
  /**
   * First epoch at which a second directory publishes other entries than the first. Default: when it is handed some.
   */
  readonly forkAt?: number;
  /** Blobs kept in memory; the oldest epochs go first. Default 256 MiB, days of 10 KB epochs. */
  readonly keepBytes?: number;
}

export interface DirectoryLogModules {
  readonly random: Random;
  /** Default: in memory. */
  readonly journal?: Journal;
}

/** Entries that wait for the next epoch: a program that hands in more is told to wait. */
export const MAX_WAITING = 10_000;

export class DirectoryLog implements ProviderLog {
  readonly #options: DirectoryLogOptions;
  readonly #random: Random;
  readonly #journal: Journal;
  readonly #main: KeyDirectory;
  #fork: KeyDirectory | undefined;
  /** The next epoch leaves the main history once more; the fork before it ends there. */
  #forksAnew = false;
  readonly #kept: KeptBlobs;
  readonly #waiting: Record<Branch, Handed[]> = { main: [], fork: [] };

  private constructor(options: DirectoryLogOptions, secret: Uint8Array, modules: Required<DirectoryLogModules>) {
    this.#options = options;
    this.#random = modules.random;
    this.#journal = modules.journal;
    this.#main = new KeyDirectory(configurationOf(options), secret);
    this.#kept = new KeptBlobs(options.keepBytes);
  }

  /** Reads back every epoch. Throws PROVIDER_LOG_INVALID for a journal of another configuration, or a damaged one. */
  static async open(options: DirectoryLogOptions, modules: DirectoryLogModules): Promise<DirectoryLog> {
    const { random, journal = memoryJournal() } = modules;
    const secret = await journal.secret(configurationOf(options), () => random.bytes(32));
    const log = new DirectoryLog(options, secret, { random, journal });
    for await (const epoch of journal.epochs()) log.#apply(epoch);
    return log;
  }

  get newest(): number {
    return this.#main.epoch;
  }

  get configuration(): ConfigurationName {
    return this.#main.configuration;
  }

  /** Entries of the next epoch; a label's last one counts. Returns false when too many wait already. */
  hand(handed: Handed, branch: Branch): boolean {
    const waiting = this.#waiting[branch].reduce((sum, one) => sum + sizeOf(one), 0);
    if (waiting + sizeOf(handed) > MAX_WAITING) return false;
    this.#waiting[branch].push(handed);
    return true;
  }

  /** From the next epoch on the fork is another one, that leaves the main history there. */
  forkAnew(): void {
    this.#forksAnew = true;
  }

  directory(branch: Branch): KeyDirectory {
    return branch === "fork" ? (this.#fork ?? this.#main) : this.#main;
  }

  async publishNext(): Promise<PublishedEpoch> {
    const epoch = this.#main.epoch + 1;
    const forks = this.#forksAnew || this.#fork === undefined;
    const fork = this.#isForked(epoch) ? (forks ? this.#main.fork() : this.#fork) : undefined;
    // What is handed in for a fork that is to begin later waits for it.
    const taken = { main: this.#waiting.main.splice(0), fork: fork === undefined ? [] : this.#waiting.fork.splice(0) };
    const recorded: JournalEpoch = {
      epoch,
      main: recordOf(this.#main, this.#generated(epoch), taken.main),
      ...(fork === undefined ? {} : { fork: recordOf(fork, this.#generated(epoch), taken.fork), forks }),
    };
    try {
      await this.#journal.append(recorded);
    } catch (error) {
      // A full disk: what was handed in goes with the first epoch that can be kept.
      this.#waiting.main.unshift(...taken.main);
      this.#waiting.fork.unshift(...taken.fork);
      throw error;
    }
    this.#forksAnew = false;
    return this.#apply(recorded);
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

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #isForked(epoch: number): boolean {
    if (this.#fork !== undefined) return true;
    const { forkAt } = this.#options;
    return forkAt === undefined ? this.#forksAnew || this.#waiting.fork.length > 0 : epoch >= forkAt;
  }

  #apply(recorded: JournalEpoch): PublishedEpoch {
    if (recorded.forks === true) this.#fork = this.#main.fork();
    const main = this.#main.apply(recorded.main);
    return this.#kept.keep(main, recorded.fork === undefined ? undefined : this.#fork?.apply(recorded.fork));
  }

  /** Labels that tell when they were made: somebody-EPOCH-NUMBER. */
  #generated(epoch: number): Entry[] {
    const count = this.#options.entriesPerEpoch ?? 50;
    return Array.from({ length: count }, (_, index) => [utf8(`somebody-${epoch}-${index}`), this.#random.bytes(32)]);
  }
}

function configurationOf({ configuration = "whatsapp_v1" }: DirectoryLogOptions): ConfigurationName {
  return configuration;
}

function sizeOf(handed: Handed): number {
  return Object.values(handed).reduce((sum, list: readonly unknown[]) => sum + list.length, 0);
}

function recordOf(directory: KeyDirectory, generated: readonly Entry[], handed: readonly Handed[]): Recorded[] {
  return directory.record({
    entries: lastOfEach([...generated, ...handed.flatMap(({ entries }) => entries)]),
    hidden: handed.flatMap(({ hidden = [] }) => hidden),
    otherKey: lastOfEach(handed.flatMap(({ otherKey = [] }) => otherKey)),
    tombstones: handed.flatMap(({ tombstones = [] }) => tombstones),
  });
}

/** A label has one new version an epoch. */
function lastOfEach(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [toHex(entry[0]), entry])).values()];
}
