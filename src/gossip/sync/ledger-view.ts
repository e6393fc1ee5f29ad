/** The ledger as head sync sees it: summaries kept in step with the store, and the statements that they stand for. */
import { compareBytes, fromBase64, toHex } from "../../core/bytes.ts";
import { rotationContent } from "../../core/convictions.ts";
import { type AuditorHead, completeness, type ProviderHead } from "../../core/head.ts";
import type { Roster } from "../../core/roster.ts";
import type { KeyRotation, Observation } from "../../core/statement.ts";
import { encodeStatement } from "../../core/statement-codec.ts";
import type { CaseRecord } from "../../ledger/cases/case-record.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { LedgerEvent } from "../../ledger/ledger-types.ts";
import type { Slot } from "../../ledger/slot.ts";
import type { StatementStore } from "../../ledger/statement-store.ts";
import {
  bucketOf,
  EPOCHS_PER_BUCKET,
  HeadSummaries,
  itemId,
  type Series,
  type SlotState,
} from "../../ledger/summaries.ts";
import type { ConvictedSeries, LedgerPort } from "./ledger-port.ts";

/** Where the statement behind an item id is stored. */
type ItemSource =
  | {
      readonly kind: "observation";
      readonly namespace: string;
      readonly epoch: number;
      readonly auditor: string;
      readonly of: string;
    }
  | { readonly kind: "record"; readonly auditor: string }
  | { readonly kind: "rotation"; readonly oldPublicKey: Uint8Array; readonly content: string }
  | { readonly kind: "conviction"; readonly auditor: string };

/** Which series there are, for this roster and this number of convictions. */
interface Known {
  readonly roster: Roster;
  readonly convictions: number;
  readonly compared: readonly Series[];
  readonly convicted: readonly ConvictedSeries[];
}

export class LedgerView implements LedgerPort {
  readonly summaries: HeadSummaries;
  readonly #namespaces: readonly string[];
  readonly #ledger: Ledger;
  #known: Known | undefined;
  /** Bounded by the ledger: per auditor a record, a few rotations and at most 1,024 observations a namespace. */
  readonly #items: Map<string, ItemSource> = new Map();
  /** Auditors whose statements of earlier runs are in the summaries. */
  readonly #scanned: Set<string> = new Set();

