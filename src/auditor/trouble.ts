/**
 * What keeps a namespace behind: shown, and written to the log without flooding it. Not a state: it passes by itself.
 */
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";

/**
 * `transport`: the source cannot be read. `source`: it can, but what it shows is not (yet) usable. `clock`: this
 * machine's clock is in doubt. `configuration`: a line of this node's configuration is wrong. `storage`: nothing can be
 * promised or kept. `internal`: an error nobody expected; the log has its trace.
 */
export type BehindReason = "transport" | "source" | "clock" | "configuration" | "storage" | "internal";

export interface Trouble {
  readonly reason: BehindReason;
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
  /** Time until the next attempt, if that is not simply the next step. */
  readonly retryInMs?: number;
}

export interface Behind {
  readonly reason: BehindReason;
  readonly code: string;
  readonly message: string;
  readonly sinceMs: number;
  readonly nextAttemptMs: number;
}

/** The same trouble is logged when it begins, this often while it lasts, and when it ends. */
const REPEAT_MS = 600_000;

export class TroubleTracker {
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** By reason and code, both of them closed sets. */
  readonly #loggedMs: Map<string, number> = new Map();
  #current: Behind | undefined;
  #wasLogged = false;

  constructor(namespace: string, modules: { readonly clock: Clock; readonly log: Logger }) {
    this.#namespace = namespace;
    this.#clock = modules.clock;
    this.#log = modules.log;
  }

  get current(): Behind | undefined {
    return this.#current;
  }

  note(trouble: Trouble, waitMs: number): void {
    const { reason, code, message } = trouble;
    const nowMs = this.#clock.now();
    const sinceMs = this.#current?.sinceMs ?? nowMs;
    this.#current = { reason, code, message, sinceMs, nextAttemptMs: nowMs + waitMs };
    const identity = `${reason} ${code}`;
    const elapsedMs = this.#clock.elapsedMs();
    if (elapsedMs - (this.#loggedMs.get(identity) ?? -Infinity) < REPEAT_MS) return;
    this.#loggedMs.set(identity, elapsedMs);
    this.#wasLogged = true;
    const fields = { namespace: this.#namespace, reason, code, sinceMs, retryInMs: waitMs };
    if (reason === "internal") this.#log.error({ ...fields, err: trouble.cause }, `behind: ${message}`);
    else this.#log.warn(fields, `behind: ${message}`);
  }

  clear(): void {
    if (this.#current !== undefined && this.#wasLogged) {
      const { reason, code, sinceMs } = this.#current;
      this.#log.info({ namespace: this.#namespace, reason, code, sinceMs }, "no longer behind");
    }
    this.forget();
  }

  /** Ends it silently: a halt, which the log reports in full, must not look like good news. */
  forget(): void {
    this.#current = undefined;
    this.#wasLogged = false;
  }
}
