/**
 * The tables of checks for observations (docs/protocol.md 6.5), auditor records (docs/protocol.md 6.6) and key
 * rotations (docs/protocol.md 6.7), row by row.
 */
import { compareBytes, utf8 } from "../core/bytes.ts";
import { MAX_CLOCK_SKEW_MS } from "../core/certificate.ts";
import { rotationContent } from "../core/convictions.ts";
import type { AuditorRecord, KeyRotation, Observation } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { verifyStatement } from "../core/statement-signature.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { HeldObservation } from "./cases/case-changes.ts";
import type { IntakeContext } from "./intake-context.ts";
import type { Via } from "./ledger-types.ts";
import type { Outcome } from "./outcome.ts";
import { changeSlot, encodeSlot, type Slot, type SlotChange } from "./slot.ts";
import { observationKey, recordKey, rotationKey } from "./store/keyspace.ts";

/**
 * Observations of one auditor in one namespace. An honest one makes a handful in its life, since it halts; a liar could
 * make one for each epoch there ever was.
 */
const MAX_OBSERVATIONS = 1024;

/**
 * Records of one auditor that are accepted by gossip. An honest one says something new after a start and when an
 * address changes; each new one is stored, passed on by everybody and dialled. [a roster key floods the whole network
 * with its own record]
 */
const RECORDS_PER_SECOND = 0.1;
const RECORDS_BURST = 32;

export class RecordIntake {
  readonly #context: IntakeContext;
  readonly #observationCounts: Map<string, number> = new Map();
  /** One per roster auditor. */
  readonly #rates: Map<string, TokenBucket> = new Map();

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  /** Counts the store's contents, once at start. */
  async load(namespaces: readonly string[]): Promise<void> {
    for (const namespace of namespaces) {
      for await (const { observation } of this.#context.statements.observations(namespace)) {
        const auditor = this.#context.assumptions().roster.byKey(observation.publicKey)?.auditor.name;
        const key = `${namespace} ${auditor}`;
        this.#observationCounts.set(key, (this.#observationCounts.get(key) ?? 0) + 1);
      }
    }
  }

