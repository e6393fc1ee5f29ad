/**
 * Audits one namespace: next epoch -> verify -> claim -> sign -> ledger, for as long as the node runs.
 *
 * States: initializing -> auditing -> halted (invalid-proof, chain-mismatch, conflicting-listing, own-key-conflict), or
 * ended. Only facts cause a halt, and only `resume` ends it; everything else that can go wrong is retried and shown as
 * `behind`. The namespaces of one node share only the claim book and the verifier.
 */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { toHex } from "../core/bytes.ts";
import { backoffMs, type Clock, type Random } from "../core/clock.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { RecordedRoot } from "../core/statement.ts";
import { type EpochSource, retryAfterMs } from "../source/source.ts";
import { Audit, type Step } from "./audit.ts";
import { noProofCache, type ProofCache } from "./bodies/proof-cache.ts";
import { ProofKeeper } from "./bodies/proof-keeper.ts";
import type { Quarantine } from "./bodies/quarantine.ts";
import { ClaimClock } from "./claim-clock.ts";
import { Committer, type LastSigned } from "./committer.ts";
import { troubleOf } from "./failure.ts";
import { Halting } from "./halting.ts";
import { SourceTime } from "./look/clock-check.ts";
import { Examiner } from "./look/examiner.ts";
import { ListingWatch } from "./look/listing-watch.ts";
import { LookBack } from "./look/look-back.ts";
import { NewestListed } from "./look/newest-listed.ts";
import { ObservationPublisher } from "./observation-publisher.ts";
import { type AuditorOptions, defaultAuditorSettings, type ResolvedOptions } from "./options.ts";
import type { BlobMirror, Claims, HeadSink, ObservationSink, OtherAuditors, RootStore, SigningGuard } from "./ports.ts";
import { ProgressWatch } from "./progress-watch.ts";
import type { Signer } from "./signer.ts";
import { checkRoot } from "./start-point.ts";
import type { AuditorState, AuditorStatus } from "./status.ts";
import { type Trouble, TroubleTracker } from "./trouble.ts";
import { Waker } from "./waker.ts";

