/** Answers in progress, so that a stop can wait for them, but not for a slow reader. */
import type { ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";

export class Draining {
  readonly #graceMs: number;
  readonly #clock: Clock;
  /** As many as there are connections (MAX_CONNECTIONS). */
  readonly #open: Set<ServerResponse> = new Set();
  readonly #empty: AbortController = new AbortController();
  #isDraining = false;

  constructor(options: { readonly graceMs: number }, modules: { readonly clock: Clock }) {
    this.#graceMs = options.graceMs;
    this.#clock = modules.clock;
  }

  add(response: ServerResponse): void {
    this.#open.add(response);
    // "close" comes in any case; "finish" does not when the reader goes away.
    response.once("close", () => {
      this.#open.delete(response);
      this.#check();
    });
  }

  /** Resolves when all are out, or after the grace. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#check();
    await this.#clock.sleep(this.#graceMs, this.#empty.signal);
  }

  #check(): void {
    if (this.#isDraining && this.#open.size === 0) this.#empty.abort();
  }
}
