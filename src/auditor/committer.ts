/** Turns verified epochs into signed heads: claim, signature, ledger, one epoch after the other. */
import { equalBytes, toHex } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Claim } from "../ledger/claims/claim-record.ts";
import { type ClaimClock, clockTrouble } from "./claim-clock.ts";
import type { SourceTime } from "./look/clock-check.ts";
import type { Examiner } from "./look/examiner.ts";
import type { NewestListed } from "./look/newest-listed.ts";
import type { ResolvedOptions, VerifiedEpoch } from "./options.ts";
import type { Claims, HeadSink, OtherAuditors, SigningGuard } from "./ports.ts";
import type { Signer } from "./signer.ts";
import type { Trouble } from "./trouble.ts";

export interface CommitterModules {
  readonly claims: Claims;
  readonly signer: Signer;
  readonly heads: HeadSink;
  readonly others: OtherAuditors;
  readonly guard: SigningGuard;
  readonly examiner: Examiner;
  readonly newest: NewestListed;
  readonly sourceTime: SourceTime;
  readonly claimClock: ClaimClock;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface LastSigned {
  readonly epoch: number;
  readonly timestampMs: number;
}

/**
 * mark: at or below it an earlier life may have signed. unmarked: nobody said where that ends, after a repair of the
 * claims.
 */
export type Refusal = { readonly kind: "mark"; readonly mark: number } | { readonly kind: "unmarked" };

type Claimed =
  | { readonly kind: "claim"; readonly claim: Claim }
  /** This epoch must not be signed, and the audit continues above it. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

/** Heads are stored without a sync, so a power cut may take the last few; no disk delays more than a minute of them. */
const MAX_RESTORED_HEADS = 1_024;
/** A provider that lists an epoch far ahead must not silence this node for as long as it takes to get there. */
const MAX_MARK_AHEAD_EPOCHS = 4_096;
/** While catching up, one line in the log says so this often. */
const PROGRESS_MS = 60_000;

export class Committer {
  readonly #options: ResolvedOptions;
  readonly #modules: CommitterModules;
  /** Verified, not signed yet, ascending. More than one only while the guard is closed; at most maxUnsignedEpochs. */
  readonly #pending: VerifiedEpoch[] = [];
  #mustRestore = true;
  #mustMark = true;
  #refusal: Refusal | undefined;
  #lastSigned: LastSigned | undefined;
  #progressMs = -Infinity;

  constructor(options: ResolvedOptions, modules: CommitterModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get isFull(): boolean {
    return this.#pending.length >= this.#options.maxUnsignedEpochs;
  }

  /** Why the last epoch that came here was not signed; undefined if it was. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  get lastSigned(): LastSigned | undefined {
    return this.#lastSigned;
  }

  add(verified: VerifiedEpoch): void {
    this.#pending.push(verified);
  }

  /**
   * Commits what is pending, as far as the guard and the clock allow; reports what is wrong with the clock. Throws
   * SOURCE_ errors, CLAIM_CONFLICT, CLAIM_HALTED, store errors, and the signal's reason; what was not recorded stays
   * pending.
   */
  async flush(signal: AbortSignal): Promise<Trouble | undefined> {
    const guard = this.#modules.guard.state();
    if (guard === "closed") return undefined;
    if (this.#mustRestore) {
      const trouble = await this.#restore(signal);
      if (trouble !== undefined) return trouble;
    }
    const newest = this.#pending.at(-1);
    if (guard === "above-mark" && this.#mustMark && newest !== undefined) await this.#mark(newest.epoch, signal);
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const trouble = await this.#commit(next, signal);
      if (trouble !== undefined) return trouble;
      this.#pending.shift();
    }
    return undefined;
  }

  /**
   * Crash points, by where the process dies: 1 verified, before the claim is on disk in both places: nothing is
   * promised; the epoch is verified again. 2 claim in claims.log alone: the claim book completes it when it opens; as
   * 3. 3 claim on disk, before the signature exists: restore() signs the claim, from the claim alone. 4 signature made,
   * before the ledger has it: restore() makes the same bytes from the same claim. 5 in the ledger, not synced, and the
   * power goes: restore() finds the gap and fills it from the claims. 6 in the ledger: restore() hands the newest head
   * over again, and the ledger knows it. Between any two of these steps the namespace may be halted (a head under our
   * key that we did not make): the signal is then aborted, and is checked after every await. A claim without a
   * signature harms nobody.
   */
  async #commit(verified: VerifiedEpoch, signal: AbortSignal): Promise<Trouble | undefined> {
    const held = await this.#heldClaim(verified);
    const claimed: Claimed =
      held === undefined ? await this.#newClaim(verified, signal) : { kind: "claim", claim: held };
    if (claimed.kind === "trouble") return claimed.trouble;
    this.#refusal = claimed.kind === "refused" ? claimed.refusal : undefined;
    if (claimed.kind === "refused") return undefined;
    signal.throwIfAborted();
    return this.#signAndRecord(claimed.claim, signal);
  }

  /** An earlier attempt got as far as the claim: its time and its late flag are the ones to sign. */
  async #heldClaim({ epoch, digest }: VerifiedEpoch): Promise<Claim | undefined> {
    const { claims } = this.#modules;
    const { namespace } = this.#options;
    if ((claims.newest(namespace)?.epoch ?? 0) < epoch) return undefined;
    const held = await claims.get(namespace, epoch);
    return held !== undefined && equalBytes(held.digest, digest) ? held : undefined;
  }

