/** Who may connect. */
import { BoundedMap } from "../../core/bounded-map.ts";
import type { Elapsed } from "../../core/clock.ts";
import type { NetworkLimits } from "./libp2p-options.ts";

/** Bans kept at once; the oldest goes first. Peer ids cost nothing, so a ban buys minutes, not safety. */
const MAX_BANS = 1024;

export class PeerGuard {
  readonly #limits: NetworkLimits;
  readonly #clock: Elapsed;
  /** How often each one is protected. As many as the roster's auditors have peer ids now. */
  readonly #protected: Map<string, number> = new Map();
  readonly #bans: BoundedMap<string, number> = new BoundedMap(MAX_BANS);

  constructor(limits: NetworkLimits, modules: { clock: Elapsed }) {
    this.#limits = limits;
    this.#clock = modules.clock;
  }

  /** Returns what ends it. */
  protect(peer: string): () => void {
    this.#protected.set(peer, (this.#protected.get(peer) ?? 0) + 1);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      const left = (this.#protected.get(peer) ?? 1) - 1;
      if (left > 0) this.#protected.set(peer, left);
      else this.#protected.delete(peer);
    };
  }

  isProtected(peer: string): boolean {
    return this.#protected.has(peer);
  }

  ban(peer: string): void {
    this.#bans.set(peer, this.#clock.elapsedMs() + this.#limits.banMs);
  }

  isBanned(peer: string): boolean {
    const untilMs = this.#bans.get(peer);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.elapsedMs()) return true;
    this.#bans.delete(peer);
    return false;
  }

  /** Roster peers are always let in, however many strangers hold a place. */
  admits(peer: string, connections: { ofThisPeer: number; strangers: number }): boolean {
    if (this.isBanned(peer)) return false;
    const { maxConnectionsPerPeer, maxConnectionsPerStranger, maxStrangers } = this.#limits;
    if (this.isProtected(peer)) return connections.ofThisPeer < maxConnectionsPerPeer;
    if (connections.ofThisPeer > 0) return connections.ofThisPeer < maxConnectionsPerStranger;
    return connections.strangers < maxStrangers;
  }
}
