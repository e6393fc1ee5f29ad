/**
 * Pings every connection, and ends those that do not answer in time.
 *
 * In place of libp2p's own monitor: its timeout is an average over time (`MovingAverage` in @libp2p/utils 7), weighted
 * by `exp(-(now - before) / 5 s)` of the wall clock. A clock that is set back by more than 3,549 s makes that Infinity,
 * the average NaN, and each timeout after it 0, for good: all connections are aborted at every ping until a restart.
 * For upstream: an average by elapsed time, or `Math.max(0, t - pt)` in `alpha`.
 */
import type { Connection, Libp2p } from "@libp2p/interface";
import { byteStream } from "@libp2p/utils";
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { PING_PROTOCOL } from "./ping-answers.ts";

const PING_BYTES = 32;

export interface PulseRule {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

export class ConnectionPulse {
  readonly #rule: PulseRule;
  readonly #modules: { readonly clock: Clock; readonly log: Logger };
  readonly #life = new AbortController();
  readonly #asked: Set<Connection> = new Set();

  constructor(rule: PulseRule, modules: { readonly clock: Clock; readonly log: Logger }) {
    this.#rule = rule;
    this.#modules = modules;
  }

  /** Until it is stopped. */
  async run(node: Pick<Libp2p, "getConnections">): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#modules.clock.sleep(this.#rule.pingIntervalMs, signal);
      if (signal.aborted) return;
      for (const connection of node.getConnections()) void this.#check(connection);
    }
  }

  stop(): void {
    this.#life.abort();
  }

  async #check(connection: Connection): Promise<void> {
    if (this.#asked.has(connection)) return;
    this.#asked.add(connection);
    const deadline = new Deadline(this.#modules.clock, this.#rule.pingTimeoutMs, this.#life.signal);
    try {
      await ping(connection, deadline.signal);
    } catch (error) {
      // A peer that refuses the protocol has answered.
      if (this.#life.signal.aborted || (error as Error).name === "UnsupportedProtocolError") return;
      const fields = { peer: connection.remotePeer.toString(), error: errorMessage(error) };
      this.#modules.log.debug(fields, "a connection did not answer a ping and is ended");
      connection.abort(error instanceof Error ? error : new Error(errorMessage(error)));
    } finally {
      deadline.cancel();
      this.#asked.delete(connection);
    }
  }
}

async function ping(connection: Connection, signal: AbortSignal): Promise<void> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
  try {
    const bytes = byteStream(stream);
    // What is in it does not matter: only the peer at the other end of this connection can answer at all.
    await Promise.all([bytes.write(new Uint8Array(PING_BYTES), { signal }), bytes.read({ bytes: PING_BYTES, signal })]);
    await stream.close({ signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(errorMessage(error)));
    throw error;
  }
}
