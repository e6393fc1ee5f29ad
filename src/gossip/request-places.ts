/**
 * How many requests are answered at once, and whose. A place is taken by a whole request: one that is still coming
 * holds none.
 */

export interface RequestLimits {
  /** Requests of one peer answered at once. One that syncs with us has one under way, two while connections cross. */
  readonly maxRequestsPerPeer: number;
  /** Of all strangers together; the rest of the places only roster peers take. */
  readonly maxStrangerRequests: number;
  /** Of all peers: as many responses of 1 MiB. */
  readonly maxRequests: number;
}

export class RequestPlaces {
  readonly #limits: RequestLimits;
  readonly #isRosterPeer: (peer: string) => boolean;
  /** Entries exist only while a request of that peer is answered. */
  readonly #ofPeer: Map<string, number> = new Map();
  #ofStrangers = 0;
  #taken = 0;

  constructor(limits: RequestLimits, modules: { isRosterPeer: (peer: string) => boolean }) {
    this.#limits = limits;
    this.#isRosterPeer = modules.isRosterPeer;
  }

  /** Returns what gives the place back, to be called once; undefined when the peer has to come again. */
  take(peer: string): (() => void) | undefined {
    const { maxRequestsPerPeer, maxStrangerRequests, maxRequests } = this.#limits;
    const ofPeer = this.#ofPeer.get(peer) ?? 0;
    // As of now: a peer that joins or leaves the roster meanwhile gives back what it took.
    const strangers = this.#isRosterPeer(peer) ? 0 : 1;
    if (ofPeer >= maxRequestsPerPeer || this.#taken >= maxRequests) return undefined;
    if (strangers > 0 && this.#ofStrangers >= maxStrangerRequests) return undefined;
    this.#ofPeer.set(peer, ofPeer + 1);
    this.#ofStrangers += strangers;
    this.#taken++;
    return () => {
      const left = (this.#ofPeer.get(peer) ?? 1) - 1;
      if (left > 0) this.#ofPeer.set(peer, left);
      else this.#ofPeer.delete(peer);
      this.#ofStrangers -= strangers;
      this.#taken--;
    };
  }
}
