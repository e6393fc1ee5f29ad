/**
 * Head sync (docs/protocol.md): gossip forgets, so nodes compare ledgers on every connection, after an IGNORE that may
 * become valid, and every minute with a random peer. This file decides when and with whom; sync-round.ts asks,
 * sync-responder.ts answers.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { type Clock, type Random, randomBelow } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import type { Network } from "../network.ts";
import { FutileBuckets } from "./futile-buckets.ts";
import type { LedgerPort } from "./ledger-port.ts";
import { HEAD_SYNC_PROTOCOL, NONCE_SIZE_BYTES } from "./sync-frames.ts";
import { SyncResponder } from "./sync-responder.ts";
import { type Ingest, type SyncRoundResult, syncRound } from "./sync-round.ts";

export interface HeadSyncOptions {
  /** A round with a random peer this often, and at most one round per peer this often by `poke`. */
  readonly intervalMs?: number;
  /** Peers synced with at once; ingesting is bound by signatures, so more would not be faster. */
  readonly maxConcurrent?: number;
  /**
   * A whole round; what it fetched until then stays. A peer that gave nothing in that time is left alone for a while.
   */
  readonly roundTimeoutMs?: number;
  /**
   * Buckets of 1,024 epochs in one round; the next round with the same peer follows at once, after others had their
   * turn.
   */
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
  /**
   * Roster peers go first and may take all places; all others together have one, so that they can't keep roster peers
   * waiting.
   */
  readonly isRosterPeer: (peer: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface PeerSyncStatus {
  readonly peer: string;
  /** Unix milliseconds of the last round that completed. */
  readonly lastCompleteMs?: number;
  readonly lastError?: { readonly code: string; readonly message: string };
  readonly statementsReceived: number;
}

interface PeerState {
  lastPokeMs: number;
  lastCompleteMs: number | undefined;
  lastError: { code: string; message: string } | undefined;
  statementsReceived: number;
}

/** A peer that gives hostile answers or none is left alone for a minute, then twice as long each time. */
const FIRST_PENALTY_MS = 60_000;
const LONGEST_PENALTY_MS = 3_600_000;
/** Answers that no honest peer gives, and silence. */
const PENALIZED: ReadonlySet<string> = new Set([
  "SYNC_FRAME_INVALID",
  "SYNC_PEER_MISBEHAVED",
  "FRAME_TOO_LARGE",
  "REQUEST_TIMEOUT",
  "REQUEST_ABORTED",
]);
/** Peers remembered for their hostile answers; the oldest is forgotten first. */
const MAX_PENALTIES = 1024;

export class HeadSync {
  readonly #options: Required<HeadSyncOptions>;
  readonly #modules: HeadSyncModules;
  readonly #responder: SyncResponder;
  readonly #futile: FutileBuckets;
  /** Peers waiting for a round, each once: never more than are connected. */
  readonly #queue: Set<string> = new Set();
  readonly #active: Map<string, Promise<void>> = new Map();
  /** One entry per connected peer. */
  readonly #peers: Map<string, PeerState> = new Map();
  readonly #penalties: BoundedMap<string, { waitMs: number; untilMs: number }> = new BoundedMap(MAX_PENALTIES);
  readonly #listeners: Set<(peer: string) => void> = new Set();
  readonly #life: AbortController = new AbortController();
  #endListening: () => void = () => {};
  #ticking: Promise<void> = Promise.resolve();

  constructor(options: HeadSyncOptions, modules: HeadSyncModules) {
    this.#options = { ...DEFAULT_HEAD_SYNC_OPTIONS, ...options };
    this.#modules = modules;
    this.#responder = new SyncResponder(modules);
    this.#futile = new FutileBuckets(modules);
  }

  /** Answers others and begins to ask them. Not started again after stop. */
  start(): void {
    const { network } = this.#modules;
    network.handle(HEAD_SYNC_PROTOCOL, (request, from) => this.#responder.answer(request, from));
    this.#endListening = network.onPeer((peer, event) => {
      if (event === "connect") return this.#enqueue(peer);
      this.#queue.delete(peer);
      this.#peers.delete(peer);
    });
    for (const peer of network.peers()) this.#enqueue(peer);
    this.#ticking = this.#tick();
  }

  /** Waits until the rounds under way have ended. */
  async stop(): Promise<void> {
    this.#endListening();
    this.#life.abort();
    this.#queue.clear();
    await Promise.all([this.#ticking, ...this.#active.values()]);
  }

  /** The peer sent something that was ignored and may become valid: it may hold more of it. */
  poke(peer: string): void {
    const nowMs = this.#modules.clock.now();
    const state = this.#state(peer);
    if (state === undefined || nowMs - state.lastPokeMs < this.#options.intervalMs) return;
    state.lastPokeMs = nowMs;
    this.#enqueue(peer);
  }

  /** Called after a whole round with a peer: what it holds of our common auditors has arrived here. */
  onSynced(listener: (peer: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): PeerSyncStatus[] {
    return [...this.#peers].map(([peer, state]) => ({
      peer,
      ...(state.lastCompleteMs === undefined ? {} : { lastCompleteMs: state.lastCompleteMs }),
      ...(state.lastError === undefined ? {} : { lastError: state.lastError }),
      statementsReceived: state.statementsReceived,
    }));
  }

  async #tick(): Promise<void> {
    const { clock, random, network } = this.#modules;
    const { intervalMs } = this.#options;
    const { signal } = this.#life;
    while (!signal.aborted) {
      // A tenth more or less, so that nodes started together drift apart.
      await clock.sleep(intervalMs * 0.9 + randomBelow(random, intervalMs / 5), signal);
      const peers = network.peers();
      const peer = peers[randomBelow(random, peers.length)];
      if (peer !== undefined && !signal.aborted) this.#enqueue(peer);
    }
  }

  #enqueue(peer: string): void {
    if (this.#life.signal.aborted || this.#state(peer) === undefined || this.#isPenalized(peer)) return;
    this.#queue.add(peer);
    this.#pump();
  }

  #pump(): void {
    const { isRosterPeer } = this.#modules;
    const waiting = [...this.#queue].sort((a, b) => Number(isRosterPeer(b)) - Number(isRosterPeer(a)));
    for (const peer of waiting) {
      if (this.#active.size >= this.#options.maxConcurrent) return;
      // One round with a peer at a time; it stays queued.
      if (this.#active.has(peer)) continue;
      if (!isRosterPeer(peer) && [...this.#active.keys()].some((other) => !isRosterPeer(other))) continue;
      this.#queue.delete(peer);
      this.#active.set(peer, this.#run(peer));
    }
  }

  /** Never throws: whatever a peer does, the others are synced with. */
  async #run(peer: string): Promise<void> {
    const { clock, random, network, log } = this.#modules;
    const deadline = new Deadline(clock, this.#options.roundTimeoutMs, this.#life.signal);
    let statements = 0;
    let news = 0;
    let isSlow = false;
    const ingest: Ingest = async (statement, from) => {
      statements++;
      const verdict = await this.#modules.ingest(statement, from);
      if (verdict === "accept") news++;
      return verdict;
    };
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
          ingest,
          futile: this.#futile,
          ask: (request) => network.request(peer, HEAD_SYNC_PROTOCOL, request, deadline.signal),
        },
      );
      this.#ended(peer, result);
    } catch (error) {
      // A long list of news may take more than one round, and a slow link more than one try; silence may not, nor what
      // is known. [a peer drips old heads and keeps its place]
      isSlow = news > 0 && (deadline.expired || isCoauditError(error, "REQUEST_TIMEOUT"));
      if (isSlow) this.#gaveNews(peer, statements);
      else this.#failed(peer, error);
    } finally {
      deadline.cancel();
      this.#active.delete(peer);
    }
    try {
      this.#pump();
      // Behind everybody who waits now. [three roster keys that give a head and then fall silent keep all places from
      // strangers]
      if (isSlow) this.#enqueue(peer);
    } catch (error) {
      log.error({ peer, error: errorMessage(error) }, "head sync could not go on to the next peer");
    }
  }

  /**
   * A round that took too long, with a peer that is no liar for that: honest nodes behind slow links were left alone
   * for up to an hour.
   */
  #gaveNews(peer: string, statements: number): void {
    // It may have been chosen again while its round went on, and would come before everybody who waits.
    this.#queue.delete(peer);
    this.#penalties.delete(peer);
    this.#modules.log.info({ peer, statements }, "fetched statements that gossip had not brought, until time ran out");
    const state = this.#state(peer);
    if (state === undefined) return;
    state.statementsReceived += statements;
    state.lastError = undefined;
  }

  #ended(peer: string, result: SyncRoundResult): void {
    const { clock, log } = this.#modules;
    const state = this.#state(peer);
    if (state !== undefined) {
      state.statementsReceived += result.statements;
      state.lastError = undefined;
      if (result.complete) state.lastCompleteMs = clock.now();
    }
    if (result.statements > 0) log.info({ peer, ...result }, "fetched statements that gossip had not brought");
    if (!result.complete) {
      if (state !== undefined && !this.#life.signal.aborted) this.#queue.add(peer);
      return;
    }
    this.#penalties.delete(peer);
    for (const listener of [...this.#listeners]) listener(peer);
  }

  #failed(peer: string, error: unknown): void {
    const { log } = this.#modules;
    const code = isCoauditError(error) ? error.code : "REQUEST_FAILED";
    const state = this.#state(peer);
    if (state !== undefined) state.lastError = { code, message: errorMessage(error) };
    if (this.#life.signal.aborted || code === "REQUEST_PEER_UNREACHABLE") return;
    log.warn({ peer, code, error: errorMessage(error) }, "head sync with a peer failed");
    if (PENALIZED.has(code)) this.#penalize(peer);
  }

  #penalize(peer: string): void {
    // It may have been chosen again while its round went on.
    this.#queue.delete(peer);
    const waitMs = Math.min(LONGEST_PENALTY_MS, (this.#penalties.get(peer)?.waitMs ?? FIRST_PENALTY_MS / 2) * 2);
    this.#penalties.set(peer, { waitMs, untilMs: this.#modules.clock.now() + waitMs });
  }

  #isPenalized(peer: string): boolean {
    return (this.#penalties.get(peer)?.untilMs ?? 0) > this.#modules.clock.now();
  }

  /** Undefined for a peer that is not connected. */
  #state(peer: string): PeerState | undefined {
    let state = this.#peers.get(peer);
    if (state === undefined && this.#modules.network.peers().includes(peer)) {
      state = {
        lastPokeMs: Number.NEGATIVE_INFINITY,
        lastCompleteMs: undefined,
        lastError: undefined,
        statementsReceived: 0,
      };
      this.#peers.set(peer, state);
    }
    return state;
  }
}
