/**
 * The work of one namespace, a step at a time: strictly epoch by epoch, one in flight. Decides when to look; never
 * sleeps itself. How an epoch is verified, claimed, signed and published, in two steps that follow each other at once:
 *
 * Step 1. The examiner looks at the epoch after the frontier (look/examiner.ts): lists it, fetches it, and has its
 * proof verified (akd) from the digest that was verified last. If it is right, the epoch becomes the frontier and goes
 * to the committer. Nothing is promised yet.
 *
 * Step 2. Before it looks at anything else, the next step flushes the committer (committer.ts): the epoch is claimed on
 * disk (ledger/claims), the claim is signed (signer.ts), and the head is recorded in the ledger and published
 * (node/own-statements.ts). While the signing guard is closed, epochs wait at the committer, and step 1 runs ahead.
 *
 * A look that accuses the provider is repeated until the epoch is right or the accusation a fact (look/suspicion.ts); a
 * fact halts the namespace (halting.ts).
 */
import { type Clock, type Random, randomBelow } from "../core/clock.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ObservationKind, RecordedRoot } from "../core/statement.ts";
import type { EpochSource } from "../source/source.ts";
import type { ProofKeeper } from "./bodies/proof-keeper.ts";
import type { Committer } from "./committer.ts";
import type { Halting } from "./halting.ts";
import type { Accusation } from "./look/accusation.ts";
import type { Examiner, Look, LookRequest } from "./look/examiner.ts";
import type { ListingWatch } from "./look/listing-watch.ts";
import type { LookBack } from "./look/look-back.ts";
import { MissingWatch } from "./look/missing-watch.ts";
import type { NewestListed } from "./look/newest-listed.ts";
import { Suspicion } from "./look/suspicion.ts";
import type { ObservationPublisher } from "./observation-publisher.ts";
import type { ResolvedOptions, VerifiedEpoch } from "./options.ts";
import type { Claims, HeadSink, OtherAuditors, RootStore } from "./ports.ts";
import type { ProgressWatch } from "./progress-watch.ts";
import { findStart, type StartPoint } from "./start-point.ts";
import type { Trouble } from "./trouble.ts";
import { misconfigured, startedOver } from "./wrong-log.ts";

export interface AuditModules {
  readonly source: EpochSource;
  readonly claims: Claims;
  readonly roots: RootStore;
  readonly heads: HeadSink;
  readonly others: OtherAuditors;
  readonly examiner: Examiner;
  readonly committer: Committer;
  readonly publisher: ObservationPublisher;
  readonly halting: Halting;
  readonly newest: NewestListed;
  readonly listings: ListingWatch;
  readonly lookBack: LookBack;
  readonly progress: ProgressWatch;
  readonly proofs: ProofKeeper;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Step {
  /** Time until the next step; Infinity if there is nothing more to do. */
  readonly waitMs: number;
  readonly trouble?: Trouble;
}

const AT_ONCE: Step = { waitMs: 0 };

export class Audit {
  readonly #options: ResolvedOptions;
  readonly #modules: AuditModules;
  readonly #missing: MissingWatch;
  #root: RecordedRoot | undefined;
  #frontier: VerifiedEpoch | undefined;
  #suspicion: Suspicion | undefined;
  /** A fact for which the second opinion could not be read yet. */
  #undecided: Accusation | undefined;
  #misconfigured: Trouble | undefined;
  #isBound = false;
  #unreadableLooks = 0;
  #isWaiting = false;
  #wasCaughtUp = false;

  constructor(options: ResolvedOptions, modules: AuditModules) {
    this.#options = options;
    this.#modules = modules;
    this.#missing = new MissingWatch(options);
  }

  get root(): RecordedRoot | undefined {
    return this.#root;
  }

  /** The last epoch that is verified, and its digest; undefined while initializing. */
  get frontier(): VerifiedEpoch | undefined {
    return this.#frontier;
  }

  /** The log is known to be frozen, and its last epoch is signed. */
  get hasEnded(): boolean {
    return this.#isAtEnd && this.#modules.committer.pending === 0;
  }

  /** Facts are counted from zero, as after a halt was lifted. */
  forgetSuspicions(): void {
    this.#suspicion = undefined;
    this.#undecided = undefined;
    this.#unreadableLooks = 0;
    this.#missing.clear();
    this.#modules.listings.clear();
  }

