/** How frames of gossipsub's own protocol leave a node, and what they count. */
import type { NetworkPeer, PeerEnd } from "./peer-end.ts";

export class GossipWire {
  readonly #node: NetworkPeer;

  constructor(node: NetworkPeer) {
    this.#node = node;
  }

  /**
   * SUBSCRIBE, GRAFT, PRUNE: never lost, or the two sides would hold different meshes for ever, which they can't over
   * TCP.
   */
  sendReliably(end: PeerEnd, sizeBytes: number, action: () => void): void {
    this.count(sizeBytes);
    end.transfer(sizeBytes, () => {
      action();
      return false;
    });
  }

  /** IHAVE and IWANT are lost as messages are. */
  send(end: PeerEnd, sizeBytes: number, action: () => void): void {
    const arrivalUs = this.arrivalUs(end, sizeBytes);
    if (arrivalUs === undefined) return;
    end.remote.schedule(arrivalUs - this.#node.nowUs, () => {
      if (end.other.isOpen) action();
      return false;
    });
  }

  /** Sends a frame of which only the time of its arrival matters; undefined: it is lost. */
  arrivalUs(end: PeerEnd, sizeBytes: number): number | undefined {
    this.count(sizeBytes);
    const departUs = this.#node.departUs(sizeBytes);
    return end.path.loses(departUs) ? undefined : end.path.gossipArrivalUs(departUs);
  }

  count(sizeBytes: number): void {
    const { counters } = this.#node;
    counters.controlSent++;
    counters.bytesSent += sizeBytes;
  }
}
