/**
 * Asks /healthz ten times a second, however long the answers before take: a node that stands still is asked all the
 * same.
 */
import { get } from "node:http";

const INTERVAL_MS = 100;

export class HealthProbe {
  readonly #url: string;
  readonly #answeredMs: number[] = [];
  /** When the questions were put that are not answered. */
  readonly #open: Set<number> = new Set();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string) {
    this.#url = url;
    this.#timer = setInterval(() => this.#ask(), INTERVAL_MS);
  }

  /** Ends it; milliseconds of each question, for those without an answer as long as they waited. */
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
    // What is refused is not answered: it goes on waiting.
    request.on("error", () => {});
  }
}
