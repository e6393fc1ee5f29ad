/**
 * When each connected peer is asked (docs/protocol.md 9.5). A roster peer is due about once a minute, whatever
 * strangers do; a stranger only when it connects, after it was busy, and when it is drawn by lot. A peer that is busy
 * is asked again soon; one that misbehaves is left alone for long.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { type Clock, type Random, randomBelow } from "../../core/clock.ts";

/** After a round that ended early through nobody's fault: the peer was busy, a stream was reset, a disk failed here. */
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;
/** A peer that gives hostile answers or none is left alone for a minute, and for twice as long each time after. */
const FIRST_PENALTY_MS = 60_000;
const LONGEST_PENALTY_MS = 3_600_000;
/** Penalties remembered; strangers and roster peers apart. [a thousand new ids make a node forget a liar's] */
const MAX_PENALTIES = 1024;
/**
 * How long a round may take while others wait; doubled each time it was cut short. [behind a link of 3 s the first news
 * arrives after 40 s]
 */
const FIRST_PATIENCE_MS = 20_000;

export interface SyncPeersOptions {
  /** Between two rounds with a roster peer. */
  readonly intervalMs: number;
}

export interface SyncPeersModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly isRosterPeer: (peer: string) => boolean;
}

export interface PeerSyncStatus {
  readonly peer: string;
  /** Unix milliseconds of the last round that completed. */
  readonly lastCompleteMs?: number;
  readonly lastError?: { readonly code: string; readonly message: string };
  readonly statementsReceived: number;
}

interface Penalty {
  readonly waitMs: number;
  readonly untilMs: number;
}

interface PeerState {
  /** Infinity while a round is queued or under way, and for strangers, which are not asked again without a reason. */
  dueMs: number;
  /** It answered `busy`: it is due even if it is a stranger, and must not be asked before. */
  isBusy: boolean;
  retryMs: number;
  patienceMs: number;
  lastPokeMs: number;
  lastCompleteMs: number | undefined;
  lastError: { code: string; message: string } | undefined;
  statementsReceived: number;
}

