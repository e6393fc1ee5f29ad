/**
 * A key directory as a practice provider's log: what was published by HTTP and by a seeded generator, an epoch at a
 * time, on one branch or two. Each epoch is on disk before anybody is shown it, so that a restart goes on.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import type { Random } from "../../core/clock.ts";
import { KeptBlobs } from "../kept-blobs.ts";
import type { Branch, ProviderLog, PublishedEpoch } from "../log.ts";
import type { Journal, JournalEpoch } from "./journal.ts";
import { type Entry, type HiddenEntry, KeyDirectory, type RecordedVersion } from "./key-directory.ts";

export interface DirectoryLogOptions {
  readonly configuration: ConfigurationName;
  /** New entries in each epoch beside those that are handed in: about 1 ms each. */
  readonly entriesPerEpoch: number;
  /** First epoch at which a second directory publishes what it is handed. Default: none. */
  readonly forkAt?: number;
  readonly keepBytes?: number;
}

export interface Handed {
  readonly entries: readonly Entry[];
  readonly hidden: readonly HiddenEntry[];
}

/** Entries that wait for the next epoch: a program that hands in more is told to wait. */
export const MAX_WAITING = 10_000;

export class DirectoryLog implements ProviderLog {
  readonly #options: DirectoryLogOptions;
  readonly #random: Random;
  readonly #journal: Journal;
  readonly #main: KeyDirectory;
  #fork: KeyDirectory | undefined;
  readonly #kept: KeptBlobs;
  readonly #waiting: Record<Branch, Handed[]> = { main: [], fork: [] };

  private constructor(options: DirectoryLogOptions, secret: Uint8Array, modules: { random: Random; journal: Journal }) {
    this.#options = options;
    this.#random = modules.random;
    this.#journal = modules.journal;
    this.#main = new KeyDirectory(options.configuration, secret);
    this.#kept = new KeptBlobs(options.keepBytes);
  }

  /** Reads back every epoch. Throws PROVIDER_LOG_INVALID for a journal of another configuration, or a damaged one. */
  static async open(
    options: DirectoryLogOptions,
    modules: { readonly random: Random; readonly journal: Journal },
  ): Promise<DirectoryLog> {
    const secret = await modules.journal.secret(options.configuration, () => modules.random.bytes(32));
    const log = new DirectoryLog(options, secret, modules);
    for await (const epoch of modules.journal.epochs()) log.#apply(epoch);
    return log;
  }

  get newest(): number {
    return this.#main.epoch;
  }

  get vrfKey(): Uint8Array {
    return this.#main.vrfKey;
  }

  get configuration(): ConfigurationName {
    return this.#options.configuration;
  }

  /** Entries of the next epoch; a label's last one counts. Returns false when too many wait already. */
  hand(handed: Handed, branch: Branch): boolean {
    const waiting = this.#waiting[branch].reduce((sum, one) => sum + one.entries.length + one.hidden.length, 0);
    if (waiting + handed.entries.length + handed.hidden.length > MAX_WAITING) return false;
    this.#waiting[branch].push(handed);
    return true;
  }

  directory(branch: Branch): KeyDirectory {
    return branch === "fork" ? (this.#fork ?? this.#main) : this.#main;
  }

  async publishNext(): Promise<PublishedEpoch> {
    const epoch = this.#main.epoch + 1;
    const fork =
      epoch >= (this.#options.forkAt ?? Number.POSITIVE_INFINITY) ? (this.#fork ?? this.#main.fork()) : undefined;
    // What is handed in for the fork waits until there is one.
    const taken = { main: this.#waiting.main.splice(0), fork: fork === undefined ? [] : this.#waiting.fork.splice(0) };
    const recorded: JournalEpoch = {
      epoch,
      main: recordOf(this.#main, this.#generated(epoch), taken.main),
      ...(fork === undefined ? {} : { fork: recordOf(fork, this.#generated(epoch), taken.fork) }),
    };
    try {
      await this.#journal.append(recorded);
    } catch (error) {
      // A full disk: what was handed in goes with the first epoch that can be kept.
      this.#waiting.main.unshift(...taken.main);
      this.#waiting.fork.unshift(...taken.fork);
      throw error;
    }
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

  #apply(recorded: JournalEpoch): PublishedEpoch {
    if (recorded.fork !== undefined) this.#fork ??= this.#main.fork();
    const main = this.#main.apply(recorded.main);
    return this.#kept.keep(main, recorded.fork === undefined ? undefined : this.#fork?.apply(recorded.fork));
  }

  /** Labels that tell when they were made: somebody-EPOCH-NUMBER. */
  #generated(epoch: number): Entry[] {
    const count = this.#options.entriesPerEpoch;
    return Array.from({ length: count }, (_, index) => [utf8(`somebody-${epoch}-${index}`), this.#random.bytes(32)]);
  }
}

function recordOf(directory: KeyDirectory, generated: readonly Entry[], handed: readonly Handed[]): RecordedVersion[] {
  const byLabel = new Map<string, Entry>();
  for (const entry of [...generated, ...handed.flatMap(({ entries }) => entries)]) byLabel.set(toHex(entry[0]), entry);
  return directory.record(
    [...byLabel.values()],
    handed.flatMap((one) => one.hidden),
  );
}
