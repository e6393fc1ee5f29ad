/** Typed reads of the statements in a store. Nothing here decides anything. */
import { fromUtf8 } from "../core/bytes.ts";
import { isCoauditError } from "../core/errors.ts";
import type { AuditorHead, ProviderHead } from "../core/head.ts";
import type { SaidAtEpoch, Settlement } from "../core/settlement.ts";
import type { KeyRotation, Observation, Statement } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { type CaseRecord, decodeCaseRecord } from "./cases/case-record.ts";
import { decodeSaid } from "./cases/conflict-row.ts";
import type { EpochView } from "./epoch-view.ts";
import { decodeSlot, type Slot } from "./slot.ts";
import {
  bindingKey,
  bucketRange,
  casesBasisKey,
  conflictKey,
  epochOfKey,
  headKey,
  numberPart,
  observationKey,
  providerHeadKey,
  recordKey,
  rotationKey,
  textOfKey,
  textPart,
} from "./store/keyspace.ts";
import type { Store } from "./store/store.ts";

/** Throws STATEMENT_TOO_LARGE and STATEMENT_NOT_CANONICAL (core/statement-codec.ts). */
export type StatementDecoder = (bytes: Uint8Array) => Statement;

export class StatementStore {
  readonly #store: Store;
  readonly decode: StatementDecoder;

  constructor(store: Store, decode: StatementDecoder = decodeStatement) {
    this.#store = store;
    this.decode = decode;
  }

  /** Undefined for what is not exactly one canonical statement. */
  tryDecode(bytes: Uint8Array): Statement | undefined {
    try {
      return this.decode(bytes);
    } catch (error) {
      if (isCoauditError(error, "STATEMENT_NOT_CANONICAL", "STATEMENT_TOO_LARGE")) return undefined;
      throw error;
    }
  }

  /** The statements of a slot, which the reader knows to be of one type. */
  statementsOf<T extends Statement>(slot: Slot): { readonly statement: T; readonly bytes: Uint8Array }[] {
    return slot.map((bytes) => ({ statement: this.decode(bytes) as T, bytes }));
  }

