/** Gossip of one life of a node. */
import type { TopicHandler, Verdict } from "../../gossip/network.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import { Known, type MessageBook, type MessageRecord } from "./message-book.ts";
import type { NetworkNode } from "./network-node.ts";
import type { PeerEnd } from "./peer-end.ts";

/** What the routers of one world share. */
export interface GossipWorld {
  readonly mode: "mesh" | "none";
  readonly heartbeats: "lazy" | "eager";
  readonly book: MessageBook;
}

export class GossipRouter {
  readonly #node: NetworkNode;
  readonly #world: GossipWorld;
  readonly #handlers: Map<string, TopicHandler> = new Map();
  readonly #column: number;

  constructor(node: NetworkNode, modules: { readonly random: RandomStream; readonly gossip: GossipWorld }) {
    this.#node = node;
    this.#world = modules.gossip;
    this.#column = this.#world.book.takeColumn();
  }

  subscribe(topic: string, handler: TopicHandler): void {
    this.#handlers.set(topic, handler);
  }

  start(): void {}

  /** The life has ended: what it knew is forgotten. */
  forget(): void {
    this.#world.book.giveColumn(this.#column);
  }

  connected(_end: PeerEnd): void {}

  disconnected(_end: PeerEnd): void {}

  publish(topic: string, data: Uint8Array): void {
    if (this.#world.mode === "none") return;
    const record = this.#world.book.record(topic, data);
    if (record.known[this.#column] !== Known.no) return;
    record.set(this.#column, Known.seen, this.#node.nowUs);
    this.#forward(record, undefined);
  }

  #forward(record: MessageRecord, source: PeerEnd | undefined): void {
    for (const peer of this.#node.peers) {
      const end = this.#node.ends.get(peer);
      if (end !== undefined && end !== source) this.#send(record, end);
    }
  }

  #send(record: MessageRecord, end: PeerEnd): void {
    const { counters } = this.#node;
    counters.messagesSent++;
    counters.bytesSent += record.wireBytes;
    const departUs = this.#node.departUs(record.wireBytes);
    const copies = end.path.doubles() ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (!end.path.loses(departUs)) end.remote.router.#expect(record, end.other, departUs);
    }
  }

  /** A copy is on its way here. Only the one that will be the first to arrive is an event. */
  #expect(record: MessageRecord, end: PeerEnd, departUs: number): void {
    const arrivalUs = end.other.path.gossipArrivalUs(departUs);
    if (arrivalUs === undefined || !this.#node.isRunning) return;
    const known = record.known[this.#column];
    if (known === Known.no || (known === Known.coming && arrivalUs < (record.atUs[this.#column] ?? 0))) {
      record.set(this.#column, Known.coming, arrivalUs);
      this.#node.schedule(arrivalUs - this.#node.nowUs, () => this.#arrive(record, end));
    } else {
      this.#duplicate();
    }
  }

  #duplicate(): void {
    this.#node.counters.messagesReceived++;
    this.#node.counters.duplicatesReceived++;
  }

  #arrive(record: MessageRecord, end: PeerEnd): boolean {
    if (record.known[this.#column] !== Known.coming) {
      this.#duplicate();
      return false;
    }
    this.#node.counters.messagesReceived++;
    record.set(this.#column, Known.validating, this.#node.nowUs);
    const handler = this.#handlers.get(record.message.topic);
    if (handler === undefined) return false;
    handler(record.message.data, end.remote.peerId).then(
      (verdict) => this.#judged(record, end, verdict),
      () => this.#judged(record, end, "ignore"),
    );
    return true;
  }

  #judged(record: MessageRecord, end: PeerEnd, verdict: Verdict): void {
    if (!this.#node.isRunning) return;
    record.set(this.#column, verdict === "reject" ? Known.rejected : Known.seen, this.#node.nowUs);
    if (verdict === "accept") this.#forward(record, end);
  }
}
