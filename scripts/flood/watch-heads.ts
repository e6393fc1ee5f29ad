/** Which heads arrived at which node and when, by each node's event stream. */
import { pause } from "./pause.ts";

export interface WatchedNode {
  readonly name: string;
  readonly url: string;
}

interface Seen {
  readonly auditor: string;
  readonly at: string;
  readonly epoch: number;
  readonly timestampMs: number;
  readonly seenMs: number;
}

export class HeadWatch {
  readonly #namespace: string;
  readonly #seen: Map<string, Seen> = new Map();
  readonly #life: AbortController = new AbortController();

  constructor(namespace: string, nodes: readonly WatchedNode[]) {
    this.#namespace = namespace;
    for (const node of nodes) void this.#follow(node);
  }

  end(): void {
    this.#life.abort();
  }

  /** When this node reported this auditor's head, Unix milliseconds. */
  seenMs(auditor: string, at: string, epoch: number): number | undefined {
    return this.#seen.get(`${auditor} ${at} ${epoch}`)?.seenMs;
  }

  /** When this node first reported a head that this auditor signed after that time. */
  firstSince(auditor: string, at: string, sinceMs: number): number | undefined {
    const times = [...this.#seen.values()]
      .filter((seen) => seen.auditor === auditor && seen.at === at && seen.timestampMs > sinceMs)
      .map(({ seenMs }) => seenMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async #follow({ name, url }: WatchedNode): Promise<void> {
    const { signal } = this.#life;
    let lastId: string | undefined;
    while (!signal.aborted) {
      try {
        const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
        const response = await fetch(`${url}/v1/events`, { headers, signal });
        let text = "";
        for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
          text += Buffer.from(chunk).toString();
          const frames = text.split("\n\n");
          text = frames.pop() ?? "";
          for (const frame of frames) lastId = this.#take(name, frame) ?? lastId;
        }
      } catch {
        // The node is busy, or restarts.
      }
      await pause(100, signal);
    }
  }

  /** Returns the id of the event. */
  #take(at: string, frame: string): string | undefined {
    const field = (key: string): string | undefined => new RegExp(`^${key}: (.*)$`, "m").exec(frame)?.[1];
    if (field("event") === "head") {
      const head = JSON.parse(field("data") ?? "{}") as Seen & { namespace: string };
      const key = `${head.auditor} ${at} ${head.epoch}`;
      if (head.namespace === this.#namespace && !this.#seen.has(key)) {
        this.#seen.set(key, { ...head, at, seenMs: Date.now() });
      }
    }
    return field("id");
  }
}
