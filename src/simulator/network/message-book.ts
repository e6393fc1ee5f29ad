/**
 * Every message that is under way or remembered, once for the whole world, and what each node knows of it: a byte and a
 * time in a column of its own, where a set of ids in each node took 60 MB for 1,000 nodes and 1,000 messages.
 */
import { messageIdText } from "../../gossip/message-id.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import { messageFrameBytes } from "./frames.ts";
import { HEARTBEAT_US, SEEN_TTL_US } from "./gossipsub-parameters.ts";

/** Shared by all who handle it, never written to. */
export interface GossipMessage {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly id: string;
}

export const Known = {
  /** Never heard of, or forgotten. */
  no: 0,
  /** A copy is on its way and will arrive. */
  coming: 1,
  validating: 2,
  /** Accepted, ignored, or published by this node. */
  seen: 3,
  rejected: 4,
} as const;

export class MessageRecord {
  readonly message: GossipMessage;
  /** With the framing of gossipsub's protocol. */
  readonly wireBytes: number;
  /** By the node's column: what it knows (Known). */
  known: Uint8Array;
  /** By the node's column: when the first copy arrives (coming), or when it was seen. */
  atUs: Float64Array;
  /** By the node's column: the beat since which it can give the message to others, counted from 1; 0: it can't. */
  heldSinceTick: Uint32Array;
  /** When IDONTWANT of a node (its column) reaches a peer (its column). */
  readonly unwanted: Map<number, Map<number, number>> = new Map();
  lastUs = 0;

  constructor(message: GossipMessage, columns: number) {
    this.message = message;
    this.wireBytes = messageFrameBytes(message.data.length, message.topic.length);
    this.known = new Uint8Array(columns);
    this.atUs = new Float64Array(columns);
    this.heldSinceTick = new Uint32Array(columns);
  }

  set(column: number, known: number, atUs: number): void {
    this.known[column] = known;
    this.atUs[column] = atUs;
    if (atUs > this.lastUs) this.lastUs = atUs;
  }

  widen(columns: number): void {
    const known = new Uint8Array(columns);
    known.set(this.known);
    const atUs = new Float64Array(columns);
    atUs.set(this.atUs);
    const heldSinceTick = new Uint32Array(columns);
    heldSinceTick.set(this.heldSinceTick);
    this.known = known;
    this.atUs = atUs;
    this.heldSinceTick = heldSinceTick;
  }

  clear(column: number): void {
    this.known[column] = Known.no;
    this.heldSinceTick[column] = 0;
    this.unwanted.delete(column);
    for (const by of this.unwanted.values()) by.delete(column);
  }
}

/** How often forgotten messages are looked for. */
const SWEEP_US = 30_000_000;

export class MessageBook {
  readonly #scheduler: Scheduler;
  readonly #records: Map<string, MessageRecord> = new Map();
  readonly #free: number[] = [];
  #used = 0;
  #columns = 64;
  #nextSweepUs = SWEEP_US;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** A column for one life of a node. */
  takeColumn(): number {
    const column = this.#free.pop() ?? this.#used++;
    if (column >= this.#columns) {
      this.#columns *= 2;
      for (const record of this.#records.values()) record.widen(this.#columns);
    }
    return column;
  }

  giveColumn(column: number): void {
    for (const record of this.#records.values()) record.clear(column);
    this.#free.push(column);
  }

  /** The one record of these bytes on this topic; the bytes are copied where they are new. */
  record(topic: string, data: Uint8Array): MessageRecord {
    this.#sweep();
    const id = messageIdText(topic, data);
    let record = this.#records.get(id);
    if (record === undefined) {
      record = new MessageRecord(Object.freeze({ topic, data: data.slice(), id }), this.#columns);
      this.#records.set(id, record);
    }
    return record;
  }

  #sweep(): void {
    const nowUs = this.#scheduler.nowUs;
    if (nowUs < this.#nextSweepUs) return;
    this.#nextSweepUs = nowUs + SWEEP_US;
    // A node forgets at the first heartbeat after the time.
    const keptUs = nowUs - SEEN_TTL_US - 2 * HEARTBEAT_US;
    for (const [id, record] of this.#records) if (record.lastUs < keptUs) this.#records.delete(id);
  }
}
