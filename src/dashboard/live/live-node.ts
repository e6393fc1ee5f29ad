/**
 * What this page knows of its node, kept up to date: asked once, then by the node's events. An event that changes what
 * was asked has it asked again, at most once a second.
 */

import { webClock } from "../../client/web-system.ts";
import type { VerifierKey } from "../../core/checkpoint.ts";
import type { CaseView, Head, NodeStatus, QuorumAnswer, QuorumMark, SentHead } from "./answers.ts";
import { ask, headsPath, quorumPath } from "./ask.ts";
import { type EpochBook, newestEpoch, shownEpochs, withHeads } from "./epoch-book.ts";
import { witnessesIn } from "./witnesses.ts";

/**
 * `polled`: the node gives no stream, for example since too many are open. `paused`: nobody looks at the page. [a
 * browser has six connections to a node without TLS: the seventh tab with a stream would wait for ever]
 */
export type Line = "opening" | "live" | "polled" | "lost" | "paused";

export interface Snapshot {
  readonly line: Line;
  readonly status?: NodeStatus;
  /** The node's clock less this browser's. */
  readonly aheadMs: number;
  readonly cases: readonly CaseView[];
  readonly quorums: ReadonlyMap<string, QuorumMark>;
  readonly books: ReadonlyMap<string, EpochBook>;
  /** The keys of all auditors in the node's roster. */
  readonly witnesses: readonly VerifierKey[];
}

const AGAIN_MS = 1_000;
/** What no event tells: who is connected, and what the provider lists. */
const STATUS_MS = 10_000;
/** A stream that the node refused is not opened again by the browser. */
const REOPEN_MS = 15_000;
/** Questions at a time: a page must not take all places of its address. */
const AT_ONCE = 4;
/** Without events these epochs are asked for again: some auditors may be late. */
const UNSETTLED = 3;

export class LiveNode {
  readonly #listeners: Set<() => void> = new Set();
  #snapshot: Snapshot = { line: "opening", aheadMs: 0, cases: [], quorums: new Map(), books: new Map(), witnesses: [] };
  /** Epochs that were asked for, by namespace: events may have told of some heads of an epoch, and not of all. */
  readonly #read: Map<string, Set<number>> = new Map();
  #isDue = true;
  #areCasesDue = true;
  /** The stream may have told of another one while nobody listened. */
  #areQuorumsDue = true;
  #stream: EventSource | undefined;
  #wake: () => void = () => {};

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Until the page is left. */
  async run(): Promise<never> {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.#resume()));
    if (!document.hidden) this.#open();
    for (;;) {
      await this.#refresh();
      if (document.hidden) await this.#event();
      await webClock.sleep(AGAIN_MS);
      if (!this.#isDue) await Promise.race([webClock.sleep(STATUS_MS), this.#event()]);
    }
  }

  #event(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #pause(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#set({ line: "paused" });
  }

