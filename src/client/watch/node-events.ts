/** The event streams of all nodes, for as long as somebody waits for news of a namespace. */
import type { Clock, Random } from "../../core/clock.ts";
import { follow } from "../follow.ts";
import type { NodeClient } from "../node-client.ts";
import { EventFeed } from "./event-feed.ts";
import { Hints } from "./hints.ts";

export interface NodeEventsOptions {
  readonly namespace: string;
  readonly nodes: readonly NodeClient[];
  readonly signal: AbortSignal | undefined;
}

export class NodeEvents {
  readonly #life = new AbortController();
  readonly #unlink: () => void;
  readonly #hints: Hints;
  readonly #feeds: readonly EventFeed[];
  #failure: { readonly error: unknown } | undefined;

  constructor({ namespace, nodes, signal }: NodeEventsOptions, { clock, random }: { clock: Clock; random: Random }) {
    this.#unlink = follow(signal, this.#life);
    this.#hints = new Hints(clock);
    this.#feeds = nodes.map((node) => {
      const onHint = (): void => this.#hints.hint(node.url);
      return new EventFeed(node, namespace, { clock, random, onHint, onChange: () => this.#hints.wake() });
    });
    for (const feed of this.#feeds) {
      const own = new AbortController();
      follow(this.signal, own);
      feed.run(own.signal).catch((error: unknown) => {
        this.#failure ??= { error };
        this.#life.abort();
      });
    }
  }

  /** Fires with the signal that was given, and when it is closed. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** All nodes would announce a change. */
  get areLive(): boolean {
    return this.#feeds.length > 0 && this.#feeds.every(({ isLive }) => isLive);
  }

  /** Waits until a node hints, or until `dueMs()`. */
  next(dueMs: () => number): Promise<void> {
    return this.#hints.next(dueMs, this.signal);
  }

  /** Throws what ended it, if that was no signal. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  close(): void {
    this.#unlink();
    this.#life.abort();
  }
}
