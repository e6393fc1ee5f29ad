/**
 * Nothing is signed before enough other auditors have reported what they hold of this node's key: a restored backup or
 * a second machine must learn of the newer heads first (docs/protocol.md 11).
 */
import type { GuardState, SigningGuard } from "../auditor/ports.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { NOW_EPOCH, type Roster } from "../core/roster.ts";

/** How long a node that may sign alone waits for peers. */
export const ALONE_AFTER_MS = 60_000;
/** How long one answer must wait for a second one, before it is enough to sign above a mark. */
export const ABOVE_MARK_AFTER_MS = 600_000;
const ENOUGH_ANSWERS = 2;

export interface RosterGuardOptions {
  readonly ownName: string;
  /** All that this node follows. */
  readonly namespaces: readonly string[];
  readonly allowAlone: boolean;
  /** How long one answer waits for a second one. Default: ten minutes. */
  readonly aboveMarkAfterMs?: number;
}

export interface RosterGuardModules {
  readonly roster: () => Roster;
  /**
   * Whether a mark above all that an earlier life may have signed can stand for missing answers: not where the claims
   * were made from what was left of other ones, unless a person set a mark since.
   */
  readonly trustsMarks: (namespace: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

export class RosterGuard {
  readonly #options: RosterGuardOptions;
  readonly #modules: RosterGuardModules;
  readonly #answered: Set<string> = new Set();
  readonly #opened: Set<string> = new Set();
  #isAlone = false;
  #hasWaited = false;
  #onOpen: () => void = () => {};

  constructor(options: RosterGuardOptions, modules: RosterGuardModules) {
    this.#options = options;
    this.#modules = modules;
  }

  of(namespace: string): SigningGuard {
    return { state: () => this.state(namespace) };
  }

  state(namespace: string): GuardState {
    const answered = this.answered(namespace).length;
    if (this.#isAlone || answered >= this.needed(namespace)) return "open";
    return this.#hasWaited && answered > 0 && this.#modules.trustsMarks(namespace) ? "above-mark" : "closed";
  }

  /** How many auditors must have answered: two, or all others of a smaller roster. Retired ones are not in it. */
  needed(namespace: string): number {
    return Math.min(ENOUGH_ANSWERS, this.#others(namespace).length);
  }

  /** Sorted, as the roster is. */
  answered(namespace: string): readonly string[] {
    return this.#others(namespace).filter((name) => this.#answered.has(name));
  }

  /** Whose answer would help; nobody's when it is open. */
  missing(namespace: string): readonly string[] {
    if (this.state(namespace) === "open") return [];
    return this.#others(namespace).filter((name) => !this.#answered.has(name));
  }

  /** A complete round of head sync with this auditor has ended. */
  hasAnswered(auditor: string): void {
    this.#answered.add(auditor);
    this.#announce();
  }

  onOpen(listener: () => void): void {
    this.#onOpen = listener;
  }

  /** Reports that nothing is signed yet, and decides after a while whether fewer answers, or none, are enough. */
  async wait(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#modules;
    this.#announce();
    if (this.#isAllOpen) return;
    const { namespaces, allowAlone, aboveMarkAfterMs = ABOVE_MARK_AFTER_MS } = this.#options;
    const needed = Math.max(...namespaces.map((namespace) => this.needed(namespace)));
    log.info({ needed }, "unguarded: signing starts when enough auditors have reported what they hold of this key");
    await clock.sleep(allowAlone ? ALONE_AFTER_MS : aboveMarkAfterMs, signal);
    if (signal.aborted || this.#isAllOpen) return;
    if (allowAlone) {
      this.#isAlone = true;
      log.warn(
        { answered: [...this.#answered].sort() },
        "signing without knowing what others hold of this key: allow-alone is set",
      );
    } else {
      this.#hasWaited = true;
    }
    this.#announce();
  }

  get #isAllOpen(): boolean {
    return this.#options.namespaces.every((namespace) => this.state(namespace) === "open");
  }

  #announce(): void {
    for (const namespace of this.#options.namespaces) {
      const state = this.state(namespace);
      if (state === "closed" || this.#opened.has(`${namespace} ${state}`)) continue;
      this.#opened.add(`${namespace} ${state}`);
      const fields = { namespace, answered: this.answered(namespace), missing: this.missing(namespace) };
      if (state === "open") {
        if (this.needed(namespace) > 0)
          this.#modules.log.info(fields, "guarded: others have reported what they hold of this key");
      } else {
        this.#modules.log.warn(
          fields,
          "too few auditors have reported what they hold of this key: signing only above a mark",
        );
      }
    }
    this.#onOpen();
  }

  #others(namespace: string): readonly string[] {
    return this.#modules
      .roster()
      .membersAt(namespace, NOW_EPOCH)
      .filter((name) => name !== this.#options.ownName);
  }
}
