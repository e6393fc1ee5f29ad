/**
 * Head sync (docs/protocol.md 9): gossip forgets, so nodes compare ledgers on every connection, after an IGNORE that
 * may become valid, and about once a minute with each roster peer and with one stranger. This file decides whose turn
 * it is (9.5); sync-peers.ts knows when each peer is due, sync-round.ts asks, sync-responder.ts answers.
 */
import { type Clock, type Random, randomBelow } from "../../core/clock.ts";
import { Deadline, startTimer } from "../../core/deadline.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import type { CostBudget } from "../cost/cost-budget.ts";
import type { Network } from "../network.ts";
import { FutileBuckets } from "./futile-buckets.ts";
import type { LedgerPort } from "./ledger-port.ts";
import { atStrangersCosts, overBudget } from "./stranger-costs.ts";
import { SyncCounters, type SyncReport, type SyncRoundEnd } from "./sync-counters.ts";
import { HEAD_SYNC_PROTOCOL, NONCE_SIZE_BYTES } from "./sync-frames.ts";
import { type PeerSyncStatus, SyncPeers } from "./sync-peers.ts";
import { BUSY_ANSWER, SyncResponder } from "./sync-responder.ts";
import { type Ingest, type SyncRoundResult, syncRound } from "./sync-round.ts";

export interface HeadSyncOptions {
  /** Between two rounds with a roster peer, between two rounds with strangers, and between two pokes of one peer. */
  readonly intervalMs?: number;
  /** Rounds at once. More would not be faster: checking signatures is the bottleneck. */
  readonly maxConcurrent?: number;
  /** For a whole round; what it fetched by then is kept. A peer that gave nothing in that time is left alone. */
  readonly roundTimeoutMs?: number;
  /** Buckets of 1,024 epochs in one round. What is left follows as soon as the peers that wait have had their turn. */
  readonly maxBucketsPerRound?: number;
}

export const DEFAULT_HEAD_SYNC_OPTIONS: Required<HeadSyncOptions> = {
  intervalMs: 60_000,
  maxConcurrent: 3,
  roundTimeoutMs: 120_000,
  maxBucketsPerRound: 64,
};

export interface HeadSyncModules {
  readonly network: Network;
  readonly ledger: LedgerPort;
  readonly ingest: Ingest;
  /** Roster peers go first and may take every place; strangers share one, so that they cannot keep others waiting. */
  readonly isRosterPeer: (peer: string) => boolean;
  /** Pays for every answer given, and for rounds with strangers. */
  readonly budget: CostBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Round {
  /** Aborted when others have waited long enough. */
  readonly cut: AbortController;
  /** Has used up the time that a round may take while others wait. */
  isOverdue: boolean;
  done: Promise<void>;
}

/** docs/protocol.md 9.4: answers that no honest peer gives, and silence. */
const PENALIZED: ReadonlySet<string> = new Set([
  "SYNC_FRAME_INVALID",
  "SYNC_PEER_MISBEHAVED",
  "FRAME_TOO_LARGE",
  "FRAME_MALFORMED",
  "REQUEST_TIMEOUT",
  "REQUEST_ABORTED",
]);

export class HeadSync {
  readonly #options: Required<HeadSyncOptions>;
  readonly #modules: HeadSyncModules;
  readonly #responder: SyncResponder;
  readonly #futile: FutileBuckets;
  readonly #peers: SyncPeers;
  readonly #counters: SyncCounters = new SyncCounters();
  /** Peers waiting for a round, each once: never more than are connected. */
  readonly #queue: Set<string> = new Set();
  /** In the order in which they began. */
  readonly #active: Map<string, Round> = new Map();
  readonly #listeners: Set<(peer: string) => void> = new Set();
  readonly #life: AbortController = new AbortController();
  #nap: { readonly untilMs: number; readonly ended: AbortController } | undefined;
  #endListening: () => void = () => {};
  #asking: Promise<void> = Promise.resolve();

  constructor(options: HeadSyncOptions, modules: HeadSyncModules) {
    this.#options = { ...DEFAULT_HEAD_SYNC_OPTIONS, ...options };
    this.#modules = modules;
    this.#responder = new SyncResponder(modules);
    this.#futile = new FutileBuckets(modules);
    this.#peers = new SyncPeers(this.#options, modules);
  }

