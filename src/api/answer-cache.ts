/**
 * Answers built from signed statements, kept as the bytes that are sent until a statement changes them: the same
 * certificate goes to thousands of readers, and building it costs two signature checks per auditor.
 */
import type { Elapsed } from "../core/clock.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import type { NodeView } from "../node/view.ts";
import { etagOf } from "./etag.ts";

export interface CachedAnswer {
  readonly text: string;
  readonly etag: string;
}

export interface AnswerCacheModules {
  readonly node: Pick<NodeView, "onEvent">;
  readonly clock: Elapsed;
}

/**
 * Strangers choose what is asked: the oldest answers are dropped first. 10 auditors make 5 KiB, a certificate with 16
 * cases up to 1 MiB.
 */
const MAX_ANSWERS = 1_024;
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Besides statements an answer depends on the time: a signature dated in the future becomes due. */
const MAX_AGE_MS = 30_000;

interface Entry {
  readonly namespace: string;
  readonly madeMs: number;
  readonly answer: Promise<CachedAnswer | undefined>;
  /** 0 until it is built. */
  characters: number;
}

export class AnswerCache {
  readonly #clock: Elapsed;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #stopListening: () => void;
  #characters = 0;

  constructor({ node, clock }: AnswerCacheModules) {
    this.#clock = clock;
    this.#stopListening = node.onEvent((event) => this.#follow(event));
  }

  /** Stops listening; what is cached stays until it is collected. */
  close(): void {
    this.#stopListening();
  }

  /**
   * What is cached under the key, or the result of `make`. Concurrent callers wait for one `make`, unless a statement
   * arrived after it began. Undefined is not cached.
   */
  get(namespace: string, key: string, make: () => Promise<string | undefined>): Promise<CachedAnswer | undefined> {
    const fullKey = `${namespace} ${key}`;
    const kept = this.#entries.get(fullKey);
    if (kept !== undefined && this.#clock.elapsedMs() - kept.madeMs < MAX_AGE_MS) return kept.answer;
    if (kept !== undefined) this.#drop(fullKey, kept);
    const answer = make().then((text) => (text === undefined ? undefined : { text, etag: etagOf(text) }));
    const entry: Entry = { namespace, madeMs: this.#clock.elapsedMs(), answer, characters: 0 };
    this.#entries.set(fullKey, entry);
    answer.then(
      (made) => this.#account(fullKey, entry, made),
      () => this.#drop(fullKey, entry),
    );
    this.#evict();
    return answer;
  }

  #account(key: string, entry: Entry, made: CachedAnswer | undefined): void {
    // A statement arrived meanwhile, so it was dropped; whoever waits for it still gets what was true when they asked.
    if (this.#entries.get(key) !== entry) return;
    if (made === undefined) {
      this.#drop(key, entry);
      return;
    }
    entry.characters = made.text.length;
    this.#characters += entry.characters;
    this.#evict();
  }

  #follow(event: LedgerEvent): void {
    if (event.type === "head") this.#invalidate(event.head.namespace);
    else if (event.type === "slot") this.#invalidate(event.namespace);
    else if (event.type === "rotation" || event.type === "reassumed" || event.type.startsWith("case-")) {
      // A new key and a conviction count in every namespace.
      this.#entries.clear();
      this.#characters = 0;
    }
  }

  #invalidate(namespace: string): void {
    for (const [key, entry] of this.#entries) if (entry.namespace === namespace) this.#drop(key, entry);
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= MAX_ANSWERS && this.#characters <= MAX_CHARACTERS) return;
      this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#characters -= entry.characters;
  }
}