  async #newClaim({ epoch, digest }: VerifiedEpoch, signal: AbortSignal): Promise<Claimed> {
    const { claims, signer, newest, examiner, sourceTime, claimClock, clock, log } = this.#modules;
    const { namespace, origin, suite, lateAfterEpochs, newestMaxAgeMs } = this.#options;
    await newest.refresh(epoch, signal);
    if (!sourceTime.isKnown(newestMaxAgeMs)) await examiner.list(epoch, signal);
    const trouble = await claimClock.trouble(epoch, signal);
    if (trouble !== undefined) return { kind: "trouble", trouble };
    signal.throwIfAborted();
    const late = (newest.epoch ?? epoch) - epoch > lateAfterEpochs;
    const { publicKey } = signer;
    try {
      const timestampMs = clock.now();
      const claim = await claims.claim({ namespace, origin, epoch, digest, timestampMs, suite, late, publicKey });
      return { kind: "claim", claim };
    } catch (error) {
      if (isCoauditError(error, "CLAIM_CLOCK_BEHIND")) {
        return { kind: "trouble", trouble: clockTrouble(error.code, error.message) };
      }
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      log.info({ namespace, epoch, ...refusal }, "verified but not signed: the claims do not allow it");
      return { kind: "refused", refusal };
    }
  }

  /**
   * Too few others have said what they hold of this key, so an earlier life may have signed what this one does not
   * know: at most what was listed then, and what peers have shown since. Once the mark is on disk nothing below it is
   * claimed any more, by this life or a later one. Before, this throws and nothing is signed; a mark that a crash
   * leaves behind only silences what lies below it. A newer own head that arrives meanwhile halts the namespace by
   * itself.
   */
  async #mark(frontier: number, signal: AbortSignal): Promise<void> {
    const { claims, newest, others, clock, log } = this.#modules;
    const { namespace } = this.#options;
    newest.expire();
    await newest.refresh(frontier, signal);
    const known = Math.max(frontier, others.highestOwnShown(), others.highestSignedByOthers());
    const listed = Math.min(newest.epoch ?? 0, known + MAX_MARK_AHEAD_EPOCHS);
    const epoch = Math.max(known, listed);
    if (epoch > claims.mark(namespace)) {
      const detail = `too few auditors had reported what they hold of this key: verified ${frontier}, shown ${known}, listed ${newest.epoch ?? 0}`;
      await claims.setMark(namespace, { epoch, by: "guard", detail, atMs: clock.now() });
    }
    this.#mustMark = false;
    log.warn({ namespace, mark: epoch }, "signing only above the mark");
  }

  /** Signs the newest claim again, and those below it that the ledger lost; see the crash points above. */
  async #restore(signal: AbortSignal): Promise<Trouble | undefined> {
    const { claims, heads, signer, log } = this.#modules;
    const { namespace } = this.#options;
    const lost: Claim[] = [];
    let claim = claims.newest(namespace);
    while (claim !== undefined && lost.length < MAX_RESTORED_HEADS) {
      lost.push(claim);
      const epoch = claim.epoch - 1;
      if (epoch < 1 || (await heads.holdsOwn(namespace, epoch))) break;
      claim = await claims.get(namespace, epoch);
      signal.throwIfAborted();
    }
    for (const held of lost.reverse()) {
      if (equalBytes(held.publicKey, signer.publicKey)) {
        const trouble = await this.#signAndRecord(held, signal);
        if (trouble !== undefined) return trouble;
      } else {
        log.warn({ namespace, epoch: held.epoch }, "the claim was made with an earlier key and is not signed again");
      }
    }
    this.#mustRestore = false;
    return undefined;
  }

  async #signAndRecord(claim: Claim, signal: AbortSignal): Promise<Trouble | undefined> {
    const { signer, heads, claimClock, log } = this.#modules;
    const held = claimClock.ofHeld(claim);
    if (held === "leave") {
      const { namespace, epoch, timestampMs } = claim;
      log.warn({ namespace, epoch, timestampMs }, "promised while the clock was wrong: not published before that time");
      return undefined;
    }
    if (held !== "sign") return held;
    const head = await signer.signHead(claim);
    signal.throwIfAborted();
    await heads.recordOwn(head);
    this.#lastSigned = { epoch: claim.epoch, timestampMs: claim.timestampMs };
    this.#logSigned(claim);
    return undefined;
  }

  #logSigned({ epoch, digest, late }: Claim): void {
    const { newest, clock, log } = this.#modules;
    const fields = {
      namespace: this.#options.namespace,
      epoch,
      digest: toHex(digest),
      late,
      newestListed: newest.epoch,
    };
    const nowMs = clock.elapsedMs();
    const isNewest = epoch >= (newest.epoch ?? 0);
    if (!isNewest && nowMs - this.#progressMs < PROGRESS_MS) {
      log.debug(fields, "signed");
      return;
    }
    this.#progressMs = nowMs;
    log.info(fields, isNewest ? "signed" : "signed, catching up");
  }
}

/** Undefined for everything else. */
function refusalOf(error: unknown): Refusal | undefined {
  if (isCoauditError(error, "CLAIM_BELOW_MARK")) return { kind: "mark", mark: error.metadata.mark };
  return isCoauditError(error, "CLAIM_UNMARKED") ? { kind: "unmarked" } : undefined;
}
