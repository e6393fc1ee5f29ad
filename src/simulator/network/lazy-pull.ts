/** IHAVE and IWANT: at a heartbeat some peers outside the mesh are told of new messages and ask for those that they lack. */
import type { RandomStream } from "../engine/random-streams.ts";
import { idsFrameBytes, ihaveFrameBytes } from "./frames.ts";
import type { GossipWire } from "./gossip-wire.ts";
import { D_LAZY, GOSSIP_FACTOR, GOSSIP_THRESHOLD, IWANT_FOLLOWUP_US } from "./gossipsub-parameters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { MessageRecord } from "./message-book.ts";
import { MessageHistory } from "./message-history.ts";
import type { NetworkNode } from "./network-node.ts";
import type { PeerConduct } from "./peer-conduct.ts";
import type { PeerEnd } from "./peer-end.ts";
import type { TopicMesh } from "./topic-mesh.ts";

/** An IHAVE longer than this is cut, to a random part. */
const MAX_IHAVE_LENGTH = 5000;

export interface LazyPullModules {
  readonly node: NetworkNode;
  readonly random: RandomStream;
  readonly heartbeat: Heartbeat;
  readonly conduct: PeerConduct;
  readonly wire: GossipWire;
  readonly topics: ReadonlyMap<string, TopicMesh>;
  readonly lacks: (record: MessageRecord) => boolean;
  /** Sends the message, unless the peer does not want it. */
  readonly give: (record: MessageRecord, end: PeerEnd) => void;
}

export class LazyPull {
  readonly #modules: LazyPullModules;
  readonly #history: MessageHistory;
  /** Which peer was asked for a message, and until when it has to send it; one random message of each IWANT. */
  readonly #promises: Map<MessageRecord, Map<PeerEnd, number>> = new Map();

  constructor(modules: LazyPullModules) {
    this.#modules = modules;
    this.#history = new MessageHistory(modules.heartbeat);
  }

  /** A message that was accepted or published: peers are told of it for three heartbeats. */
  put(record: MessageRecord): void {
    const { node, heartbeat, topics } = this.#modules;
    this.#history.put(record, node.nowUs);
    if (topics.get(record.message.topic)?.hasOutsiders) heartbeat.wake();
  }

  /** A message came: nobody owes it any more. */
  received(record: MessageRecord): void {
    if (this.#promises.size > 0) this.#promises.delete(record);
  }

  /** Whoever was asked and did not send within 3 s is blamed for it. The first part of a beat. */
  blameIdle(): void {
    const { conduct, node } = this.#modules;
    for (const [record, owing] of this.#promises) {
      for (const [end, untilUs] of owing) {
        if (untilUs >= node.nowUs) continue;
        owing.delete(end);
        conduct.misbehaved(end, 1);
      }
      if (owing.size === 0) this.#promises.delete(record);
    }
  }

  /** IHAVE to D_LAZY peers of each topic, or a quarter of those outside its mesh. The last part of a beat. */
  tell(tick: number): void {
    const lists = new Map<PeerEnd, MessageRecord[]>();
    for (const [topic, records] of this.#history.toTell(tick)) {
      const mesh = this.#modules.topics.get(topic);
      if (mesh?.handler === undefined) continue;
      for (const end of this.#outsiders(mesh)) {
        const part =
          records.length > MAX_IHAVE_LENGTH ? this.#modules.random.sample(records, MAX_IHAVE_LENGTH) : records;
        lists.set(end, [...(lists.get(end) ?? []), ...part]);
      }
    }
    for (const [end, records] of lists) this.#sendIhave(end, records);
  }

  /** When the next beat has something to do here; undefined: unless something new comes, never. */
  nextUs(tick: number): number | undefined {
    const { node, topics } = this.#modules;
    for (const topic of this.#history.toTell(tick + 1).keys()) if (topics.get(topic)?.hasOutsiders) return node.nowUs;
    let next: number | undefined;
    for (const owing of this.#promises.values()) {
      for (const untilUs of owing.values()) if (next === undefined || untilUs < next) next = untilUs;
    }
    return next;
  }

  #outsiders(mesh: TopicMesh): readonly PeerEnd[] {
    const { conduct, random } = this.#modules;
    const outside = mesh.subscribers.filter(
      (end) => end.hasGossipStream && !mesh.members.includes(end) && conduct.scoreOf(end) >= GOSSIP_THRESHOLD,
    );
    const target = Math.floor(Math.max(D_LAZY, GOSSIP_FACTOR * outside.length));
    return outside.length <= target ? outside : random.sample(outside, target);
  }

  #sendIhave(end: PeerEnd, records: readonly MessageRecord[]): void {
    const { wire } = this.#modules;
    const ids = new Map<string, number>();
    for (const { message } of records) ids.set(message.topic, (ids.get(message.topic) ?? 0) + 1);
    const sizeBytes = ihaveFrameBytes(ids);
    const pull = end.remote.router.pull;
    // A peer that has them all does nothing about it.
    if (records.some((record) => pull.#modules.lacks(record))) {
      wire.send(end, sizeBytes, () => pull.#told(end.other, records));
    } else {
      wire.arrivalUs(end, sizeBytes);
    }
  }

  #told(end: PeerEnd, records: readonly MessageRecord[]): void {
    const { conduct, heartbeat, lacks, node, random, topics, wire } = this.#modules;
    if (conduct.scoreOf(end) < GOSSIP_THRESHOLD || !end.hasGossipStream) return;
    const wanted = records.filter((record) => topics.get(record.message.topic)?.handler !== undefined && lacks(record));
    if (wanted.length === 0) return;
    wire.send(end, idsFrameBytes(wanted.length), () => end.remote.router.pull.#asked(end.other, wanted));
    const record = wanted[wanted.length > 1 ? random.below(wanted.length) : 0] as MessageRecord;
    let owing = this.#promises.get(record);
    if (owing === undefined) {
      owing = new Map();
      this.#promises.set(record, owing);
    }
    if (owing.has(end)) return;
    owing.set(end, node.nowUs + IWANT_FOLLOWUP_US);
    heartbeat.wake(node.nowUs + IWANT_FOLLOWUP_US);
  }

  #asked(end: PeerEnd, records: readonly MessageRecord[]): void {
    const { conduct, give, node } = this.#modules;
    if (conduct.scoreOf(end) < GOSSIP_THRESHOLD || !end.hasGossipStream) return;
    for (const record of records) if (this.#history.takeFor(end, record, node.nowUs)) give(record, end);
  }
}
