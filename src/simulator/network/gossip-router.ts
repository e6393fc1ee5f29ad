/**
 * Gossip of one life of a node: gossipsub as this project configures it (docs/simulator-mesh.md says how it is held to
 * the real one). Here is the way of messages; mesh-keeper.ts has the meshes, lazy-pull.ts IHAVE and IWANT.
 */
import { type TopicHandler, uncounted, type Verdict } from "../../gossip/network.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import { idsFrameBytes } from "./frames.ts";
import { GossipWire } from "./gossip-wire.ts";
import {
  HEARTBEAT_US,
  HISTORY_LENGTH,
  IDONTWANT_MIN_SIZE_BYTES,
  PUBLISH_THRESHOLD,
  SEEN_TTL_US,
} from "./gossipsub-parameters.ts";
import { type Beat, Heartbeat } from "./heartbeat.ts";
import { LazyPull } from "./lazy-pull.ts";
import { MeshKeeper } from "./mesh-keeper.ts";
import { Known, type MessageBook, type MessageRecord } from "./message-book.ts";
import { PeerConduct } from "./peer-conduct.ts";
import type { NetworkPeer, PeerEnd } from "./peer-end.ts";
import { TopicMesh } from "./topic-mesh.ts";

/** What the routers of one world share. */
export interface GossipWorld {
  readonly mode: "mesh" | "none";
  readonly heartbeats: "lazy" | "eager";
  readonly book: MessageBook;
}

export interface GossipRouterModules {
  readonly random: RandomStream;
  readonly gossip: GossipWorld;
}

export class GossipRouter {
  readonly mesh: MeshKeeper;
  readonly pull: LazyPull;
  readonly #node: NetworkPeer;
  readonly #world: GossipWorld;
  readonly #random: RandomStream;
  readonly #heartbeat: Heartbeat;
  readonly #conduct: PeerConduct;
  readonly #wire: GossipWire;
  readonly #topics: ReadonlyMap<string, TopicMesh>;
  readonly column: number;

  constructor(topics: readonly string[], node: NetworkPeer, modules: GossipRouterModules) {
    this.#node = node;
    this.#world = modules.gossip;
    this.#random = modules.random;
    this.column = this.#world.book.takeColumn();
    this.#heartbeat = new Heartbeat(node, this.#world.heartbeats, (tick) => this.#beat(tick));
    this.#conduct = new PeerConduct(node, this.#heartbeat);
    this.#wire = new GossipWire(node);
    this.#topics = new Map(topics.map((topic) => [topic, new TopicMesh(topic, this.#heartbeat)]));
    const parts = {
      node,
      random: modules.random,
      heartbeat: this.#heartbeat,
      conduct: this.#conduct,
      wire: this.#wire,
      topics: this.#topics,
    };
    this.mesh = new MeshKeeper(parts);
    this.pull = new LazyPull({
      ...parts,
      column: this.column,
      lacks: (record) => this.#knownOf(record) <= Known.coming,
      give: (record, end) => this.#send(record, end),
    });
  }

