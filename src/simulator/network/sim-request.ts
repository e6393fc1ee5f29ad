/**
 * A request over a stream of its own: two round trips (measured with libp2p: one of them agrees on the protocol),
 * failing when the connection ends, given up when its signal is aborted.
 */
import { CoauditError } from "../../core/errors.ts";
import { DEFAULT_NETWORK_LIMITS } from "../../gossip/libp2p/libp2p-options.ts";
import { checkFrame, RESPONSE_CAP_BYTES } from "../../gossip/network.ts";
import type { PeerEnd } from "./peer-end.ts";

interface Question {
  readonly protocol: string;
  readonly request: Uint8Array;
  /** Aborted when the asker is gone or gave up. */
  readonly signal: AbortSignal;
  readonly answered: (response: Uint8Array) => boolean;
  readonly failed: (cause: Error) => boolean;
}

/** Rejects with REQUEST_PROTOCOL_UNKNOWN, or any other error for a request that failed. Never settles for the dead. */
export function ask(end: PeerEnd, protocol: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gone = new AbortController();
    let isSettled = false;
    const settle = (how: () => void): boolean => {
      if (isSettled || !end.local.incarnation.isAlive) return false;
      isSettled = true;
      end.onClose.delete(lost);
      signal.removeEventListener("abort", giveUp);
      how();
      return true;
    };
    const failed = (cause: Error): boolean => settle(() => reject(cause));
    const lost = (): void => void failed(new Error("the connection ended"));
    const giveUp = (): void => {
      failed(new Error("given up"));
      end.transfer(0, () => {
        gone.abort();
        return true;
      });
    };
    if (signal.aborted) {
      failed(new Error("given up"));
      return;
    }
    end.onClose.add(lost);
    signal.addEventListener("abort", giveUp, { once: true });
    const { counters } = end.local;
    counters.requests++;
    counters.requestBytes += request.length;
    const question: Question = {
      protocol,
      request: request.slice(),
      signal: gone.signal,
      answered: (response) => settle(() => resolve(response)),
      failed,
    };
    end.transferAnew(request.length, () => answer(end.other, question, () => gone.abort()));
  });
}

/** `end`: the answerer's side. True when its handler runs. */
function answer(end: PeerEnd, question: Question, giveUp: () => void): boolean {
  const { local } = end;
  const { protocol } = question;
  const reply = (sizeBytes: number, then: () => boolean): void => {
    if (local.isRunning && end.isOpen) end.transfer(sizeBytes, then);
  };
  const handler = local.requestHandlers.get(protocol);
  if (handler === undefined) {
    const peer = local.peerId;
    reply(0, () =>
      question.failed(
        new CoauditError("REQUEST_PROTOCOL_UNKNOWN", `${peer} does not speak ${protocol}`, { peer, protocol }),
      ),
    );
    return false;
  }
  const { maxRequests, maxRequestsPerPeer } = DEFAULT_NETWORK_LIMITS;
  if (end.answering >= maxRequestsPerPeer || local.answering >= maxRequests) {
    reply(0, () => question.failed(new Error("the stream was reset")));
    return false;
  }
  end.answering++;
  local.answering++;
  end.onClose.add(giveUp);
  const done = (): void => {
    end.answering--;
    local.answering--;
    end.onClose.delete(giveUp);
  };
  handler(question.request, end.remote.peerId, question.signal).then(
    (response) => {
      done();
      try {
        checkFrame(response, RESPONSE_CAP_BYTES);
      } catch {
        reply(0, () => question.failed(new Error("the stream was reset")));
        return;
      }
      if (local.isRunning) local.counters.requestBytes += response.length;
      const copy = response.slice();
      reply(response.length, () => question.answered(copy));
    },
    () => {
      done();
      reply(0, () => question.failed(new Error("the stream was reset")));
    },
  );
  return true;
}
