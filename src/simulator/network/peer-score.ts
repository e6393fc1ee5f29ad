/**
 * What a peer has done wrong, as gossipsub counts it with this project's weights: nothing that a peer does well counts.
 */
import {
  BEHAVIOUR_DECAY,
  BEHAVIOUR_WEIGHT,
  DECAY_TO_ZERO,
  INVALID_DECAY,
  INVALID_WEIGHT,
} from "./gossipsub-parameters.ts";

/** Times are beats of the heartbeat: counts decay once between two. */
export class PeerScore {
  /** Rejected messages by topic. */
  readonly #invalid: Map<string, number> = new Map();
  #behaviour = 0;
  #tick = 0;

  rejected(topic: string, tick: number): void {
    this.#decay(tick);
    this.#invalid.set(topic, (this.#invalid.get(topic) ?? 0) + 1);
  }

  misbehaved(count: number, tick: number): void {
    this.#decay(tick);
    this.#behaviour += count;
  }

  at(tick: number): number {
    this.#decay(tick);
    let score = BEHAVIOUR_WEIGHT * this.#behaviour * this.#behaviour;
    for (const count of this.#invalid.values()) score += INVALID_WEIGHT * count * count;
    return score;
  }

  /** Nothing is left of it. */
  isClean(tick: number): boolean {
    this.#decay(tick);
    return this.#isZero();
  }

  #decay(tick: number): void {
    for (; this.#tick < tick && !this.#isZero(); this.#tick++) {
      this.#behaviour = faded(this.#behaviour * BEHAVIOUR_DECAY);
      for (const [topic, count] of this.#invalid) {
        const left = faded(count * INVALID_DECAY);
        if (left === 0) this.#invalid.delete(topic);
        else this.#invalid.set(topic, left);
      }
    }
    this.#tick = Math.max(this.#tick, tick);
  }

  #isZero(): boolean {
    return this.#behaviour === 0 && this.#invalid.size === 0;
  }
}

function faded(count: number): number {
  return count < DECAY_TO_ZERO ? 0 : count;
}