  async headSlot(namespace: string, auditor: string, epoch: number): Promise<Slot> {
    return decodeSlot(await this.#store.get(headKey(namespace, auditor, epoch)));
  }

  async providerSlot(namespace: string, epoch: number): Promise<Slot> {
    return decodeSlot(await this.#store.get(providerHeadKey(namespace, epoch)));
  }

  async rotationSlot(oldPublicKey: Uint8Array): Promise<Slot> {
    return decodeSlot(await this.#store.get(rotationKey(oldPublicKey)));
  }

  record(auditor: string): Promise<Uint8Array | undefined> {
    return this.#store.get(recordKey(auditor));
  }

  observation(namespace: string, epoch: number, auditor: string, kind: string): Promise<Uint8Array | undefined> {
    return this.#store.get(observationKey(namespace, epoch, auditor, kind));
  }

  async binding(namespace: string): Promise<string | undefined> {
    const origin = await this.#store.get(bindingKey(namespace));
    return origin === undefined ? undefined : fromUtf8(origin, "origin");
  }

  /** All heads of an epoch. `auditors` are those of the roster. */
  async epochView(namespace: string, epoch: number, auditors: readonly string[]): Promise<EpochView> {
    const values = await this.#store.getMany([
      ...auditors.map((auditor) => headKey(namespace, auditor, epoch)),
      providerHeadKey(namespace, epoch),
    ]);
    const heads = auditors.flatMap((auditor, index) =>
      decodeSlot(values[index]).map((bytes) => ({ auditor, head: this.decode(bytes) as AuditorHead, bytes })),
    );
    const providerHeads = decodeSlot(values[auditors.length]).map((bytes) => ({
      head: this.decode(bytes) as ProviderHead,
      bytes,
    }));
    return { namespace, epoch, heads, providerHeads };
  }

  /** The highest epoch for which a head of this auditor is held. */
  async newestEpoch(namespace: string, auditor: string): Promise<number | undefined> {
    const range = bucketRange("head", textPart(namespace), textPart(auditor));
    for await (const [key] of this.#store.iterate({ ...range, reverse: true, limit: 1 })) return epochOfKey(key);
    return undefined;
  }

  /** The auditors of whose heads some are held, whether the roster still lists them or not. One read an auditor. */
  async auditorsHeld(namespace: string): Promise<string[]> {
    const names: string[] = [];
    const { gte: prefix, lt } = bucketRange("head", textPart(namespace));
    for (let from = prefix; ; ) {
      let name: string | undefined;
      for await (const [key] of this.#store.iterate({ gte: from, lt, limit: 1 })) name = textOfKey(key, prefix.length);
      if (name === undefined) return names;
      names.push(name);
      from = bucketRange("head", textPart(namespace), textPart(name)).lt;
    }
  }

  /** Slots of one auditor with `from` <= epoch < `to`, ascending. */
  async *headSlots(namespace: string, auditor: string, from: number, to: number): AsyncIterable<[number, Slot]> {
    const range = { gte: headKey(namespace, auditor, from), lt: headKey(namespace, auditor, to) };
    for await (const [key, value] of this.#store.iterate(range)) yield [epochOfKey(key), decodeSlot(value)];
  }

  /** Provider heads with `from` <= epoch < `to`, ascending. */
  async *providerSlots(namespace: string, from: number, to: number): AsyncIterable<[number, Slot]> {
    const range = { gte: providerHeadKey(namespace, from), lt: providerHeadKey(namespace, to) };
    for await (const [key, value] of this.#store.iterate(range)) yield [epochOfKey(key), decodeSlot(value)];
  }

  /** All provider heads of a namespace, the newest epoch first. */
  async *newestProviderSlots(namespace: string): AsyncIterable<[number, Slot]> {
    const range = bucketRange("providerHead", textPart(namespace));
    for await (const [key, value] of this.#store.iterate({ ...range, reverse: true })) {
      yield [epochOfKey(key), decodeSlot(value)];
    }
  }

  /** Epochs at which heads differ, ascending. */
  async *conflictEpochs(namespace: string): AsyncIterable<number> {
    for await (const [key] of this.#store.iterate(bucketRange("conflict", textPart(namespace)))) yield epochOfKey(key);
  }

  /** What is said at the epochs from `from` on at which heads differ, ascending. */
  async *conflicts(namespace: string, from: number): AsyncIterable<[number, SaidAtEpoch]> {
    const range = { ...bucketRange("conflict", textPart(namespace)), gte: conflictKey(namespace, from) };
    for await (const [key, value] of this.#store.iterate(range)) yield [epochOfKey(key), decodeSaid(value)];
  }

  async conflictAt(namespace: string, epoch: number): Promise<SaidAtEpoch | undefined> {
    const value = await this.#store.get(conflictKey(namespace, epoch));
    return value === undefined ? undefined : decodeSaid(value);
  }

  /** Hash of the assumptions under which the rows of conflicts were made. */
  casesBasis(): Promise<Uint8Array | undefined> {
    return this.#store.get(casesBasisKey);
  }

  /** Each once, ascending. */
  async *observedEpochs(namespace: string): AsyncIterable<number> {
    let current: number | undefined;
    for await (const { observation } of this.observations(namespace)) {
      if (observation.epoch === current) continue;
      current = observation.epoch;
      yield current;
    }
  }

  /** What this node's operator settled. */
  async *settlements(): AsyncIterable<Settlement> {
    for await (const [, value] of this.#store.iterate(bucketRange("settlement"))) {
      yield JSON.parse(fromUtf8(value, "settlement")) as Settlement;
    }
  }

  async *cases(): AsyncIterable<CaseRecord> {
    for await (const [, value] of this.#store.iterate(bucketRange("case"))) yield decodeCaseRecord(value);
  }

  async *rotations(): AsyncIterable<KeyRotation> {
    for await (const [, value] of this.#store.iterate(bucketRange("rotation"))) {
      for (const bytes of decodeSlot(value)) yield this.decode(bytes) as KeyRotation;
    }
  }

  async *records(): AsyncIterable<Uint8Array> {
    for await (const [, value] of this.#store.iterate(bucketRange("record"))) yield value;
  }

  /** Of one epoch, or of all epochs of the namespace. */
  async *observations(
    namespace: string,
    epoch?: number,
  ): AsyncIterable<{ observation: Observation; bytes: Uint8Array }> {
    const parts = epoch === undefined ? [textPart(namespace)] : [textPart(namespace), numberPart(epoch)];
    for await (const [, bytes] of this.#store.iterate(bucketRange("observation", ...parts))) {
      yield { observation: this.decode(bytes) as Observation, bytes };
    }
  }
}
