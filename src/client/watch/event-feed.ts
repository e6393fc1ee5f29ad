/** Follows one node's events for as long as somebody watches, across broken streams. */
import { backoffMs, type Clock, type Random } from "../../core/clock.ts";
import { isCoauditError } from "../../core/errors.ts";
import type { NodeClient } from "../node-client.ts";
import { followEvents } from "./event-stream.ts";

/**
 * Events after which the newest head may have changed. `hello` and `reset`: what came before this stream is not known.
 */
const HINTS: ReadonlySet<string> = new Set(["head", "quorum", "case", "hello", "reset"]);
const RETRY_MS = 1_000;
/** Polling asks a node without streams every 30 s anyway; trying for a stream every minute adds little. */
const MAX_RETRY_MS = 60_000;
/** A stream that lasted this long was a good one: the next attempt comes soon. */
const STEADY_MS = 60_000;

export interface EventFeedModules {
  readonly clock: Clock;
  readonly random: Random;
  /** Ask again: something may have changed. */
  readonly onHint: () => void;
  /** `isLive` has changed. */
  readonly onChange: () => void;
}

export class EventFeed {
  readonly #node: NodeClient;
  readonly #path: string;
  readonly #modules: EventFeedModules;
  #lastEventId: string | undefined;
  #isLive = false;

  constructor(node: NodeClient, namespace: string, modules: EventFeedModules) {
    this.#node = node;
    this.#path = `/v1/events?namespace=${encodeURIComponent(namespace)}`;
    this.#modules = modules;
  }

  /** Whether the node would currently announce a change. */
  get isLive(): boolean {
    return this.#isLive;
  }

  async run(signal: AbortSignal): Promise<void> {
    // Without streams of bytes a question for events has no answer before it ends: such an engine polls.
    if (typeof Response !== "undefined" && !("body" in Response.prototype)) return;
    const { clock, random } = this.#modules;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const startMs = clock.elapsedMs();
      await this.#follow(signal);
      if (clock.elapsedMs() - startMs >= STEADY_MS) attempt = 0;
      await clock.sleep(backoffMs(random, attempt, RETRY_MS, MAX_RETRY_MS), signal);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, onHint } = this.#modules;
    const lastEventId = this.#lastEventId;
    try {
      await followEvents(
        this.#node,
        { path: this.#path, lastEventId, signal },
        {
          clock,
          onOpen: () => this.#setLive(true),
          onFrame: ({ event, id }) => {
            this.#lastEventId = id;
            if (HINTS.has(event)) onHint();
          },
        },
      );
    } catch (error) {
      if (!isCoauditError(error)) throw error;
      // A proxy, or a page's preflight, may not let the id through: the next stream then starts from scratch.
      if (!this.#isLive) this.#lastEventId = undefined;
    } finally {
      this.#setLive(false);
    }
  }

  #setLive(isLive: boolean): void {
    if (this.#isLive === isLive) return;
    this.#isLive = isLive;
    this.#modules.onChange();
  }
}
