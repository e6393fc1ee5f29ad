/**
 * IHAVE and IWANT: at a heartbeat some peers outside the mesh are told of new messages and ask for those that they
 * lack.
 */
import { idsFrameBytes, ihaveFrameBytes } from "./frames.ts";
import {
  D_LAZY,
  GOSSIP_FACTOR,
  GOSSIP_THRESHOLD,
  HISTORY_GOSSIP,
  IWANT_FOLLOWUP_US,
  MAX_IHAVE_LENGTH,
} from "./gossipsub-parameters.ts";
import type { MeshKeeperModules } from "./mesh-keeper.ts";
import type { MessageRecord } from "./message-book.ts";
import { MessageHistory } from "./message-history.ts";
import type { PeerEnd } from "./peer-end.ts";
import type { TopicMesh } from "./topic-mesh.ts";

export interface LazyPullModules extends MeshKeeperModules {
  readonly column: number;
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
    this.#history = new MessageHistory(modules.column);
  }

  /** A message that was accepted or published: peers are told of it for three heartbeats. */
  put(record: MessageRecord): void {
    const { node, heartbeat, topics } = this.#modules;
    const tick = heartbeat.tickAt(node.nowUs);
    this.#history.put(record, tick);
    const mesh = topics.get(record.message.topic);
    if (mesh === undefined) return;
    mesh.newestTick = tick;
    if (mesh.hasOutsiders) heartbeat.wake();
  }

  /** A message came: nobody owes it any more. */
  received(record: MessageRecord): void {
    if (this.#promises.size > 0) this.#promises.delete(record);
  }

  /** A peer that was asked and did not send within 3 s is penalised. The first part of a heartbeat. */
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
    const byTopic = this.#history.toTell(tick);
    if (byTopic === undefined) return;
    const lists = new Map<PeerEnd, MessageRecord[][]>();
    for (const [topic, records] of byTopic) {
      const mesh = this.#modules.topics.get(topic);
      if (mesh?.handler === undefined) continue;
      for (const end of this.#outsiders(mesh)) {
        const list = lists.get(end);
        if (list === undefined) lists.set(end, [this.#cut(records)]);
        else list.push(this.#cut(records));
      }
    }
    for (const [end, list] of lists) this.#sendIhave(end, list);
  }

  /** When the next beat has something to do here; undefined: unless something new comes, never. */
  nextUs(tick: number): number | undefined {
    for (const mesh of this.#modules.topics.values()) {
      if (mesh.hasOutsiders && mesh.newestTick > tick - HISTORY_GOSSIP) return this.#modules.node.nowUs;
    }
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

  #cut(records: MessageRecord[]): MessageRecord[] {
    return records.length > MAX_IHAVE_LENGTH ? this.#modules.random.sample(records, MAX_IHAVE_LENGTH) : records;
  }

  /** `lists`: by topic, none empty. */
  #sendIhave(end: PeerEnd, lists: readonly (readonly MessageRecord[])[]): void {
    const { wire } = this.#modules;
    const sizeBytes = ihaveFrameBytes(lists);
    const { pull } = end.remote.router;
    // A peer that has them all does nothing about it.
    if (pull.lacksSome(lists)) wire.send(end, sizeBytes, () => pull.told(end.other, lists.flat()));
    else wire.arrivalUs(end, sizeBytes);
  }

  lacksSome(lists: readonly (readonly MessageRecord[])[]): boolean {
    const { lacks } = this.#modules;
    for (const list of lists) for (const record of list) if (lacks(record)) return true;
    return false;
  }

  told(end: PeerEnd, records: readonly MessageRecord[]): void {
    const { conduct, heartbeat, lacks, node, random, topics, wire } = this.#modules;
    if (conduct.scoreOf(end) < GOSSIP_THRESHOLD || !end.hasGossipStream) return;
    const wanted = records.filter((record) => topics.get(record.message.topic)?.handler !== undefined && lacks(record));
    if (wanted.length === 0) return;
    wire.send(end, idsFrameBytes(wanted.length), () => end.remote.router.pull.asked(end.other, wanted));
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

  asked(end: PeerEnd, records: readonly MessageRecord[]): void {
    const { conduct, give, heartbeat, node } = this.#modules;
    if (conduct.scoreOf(end) < GOSSIP_THRESHOLD || !end.hasGossipStream) return;
    const tick = heartbeat.tickAt(node.nowUs);
    for (const record of records) if (this.#history.takeFor(end, record, tick)) give(record, end);
  }
}
