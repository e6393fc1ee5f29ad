/** Answers requests over libp2p streams, and makes requests to others: the frames of framing.ts under a deadline. */
import type { Connection, Stream } from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { checkFrame, REQUEST_CAP_BYTES, RESPONSE_CAP_BYTES, type RequestHandler } from "../network.ts";
import { framesOf } from "./framing.ts";

export interface RequestLimits {
  readonly requestTimeoutMs: number;
  readonly maxRequestsPerPeer: number;
  readonly maxRequests: number;
}

interface Modules {
  readonly clock: Clock;
  readonly log: Logger;
}

export class RequestServer {
  readonly #limits: RequestLimits;
  readonly #modules: Modules;
  readonly #life: AbortController = new AbortController();
  /** Entries exist only while a request of that peer is answered. */
  readonly #running: Map<string, number> = new Map();
  #total = 0;

  constructor(limits: RequestLimits, modules: Modules) {
    this.#limits = limits;
    this.#modules = modules;
  }

  /** Never throws: a request that cannot be answered resets its stream. */
  async answer(handler: RequestHandler, stream: Stream, peer: string): Promise<void> {
    const running = this.#running.get(peer) ?? 0;
    if (running >= this.#limits.maxRequestsPerPeer || this.#total >= this.#limits.maxRequests) {
      stream.abort(new Error("too many requests at once"));
      return;
    }
    this.#running.set(peer, running + 1);
    this.#total++;
    const gone = new AbortController();
    stream.addEventListener("close", () => gone.abort(), { once: true });
    const deadline = new Deadline(this.#modules.clock, this.#limits.requestTimeoutMs, this.#life.signal, gone.signal);
    try {
      const frames = framesOf(stream, { readCapBytes: REQUEST_CAP_BYTES });
      const request = await frames.read(deadline.signal);
      const response = await handler(request, peer, deadline.signal);
      checkFrame(response, RESPONSE_CAP_BYTES);
      await frames.write(response, deadline.signal);
      await stream.close({ signal: deadline.signal });
    } catch (error) {
      this.#modules.log.debug({ peer, protocol: stream.protocol, error: errorMessage(error) }, "request not answered");
      stream.abort(asError(error));
    } finally {
      deadline.cancel();
      this.#total--;
      const left = (this.#running.get(peer) ?? 1) - 1;
      if (left > 0) this.#running.set(peer, left);
      else this.#running.delete(peer);
    }
  }

  /** The errors of Network.request. */
  async ask(connection: Connection, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    checkFrame(request, REQUEST_CAP_BYTES);
    const peer = connection.remotePeer.toString();
    const timeoutMs = this.#limits.requestTimeoutMs;
    const deadline = new Deadline(this.#modules.clock, timeoutMs, signal, this.#life.signal);
    let stream: Stream | undefined;
    try {
      stream = await connection.newStream(protocol, { signal: deadline.signal });
      const frames = framesOf(stream, { readCapBytes: RESPONSE_CAP_BYTES });
      await frames.write(request, deadline.signal);
      const response = await frames.read(deadline.signal);
      await stream.close({ signal: deadline.signal });
      return response;
    } catch (cause) {
      stream?.abort(asError(cause));
      if (isCoauditError(cause)) throw cause;
      const context = { peer, protocol };
      if (deadline.expired) {
        throw new CoauditError(
          "REQUEST_TIMEOUT",
          `${peer} did not answer ${protocol} within ${timeoutMs} ms`,
          { ...context, timeoutMs },
          { cause },
        );
      }
      if (signal.aborted || this.#life.signal.aborted)
        throw new CoauditError("REQUEST_ABORTED", `the request ${protocol} to ${peer} was cancelled`, context, {
          cause,
        });
      if (cause instanceof Error && cause.name === "UnsupportedProtocolError") {
        throw new CoauditError(
          "REQUEST_PROTOCOL_UNKNOWN",
          `${peer} does not speak ${protocol}; it may run another version`,
          context,
          { cause },
        );
      }
      throw new CoauditError("REQUEST_FAILED", `${peer} did not answer ${protocol}: ${errorMessage(cause)}`, context, {
        cause,
      });
    } finally {
      deadline.cancel();
    }
  }

  stop(): void {
    this.#life.abort();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