  /** As after a missed event, but what is known is shown until it is known anew. */
  #resume(): void {
    this.#areCasesDue = true;
    this.#areQuorumsDue = true;
    this.#read.clear();
    this.#open();
    this.#ask();
  }

  #ask(): void {
    this.#isDue = true;
    this.#wake();
  }

  async #refresh(): Promise<void> {
    this.#isDue = false;
    try {
      const askedMs = webClock.now();
      const status = await ask<NodeStatus>("/v1/status");
      if (status === undefined) return;
      const aheadMs = status.nowMs - (askedMs + webClock.now()) / 2;
      this.#set({ status, aheadMs, ...(this.#snapshot.line === "lost" ? { line: this.#lineNow() } : {}) });
      if (
        this.#areCasesDue ||
        status.cases.open !== this.#snapshot.cases.filter(({ state }) => state === "open").length
      )
        await this.#readCases();
      if (this.#snapshot.witnesses.length === 0)
        this.#set({ witnesses: witnessesIn((await ask<string[]>("/distributor/v0/witnesses")) ?? []) });
      const areQuorumsDue = this.#areQuorumsDue || this.#snapshot.line !== "live";
      this.#areQuorumsDue = false;
      for (const { namespace } of status.namespaces) {
        if (areQuorumsDue) await this.#readQuorum(namespace);
        await this.#readNamespace(namespace, status);
      }
    } catch {
      this.#areCasesDue = true;
      this.#areQuorumsDue = true;
      this.#set({ line: "lost" });
    }
  }

  /** A question that failed does not end the stream. */
  #lineNow(): Line {
    return this.#stream?.readyState === EventSource.OPEN ? "live" : "polled";
  }

  async #readCases(): Promise<void> {
    this.#areCasesDue = false;
    const answer = await ask<{ readonly cases: readonly CaseView[] }>("/v1/evidence?state=all");
    this.#set({ cases: answer?.cases ?? [] });
  }

  async #readNamespace(namespace: string, status: NodeStatus): Promise<void> {
    const one = status.namespaces.find((candidate) => candidate.namespace === namespace);
    if (one === undefined) return;
    const newest = newestEpoch(one, status.faultBound);
    const shown = shownEpochs(newest);
    const read = this.#read.get(namespace) ?? new Set();
    this.#read.set(namespace, read);
    for (const epoch of read) if (!shown.includes(epoch)) read.delete(epoch);
    if (this.#snapshot.line !== "live") for (const epoch of shown.slice(0, UNSETTLED)) read.delete(epoch);
    const missing = shown.filter((epoch) => !read.has(epoch));
    for (let first = 0; first < missing.length; first += AT_ONCE) {
      const some = missing.slice(first, first + AT_ONCE);
      const found = await Promise.all(some.map((epoch) => readEpoch(namespace, epoch)));
      let book = this.#snapshot.books.get(namespace) ?? new Map<number, readonly Head[]>();
      for (const [epoch, heads] of found) {
        book = withHeads(book, epoch, heads, newest);
        read.add(epoch);
      }
      this.#set({ books: new Map([...this.#snapshot.books, [namespace, book]]) });
    }
  }

  async #readQuorum(namespace: string): Promise<void> {
    const answer = await ask<QuorumAnswer>(quorumPath(namespace, "latest"));
    if (answer === undefined) return;
    const { epoch, digest } = answer.certificate;
    const { result, min = 0, signers } = answer;
    this.#setQuorum({ namespace, epoch, digest, result, min, signers: signers.length });
  }

  #setQuorum(mark: QuorumMark): void {
    this.#set({ quorums: new Map([...this.#snapshot.quorums, [mark.namespace, mark]]) });
  }

  #open(): void {
    const stream = new EventSource("/v1/events");
    this.#stream = stream;
    const on = <Data>(event: string, act: (data: Data) => void): void =>
      stream.addEventListener(event, ({ data }: MessageEvent<string>) => act(JSON.parse(data) as Data));
    stream.addEventListener("open", () => this.#set({ line: "live" }));
    stream.addEventListener("error", () => void this.#failed(stream));
    on<Head & { readonly namespace: string; readonly epoch: number }>("head", (head) => this.#take(head));
    on<QuorumMark>("quorum", (mark) => this.#setQuorum(mark));
    on("case", () => {
      this.#areCasesDue = true;
      this.#ask();
    });
    on("reset", () => this.#forget());
  }

  async #failed(stream: EventSource): Promise<void> {
    const isClosed = stream.readyState === EventSource.CLOSED;
    this.#set({ line: isClosed ? "polled" : "lost" });
    this.#ask();
    if (!isClosed) return;
    await webClock.sleep(REOPEN_MS);
    if (this.#stream === stream) this.#open();
  }

  #take({ namespace, epoch, ...head }: Head & { readonly namespace: string; readonly epoch: number }): void {
    const { books, status } = this.#snapshot;
    const one = status?.namespaces.find((candidate) => candidate.namespace === namespace);
    const book = books.get(namespace);
    if (status !== undefined && one !== undefined && book !== undefined) {
      // Not by the head itself: one liar that signs epochs ahead would push all others out.
      const newest = newestEpoch(one, status.faultBound);
      this.#set({ books: new Map([...books, [namespace, withHeads(book, epoch, [head], newest)]]) });
    }
    this.#ask();
  }

  /** Events were missed. */
  #forget(): void {
    this.#areCasesDue = true;
    this.#areQuorumsDue = true;
    this.#read.clear();
    this.#set({ books: new Map(), quorums: new Map(), witnesses: [] });
    this.#ask();
  }

  #set(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

async function readEpoch(namespace: string, epoch: number): Promise<readonly [number, readonly Head[]]> {
  const answer = await ask<{ readonly heads: readonly SentHead[] }>(headsPath(namespace, epoch));
  return [epoch, answer?.heads ?? []];
}