  /** Starts answering and asking. Cannot be started again after `stop`. */
  start(): void {
    const { network } = this.#modules;
    network.handle(HEAD_SYNC_PROTOCOL, (request, from) => this.#answer(request, from), BUSY_ANSWER);
    this.#endListening = network.onPeer((peer, event) => {
      if (event === "connect") return this.#connected(peer);
      this.#queue.delete(peer);
      this.#peers.disconnected(peer);
    });
    for (const peer of network.peers()) this.#connected(peer);
    this.#asking = this.#keepAsking();
  }

  /** Waits until the rounds under way have ended. */
  async stop(): Promise<void> {
    this.#endListening();
    this.#life.abort();
    this.#nap?.ended.abort();
    this.#queue.clear();
    await Promise.all([this.#asking, ...[...this.#active.values()].map(({ done }) => done)]);
  }

  /** For a peer whose statement was ignored but may become valid: it probably holds the ones before it. */
  poke(peer: string): void {
    if (this.#peers.takePoke(peer)) this.#enqueue(peer);
  }

  /** Called after a complete round: everything that the peer holds of the auditors both know has been fetched. */
  onSynced(listener: (peer: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): PeerSyncStatus[] {
    return this.#peers.status();
  }

  /** What head sync did since start. */
  report(): SyncReport {
    return this.#counters.report();
  }

  async #answer(request: Uint8Array, from: string): Promise<Uint8Array> {
    this.#counters.carried("answering", { received: request.length });
    const answer = await this.#responder.answer(request, from);
    this.#counters.carried("answering", { sent: answer.length });
    return answer;
  }

  #connected(peer: string): void {
    this.#peers.connected(peer);
    this.#enqueue(peer);
  }

  /** Asks every peer that is due, and one stranger an interval. */
  async #keepAsking(): Promise<void> {
    const { clock, random } = this.#modules;
    const { intervalMs } = this.#options;
    const nextLotMs = (): number => clock.elapsedMs() + intervalMs * 0.9 + randomBelow(random, intervalMs / 5);
    let lotMs = nextLotMs();
    while (!this.#life.signal.aborted) {
      await this.#napUntil(Math.min(lotMs, this.#peers.nextDueMs()));
      if (this.#life.signal.aborted) return;
      for (const peer of this.#peers.takeDue()) this.#enqueue(peer);
      if (clock.elapsedMs() < lotMs) continue;
      const stranger = this.#peers.anyStranger();
      if (stranger !== undefined) this.#enqueue(stranger);
      lotMs = nextLotMs();
    }
  }

  async #napUntil(untilMs: number): Promise<void> {
    const { clock } = this.#modules;
    const ended = new AbortController();
    this.#nap = { untilMs, ended };
    // Whole milliseconds: timers round down, and one that fires early would be set again for the rest.
    await clock.sleep(Math.max(0, Math.ceil(untilMs - clock.elapsedMs())), ended.signal);
    this.#nap = undefined;
  }

  #wake(): void {
    if (this.#nap !== undefined && this.#peers.nextDueMs() < this.#nap.untilMs) this.#nap.ended.abort();
  }

  #enqueue(peer: string): void {
    if (this.#life.signal.aborted || !this.#peers.mayBeAsked(peer)) return;
    this.#queue.add(peer);
    this.#pump();
  }

  #pump(): void {
    const { isRosterPeer } = this.#modules;
    const waiting = [...this.#queue].sort((a, b) => Number(isRosterPeer(b)) - Number(isRosterPeer(a)));
    for (const peer of waiting) {
      // One round at a time with each peer; this one stays queued.
      if (this.#active.has(peer)) continue;
      const rounds = [...this.#active];
      const stranger = isRosterPeer(peer) ? undefined : rounds.find(([other]) => !isRosterPeer(other));
      if (stranger === undefined && rounds.length < this.#options.maxConcurrent) this.#begin(peer);
      else cutOne(stranger === undefined ? rounds.map(([, round]) => round) : [stranger[1]]);
    }
  }

  #begin(peer: string): void {
    this.#queue.delete(peer);
    const round: Round = { cut: new AbortController(), isOverdue: false, done: Promise.resolve() };
    this.#active.set(peer, round);
    round.done = this.#run(peer, round);
  }

  /** Never throws: whatever one peer does, the rounds with the others go on. */
  async #run(peer: string, round: Round): Promise<void> {
    const { clock, random, network, log, budget, isRosterPeer } = this.#modules;
    const deadline = new Deadline(clock, this.#options.roundTimeoutMs, this.#life.signal, round.cut.signal);
    const stopPatience = startTimer(clock, this.#peers.patienceMs(peer), () => {
      round.isOverdue = true;
      this.#pump();
    });
    let statements = 0;
    let news = 0;
    let goesOn = false;
    const ingest: Ingest = async (statement, from, spend) => {
      statements++;
      const verdict = await this.#modules.ingest(statement, from, spend);
      if (verdict === "accept") news++;
      return verdict;
    };
    const ask = async (request: Uint8Array): Promise<Uint8Array> => {
      this.#counters.carried("asking", { sent: request.length });
      const answer = await network.request(peer, HEAD_SYNC_PROTOCOL, request, deadline.signal);
      this.#counters.carried("asking", { received: answer.length });
      return answer;
    };
    let hasWaited = false;
    const onWait = (): void => {
      hasWaited = true;
    };
    const costs = { budget, clock, signal: deadline.signal, onWait };
    try {
      const result = await syncRound(
        {
          peer,
          nonce: random.bytes(NONCE_SIZE_BYTES),
          maxBuckets: this.#options.maxBucketsPerRound,
          signal: deadline.signal,
        },
        {
          ledger: this.#modules.ledger,
          futile: this.#futile,
          ...(isRosterPeer(peer) ? { ask, ingest } : atStrangersCosts(peer, { ask, ingest }, costs)),
        },
      );
      goesOn = !result.complete;
      this.#ended(peer, result);
    } catch (error) {
      if (news > 0) this.#peers.behavedWell(peer);
      const isLate = deadline.expired || round.cut.signal.aborted;
      // Much news may need several rounds and a slow link several tries. Silence earns neither, nor does repeating what
      // is known. [a peer that drips old heads keeps its place]
      goesOn = news > 0 && (isLate || isCoauditError(error, "REQUEST_TIMEOUT"));
      if (round.cut.signal.aborted && !goesOn) this.#peers.wasCut(peer);
      if (goesOn) {
        this.#count(peer, "partial");
        log.info({ peer, statements }, "fetched statements that gossip had not brought, until time ran out");
      } else this.#failed(peer, isLate && hasWaited ? overBudget(peer) : error);
    } finally {
      deadline.cancel();
      stopPatience();
      this.#active.delete(peer);
      this.#peers.received(peer, statements);
    }
    try {
      // It goes behind everybody who waits now, even if it was queued during its round. [three roster keys that give
      // one head and then fall silent keep every place from strangers]
      if (goesOn) this.#queue.delete(peer);
      this.#pump();
      if (goesOn) this.#enqueue(peer);
      this.#wake();
    } catch (error) {
      log.error({ peer, error: errorMessage(error) }, "head sync could not go on to the next peer");
    }
  }

  #ended(peer: string, result: SyncRoundResult): void {
    if (result.statements > 0) {
      this.#modules.log.info({ peer, ...result }, "fetched statements that gossip had not brought");
    }
    this.#count(peer, result.complete ? "complete" : "partial");
    if (!result.complete) {
      this.#peers.progressed(peer);
      return;
    }
    this.#peers.completed(peer);
    for (const listener of [...this.#listeners]) listener(peer);
  }

  #count(peer: string, end: SyncRoundEnd): void {
    this.#counters.ended(this.#modules.isRosterPeer(peer) ? "roster" : "strangers", end);
  }

  #failed(peer: string, error: unknown): void {
    const { log } = this.#modules;
    const code = isCoauditError(error) ? error.code : "REQUEST_FAILED";
    const shown = { code, message: errorMessage(error) };
    const isOurs = this.#life.signal.aborted || code === "REQUEST_PEER_UNREACHABLE";
    if (!isOurs && code !== "SYNC_PEER_BUSY") {
      // Strangers choose how often theirs fails; counters say how often that was.
      const level = this.#modules.isRosterPeer(peer) ? "warn" : "debug";
      log[level]({ peer, code, error: shown.message }, "head sync with a peer failed");
    }
    const isFault = !isOurs && PENALIZED.has(code);
    this.#count(peer, isFault ? "misbehaved" : code === "SYNC_PEER_BUSY" ? "busy" : "failed");
    if (!isFault) {
      this.#peers.failed(peer, shown);
      return;
    }
    // It may have been queued again during its round.
    this.#queue.delete(peer);
    this.#peers.misbehaved(peer, shown);
  }
}

/** docs/protocol.md 9.5: ends the oldest round that has had its time, unless another one is ending already. */
function cutOne(rounds: readonly Round[]): void {
  if (rounds.some(({ cut }) => cut.signal.aborted)) return;
  rounds.find(({ isOverdue }) => isOverdue)?.cut.abort();
}
