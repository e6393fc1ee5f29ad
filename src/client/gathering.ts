/** One question on its way to all nodes, for everybody who asks it at that time; answers in the order of the nodes. */
import type { RawAnswer } from "./ask-node.ts";

export class Gathering {
  readonly startedMs: number;
  readonly #urls: readonly string[];
  readonly #answers: (RawAnswer | undefined)[];
  readonly #stop = new AbortController();
  #listeners: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #askers = 0;

  constructor(
    nodes: readonly { readonly url: string }[],
    ask: (index: number, signal: AbortSignal) => Promise<RawAnswer>,
    startedMs: number,
  ) {
    this.startedMs = startedMs;
    this.#urls = nodes.map(({ url }) => url);
    this.#answers = nodes.map(() => undefined);
    for (const index of nodes.keys()) {
      ask(index, this.#stop.signal).then(
        (answer) => {
          this.#answers[index] = answer;
          this.#wake();
        },
        (error: unknown) => {
          this.#failure ??= { error };
          this.#wake();
        },
      );
    }
  }

  /** What has come so far. Throws what no node can be blamed for. */
  heard(): readonly RawAnswer[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#answers.filter((answer) => answer !== undefined);
  }

  get unheard(): readonly string[] {
    return this.#urls.filter((_url, index) => this.#answers[index] === undefined);
  }

  get isComplete(): boolean {
    return this.#failure !== undefined || !this.#answers.includes(undefined);
  }

  /** Every node has answered: asking again at once would teach nothing. */
  get isSound(): boolean {
    return this.#failure === undefined && this.#answers.every((answer) => answer?.problem === undefined);
  }

  get isAborted(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Resolves with the next answer; call `heard` before. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.push(resolve);
    });
  }

  /** Whoever wants the answers holds it; when the last one lets go, the nodes are not waited for any longer. */
  hold(): () => void {
    this.#askers++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#askers === 0 && !this.isComplete) this.#stop.abort();
    };
  }

  #wake(): void {
    const woken = this.#listeners;
    this.#listeners = [];
    for (const wake of woken) wake();
  }
}

/** As long as equal questions share their answers, from when they were asked. */
const SHARED_MS = 1_000;

/** Equal questions at a time are one. */
export class Gatherings {
  readonly #running: Map<string, Gathering> = new Map();

  /** `freshness`: "now" where something is known to have changed since an equal question was asked. */
  get(key: string, freshness: "shared" | "now", elapsedMs: number, start: () => Gathering): Gathering {
    for (const [other, one] of this.#running) if (!isUsable(one, elapsedMs)) this.#running.delete(other);
    const known = this.#running.get(key);
    if (known !== undefined && freshness === "shared") return known;
    const started = start();
    this.#running.set(key, started);
    return started;
  }
}

function isUsable(one: Gathering, elapsedMs: number): boolean {
  const ageMs = elapsedMs - one.startedMs;
  if (one.isAborted) return false;
  return !one.isComplete || (one.isSound && ageMs < SHARED_MS);
}
