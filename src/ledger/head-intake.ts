/** The table of checks for heads (docs/protocol.md, Verdicts), row by row. */
import { equalBytes } from "../core/bytes.ts";
import { MAX_CLOCK_SKEW_MS } from "../core/certificate.ts";
import { bindsNamespace, isVoid } from "../core/derive-cases.ts";
import { type AuditorHead, completeness, headTimeMs, isPartOf, type ProviderHead } from "../core/head.ts";
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
    // [IGNORE] rosters differ, and so do the namespaces that nodes follow.
    const auditor = assumptions().roster.byKey(head.publicKey)?.auditor.name;
    if (auditor === undefined) return "unknown-key";
    if (!assumptions().origins.has(namespace)) return "unknown-namespace";
    // [IGNORE] a cosignature does not cover the namespace: wrapped into another one it would frame an honest auditor.
    if (!bindsNamespace(head, assumptions())) return "origin-mismatch";
    // [IGNORE] same digest, whatever the time: before any signature check, the first signed bytes stay.
    const before = this.#change(await statements.headSlot(namespace, auditor, epoch), head, bytes);
    const mayBeForeign = via !== "own" && this.#isOwnKey(head.publicKey);
    if (before.kind === "known" && !(mayBeForeign && !(await this.#holds(auditor, head)))) return "known";
    // [IGNORE] a convicted auditor keeps its exhibits; what it says afterwards costs no signature check.
    if (isVoid(auditor, epoch, caseBook.convicted, assumptions())) return "convicted-signer";
    if (before.kind === "third") return "third-digest";
    // [REJECT] over the message's own origin.
    if (!(await this.#context.verifyHead(head))) return "bad-signature";
    if (mayBeForeign && !((await this.#context.ownClaimsYield?.(head)) ?? true)) {
      this.#context.emit({ type: "own-key-conflict", head });
    }
    return this.#context.commit(() => this.#store(auditor, head, bytes, via));
  }

  async providerHead(head: ProviderHead, bytes: Uint8Array): Promise<Outcome> {
    const { namespace, epoch } = head;
    const { assumptions, statements, heights } = this.#context;
    const keys = assumptions().providerKeys.get(namespace) ?? [];
    if (!keys.some((key) => equalBytes(key, head.publicKey))) return "unknown-key";
    if (!assumptions().origins.has(namespace)) return "unknown-namespace";
    const before = this.#providerChange(await statements.providerSlot(namespace, epoch), head, bytes);
    if (before.kind === "known") return "known";
    if (before.kind === "third") return "third-digest";
    if (!(await this.#context.verifyHead(head))) return "bad-signature";
    return this.#context.commit(async () => {
      // Again, after the awaits.
      const change = this.#providerChange(await statements.providerSlot(namespace, epoch), head, bytes);
      if (change.kind === "known") return "known";
      if (change.kind === "third") return "third-digest";
      if (change.kind === "new" && head.timestampMs > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return "early";
      if (change.kind === "new" && !heights.isWithinReach(namespace, epoch)) return "too-far-ahead";
      const view = await statements.epochView(namespace, epoch, assumptions().roster.names);
      const providerHeads = statements.statementsOf<ProviderHead>(change.slot).map(({ statement, bytes: encoded }) => ({
        head: statement,
        bytes: encoded,
      }));
      const changes = this.#context.caseBook.epochChanged({ ...view, providerHeads });
      const put = { type: "put", key: providerHeadKey(namespace, epoch), value: encodeSlot(change.slot) } as const;
      await this.#context.write([put], [changes]);
      this.#unanimous.forget(namespace, epoch);
      this.#context.emit({ type: "slot", auditor: "", namespace, epoch, slot: change.slot });
      return change.kind === "conflict" ? "accepted-conflict" : "accepted";
    });
  }

  /** Held heads whose time has come. */
  takeDue(): { bytes: Uint8Array; via: Via }[] {
    const nowMs = this.#context.clock.now();
    const due = this.#held.filter(({ dueMs }) => dueMs <= nowMs);
    for (const entry of due) this.#held.splice(this.#held.indexOf(entry), 1);
    return due;
  }

  /** Inside a commit: everything that was looked at before an await is looked at again. */
  async #store(auditor: string, head: AuditorHead, bytes: Uint8Array, via: Via): Promise<Outcome> {
    const { namespace, epoch } = head;
    const { assumptions, caseBook, heights, statements } = this.#context;
    if (isVoid(auditor, epoch, caseBook.convicted, assumptions())) return "convicted-signer";
    const change = this.#change(await statements.headSlot(namespace, auditor, epoch), head, bytes);
    if (change.kind === "known") return "known";
    if (change.kind === "third") return "third-digest";
    heights.raise(namespace, auditor, epoch);
    // [ACCEPT] a contradiction, whatever its origin, time, key window, root or rate.
    if (change.kind === "conflict") return this.#storeConflict(auditor, head, change.slot, via);
    // [IGNORE] one of us is configured wrongly.
    if (assumptions().origins.get(namespace) !== head.origin) return this.#originMismatch(auditor, head);
    // [IGNORE] held uncounted until due.
    if (headTimeMs(head) > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return this.#hold(head, bytes, via);
    // [IGNORE] head sync brings it when it is due.
    if (!heights.isWithinReach(namespace, epoch)) return "too-far-ahead";
    // [IGNORE] only valid signatures of a roster auditor come this far, so only they spend its rate.
    if (via === "gossip" && !this.#rateOf(auditor).take(1)) return "rate-limited";
    await this.#writeSlot(auditor, head, change.slot, via, []);
    return "accepted";
  }

  async #storeConflict(auditor: string, head: AuditorHead, slot: Slot, via: Via): Promise<Outcome> {
    const changes = [this.#context.caseBook.convict(auditor, slot)];
    await this.#writeSlot(auditor, head, slot, via, changes);
    await this.#context.write([], await this.#context.rejudge());
    return "accepted-conflict";
  }

  async #writeSlot(auditor: string, head: AuditorHead, slot: Slot, via: Via, changes: CaseChanges[]): Promise<void> {
    const { namespace, epoch, digest } = head;
    const { caseBook, write } = this.#context;
    const isOneMore = slot.length === 1 && this.#unanimous.agree(namespace, epoch, digest);
    const view = isOneMore ? undefined : await this.#viewWith(auditor, head, slot);
    if (view !== undefined) changes.push(caseBook.epochChanged(view));
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
      this.#held.push({ bytes, via, dueMs: headTimeMs(head) - MAX_CLOCK_SKEW_MS });
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
