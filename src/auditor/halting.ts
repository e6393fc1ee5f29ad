/** Whether a namespace is halted: in memory at once, on disk as soon as the disk accepts it. */
import type { Clock } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { Serial } from "../core/serial.ts";
import type { Halt } from "../ledger/claims/claim-record.ts";
import type { Accusation } from "./look/accusation.ts";
import type { ObservationPublisher } from "./observation-publisher.ts";
import type { Claims } from "./ports.ts";

export type HaltReason = "invalid-proof" | "chain-mismatch" | "conflicting-listing" | "own-key-conflict";

export interface HaltingModules {
  readonly claims: Claims;
  readonly publisher: ObservationPublisher;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Halting {
  readonly #namespace: string;
  readonly #modules: HaltingModules;
  #current: Halt | undefined;
  #isStored = true;
  #unsaid: Accusation | undefined;
  /** Writing and taking back go one after the other: a halt written behind a resume would outlive it on disk. */
  readonly #turn = new Serial();

  constructor(namespace: string, modules: HaltingModules) {
    this.#namespace = namespace;
    this.#modules = modules;
  }

  get current(): Halt | undefined {
    return this.#current;
  }

  /** False while `settle` still has something to do. */
  get isSettled(): boolean {
    return this.#isStored && this.#unsaid === undefined;
  }

  /** Takes over what an earlier run of this node, or another user of the claims, wrote down. */
  load(): void {
    const stored = this.#modules.claims.haltOf(this.#namespace);
    if (stored === undefined || this.#current !== undefined) return;
    this.#current = stored;
    const { reason, atMs, detail } = stored;
    this.#modules.log.error({ namespace: this.#namespace, reason, atMs }, `still halted: ${detail}`);
  }

  /** In force when it returns. An own-key conflict replaces any other halt and is replaced by none. */
  halt(reason: HaltReason, detail: string, accusation?: Accusation): void {
    if (this.#current?.reason === "own-key-conflict") return;
    if (this.#current !== undefined && reason !== "own-key-conflict") return;
    this.#current = { reason, detail, atMs: this.#modules.clock.now() };
    this.#isStored = false;
    this.#unsaid ??= accusation;
    this.#modules.log.error({ namespace: this.#namespace, reason }, `halted: ${detail}`);
  }

  /**
   * Publishes the observation, then makes the halt durable. In this order: after a crash in between, the same fact is
   * found and published again, while a halt on disk whose observation was lost would stay silent. Throws store errors;
   * call it again until `isSettled`.
   */
  async settle(): Promise<void> {
    if (this.#unsaid !== undefined) {
      const unsaid = this.#unsaid;
      await this.#modules.publisher.say(unsaid);
      if (this.#unsaid === unsaid) this.#unsaid = undefined;
    }
    await this.store();
  }

  /** Makes the halt durable, whatever else remains to be done. Throws store errors. */
  store(): Promise<void> {
    return this.#turn.run(async () => {
      const current = this.#current;
      if (this.#isStored || current === undefined) return;
      await this.#modules.claims.setHalt(this.#namespace, current);
      if (this.#current === current) this.#isStored = true;
    });
  }

  /** Throws AUDITOR_NOT_HALTED, and store errors, after which it stays halted. */
  resume(detail: string): Promise<void> {
    return this.#turn.run(async () => {
      const namespace = this.#namespace;
      const halted = this.#current;
      if (halted === undefined) {
        const message = `${namespace} is not halted: there is nothing to resume`;
        throw new CoauditError("AUDITOR_NOT_HALTED", message, { namespace });
      }
      const { claims, clock, log } = this.#modules;
      await claims.clearHalt(namespace, { detail, atMs: clock.now() });
      if (this.#current !== halted) {
        // An own-key conflict arrived while the disk was busy. It stands.
        this.#isStored = false;
        return;
      }
      this.#current = undefined;
      this.#isStored = true;
      this.#unsaid = undefined;
      log.warn({ namespace, reason: halted.reason, detail }, "resumed");
    });
  }
}