  async observation(observation: Observation, bytes: Uint8Array): Promise<Outcome> {
    const { namespace, origin, epoch, kind } = observation;
    const { assumptions, caseBook, heights, statements } = this.#context;
    // docs/protocol.md 6.5 row 1 [IGNORE]
    const auditor = assumptions().roster.byKey(observation.publicKey)?.auditor.name;
    if (auditor === undefined) return "unknown-key";
    // docs/protocol.md 6.5 row 2 [IGNORE]
    if (!assumptions().origins.has(namespace)) return "unknown-namespace";
    // docs/protocol.md 6.5 row 3 [IGNORE]
    if (caseBook.convicted.has(auditor)) return "convicted-signer";
    // docs/protocol.md 6.5 row 4 [IGNORE]: one per (auditor, namespace, epoch, kind): the first stays.
    if ((await statements.observation(namespace, epoch, auditor, kind)) !== undefined) return "known";
    // docs/protocol.md 6.5 row 5 [REJECT]
    if (!(await verifyStatement(observation, this.#context))) return "bad-signature";
    // docs/protocol.md 6.5 row 6 [IGNORE]
    if (assumptions().origins.get(namespace) !== origin) return "origin-mismatch";
    return this.#context.commit(async () => {
      // docs/protocol.md 6.5 rows 1, 3 and 4 again: the roster may have been replaced, and the auditor convicted.
      if (assumptions().roster.byKey(observation.publicKey)?.auditor.name !== auditor) return "unknown-key";
      if (caseBook.convicted.has(auditor)) return "convicted-signer";
      if ((await statements.observation(namespace, epoch, auditor, kind)) !== undefined) return "known";
      // docs/protocol.md 6.5 row 7 [IGNORE]
      if (observation.timestampMs > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return "early";
      // docs/protocol.md 6.5 row 8 [IGNORE]
      if (!heights.isWithinReach(namespace, epoch)) return "too-far-ahead";
      // docs/protocol.md 6.5 row 9 [IGNORE]
      const count = this.#observationCounts.get(`${namespace} ${auditor}`) ?? 0;
      if (count >= MAX_OBSERVATIONS) return "rate-limited";
      // docs/protocol.md 6.5 row 10 [ACCEPT]
      const held = [...(await this.observationsAt(observation)), { observation, auditor, bytes }];
      const put = { type: "put", key: observationKey(namespace, epoch, auditor, kind), value: bytes } as const;
      await this.#context.write([put], [await caseBook.observationsChanged(namespace, epoch, held)]);
      this.#observationCounts.set(`${namespace} ${auditor}`, count + 1);
      this.#context.emit({ type: "observation", auditor, observation });
      return "accepted";
    });
  }

  /** All observations held for the epoch of this one. At most four kinds of each roster auditor. */
  async observationsAt({ namespace, epoch }: Pick<Observation, "namespace" | "epoch">): Promise<HeldObservation[]> {
    const held: HeldObservation[] = [];
    for await (const { observation, bytes } of this.#context.statements.observations(namespace, epoch)) {
      const auditor = this.#context.assumptions().roster.byKey(observation.publicKey)?.auditor.name;
      if (auditor !== undefined) held.push({ observation, auditor, bytes });
    }
    return held;
  }

  async record(record: AuditorRecord, bytes: Uint8Array, via: Via): Promise<Outcome> {
    const { assumptions, statements } = this.#context;
    const auditor = assumptions().roster.byKey(record.publicKey)?.auditor.name;
    // docs/protocol.md 6.6 row 1 [IGNORE]: the roster says which name a key has.
    if (auditor === undefined || auditor !== record.name) return "unknown-key";
    const before = this.#isNewer(record, bytes, await statements.record(auditor));
    if (before !== true) return before;
    // docs/protocol.md 6.6 row 4 [REJECT]
    if (!(await verifyStatement(record, this.#context))) return "bad-signature";
    return this.#context.commit(async () => {
      // docs/protocol.md 6.6 row 1 again: the roster may have been replaced.
      if (assumptions().roster.byKey(record.publicKey)?.auditor.name !== auditor) return "unknown-key";
      // docs/protocol.md 6.6 row 5 [IGNORE]
      if (record.sequence > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return "early";
      const held = await statements.record(auditor);
      // docs/protocol.md 6.6 rows 2 and 3 again.
      const again = this.#isNewer(record, bytes, held);
      if (again !== true) return again;
      // docs/protocol.md 6.6 row 6 [IGNORE]
      if (via === "gossip" && !this.#rateOf(auditor).take(1)) return "rate-limited";
      // docs/protocol.md 6.6 row 7 [ACCEPT]
      await this.#context.write([{ type: "put", key: recordKey(auditor), value: bytes }], []);
      this.#context.emit({ type: "record", record, ...(held === undefined ? {} : { replaced: held }) });
      return "accepted";
    });
  }

  async rotation(rotation: KeyRotation, bytes: Uint8Array): Promise<Outcome> {
    const { assumptions, statements, caseBook } = this.#context;
    // docs/protocol.md 6.7 row 1 [IGNORE]
    const auditor = assumptions().roster.byKey(rotation.oldPublicKey)?.auditor.name;
    if (auditor === undefined) return "unknown-key";
    const before = this.#rotationChange(await statements.rotationSlot(rotation.oldPublicKey), rotation, bytes);
    // docs/protocol.md 6.7 row 2 [IGNORE]
    if (before.kind === "known") return "known";
    // docs/protocol.md 6.7 row 3 [IGNORE]
    if (before.kind === "third") return "third-digest";
    // docs/protocol.md 6.7 row 4 [REJECT]
    if (!(await verifyStatement(rotation, this.#context))) return "bad-signature";
    return this.#context.commit(async () => {
      // docs/protocol.md 6.7 rows 1 to 3 again: the roster may have been replaced.
      if (assumptions().roster.byKey(rotation.oldPublicKey)?.auditor.name !== auditor) return "unknown-key";
      const change = this.#rotationChange(await statements.rotationSlot(rotation.oldPublicKey), rotation, bytes);
      if (change.kind === "known") return "known";
      if (change.kind === "third") return "third-digest";
      const put = { type: "put", key: rotationKey(rotation.oldPublicKey), value: encodeSlot(change.slot) } as const;
      // docs/protocol.md 6.7 row 6 [ACCEPT]: it takes effect, or stays a proposal (docs/protocol.md 8).
      if (change.kind !== "conflict") {
        await this.#context.write([put], []);
        const roster = assumptions().roster.withRotation(rotation);
        this.#context.emit({ type: "rotation", auditor, rotation });
        if (roster === undefined) return "accepted";
        this.#context.useRoster(roster);
        // From here on the old key's heads no longer speak, as after the next start. [a thief of the old key came
        // before the rotation]
        await this.#context.write([], await this.#context.rejudge());
        return "accepted";
      }
      // docs/protocol.md 6.7 row 5 [ACCEPT]
      const convicted = caseBook.convict(auditor, change.slot);
      await this.#context.write([put], convicted === undefined ? [] : [convicted]);
      if (convicted !== undefined) await this.#context.write([], await this.#context.rejudge());
      return "accepted-conflict";
    });
  }

  #rateOf(auditor: string): TokenBucket {
    const held = this.#rates.get(auditor);
    if (held !== undefined) return held;
    const bucket = new TokenBucket({ perSecond: RECORDS_PER_SECOND, burst: RECORDS_BURST }, this.#context);
    this.#rates.set(auditor, bucket);
    return bucket;
  }

  /**
   * docs/protocol.md 6.6 rows 2 and 3 [IGNORE]: the newest sequence wins; at equal sequence the smaller bytes, so that
   * all nodes settle on one.
   */
  #isNewer(record: AuditorRecord, bytes: Uint8Array, held: Uint8Array | undefined): true | "known" | "superseded" {
    if (held === undefined) return true;
    const order = compareBytes(bytes, held);
    if (order === 0) return "known";
    const { sequence } = decodeStatement(held) as AuditorRecord;
    return record.sequence > sequence || (record.sequence === sequence && order < 0) ? true : "superseded";
  }

  #rotationChange(slot: Slot, rotation: KeyRotation, bytes: Uint8Array): SlotChange {
    const held = this.#context.statements.statementsOf<KeyRotation>(slot).map(({ statement, bytes: encoded }) => ({
      bytes: encoded,
      content: utf8(rotationContent(statement)),
      rank: 1,
    }));
    return changeSlot(held, { bytes, content: utf8(rotationContent(rotation)), rank: 1 });
  }
}
