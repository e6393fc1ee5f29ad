/** The messages that a life of a node can still give to peers that ask: gossipsub's message cache. */

import { GOSSIP_RETRANSMISSION, HISTORY_GOSSIP, HISTORY_LENGTH } from "./gossipsub-parameters.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { MessageRecord } from "./message-book.ts";
import type { PeerEnd } from "./peer-end.ts";

interface Entry {
  /** Beats before it was put here. */
  readonly tick: number;
  /** How often each peer asked; made when one does. */
  asked: Map<PeerEnd, number> | undefined;
}

export class MessageHistory {
  readonly #heartbeat: Heartbeat;
  /** Oldest first; a few seconds of messages. */
  readonly #entries: Map<MessageRecord, Entry> = new Map();

  constructor(heartbeat: Heartbeat) {
    this.#heartbeat = heartbeat;
  }

  put(record: MessageRecord, nowUs: number): void {
    const tick = this.#heartbeat.tickAt(nowUs);
    this.#forget(tick);
    this.#entries.set(record, { tick, asked: undefined });
  }

  /** Those that the beat tells others of, by topic. */
  toTell(tick: number): Map<string, MessageRecord[]> {
    this.#forget(tick - 1);
    const byTopic = new Map<string, MessageRecord[]>();
    for (const [record, entry] of this.#entries) {
      if (entry.tick < tick - HISTORY_GOSSIP) continue;
      const records = byTopic.get(record.message.topic);
      if (records === undefined) byTopic.set(record.message.topic, [record]);
      else records.push(record);
    }
    return byTopic;
  }

  /** True when this peer may have it now. */
  takeFor(end: PeerEnd, record: MessageRecord, nowUs: number): boolean {
    const entry = this.#entries.get(record);
    if (entry === undefined || this.#isOver(entry, this.#heartbeat.tickAt(nowUs))) return false;
    entry.asked ??= new Map();
    const count = (entry.asked.get(end) ?? 0) + 1;
    entry.asked.set(end, count);
    return count <= GOSSIP_RETRANSMISSION;
  }

  #forget(tick: number): void {
    for (const [record, entry] of this.#entries) {
      if (!this.#isOver(entry, tick)) return;
      this.#entries.delete(record);
    }
  }

  #isOver(entry: Entry, tick: number): boolean {
    return entry.tick + HISTORY_LENGTH <= tick;
  }
}
