/** Answers requests that come over libp2p streams, and asks others: the frames of framing.ts under a deadline. */
import { setMaxListeners } from "node:events";
import type { Connection, Stream } from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import { Deadline, unlessAborted } from "../../core/deadline.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { checkFrame, REQUEST_CAP_BYTES, RESPONSE_CAP_BYTES, type RequestAnswers } from "../network.ts";
import { requestError } from "../request-error.ts";
import { type RequestLimits, RequestPlaces } from "../request-places.ts";
import { type Frames, framesOf } from "./framing.ts";

export interface RequestServerLimits extends RequestLimits {
  readonly maxStreamsPerPeer: number;
  readonly requestDueMs: number;
  readonly requestTimeoutMs: number;
}

/**
 * A stranger's stream that was not answered counts among its streams this long: 8 of them in two seconds, half a
 * millisecond each, are a quarter of a core for 128 strangers. Who was told `busy` comes again after two seconds.
 */
const UNANSWERED_STREAM_MS = 2000;

interface Modules {
  readonly clock: Clock;
  readonly log: Logger;
  readonly isRosterPeer: (peer: string) => boolean;
}

export class RequestServer {
  readonly #limits: RequestServerLimits;
  readonly #modules: Modules;
  readonly #places: RequestPlaces;
  readonly #life: AbortController = new AbortController();
  /** By protocol and peer. Entries exist only while a stream is open. */
  readonly #streams: Map<string, number> = new Map();

  constructor(limits: RequestServerLimits, modules: Modules) {
    this.#limits = limits;
    this.#modules = modules;
    this.#places = new RequestPlaces(limits, modules);
    // One for each stream; Node warns of a leak from eleven on.
    setMaxListeners(0, this.#life.signal);
  }

  /** Never throws: a request that can't be answered resets its stream. */
  async answer(answers: RequestAnswers, stream: Stream, peer: string): Promise<void> {
    const key = `${stream.protocol} ${peer}`;
    const open = this.#streams.get(key) ?? 0;
    if (open >= this.#limits.maxStreamsPerPeer) {
      stream.abort(new Error("too many streams at once"));
      return;
    }
    this.#streams.set(key, open + 1);
    const isAnswered = await this.#serve(answers, stream, peer);
    // What was answered was paid for; what was not has cost a stream. [streams opened and reset as fast as they go]
    if (!isAnswered && !this.#modules.isRosterPeer(peer)) {
      await this.#modules.clock.sleep(UNANSWERED_STREAM_MS, this.#life.signal);
    }
    const left = (this.#streams.get(key) ?? 1) - 1;
    if (left > 0) this.#streams.set(key, left);
    else this.#streams.delete(key);
  }

  /** False when the answer was that there is none now, and when there was none. */
  async #serve(answers: RequestAnswers, stream: Stream, peer: string): Promise<boolean> {
    const gone = new AbortController();
    stream.addEventListener("close", () => gone.abort(), { once: true });
    const { requestDueMs, requestTimeoutMs } = this.#limits;
    try {
      const frames = framesOf(stream, { readCapBytes: REQUEST_CAP_BYTES });
      const request = await this.#within(requestDueMs, gone.signal, (signal) => frames.read(signal));
      const isAnswered = await this.#within(requestTimeoutMs, gone.signal, async (signal) => {
        const isBusy = await this.#respond(answers, { request, peer, frames, signal });
        await stream.close({ signal });
        return !isBusy;
      });
      // The asker's side ends with the answer. [streams that stay half open are streams for ever]
      await this.#within(requestDueMs, this.#life.signal, (signal) => closed(stream, signal));
      return isAnswered;
    } catch (error) {
      this.#modules.log.debug({ peer, protocol: stream.protocol, error: errorMessage(error) }, "request not answered");
      stream.abort(asError(error));
      return false;
    }
  }

  /** True when the answer was that there is none now. */
  async #respond(
    { handler, busy }: RequestAnswers,
    asked: { request: Uint8Array; peer: string; frames: Frames; signal: AbortSignal },
  ): Promise<boolean> {
    const { request, peer, frames, signal } = asked;
    // The rest of what came at once was no frame.
    signal.throwIfAborted();
    const giveBack = this.#places.take(peer);
    if (giveBack === undefined) {
      if (busy === undefined) throw new Error("too many requests at once");
      await frames.write(busy, signal);
      return true;
    }
    try {
      const response = await handler(request, peer, signal);
      checkFrame(response, RESPONSE_CAP_BYTES);
      await frames.write(response, signal);
      return response === busy;
    } finally {
      giveBack();
    }
  }

  async #within<T>(timeoutMs: number, gone: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#modules.clock, timeoutMs, this.#life.signal, gone);
    try {
      return await work(deadline.signal);
    } finally {
      deadline.cancel();
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
      const isCancelled = signal.aborted || this.#life.signal.aborted;
      const end = deadline.expired ? "late" : isCancelled ? "cancelled" : "failed";
      if (end === "failed" && cause instanceof Error && cause.name === "UnsupportedProtocolError") {
        const message = `${peer} does not speak ${protocol}; it may run another version`;
        throw new CoauditError("REQUEST_PROTOCOL_UNKNOWN", message, context, { cause });
      }
      throw requestError({ ...context, timeoutMs, end }, cause);
    } finally {
      deadline.cancel();
    }
  }

  stop(): void {
    this.#life.abort();
  }
}

function closed(stream: Stream, signal: AbortSignal): Promise<void> {
  const isClosed = new Promise<void>((resolve) => {
    if (stream.status !== "open" && stream.status !== "closing") resolve();
    else stream.addEventListener("close", () => resolve(), { once: true });
  });
  return unlessAborted(isClosed, signal);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
