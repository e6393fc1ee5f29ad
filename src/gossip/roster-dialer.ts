/**
 * Keeps a connection to every roster peer whose address is known, for ever. libp2p would not: its bootstrap dials once,
 * its keep-alive gives up after five attempts, and a frozen peer is dropped and not dialled again. With this, an
 * eclipse must cut all of these connections.
 */
import { backoffMs, type Clock, type Random } from "../core/clock.ts";
import { Deadline } from "../core/deadline.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Network } from "./network.ts";
import { peerIdIn } from "./peer-address.ts";

export interface DialTarget {
  /** The auditor's name. */
  readonly name: string;
  /** If given, nobody else is accepted at these addresses; otherwise whoever answers there is taken for the target. */
  readonly peerId?: string;
  /** Multiaddrs, with or without `/p2p/<peer id>`. Without any the target is only watched: it may connect to us. */
  readonly addresses: readonly string[];
}

export interface TargetStatus {
  readonly name: string;
  readonly peerId?: string;
  readonly connected: boolean;
  /** Failed attempts since the last connection that lasted. */
  readonly failures: number;
  readonly lastError?: { readonly code: string; readonly message: string };
  /** Unix milliseconds of the next attempt, while one is planned. */
  readonly nextAttemptMs?: number;
}

export interface RosterDialerOptions {
  /**
   * First wait after a failure, doubled each time, half of it random: peers that restart together must not dial
   * together.
   */
  readonly baseMs?: number;
  /** Longest wait. A minute: a healed partition should not take longer to notice than a sync round. */
  readonly capMs?: number;
  readonly dialTimeoutMs?: number;
  /**
   * A connection that ends sooner counts as a failure: a peer that refuses us lets the dial succeed and then
   * disconnects.
   */
  readonly stableMs?: number;
}

export const DEFAULT_ROSTER_DIALER_OPTIONS: Required<RosterDialerOptions> = {
  baseMs: 1000,
  capMs: 60_000,
  dialTimeoutMs: 10_000,
  stableMs: 30_000,
};

export interface RosterDialerModules {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Entry {
  readonly target: DialTarget;
  readonly life: AbortController;
  /** Ends the current wait, whatever it waits for. */
  wake: () => void;
  peerId: string | undefined;
  /**
   * Ends the protection of the peer id. [an auditor that names ever new peer ids in its record fills the places that
   * only a roster has]
   */
  release: () => void;
  failures: number;
  lastError: { code: string; message: string } | undefined;
  nextAttemptMs: number | undefined;
  running: Promise<void>;
}

export class RosterDialer {
  readonly #options: Required<RosterDialerOptions>;
  readonly #modules: RosterDialerModules;
  readonly #entries: Map<string, Entry> = new Map();
  #endListening: (() => void) | undefined;

  constructor(options: RosterDialerOptions, modules: RosterDialerModules) {
    this.#options = { ...DEFAULT_ROSTER_DIALER_OPTIONS, ...options };
    this.#modules = modules;
  }

  /**
   * Replaces the targets; those that did not change keep their state, and connections of removed ones are left alone.
   * The network's own peer id, if among them, is skipped. The network must be running.
   */
  setTargets(targets: readonly DialTarget[]): void {
    const { network } = this.#modules;
    this.#endListening ??= network.onPeer((peer) => this.#wakeAll(peer));
    const wanted = new Map(targets.filter((target) => target.peerId !== network.peerId).map((t) => [t.name, t]));
    for (const [name, entry] of this.#entries) {
      if (sameTarget(entry.target, wanted.get(name))) wanted.delete(name);
      else this.#drop(name, entry);
    }
    for (const target of wanted.values()) this.#add(target);
  }

