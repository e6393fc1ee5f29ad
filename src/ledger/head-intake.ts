/** The table of checks for heads (docs/protocol.md 6.1), row by row. */
import { equalBytes } from "../core/bytes.ts";
import { MAX_CLOCK_SKEW_MS } from "../core/certificate.ts";
import { type AuditorHead, completeness, headTimeMs, isPartOf, type ProviderHead } from "../core/head.ts";
import { bindsNamespace, isVoid } from "../core/speaking.ts";
import { TokenBucket } from "../core/token-bucket.ts";
import type { CaseChanges } from "./cases/case-changes.ts";
import { differs, type EpochView, replaceInView } from "./epoch-view.ts";
import type { IntakeContext } from "./intake-context.ts";
import type { LedgerOptions, Via } from "./ledger-types.ts";
import type { Outcome } from "./outcome.ts";
import { changeSlot, encodeSlot, type Slot, type SlotChange } from "./slot.ts";
import { headKey, providerHeadKey } from "./store/keyspace.ts";
import { UnanimousEpochs } from "./unanimous-epochs.ts";

/**
 * A year's backlog of one auditor arrives by head sync, which spends no rate; live is one head per epoch and namespace.
 */
const HEADS_PER_SECOND = 100;
const HEADS_BURST = 10_000;
/** Heads dated more than five minutes ahead wait here until they are due. Honest clocks need none. */
const MAX_HELD_HEADS = 1024;

interface HeldHead {
  readonly bytes: Uint8Array;
  readonly via: Via;
  readonly dueMs: number;
}

export class HeadIntake {
  readonly #options: LedgerOptions;
  readonly #context: IntakeContext;
  readonly #held: HeldHead[] = [];
  /** One per roster auditor. */
  readonly #rates: Map<string, TokenBucket> = new Map();
  readonly #unanimous = new UnanimousEpochs();

  constructor(options: LedgerOptions, context: IntakeContext) {
    this.#options = options;
    this.#context = context;
  }

