/** Asks /healthz ten times a second without waiting for earlier answers, so that a node that hangs is measured too. */
import { get } from "node:http";

const INTERVAL_MS = 100;

export class HealthProbe {
  readonly #url: string;
  readonly #answeredMs: number[] = [];
  /** When each unanswered question was asked. */
  readonly #open: Set<number> = new Set();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string) {
    this.#url = url;
    this.#timer = setInterval(() => this.#ask(), INTERVAL_MS);
  }

  /** Ends the probe. Milliseconds until each answer; for questions without one, the time waited so far. */
  end(): readonly number[] {
    clearInterval(this.#timer);
    const now = performance.now();
    return [...this.#answeredMs, ...[...this.#open].map((since) => now - since)];
  }

  #ask(): void {
    const since = performance.now();
    this.#open.add(since);
    const request = get(`${this.#url}/healthz`, { agent: false }, (response) => {
      response.resume();
      response.once("end", () => {
        this.#open.delete(since);
        this.#answeredMs.push(performance.now() - since);
      });
    });
    // A refused question counts as unanswered and goes on waiting.
    request.on("error", () => {});
  }
}
