/**
 * One side of a connection: what a node holds of one connected peer. The two sides open and close at times of their
 * own, a latency apart.
 */
import type { PeerGuard } from "../../gossip/libp2p/peer-guard.ts";
import type { RequestAnswers } from "../../gossip/network.ts";
import type { RequestPlaces } from "../../gossip/request-places.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { Scheduled } from "../engine/scheduler.ts";
import type { NodeCounters } from "./counters.ts";
import type { MessageRecord } from "./message-book.ts";
import type { Path } from "./path.ts";
import type { PeerScore } from "./peer-score.ts";

/** Lazy pull of the other side: what it lacks of a list, an IHAVE and an IWANT that arrive there. */
export interface RemotePull {
  lacksSome(lists: readonly (readonly MessageRecord[])[]): boolean;
  told(end: PeerEnd, records: readonly MessageRecord[]): void;
  asked(end: PeerEnd, records: readonly MessageRecord[]): void;
}

/** What the other side's gossip calls: frames that arrive there, once the path has let them through. */
export interface RemoteRouter {
  /** The node's place in the book of messages. */
  readonly column: number;
  expect(record: MessageRecord, end: PeerEnd, departUs: number): void;
  readonly pull: RemotePull;
  readonly mesh: {
    subscribed(end: PeerEnd, topics: readonly string[]): void;
    changed(end: PeerEnd, grafts: readonly string[], prunes: readonly string[]): void;
  };
}

/** What connections and gossip need of a node (network-node.ts). */
export interface NetworkPeer {
  readonly peerId: string;
  readonly incarnation: Incarnation;
  readonly counters: NodeCounters;
  readonly router: RemoteRouter;
  readonly guard: PeerGuard;
  readonly requestAnswers: ReadonlyMap<string, RequestAnswers>;
  readonly places: RequestPlaces;
  /** One a connected peer. */
  readonly ends: ReadonlyMap<string, PeerEnd>;
  readonly nowUs: number;
  readonly isRunning: boolean;
  /** Connected peers, sorted. */
  readonly peers: readonly string[];
  schedule(delayUs: number, action: () => boolean): Scheduled;
  departUs(sizeBytes: number): number;
  nextPingUs(): number;
  opened(end: PeerEnd): void;
  closed(end: PeerEnd): void;
}

export class PeerEnd {
  readonly local: NetworkPeer;
  readonly remote: NetworkPeer;
  /** From here to there. */
  readonly path: Path;
  /** This side dialled. */
  readonly isOutbound: boolean;
  /** What to do when this side closes: requests fail, answers are given up. */
  readonly onClose: Set<() => void> = new Set();
  /** This side's gossip stream to the peer is open. */
  hasGossipStream = false;
  /** What the peer did wrong; undefined: nothing. */
  score: PeerScore | undefined;
  #other: PeerEnd | undefined;
  #state: "new" | "open" | "closed" = "new";
  #lastArrivalUs = 0;

  private constructor(local: NetworkPeer, remote: NetworkPeer, path: Path, isOutbound: boolean) {
    this.local = local;
    this.remote = remote;
    this.path = path;
    this.isOutbound = isOutbound;
  }

  /** Both sides of a new connection, not yet open: the dialler's. */
  static pair(dialler: NetworkPeer, listener: NetworkPeer, paths: { out: Path; back: Path }): PeerEnd {
    const near = new PeerEnd(dialler, listener, paths.out, true);
    const far = new PeerEnd(listener, dialler, paths.back, false);
    near.#other = far;
    far.#other = near;
    return near;
  }

  get other(): PeerEnd {
    return this.#other as PeerEnd;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Opens this side, in place of one to an earlier life of that peer; nothing where it is open or was closed already.
   */
  open(): void {
    if (this.#state !== "new") return;
    this.local.ends.get(this.remote.peerId)?.close();
    this.#state = "open";
    this.local.opened(this);
  }

  /** Closes this side; nothing where it is closed. */
  close(): void {
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    // For the dead nothing settles and nobody listens.
    if (!wasOpen || !this.local.incarnation.isAlive) return;
    for (const listener of [...this.onClose]) listener();
    this.local.closed(this);
  }

  /** Closes this side now, and the other one when it hears of it. */
  hangUp(): void {
    this.close();
    this.tell(() => {
      this.other.close();
      return true;
    });
  }

  /**
   * What the peer does when these bytes have come over a reliable stream, unless its side is closed by then. In the
   * order of sending.
   */
  transfer(sizeBytes: number, action: () => boolean): void {
    this.tell(() => this.other.isOpen && action(), { sizeBytes });
  }

  /** As transfer, over a stream of its own: a round trip goes by until both sides have agreed on the protocol. */
  transferAnew(sizeBytes: number, action: () => boolean): void {
    const { nowUs } = this.local;
    const afterUs = this.path.latencyUs(nowUs) + this.other.path.latencyUs(nowUs);
    this.tell(() => this.other.isOpen && action(), { sizeBytes, afterUs });
  }

  /** As transfer, whether the other side is open or not. */
  tell(action: () => boolean, { sizeBytes = 0, afterUs = 0 }: { sizeBytes?: number; afterUs?: number } = {}): void {
    const { local, remote } = this;
    const arrivalUs = Math.max(this.path.reliableArrivalUs(local.departUs(sizeBytes)), this.#lastArrivalUs);
    this.#lastArrivalUs = arrivalUs;
    remote.schedule(arrivalUs - local.nowUs + afterUs, action);
  }
}