  private constructor(namespaces: readonly string[], ledger: Ledger) {
    this.#namespaces = namespaces;
    this.#ledger = ledger;
    this.summaries = new HeadSummaries({ readSlots: (series, from, to) => this.#readSlots(series, from, to) });
  }

  /** Scans the ledger once; from then on the ledger's events keep the view up to date. */
  static async open(options: { namespaces: readonly string[] }, modules: { ledger: Ledger }): Promise<LedgerView> {
    const sync = new LedgerView(options.namespaces, modules.ledger);
    modules.ledger.onEvent((event) => sync.#follow(event));
    await sync.#scan();
    return sync;
  }

  series(): readonly Series[] {
    return this.#current().compared;
  }

  convictedSeries(): readonly ConvictedSeries[] {
    return this.#current().convicted;
  }

  lowWaterEpoch(): number {
    return 0;
  }

  async statements(series: Series, epochs: readonly number[]): Promise<readonly Slot[]> {
    const { auditor, namespace } = series;
    const { statements } = this.#ledger;
    return Promise.all(
      epochs.map((epoch) =>
        auditor === "" ? statements.providerSlot(namespace, epoch) : statements.headSlot(namespace, auditor, epoch),
      ),
    );
  }

  async items(_series: Series, ids: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return Promise.all(ids.map((id) => this.#item(this.#items.get(toHex(id)))));
  }

  #current(): Known {
    const { roster } = this.#ledger.assumptions;
    const { convicted } = this.#ledger;
    // Convictions are never taken back, so their number tells whether there are new ones.
    if (this.#known?.roster === roster && this.#known.convictions === convicted.size) return this.#known;
    const auditors = roster.names.filter((name) => !convicted.has(name));
    const compared = ["", ...auditors].flatMap((auditor) =>
      ["", ...this.#namespaces].map((namespace) => ({ auditor, namespace })),
    );
    const liars = roster.auditors.filter(({ name }) => convicted.has(name));
    const besides = liars.flatMap(({ name: auditor, trustedUntil }) =>
      this.#namespaces.map((namespace) => ({ auditor, namespace, trustedUntil: trustedUntil?.[namespace] })),
    );
    this.#known = { roster, convictions: convicted.size, compared, convicted: besides };
    return this.#known;
  }

  async #item(source: ItemSource | undefined): Promise<Uint8Array | undefined> {
    const { statements } = this.#ledger;
    switch (source?.kind) {
      case undefined:
        return undefined;
      case "observation":
        return statements.observation(source.namespace, source.epoch, source.auditor, source.of);
      case "record":
        return statements.record(source.auditor);
      case "rotation": {
        const slot = statements.statementsOf<KeyRotation>(await statements.rotationSlot(source.oldPublicKey));
        return slot.find(({ statement }) => rotationContent(statement) === source.content)?.bytes;
      }
      case "conviction": {
        const record = this.#ledger
          .cases()
          .find(({ subject }) => subject.kind === "auditor" && subject.auditor === source.auditor);
        return record && encodeStatement({ type: "evidence", exhibits: exhibitsOf(record) });
      }
    }
  }

  #follow(event: LedgerEvent): void {
    switch (event.type) {
      case "slot":
        this.summaries.set(event.auditor, event.namespace, event.epoch, slotState(event.slot, this.#ledger.statements));
        return;
      case "observation":
        this.#addObservation(event.auditor, event.observation);
        return;
      case "record":
        if (event.replaced !== undefined) this.#removeRecord(event.record.name, event.replaced);
        this.#addRecord(event.record.name, encodeStatement(event.record));
        return;
      case "rotation":
        this.#addRotation(event.auditor, event.rotation);
        return;
      case "case-opened":
        this.#addConviction(event.record);
        return;
      case "reassumed":
        // A store that cannot be read says so wherever else it is read.
        this.#scan().catch(() => undefined);
        return;
    }
  }

  /** What the store holds of auditors that were not in the roster before. */
  async #scan(): Promise<void> {
    const { statements, assumptions } = this.#ledger;
    const newcomers = ["", ...assumptions.roster.names].filter((name) => !this.#scanned.has(name));
    for (const namespace of this.#namespaces) {
      for (const auditor of newcomers) await this.#scanBuckets(auditor, namespace);
      for await (const { observation } of statements.observations(namespace)) {
        const auditor = assumptions.roster.byKey(observation.publicKey)?.auditor.name;
        if (auditor !== undefined) this.#addObservation(auditor, observation);
      }
    }
    for (const name of newcomers) {
      const bytes = await statements.record(name);
      if (bytes !== undefined) this.#addRecord(name, bytes);
    }
    for await (const rotation of statements.rotations()) {
      const auditor = assumptions.roster.byKey(rotation.oldPublicKey)?.auditor.name;
      if (auditor !== undefined) this.#addRotation(auditor, rotation);
    }
    for (const record of this.#ledger.cases()) this.#addConviction(record);
    // Not before: a store that could not be read is read again when the roster is replaced the next time.
    for (const name of newcomers) this.#scanned.add(name);
  }

  /** Skips from bucket to bucket: starting costs one seek per 1,024 epochs instead of one read per head. */
  async #scanBuckets(auditor: string, namespace: string): Promise<void> {
    let from = 0;
    for (;;) {
      let found: number | undefined;
      for await (const [epoch] of this.#slots({ auditor, namespace }, from, Number.MAX_SAFE_INTEGER)) {
        found = epoch;
        break;
      }
      if (found === undefined) return;
      this.summaries.addBucket(auditor, namespace, bucketOf(found));
      from = (bucketOf(found) + 1) * EPOCHS_PER_BUCKET;
    }
  }

  #slots({ auditor, namespace }: Series, from: number, to: number): AsyncIterable<[number, Slot]> {
    const { statements } = this.#ledger;
    return auditor === ""
      ? statements.providerSlots(namespace, from, to)
      : statements.headSlots(namespace, auditor, from, to);
  }

  async #readSlots(series: Series, from: number, to: number): Promise<[number, SlotState][]> {
    const slots: [number, SlotState][] = [];
    for await (const [epoch, slot] of this.#slots(series, from, to))
      slots.push([epoch, slotState(slot, this.#ledger.statements)]);
    return slots;
  }

  #addObservation(auditor: string, { namespace, epoch, kind }: Observation): void {
    const id = itemId("observation", auditor, namespace, String(epoch), kind);
    this.#items.set(toHex(id), { kind: "observation", namespace, epoch, auditor, of: kind });
    this.summaries.addItem(auditor, namespace, id);
  }

  #addRecord(auditor: string, bytes: Uint8Array): void {
    const id = itemId("record", bytes);
    this.#items.set(toHex(id), { kind: "record", auditor });
    this.summaries.addItem(auditor, "", id);
  }

  #removeRecord(auditor: string, bytes: Uint8Array): void {
    const id = itemId("record", bytes);
    this.#items.delete(toHex(id));
    this.summaries.removeItem(auditor, "", id);
  }

  #addRotation(auditor: string, rotation: KeyRotation): void {
    const content = rotationContent(rotation);
    const id = itemId("rotation", rotation.oldPublicKey, content);
    this.#items.set(toHex(id), { kind: "rotation", oldPublicKey: rotation.oldPublicKey, content });
    this.summaries.addItem(auditor, "", id);
  }

  #addConviction({ subject }: CaseRecord): void {
    if (subject.kind !== "auditor") return;
    const id = itemId("conviction", subject.auditor);
    this.#items.set(toHex(id), { kind: "conviction", auditor: subject.auditor });
    this.summaries.addItem("", "", id);
  }
}

function slotState(slot: Slot, statements: StatementStore): SlotState {
  const [first, second] = statements.statementsOf<AuditorHead | ProviderHead>(slot);
  if (first === undefined || second !== undefined) return "equivocated";
  const { statement } = first;
  return { digest: statement.digest, completeness: statement.type === "provider-head" ? 3 : completeness(statement) };
}

function exhibitsOf(record: CaseRecord): Uint8Array[] {
  return record.exhibits.map((exhibit) => fromBase64(exhibit)).sort(compareBytes);
}