export interface AuditorModules {
  readonly source: EpochSource;
  readonly proofVerifier: ProofVerifier;
  readonly claims: Claims;
  readonly roots: RootStore;
  readonly signer: Signer;
  readonly heads: HeadSink;
  readonly observations: ObservationSink;
  readonly others: OtherAuditors;
  readonly guard: SigningGuard;
  /** Default: none. */
  readonly mirrors?: readonly BlobMirror[] | undefined;
  readonly quarantine: Quarantine;
  /** Default: no proof is kept. */
  readonly proofCache?: ProofCache | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export class NamespaceAuditor {
  readonly #options: ResolvedOptions;
  readonly #modules: AuditorModules;
  readonly #audit: Audit;
  readonly #committer: Committer;
  readonly #halting: Halting;
  readonly #newest: NewestListed;
  readonly #progress: ProgressWatch;
  readonly #troubles: TroubleTracker;
  readonly #waker = new Waker();
  readonly #life = new AbortController();
  /** Aborted by a halt as well as at the end, so that nothing in flight completes. */
  #work = new AbortController();
  #loop: Promise<unknown> | undefined;
  #failures = 0;

  /** Throws AUDITOR_ROOT_INVALID. */
  constructor(options: AuditorOptions, modules: AuditorModules) {
    const resolved = { ...defaultAuditorSettings, ...options };
    checkRoot(resolved);
    this.#options = resolved;
    this.#modules = modules;
    const { proofVerifier, quarantine, proofCache = noProofCache } = modules;
    const { claims, roots, signer, heads, observations, others, guard, clock, random, log } = modules;
    const { namespace } = resolved;
    const progress = new ProgressWatch(resolved, { others, clock });
    const source = progress.watchSource(modules.source);
    const mirrors = (modules.mirrors ?? []).map((mirror) => progress.watchMirror(mirror));
    const sourceTime = new SourceTime(clock);
    const newest = new NewestListed(resolved, { source, clock });
    const proofs = new ProofKeeper(namespace, { proofCache, newest, clock, log });
    const looking = { source, mirrors, proofVerifier, quarantine, proofs, sourceTime, clock, log };
    const examiner = new Examiner(resolved, looking);
    const publisher = new ObservationPublisher(resolved, { signer, observations, clock, log });
    const listings = new ListingWatch(resolved, { examiner, publisher, clock, log });
    const halting = new Halting(namespace, { claims, publisher, clock, log });
    const claimClock = new ClaimClock(resolved, { claims, others, examiner, newest, sourceTime, clock });
    const committing = { claimClock, guard, newest, examiner, sourceTime, others, claims, signer, heads, clock, log };
    const committer = new Committer(resolved, committing);
    this.#newest = newest;
    this.#progress = progress;
    this.#halting = halting;
    this.#committer = committer;
    this.#troubles = new TroubleTracker(namespace, { clock, log });
    this.#audit = new Audit(resolved, {
      source,
      claims,
      roots,
      heads,
      others,
      examiner,
      committer,
      publisher,
      halting,
      newest,
      listings,
      lookBack: new LookBack(resolved, { examiner, claims, publisher, clock, random }),
      progress,
      proofs,
      clock,
      random,
      log,
    });
  }

  /** Begins and returns; a second call does nothing. Ends for good when `signal` is aborted, or by `stop`. */
  start(signal: AbortSignal): void {
    if (this.#loop !== undefined) return;
    const onAbort = (): void => this.#abort();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) this.#abort();
    this.#halting.load();
    this.#progress.moved();
    const loops = Promise.all([this.#run(), this.#progress.watch(() => this.#sayStall(), this.#life.signal)]);
    this.#loop = loops.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /** Resolves when nothing is in flight any more, which takes at most one wait of any port that honours its signal. */
  async stop(): Promise<void> {
    this.#abort();
    await this.#loop;
  }

  status(): AuditorStatus {
    const { namespace, origin } = this.#options;
    const { root, frontier } = this.#audit;
    const halt = this.#halting.current;
    const behind = this.#troubles.current;
    const lastSigned = this.#lastSigned;
    const latestListed = this.#newest.epoch;
    return {
      namespace,
      origin,
      state: this.#state,
      ...(halt && { halt }),
      ...(behind && { behind }),
      unguarded: this.#modules.guard.state() === "closed",
      ...(this.#committer.refusal && { unsigned: this.#committer.refusal }),
      ...(root && { root: { epoch: root.epoch, digest: toHex(root.digest), chosen: root.chosen } }),
      ...(frontier && { lastVerified: { epoch: frontier.epoch, digest: toHex(frontier.digest) } }),
      ...(lastSigned && { lastSigned }),
      ...(latestListed !== undefined && { latestListed }),
      unsignedEpochs: this.#committer.pending,
    };
  }

  /** For the auditor record; undefined while initializing. */
  get root(): RecordedRoot | undefined {
    return this.#audit.root;
  }

  /**
   * There is a statement under this node's key that does not follow from its claims: a second machine, or a restored
   * backup. Once this returns to the event loop nothing more is signed, whatever was in flight; the promise resolves
   * when the halt is also on disk. A store error rejects it: the halt holds in memory, and writing it is retried.
   */
  async haltOwnKeyConflict(detail: string): Promise<void> {
    this.#halting.halt("own-key-conflict", detail);
    this.#work.abort();
    this.#waker.wake();
    await this.#halting.store();
  }

  /**
   * Ends any halt; `reason` says who checked what. Facts are counted from zero. Throws AUDITOR_NOT_HALTED, and store
   * errors.
   */
  async resume(reason: string): Promise<void> {
    await this.#halting.resume(reason);
    this.#progress.moved();
    this.#waker.wake();
  }

  /** Does now what is due at the end of the current wait: the guard opened, or a peer has a newer head. */
  poke(): void {
    this.#waker.wake();
  }

  async #run(): Promise<void> {
    const { clock } = this.#modules;
    while (!this.#life.signal.aborted) {
      const step = await this.#nextStep();
      if (this.#life.signal.aborted) return;
      const { waitMs } = step;
      const trouble = step.trouble ?? this.#stall();
      if (trouble !== undefined) this.#troubles.note(trouble, trouble.retryInMs ?? waitMs);
      else if (this.#halting.current !== undefined) this.#troubles.forget();
      else this.#troubles.clear();
      if (waitMs > 0) await this.#waker.wait(clock, waitMs, this.#life.signal);
    }
  }

  /** A step that does not come back says nothing itself. */
  #sayStall(): void {
    const stall = this.#stall();
    if (stall !== undefined && this.#troubles.current === undefined) this.#troubles.note(stall, 0);
  }

  #stall(): Trouble | undefined {
    return this.#state === "auditing" || this.#state === "initializing" ? this.#progress.trouble() : undefined;
  }

  async #nextStep(): Promise<Step> {
    const isHalted = this.#halting.current !== undefined;
    if (!isHalted) this.#renewWork();
    const { signal } = this.#work;
    try {
      const step = isHalted ? await this.#whileHalted() : await this.#audit.step(signal);
      this.#failures = 0;
      return step;
    } catch (error) {
      return signal.aborted && !isHalted ? { waitMs: 0 } : this.#failed(error);
    }
  }

  /** It polls nothing: it waits for `resume`. */
  async #whileHalted(): Promise<Step> {
    this.#audit.forgetSuspicions();
    await this.#halting.settle();
    return { waitMs: this.#halting.isSettled ? Infinity : 0 };
  }

  #failed(error: unknown): Step {
    const { namespace, retryBaseMs, retryCapMs } = this.#options;
    // Our own claims contradict what was verified from our own last digest: the other claim was not made here.
    if (isCoauditError(error, "CLAIM_CONFLICT")) {
      this.#halting.halt("own-key-conflict", error.message);
      return { waitMs: 0 };
    }
    if (isCoauditError(error, "CLAIM_HALTED") && this.#modules.claims.haltOf(namespace) !== undefined) {
      this.#halting.load();
      return { waitMs: 0 };
    }
    const waitMs = backoffMs(this.#modules.random, this.#failures++, retryBaseMs, retryCapMs);
    const askedMs = Math.min(retryAfterMs(error) ?? 0, retryCapMs);
    return { waitMs: Math.max(waitMs, askedMs), trouble: troubleOf(error) };
  }

  /** After a resume, work goes on under a signal that is not aborted. */
  #renewWork(): void {
    if (this.#work.signal.aborted && !this.#life.signal.aborted) this.#work = new AbortController();
  }

  #abort(): void {
    this.#life.abort();
    this.#work.abort();
  }

  get #state(): AuditorState {
    if (this.#halting.current !== undefined) return "halted";
    if (this.#audit.frontier === undefined) return "initializing";
    return this.#audit.hasEnded ? "ended" : "auditing";
  }

  /** After a start, the newest claim is what was signed last, or is signed as soon as the guard opens. */
  get #lastSigned(): LastSigned | undefined {
    if (this.#committer.lastSigned !== undefined) return this.#committer.lastSigned;
    const claim = this.#modules.claims.newest(this.#options.namespace);
    return claim && { epoch: claim.epoch, timestampMs: claim.timestampMs };
  }
}