  subscribe(topic: string, handler: TopicHandler): void {
    const mesh = this.#topics.get(topic);
    if (mesh === undefined) return;
    const isNew = mesh.handler === undefined;
    mesh.handler = handler;
    if (isNew && this.#node.isRunning) this.mesh.join(mesh);
  }

  start(): void {
    if (this.#world.mode === "mesh") this.#heartbeat.start(this.#random.below(HEARTBEAT_US));
  }

  /** The life has ended: what it knew is forgotten. */
  forget(): void {
    this.#world.book.giveColumn(this.column);
  }

  meshPeers(topic: string): string[] {
    return (this.#topics.get(topic)?.members ?? []).map((end) => end.remote.peerId);
  }

  connected(end: PeerEnd): void {
    if (this.#world.mode === "mesh") this.mesh.connected(end);
  }

  disconnected(end: PeerEnd): void {
    if (this.#world.mode === "none") return;
    this.mesh.disconnected(end);
    this.#conduct.forget(end);
  }

  /**
   * Own messages go to every subscriber, inside the mesh or not: gossipsub's flood publishing, which is its default.
   */
  publish(topic: string, data: Uint8Array): void {
    if (this.#world.mode === "none") return;
    const record = this.#world.book.record(topic, data);
    if (this.#knownOf(record) >= Known.validating) return;
    record.set(this.column, Known.seen, this.#node.nowUs);
    this.pull.received(record);
    this.pull.put(record);
    for (const end of this.#topics.get(topic)?.subscribers ?? []) {
      if (end.hasGossipStream && this.#conduct.scoreOf(end) >= PUBLISH_THRESHOLD) this.#send(record, end);
    }
  }

  #send(record: MessageRecord, end: PeerEnd): void {
    if (this.#isUnwanted(record, end)) return;
    const { counters } = this.#node;
    counters.messagesSent++;
    counters.bytesSent += record.wireBytes;
    const departUs = this.#node.departUs(record.wireBytes);
    const { path, remote } = end;
    const copies = path.doubles() ? 2 : 1;
    for (let i = 0; i < copies; i++)
      if (!path.isCut(departUs) && !path.loses(departUs)) remote.router.expect(record, end.other, departUs);
  }

  /**
   * A copy is on its way here. Only one that is the first to arrive is an event: of seven copies six are counted here
   * and cost nothing more. What is under way when a connection ends arrives nevertheless.
   */
  expect(record: MessageRecord, end: PeerEnd, departUs: number): void {
    if (!this.#node.isRunning) return;
    const known = this.#knownOf(record);
    if (known >= Known.seen) {
      this.#duplicate(record, end, known);
      return;
    }
    const arrivalUs = end.other.path.gossipArrivalUs(departUs);
    if (arrivalUs === undefined) return;
    if (known === Known.no || (known === Known.coming && arrivalUs < (record.atUs[this.column] as number))) {
      record.set(this.column, Known.coming, arrivalUs);
      this.#node.schedule(arrivalUs - this.#node.nowUs, () => this.#arrive(record, end));
    } else {
      this.#duplicate(record, end, known);
    }
  }

  /** Everybody who sends what was rejected pays for it. */
  #duplicate(record: MessageRecord, end: PeerEnd, known: number): void {
    const { counters } = this.#node;
    counters.messagesReceived++;
    counters.duplicatesReceived++;
    if (known === Known.rejected) this.#conduct.rejected(end, record.message.topic);
  }

  #arrive(record: MessageRecord, end: PeerEnd): boolean {
    const known = this.#knownOf(record);
    if (known !== Known.coming) {
      this.#duplicate(record, end, known);
      return false;
    }
    const peer = end.remote.peerId;
    const handler = this.#topics.get(record.message.topic)?.handler;
    if (handler === undefined || this.#node.guard.isBanned(peer)) {
      record.set(this.column, Known.no, 0);
      return false;
    }
    this.#node.counters.messagesReceived++;
    record.set(this.column, Known.validating, this.#node.nowUs);
    this.pull.received(record);
    if (record.message.data.length >= IDONTWANT_MIN_SIZE_BYTES) this.#sendIdontwant(record, end);
    handler(record.message.data, peer, uncounted).then(
      (verdict) => this.#judged(record, end, verdict),
      // A handler that fails is not the sender's fault.
      () => this.#judged(record, end, "ignore"),
    );
    return true;
  }

  #judged(record: MessageRecord, end: PeerEnd, verdict: Verdict): void {
    if (!this.#node.isRunning) return;
    record.known[this.column] = verdict === "reject" ? Known.rejected : Known.seen;
    if (verdict === "reject") this.#conduct.rejected(end, record.message.topic);
    if (verdict !== "accept") return;
    this.pull.put(record);
    for (const member of this.#topics.get(record.message.topic)?.members ?? []) {
      if (member !== end) this.#send(record, member);
    }
  }

  /**
   * A large message is announced to the mesh before it is validated. It needs no events: what matters is when the peer
   * knows.
   */
  #sendIdontwant(record: MessageRecord, source: PeerEnd): void {
    const unwanted = new Map<number, number>();
    for (const end of this.#topics.get(record.message.topic)?.members ?? []) {
      if (end === source) continue;
      const arrivalUs = this.#wire.arrivalUs(end, idsFrameBytes(1));
      if (arrivalUs !== undefined) unwanted.set(end.remote.router.column, arrivalUs);
    }
    record.unwanted.set(this.column, unwanted);
  }

  /** The peer has said so, not longer ago than gossipsub remembers. */
  #isUnwanted(record: MessageRecord, end: PeerEnd): boolean {
    if (record.unwanted.size === 0) return false;
    const knownUs = record.unwanted.get(end.remote.router.column)?.get(this.column);
    const { nowUs } = this.#node;
    if (knownUs === undefined || knownUs > nowUs) return false;
    return this.#heartbeat.tickAt(nowUs) - this.#heartbeat.tickAt(knownUs) < HISTORY_LENGTH;
  }

  /** Ids are forgotten at the first heartbeat after their time. */
  #knownOf(record: MessageRecord): number {
    const known = record.known[this.column] as number;
    if (known < Known.seen) return known;
    const untilUs = (record.atUs[this.column] as number) + SEEN_TTL_US;
    if (this.#node.nowUs <= untilUs) return known;
    return this.#heartbeat.tickAt(this.#node.nowUs) > this.#heartbeat.tickAt(untilUs) ? Known.no : known;
  }

  #beat(tick: number): Beat {
    this.pull.blameIdle();
    this.mesh.beat();
    this.pull.tell(tick);
    const woke = this.#conduct.hangUpOnWorst();
    const times = [this.pull.nextUs(tick)];
    if (this.#conduct.isWatching) times.push(this.#node.nowUs);
    const graftTick = this.mesh.nextTick(tick);
    // The beat before it, so that the first beat after that time is the one.
    if (graftTick !== undefined) times.push(this.#heartbeat.tickUs(graftTick - 1));
    const nextUs = times.reduce(
      (least, time) => (least === undefined || (time ?? least) < least ? time : least),
      undefined,
    );
    return { nextUs, woke };
  }
}