  /**
   * Does the next piece of work. Throws SOURCE_ errors, claim and store errors, VERIFIER_CAP_EXCEEDED, and the signal's
   * reason when it is aborted; the next step does the same work again.
   */
  async step(signal: AbortSignal): Promise<Step> {
    if (this.#frontier !== undefined) return this.#goOn(this.#frontier, signal);
    const wrong = await this.#wrongConfiguration();
    if (wrong !== undefined) return { waitMs: this.#pollMs(), trouble: wrong };
    const { source, examiner, claims, roots, log } = this.#modules;
    const start = await findStart(this.#options, { source, examiner, claims, roots, log }, signal);
    if (start.kind === "trouble") return { waitMs: this.#pollMs(), trouble: start.trouble };
    this.#begin(start);
    return this.#goOn(start.frontier, signal);
  }

  #begin({ frontier, root }: StartPoint & { kind: "found" }): void {
    const { namespace } = this.#options;
    const { epoch } = frontier;
    this.#root = root;
    this.#frontier = frontier;
    this.#modules.progress.verified(epoch);
    this.#modules.heads.noteVerified(namespace, epoch);
    this.#modules.log.info({ namespace, from: epoch, root: root.epoch, chosen: root.chosen }, "auditing");
  }

  async #goOn(frontier: VerifiedEpoch, signal: AbortSignal): Promise<Step> {
    const { committer, listings, lookBack, halting, progress } = this.#modules;
    const trouble = await committer.flush(signal);
    if (trouble !== undefined) return { waitMs: this.#pollMs(), trouble };

    const fact = await listings.look(signal);
    if (fact !== undefined) {
      halting.halt(fact.kind, describe(fact), fact);
      return AT_ONCE;
    }
    if (this.#isAtEnd) progress.ended();
    if (this.hasEnded) return { waitMs: Infinity };
    // The guard is closed, and there is nothing more to verify, or enough is verified.
    if (this.#isAtEnd || committer.isFull) return { waitMs: this.#pollMs() };
    const past = this.#root === undefined ? undefined : await lookBack.look(frontier, this.#root, signal);
    const step = await this.#advance(frontier, signal);
    return past === undefined || step.trouble !== undefined ? step : { ...step, trouble: past };
  }

  async #advance(frontier: VerifiedEpoch, signal: AbortSignal): Promise<Step> {
    const suspicion = this.#suspicion;
    if (suspicion !== undefined && suspicion.waitMs > 0) {
      const undecided = this.#undecided;
      return undecided === undefined ? this.#wait(suspicion) : this.#fact(frontier, undecided, suspicion, signal);
    }
    this.#undecided = undefined;
    const look = await this.#modules.examiner.look(this.#request(frontier), signal);
    signal.throwIfAborted();
    if (look.kind === "unreadable") this.#unreadableLooks++;
    else this.#unreadableLooks = 0;
    switch (look.kind) {
      case "verified":
        return this.#verified(frontier, look, signal);
      case "accused":
        return this.#accused(frontier, look.accusation, signal);
      case "absent":
        this.#suspicion = undefined;
        return this.#absent(frontier, look.host, signal);
      case "unreadable":
        if (isCoauditError(look.error, "SOURCE_NOT_FOUND")) {
          const { blobNames, host } = look;
          await this.#missed({ epoch: frontier.epoch + 1, blobNames, host, errorCode: look.error.code });
        }
        throw look.error;
    }
  }

  #request({ epoch, digest }: VerifiedEpoch): LookRequest {
    const depth = this.#suspicion?.nextDepth ?? (this.#missing.isMissing ? "fresh" : "glance");
    // A name without a body does not stop the audit for good if another blob is right (listing-watch.ts).
    const readable = this.#unreadableLooks < this.#options.factFetches ? "all" : "one";
    return { epoch: epoch + 1, from: digest, depth, readable };
  }

  async #verified(
    frontier: VerifiedEpoch,
    { blob, besides }: Look & { kind: "verified" },
    signal: AbortSignal,
  ): Promise<Step> {
    const { committer, heads, listings, lookBack, newest, progress, proofs, log } = this.#modules;
    const { namespace } = this.#options;
    const { epoch, current } = blob.name;
    // Before anything is promised that follows from it.
    await this.#bindConfiguration(signal);
    progress.verified(epoch);
    if (this.#suspicion !== undefined) log.info({ namespace, epoch }, "the source is consistent again");
    this.#suspicion = undefined;
    this.#misconfigured = undefined;
    this.#missing.clear();
    newest.raise(epoch);
    if (this.#isWaiting) newest.expire();
    this.#isWaiting = false;
    if (besides !== undefined) {
      listings.add(frontier.digest, blob, besides);
      lookBack.leave(epoch);
    }
    this.#frontier = { epoch, digest: current };
    committer.add(this.#frontier);
    heads.noteVerified(namespace, epoch);
    // Everything that the next step needs is already set: a halt in between changes nothing here.
    await proofs.publish(blob.name);
    return AT_ONCE;
  }

  async #accused(frontier: VerifiedEpoch, accusation: Accusation, signal: AbortSignal): Promise<Step> {
    const { newest, clock, random } = this.#modules;
    this.#missing.clear();
    newest.raise(accusation.epoch);
    if (this.#suspicion === undefined) {
      this.#suspicion = new Suspicion(accusation, this.#options, { clock, random });
    } else if (this.#suspicion.note(accusation)) {
      return this.#fact(frontier, accusation, this.#suspicion, signal);
    }
    return this.#wait(this.#suspicion);
  }

  /** What halts, unless the fault is on this side: then it is looked at again, as often as before. */
  async #fact(
    frontier: VerifiedEpoch,
    accusation: Accusation,
    suspicion: Suspicion,
    signal: AbortSignal,
  ): Promise<Step> {
    const { examiner, halting, log } = this.#modules;
    const { namespace, configuration } = this.#options;
    this.#undecided = accusation;
    const opinion = await examiner.secondOpinion(accusation, frontier, signal);
    signal.throwIfAborted();
    this.#undecided = undefined;
    switch (opinion.kind) {
      case "stands":
        halting.halt(accusation.kind, describe(accusation), accusation);
        return AT_ONCE;
      case "right-elsewhere":
        log.warn(
          { namespace, epoch: accusation.epoch, host: accusation.host, blobNames: accusation.blobNames },
          "the source's body of this blob is wrong and is kept in the quarantine; a mirror's is right and is signed",
        );
        return this.#verified(frontier, { kind: "verified", blob: opinion.blob }, signal);
      case "other-configuration": {
        const found = opinion.configuration;
        this.#misconfigured = misconfigured("CONFIGURATION_WRONG", { namespace, configured: configuration, found });
        return this.#wait(suspicion);
      }
    }
  }

  /** Meanwhile the loop runs as often as ever: the guard may open, other epochs may be due. */
  #wait(suspicion: Suspicion): Step {
    const { accusation, progress, waitMs } = suspicion;
    const message = `${describe(accusation)} (${progress})`;
    const suspected: Trouble = { reason: "source", code: accusation.errorCode, message };
    const trouble = { ...(this.#misconfigured ?? suspected), retryInMs: waitMs };
    return { waitMs: Math.min(waitMs, this.#pollMs()), trouble };
  }

  async #absent(frontier: VerifiedEpoch, host: string, signal: AbortSignal): Promise<Step> {
    const { newest, others, progress, log } = this.#modules;
    const epoch = frontier.epoch + 1;
    this.#isWaiting = true;
    await newest.refresh(frontier.epoch, signal);
    if (Math.max(newest.epoch ?? 0, others.highestSignedByOthers()) >= epoch) {
      const trouble = await this.#missed({ epoch, blobNames: [], host, errorCode: "NOT_LISTED" });
      return { waitMs: this.#pollMs(), ...(trouble === undefined ? {} : { trouble }) };
    }
    this.#missing.clear();
    const below = startedOver(frontier, newest, host);
    if (below !== undefined) return { waitMs: this.#pollMs(), trouble: below };
    progress.moved();
    if (!this.#wasCaughtUp) log.info({ namespace: this.#options.namespace, epoch: frontier.epoch }, "up to date");
    this.#wasCaughtUp = true;
    return { waitMs: this.#pollMs() };
  }

  /** No halt: what is missing today may be there tomorrow. */
  async #missed(sighting: Missed): Promise<Trouble | undefined> {
    const { clock, publisher } = this.#modules;
    const missingMs = this.#missing.note(sighting.epoch, clock.elapsedMs());
    if (missingMs === undefined) return undefined;
    const kind: ObservationKind = "withheld";
    await publisher.say({ ...sighting, kind, bodyHashes: [] });
    const since = new Date(clock.now() - missingMs).toISOString();
    const message = `${sighting.host} has withheld epoch ${sighting.epoch} since ${since}, although it exists`;
    return { reason: "source", code: sighting.errorCode, message };
  }

  /** Under another configuration everything this log shows would look like a lie. */
  async #wrongConfiguration(): Promise<Trouble | undefined> {
    const { namespace, configuration: configured } = this.#options;
    const found = await this.#modules.roots.configurationOf(namespace);
    this.#isBound = found !== undefined;
    if (found === undefined || found === configured) return undefined;
    return misconfigured("CONFIGURATION_BOUND", { namespace, configured, found });
  }

  async #bindConfiguration(signal: AbortSignal): Promise<void> {
    if (this.#isBound) return;
    const { namespace, configuration } = this.#options;
    await this.#modules.roots.bindConfiguration(namespace, configuration);
    signal.throwIfAborted();
    this.#isBound = true;
  }

  get #isAtEnd(): boolean {
    const { lastEpoch } = this.#options;
    return lastEpoch !== undefined && (this.#frontier?.epoch ?? 0) >= lastEpoch;
  }

  #pollMs(): number {
    const { pollIntervalMs } = this.#options;
    return pollIntervalMs + randomBelow(this.#modules.random, Math.ceil(pollIntervalMs / 5) + 1);
  }
}

interface Missed {
  readonly epoch: number;
  readonly blobNames: readonly string[];
  readonly host: string;
  readonly errorCode: string;
}

function describe({ epoch, host, message }: Accusation): string {
  return `epoch ${epoch} at ${host}: ${message}`;
}