  /** One entry per target, in the order in which they were set. */
  status(): TargetStatus[] {
    return [...this.#entries.values()].map((entry) => ({
      name: entry.target.name,
      ...(entry.peerId === undefined ? {} : { peerId: entry.peerId }),
      connected: this.#isConnected(entry),
      failures: entry.failures,
      ...(entry.lastError === undefined ? {} : { lastError: entry.lastError }),
      ...(entry.nextAttemptMs === undefined ? {} : { nextAttemptMs: entry.nextAttemptMs }),
    }));
  }

  /** Ends all attempts and waits until none is in progress; connections stay. */
  async stop(): Promise<void> {
    this.#endListening?.();
    this.#endListening = undefined;
    const entries = [...this.#entries];
    for (const [name, entry] of entries) this.#drop(name, entry);
    await Promise.all(entries.map(([, entry]) => entry.running));
  }

  #add(target: DialTarget): void {
    const entry: Entry = {
      target,
      life: new AbortController(),
      wake: () => {},
      peerId: target.peerId ?? peerIdIn(target.addresses),
      release: () => {},
      failures: 0,
      lastError: undefined,
      nextAttemptMs: undefined,
      running: Promise.resolve(),
    };
    if (entry.peerId !== undefined) entry.release = this.#modules.network.protect(entry.peerId, target.addresses);
    this.#entries.set(target.name, entry);
    entry.running = this.#keepConnected(entry);
  }

  #drop(name: string, entry: Entry): void {
    this.#entries.delete(name);
    entry.life.abort();
    entry.release();
    entry.wake();
  }

  async #keepConnected(entry: Entry): Promise<void> {
    const { signal } = entry.life;
    const { clock } = this.#modules;
    while (!signal.aborted) {
      if (!this.#isConnected(entry)) {
        if (entry.target.addresses.length === 0) await this.#wait(entry);
        else if (!(await this.#dial(entry))) await this.#backOff(entry);
        continue;
      }
      const sinceMs = clock.elapsedMs();
      while (this.#isConnected(entry) && !signal.aborted) await this.#wait(entry);
      if (signal.aborted) return;
      const lastedMs = clock.elapsedMs() - sinceMs;
      this.#modules.log.info({ auditor: entry.target.name, peer: entry.peerId, lastedMs }, "lost a roster peer");
      if (lastedMs >= this.#options.stableMs) {
        entry.failures = 0;
      } else {
        entry.failures++;
        await this.#backOff(entry);
      }
    }
  }

  /** True if connected afterwards. */
  async #dial(entry: Entry): Promise<boolean> {
    const { network, clock, log } = this.#modules;
    const { name, peerId, addresses } = entry.target;
    const deadline = new Deadline(clock, this.#options.dialTimeoutMs, entry.life.signal);
    try {
      const suffix = peerId === undefined ? "" : `/p2p/${peerId}`;
      const found = await network.dial(
        addresses.map((address) => (peerIdIn([address]) === undefined ? address + suffix : address)),
        deadline.signal,
      );
      if (peerId !== undefined && found !== peerId) {
        const message = `at ${addresses.join(", ")} answers ${found}, not ${peerId}; check the address of ${name} in the roster`;
        throw new CoauditError("NETWORK_PEER_UNEXPECTED", message, { expected: peerId, found });
      }
      if (entry.life.signal.aborted) return false;
      entry.release();
      entry.release = network.protect(found, addresses);
      entry.peerId = found;
      entry.lastError = undefined;
      if (this.#isConnected(entry)) {
        log.info({ auditor: name, peer: found }, "connected to a roster peer");
        return true;
      }
    } catch (error) {
      if (entry.life.signal.aborted) return false;
      entry.lastError = {
        code: isCoauditError(error) ? error.code : "NETWORK_DIAL_FAILED",
        message: errorMessage(error),
      };
      log.debug(
        { auditor: name, failures: entry.failures + 1, error: entry.lastError },
        "a roster peer is unreachable",
      );
    } finally {
      deadline.cancel();
    }
    entry.failures++;
    return false;
  }

  /** Ends early when the peer connects to us. */
  async #backOff(entry: Entry): Promise<void> {
    if (entry.life.signal.aborted) return;
    const { clock, random } = this.#modules;
    const ms = backoffMs(random, Math.max(0, entry.failures - 1), this.#options.baseMs, this.#options.capMs);
    const ended = new AbortController();
    entry.wake = () => {
      if (this.#isConnected(entry) || entry.life.signal.aborted) ended.abort();
    };
    entry.nextAttemptMs = clock.now() + ms;
    await clock.sleep(ms, ended.signal);
    entry.nextAttemptMs = undefined;
    entry.wake = () => {};
  }

  #wait(entry: Entry): Promise<void> {
    return new Promise((resolve) => {
      entry.wake = resolve;
    });
  }

  #wakeAll(peer: string): void {
    for (const entry of this.#entries.values()) if (entry.peerId === peer) entry.wake();
  }

  #isConnected(entry: Entry): boolean {
    return entry.peerId !== undefined && this.#modules.network.peers().includes(entry.peerId);
  }
}

function sameTarget(a: DialTarget, b: DialTarget | undefined): boolean {
  return (
    b !== undefined &&
    a.peerId === b.peerId &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, index) => address === b.addresses[index])
  );
}
