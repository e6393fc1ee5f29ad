/**
 * Nothing is signed before enough other auditors have reported what they hold of this node's key: a restored backup or
 * a second machine must learn of the newer heads first (docs/protocol.md 11).
 */
import type { SigningGuard } from "../auditor/ports.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";

/** How long a node that may sign alone waits for peers. */
export const ALONE_AFTER_MS = 60_000;
const ENOUGH_ANSWERS = 2;

export interface RosterGuardOptions {
  readonly ownName: string;
  readonly auditors: readonly string[];
  readonly allowAlone: boolean;
}

export interface RosterGuardModules {
  readonly clock: Clock;
  readonly log: Logger;
}

export class RosterGuard implements SigningGuard {
  readonly #options: RosterGuardOptions;
  readonly #modules: RosterGuardModules;
  readonly #answered: Set<string> = new Set();
  #isAlone = false;
  #onOpen: () => void = () => {};

  constructor(options: RosterGuardOptions, modules: RosterGuardModules) {
    this.#options = options;
    this.#modules = modules;
  }

  isOpen(): boolean {
    return this.#isAlone || this.#answered.size >= this.needed;
  }

  /** How many auditors must have answered: two, or all others of a smaller roster. */
  get needed(): number {
    const others = this.#options.auditors.filter((name) => name !== this.#options.ownName);
    return Math.min(ENOUGH_ANSWERS, others.length);
  }

  get answered(): readonly string[] {
    return [...this.#answered].sort();
  }

  /** A complete round of head sync with this auditor has ended. */
  hasAnswered(auditor: string): void {
    if (auditor === this.#options.ownName || !this.#options.auditors.includes(auditor)) return;
    const wasOpen = this.isOpen();
    this.#answered.add(auditor);
    if (!this.isOpen()) return;
    if (!wasOpen)
      this.#modules.log.info({ answered: this.answered }, "guarded: others have reported what they hold of this key");
    this.#onOpen();
  }

  onOpen(listener: () => void): void {
    this.#onOpen = listener;
  }

  /**
   * Reports that nothing is signed yet, and lets a node without peers sign after a while, if its operator allows it.
   */
  async waitAlone(signal: AbortSignal): Promise<void> {
    if (this.isOpen()) return;
    this.#modules.log.info(
      { needed: this.needed },
      "unguarded: signing starts when enough auditors have reported what they hold of this key",
    );
    if (!this.#options.allowAlone) return;
    await this.#modules.clock.sleep(ALONE_AFTER_MS, signal);
    if (signal.aborted || this.isOpen()) return;
    this.#isAlone = true;
    this.#modules.log.warn(
      { answered: this.answered },
      "signing without knowing what others hold of this key: allow-alone is set",
    );
    this.#onOpen();
  }
}