  async head(head: AuditorHead, bytes: Uint8Array, via: Via): Promise<Outcome> {
    const { assumptions, caseBook, statements } = this.#context;
    const { namespace, epoch } = head;
    // docs/protocol.md 6.1 row 1 [IGNORE]: rosters differ.
    const auditor = assumptions().roster.byKey(head.publicKey)?.auditor.name;
    if (auditor === undefined) return "unknown-key";
    // docs/protocol.md 6.1 row 2 [IGNORE]: and so do the namespaces that nodes follow.
    if (!assumptions().origins.has(namespace)) return "unknown-namespace";
    // docs/protocol.md 6.1 row 3 [IGNORE]: a cosignature does not cover the namespace: wrapped into another one it
    // would frame an honest auditor.
    if (!bindsNamespace(head, assumptions())) return "origin-mismatch";
    // docs/protocol.md 6.1 row 4 [IGNORE]: same digest, whatever the time; the first signed bytes stay.
    const before = this.#change(await statements.headSlot(namespace, auditor, epoch), head, bytes);
    const mayBeForeign = via !== "own" && this.#isOwnKey(head.publicKey);
    if (before.kind === "known" && !(mayBeForeign && !(await this.#holds(auditor, head)))) return "known";
    // docs/protocol.md 6.1 row 5 [IGNORE]: its exhibits are kept; what it says later costs no signature check.
    if (isVoid(auditor, head, caseBook.convicted, assumptions())) return "convicted-signer";
    // docs/protocol.md 6.1 row 6 [IGNORE]
    if (before.kind === "third") return "third-digest";
    // docs/protocol.md 6.1 row 7 [REJECT]: over the message's own origin.
    if (!(await this.#context.verifyHead(head))) return "bad-signature";
    if (mayBeForeign && !((await this.#context.ownClaimsYield?.(head)) ?? true)) {
      this.#context.emit({ type: "own-key-conflict", head });
    }
    return this.#context.commit(() => this.#store(auditor, head, bytes, via));
  }

  async providerHead(head: ProviderHead, bytes: Uint8Array): Promise<Outcome> {
    const { namespace, epoch } = head;
    const { assumptions, statements, heights } = this.#context;
    // docs/protocol.md 6.4 row 1 [IGNORE]
    const isKnown = (): boolean =>
      (assumptions().providerKeys.get(namespace) ?? []).some((key) => equalBytes(key, head.publicKey));
    if (!isKnown()) return "unknown-key";
    // docs/protocol.md 6.4 row 2 [IGNORE]
    if (!assumptions().origins.has(namespace)) return "unknown-namespace";
    const before = this.#providerChange(await statements.providerSlot(namespace, epoch), head, bytes);
    // docs/protocol.md 6.4 row 3 [IGNORE]
    if (before.kind === "known") return "known";
    // docs/protocol.md 6.4 row 4 [IGNORE]
    if (before.kind === "third") return "third-digest";
    // docs/protocol.md 6.4 row 5 [REJECT]
    if (!(await this.#context.verifyHead(head))) return "bad-signature";
    return this.#context.commit(async () => {
      // docs/protocol.md 6.4 rows 1, 3 and 4 again, after the awaits.
      if (!isKnown()) return "unknown-key";
      const change = this.#providerChange(await statements.providerSlot(namespace, epoch), head, bytes);
      if (change.kind === "known") return "known";
      if (change.kind === "third") return "third-digest";
      // docs/protocol.md 6.4 row 6 [IGNORE]
      if (change.kind === "new" && head.timestampMs > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return "early";
      // docs/protocol.md 6.4 row 7 [IGNORE]
      if (change.kind === "new" && !heights.isWithinReach(namespace, epoch)) return "too-far-ahead";
      const view = await statements.epochView(namespace, epoch, assumptions().roster.names);
      const providerHeads = statements.statementsOf<ProviderHead>(change.slot).map(({ statement, bytes: encoded }) => ({
        head: statement,
        bytes: encoded,
      }));
      const changes = await this.#context.caseBook.epochChanged({ ...view, providerHeads });
      const put = { type: "put", key: providerHeadKey(namespace, epoch), value: encodeSlot(change.slot) } as const;
      await this.#context.write([put], [changes]);
      this.#unanimous.forget(namespace, epoch);
      this.#context.emit({ type: "slot", auditor: "", namespace, epoch, slot: change.slot });
      // docs/protocol.md 6.4 rows 8 and 9 [ACCEPT]
      return change.kind === "conflict" ? "accepted-conflict" : "accepted";
    });
  }

  /** When the next held head is due, unix ms. */
  get nextDueMs(): number | undefined {
    return this.#held.length === 0 ? undefined : Math.min(...this.#held.map(({ dueMs }) => dueMs));
  }

  /** Held heads whose time has come. */
  takeDue(): { bytes: Uint8Array; via: Via }[] {
    const nowMs = this.#context.clock.now();
    const due = this.#held.filter(({ dueMs }) => dueMs <= nowMs);
    for (const entry of due) this.#held.splice(this.#held.indexOf(entry), 1);
    return due;
  }

  /** Inside a commit: what was looked at before an await (docs/protocol.md 6.1 rows 4 to 6) is looked at again. */
  async #store(auditor: string, head: AuditorHead, bytes: Uint8Array, via: Via): Promise<Outcome> {
    const { namespace, epoch } = head;
    const { assumptions, caseBook, heights, statements } = this.#context;
    // docs/protocol.md 6.1 row 1 again: the roster may have been replaced.
    if (assumptions().roster.byKey(head.publicKey)?.auditor.name !== auditor) return "unknown-key";
    if (isVoid(auditor, head, caseBook.convicted, assumptions())) return "convicted-signer";
    const change = this.#change(await statements.headSlot(namespace, auditor, epoch), head, bytes);
    if (change.kind === "known") return "known";
    if (change.kind === "third") return "third-digest";
    heights.raise(namespace, auditor, epoch);
    // docs/protocol.md 6.1 row 8 [ACCEPT]: a contradiction, whatever its origin, time, key window, root or rate.
    if (change.kind === "conflict") return this.#storeConflict(auditor, head, change.slot, via);
    // docs/protocol.md 6.1 row 9 [IGNORE]: one of us is configured wrongly.
    if (assumptions().origins.get(namespace) !== head.origin) return this.#originMismatch(auditor, head);
    // docs/protocol.md 6.1 row 10 [IGNORE]: held uncounted until due.
    if (headTimeMs(head) > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return this.#hold(head, bytes, via);
    // docs/protocol.md 6.1 row 11 [IGNORE]: head sync brings it once it is within reach.
    if (!heights.isWithinReach(namespace, epoch)) return "too-far-ahead";
    // docs/protocol.md 6.1 row 12 [IGNORE]: only valid signatures of a roster auditor come this far and spend its rate.
    if (via === "gossip" && !this.#rateOf(auditor).take(1)) return "rate-limited";
    // docs/protocol.md 6.1 row 13 [ACCEPT]
    await this.#writeSlot(auditor, head, change.slot, via, []);
    return "accepted";
  }

  async #storeConflict(auditor: string, head: AuditorHead, slot: Slot, via: Via): Promise<Outcome> {
    const convicted = this.#context.caseBook.convict(auditor, slot);
    await this.#writeSlot(auditor, head, slot, via, convicted === undefined ? [] : [convicted]);
    if (convicted !== undefined) await this.#context.write([], await this.#context.rejudge());
    return "accepted-conflict";
  }

  async #writeSlot(auditor: string, head: AuditorHead, slot: Slot, via: Via, changes: CaseChanges[]): Promise<void> {
    const { namespace, epoch, digest } = head;
    const { caseBook, write } = this.#context;
    const agrees = slot.length === 1 && this.#unanimous.agree(namespace, epoch, digest);
    const isOneMore = agrees && !caseBook.weighsObservations(namespace, epoch);
    const view = isOneMore ? undefined : await this.#viewWith(auditor, head, slot);
    if (view !== undefined) changes.push(await caseBook.epochChanged(view));
    await write([{ type: "put", key: headKey(namespace, auditor, epoch), value: encodeSlot(slot) }], changes);
    if (view !== undefined) {
      if (differs(view)) this.#unanimous.forget(namespace, epoch);
      else this.#unanimous.note(namespace, epoch, digest);
    }
    this.#context.emit({ type: "slot", auditor, namespace, epoch, slot });
    this.#context.emit({ type: "head", auditor, head, via });
  }

  /** The epoch as it will be once this slot is written. */
  async #viewWith(auditor: string, { namespace, epoch }: AuditorHead, slot: Slot): Promise<EpochView> {
    const { statements, assumptions } = this.#context;
    const held = await statements.epochView(namespace, epoch, assumptions().roster.names);
    const heads = statements
      .statementsOf<AuditorHead>(slot)
      .map(({ statement, bytes }) => ({ head: statement, bytes }));
    return replaceInView(held, auditor, heads);
  }

  /** docs/protocol.md 6.2: half 1 < late 2 < whole 3. */
  #change(slot: Slot, head: AuditorHead, bytes: Uint8Array): SlotChange {
    const held = this.#context.statements.statementsOf<AuditorHead>(slot).map(({ statement, bytes: encoded }) => ({
      bytes: encoded,
      content: statement.digest,
      rank: completeness(statement),
    }));
    return changeSlot(held, { bytes, content: head.digest, rank: completeness(head) });
  }

  #providerChange(slot: Slot, head: ProviderHead, bytes: Uint8Array): SlotChange {
    const held = this.#context.statements.statementsOf<ProviderHead>(slot).map(({ statement, bytes: encoded }) => ({
      bytes: encoded,
      content: statement.digest,
      rank: 1,
    }));
    return changeSlot(held, { bytes, content: head.digest, rank: 1 });
  }

  /** Holds this head, or one of which it is a part. */
  async #holds(auditor: string, head: AuditorHead): Promise<boolean> {
    const { statements } = this.#context;
    const slot = await statements.headSlot(head.namespace, auditor, head.epoch);
    return statements.statementsOf<AuditorHead>(slot).some(({ statement }) => isPartOf(head, statement));
  }

  #isOwnKey(publicKey: Uint8Array): boolean {
    const { ownPublicKey } = this.#options;
    return ownPublicKey !== undefined && equalBytes(publicKey, ownPublicKey);
  }

  #hold(head: AuditorHead, bytes: Uint8Array, via: Via): Outcome {
    const isHeld = this.#held.some((entry) => equalBytes(entry.bytes, bytes));
    if (!isHeld && this.#held.length < MAX_HELD_HEADS) {
      const dueMs = headTimeMs(head) - MAX_CLOCK_SKEW_MS;
      this.#held.push({ bytes, via, dueMs });
      this.#context.emit({ type: "held", dueMs });
    }
    return "early";
  }

  /**
   * Only both signatures together prove that the auditor means this origin by the namespace: anybody can make the
   * others out of old ones.
   */
  #originMismatch(auditor: string, head: AuditorHead): Outcome {
    if (completeness(head) === 3) this.#context.emit({ type: "origin-mismatch", auditor, head });
    return "origin-mismatch";
  }

  #rateOf(auditor: string): TokenBucket {
    const held = this.#rates.get(auditor);
    if (held !== undefined) return held;
    const bucket = new TokenBucket({ perSecond: HEADS_PER_SECOND, burst: HEADS_BURST }, this.#context);
    this.#rates.set(auditor, bucket);
    return bucket;
  }
}