export class SyncPeers {
  readonly #options: SyncPeersOptions;
  readonly #modules: SyncPeersModules;
  /** One entry per connected peer. */
  readonly #states: Map<string, PeerState> = new Map();
  readonly #penalties: Readonly<Record<"roster" | "strangers", BoundedMap<string, Penalty>>> = {
    roster: new BoundedMap(MAX_PENALTIES),
    strangers: new BoundedMap(MAX_PENALTIES),
  };

  constructor(options: SyncPeersOptions, modules: SyncPeersModules) {
    this.#options = options;
    this.#modules = modules;
  }

  connected(peer: string): void {
    this.#states.set(peer, {
      dueMs: this.#penaltyOf(peer)?.untilMs ?? Number.POSITIVE_INFINITY,
      isBusy: false,
      retryMs: FIRST_RETRY_MS,
      patienceMs: FIRST_PATIENCE_MS,
      lastPokeMs: Number.NEGATIVE_INFINITY,
      lastCompleteMs: undefined,
      lastError: undefined,
      statementsReceived: 0,
    });
  }

  disconnected(peer: string): void {
    this.#states.delete(peer);
  }

  /** Connected, and neither busy nor left alone for what it did. */
  mayBeAsked(peer: string): boolean {
    const nowMs = this.#modules.clock.elapsedMs();
    const state = this.#states.get(peer);
    if (state === undefined || (this.#penaltyOf(peer)?.untilMs ?? 0) > nowMs) return false;
    return !state.isBusy || state.dueMs <= nowMs;
  }

  /** Returns true at most once an interval for each peer. */
  takePoke(peer: string): boolean {
    const nowMs = this.#modules.clock.elapsedMs();
    const state = this.#states.get(peer);
    if (state === undefined || nowMs - state.lastPokeMs < this.#options.intervalMs) return false;
    state.lastPokeMs = nowMs;
    return true;
  }

  /** The peers to ask now. They are not due again until their round has ended. */
  takeDue(): string[] {
    const nowMs = this.#modules.clock.elapsedMs();
    const due = [...this.#states].filter(([peer, state]) => state.dueMs <= nowMs && this.#isAskedAgain(peer, state));
    for (const [, state] of due) {
      state.dueMs = Number.POSITIVE_INFINITY;
      state.isBusy = false;
    }
    return due.map(([peer]) => peer);
  }

  /** When the next peer is due; Infinity when none is. */
  nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [peer, state] of this.#states)
      if (state.dueMs < nextMs && this.#isAskedAgain(peer, state)) nextMs = state.dueMs;
    return nextMs;
  }

  /** A connected stranger that may be asked, drawn by lot. */
  anyStranger(): string | undefined {
    const { isRosterPeer, random } = this.#modules;
    const strangers = [...this.#states.keys()].filter((peer) => !isRosterPeer(peer) && this.mayBeAsked(peer));
    return strangers[randomBelow(random, strangers.length)];
  }

  /** How long the next round with the peer may take while others wait. */
  patienceMs(peer: string): number {
    return this.#states.get(peer)?.patienceMs ?? FIRST_PATIENCE_MS;
  }

  received(peer: string, statements: number): void {
    const state = this.#states.get(peer);
    if (state !== undefined) state.statementsReceived += statements;
  }

  /** The round compared everything. */
  completed(peer: string): void {
    this.behavedWell(peer);
    const state = this.#states.get(peer);
    if (state === undefined) return;
    const { clock, random } = this.#modules;
    const { intervalMs } = this.#options;
    state.lastCompleteMs = clock.now();
    // A tenth more or less, so that nodes that start together drift apart.
    state.dueMs = clock.elapsedMs() + intervalMs * 0.9 + randomBelow(random, intervalMs / 5);
    state.isBusy = false;
  }

  /** The round reached its limit of buckets; more is left to compare. */
  progressed(peer: string): void {
    const state = this.#states.get(peer);
    if (state !== undefined) state.lastError = undefined;
  }

  /** It gave news, or everything that there was: its penalties are forgotten. */
  behavedWell(peer: string): void {
    this.#penalties.roster.delete(peer);
    this.#penalties.strangers.delete(peer);
    const state = this.#states.get(peer);
    if (state === undefined) return;
    state.lastError = undefined;
    state.retryMs = FIRST_RETRY_MS;
    state.patienceMs = FIRST_PATIENCE_MS;
  }

  /** The round ended early through nobody's fault. */
  failed(peer: string, error: { code: string; message: string }): void {
    const state = this.#states.get(peer);
    if (state === undefined) return;
    state.lastError = error;
    state.dueMs = this.#modules.clock.elapsedMs() + state.retryMs;
    state.isBusy = error.code === "SYNC_PEER_BUSY";
    state.retryMs = Math.min(LONGEST_RETRY_MS, state.retryMs * 2);
  }

  misbehaved(peer: string, error: { code: string; message: string }): void {
    const waitMs = Math.min(LONGEST_PENALTY_MS, (this.#penaltyOf(peer)?.waitMs ?? FIRST_PENALTY_MS / 2) * 2);
    const untilMs = this.#modules.clock.elapsedMs() + waitMs;
    this.#penalties[this.#modules.isRosterPeer(peer) ? "roster" : "strangers"].set(peer, { waitMs, untilMs });
    const state = this.#states.get(peer);
    if (state === undefined) return;
    state.lastError = error;
    state.dueMs = untilMs;
    state.isBusy = false;
  }

  /** Its round was cut short to make room before it gave anything. */
  wasCut(peer: string): void {
    const state = this.#states.get(peer);
    if (state !== undefined) state.patienceMs *= 2;
  }

  status(): PeerSyncStatus[] {
    return [...this.#states].map(([peer, state]) => ({
      peer,
      ...(state.lastCompleteMs === undefined ? {} : { lastCompleteMs: state.lastCompleteMs }),
      ...(state.lastError === undefined ? {} : { lastError: state.lastError }),
      statementsReceived: state.statementsReceived,
    }));
  }

  #isAskedAgain(peer: string, state: PeerState): boolean {
    return state.dueMs < Number.POSITIVE_INFINITY && (state.isBusy || this.#modules.isRosterPeer(peer));
  }

  #penaltyOf(peer: string): Penalty | undefined {
    return this.#penalties.roster.get(peer) ?? this.#penalties.strangers.get(peer);
  }
}
