/** The messages that a life of a node can still give to peers that ask: gossipsub's message cache. */
import { GOSSIP_RETRANSMISSION, HISTORY_GOSSIP, HISTORY_LENGTH } from "./gossipsub-parameters.ts";
import type { MessageRecord } from "./message-book.ts";
import type { PeerEnd } from "./peer-end.ts";

export class MessageHistory {
  readonly #column: number;
  /** Oldest first; those of the last seconds begin at #from. */
  #records: MessageRecord[] = [];
  #from = 0;
  /** How often each peer asked for what. */
  readonly #asked: Map<MessageRecord, Map<PeerEnd, number>> = new Map();

  constructor(column: number) {
    this.#column = column;
  }

  /** `tick`: beats until now. */
  put(record: MessageRecord, tick: number): void {
    this.#forget(tick);
    record.heldSinceTick[this.#column] = tick;
    this.#records.push(record);
  }

  /** Those that this beat tells others of, by topic; undefined: none. */
  toTell(tick: number): Map<string, MessageRecord[]> | undefined {
    let byTopic: Map<string, MessageRecord[]> | undefined;
    for (let i = this.#records.length - 1; i >= this.#from; i--) {
      const record = this.#records[i] as MessageRecord;
      if (this.#tickOf(record) < tick - HISTORY_GOSSIP) break;
      byTopic ??= new Map();
      const records = byTopic.get(record.message.topic);
      if (records === undefined) byTopic.set(record.message.topic, [record]);
      else records.push(record);
    }
    return byTopic;
  }

  /** True when this peer may have it now. */
  takeFor(end: PeerEnd, record: MessageRecord, tick: number): boolean {
    const heldSinceTick = this.#tickOf(record);
    if (heldSinceTick === 0 || heldSinceTick + HISTORY_LENGTH <= tick) return false;
    let asked = this.#asked.get(record);
    if (asked === undefined) {
      asked = new Map();
      this.#asked.set(record, asked);
    }
    const count = (asked.get(end) ?? 0) + 1;
    asked.set(end, count);
    return count <= GOSSIP_RETRANSMISSION;
  }

  #tickOf(record: MessageRecord): number {
    return record.heldSinceTick[this.#column] as number;
  }

  #forget(tick: number): void {
    const records = this.#records;
    while (this.#from < records.length) {
      const record = records[this.#from] as MessageRecord;
      if (this.#tickOf(record) + HISTORY_LENGTH > tick) break;
      this.#asked.delete(record);
      this.#from++;
    }
    if (this.#from < 64 || this.#from < records.length / 2) return;
    this.#records = records.slice(this.#from);
    this.#from = 0;
  }
}
