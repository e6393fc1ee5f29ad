/**
 * A request over a stream of its own: two round trips (measured with libp2p: one of them agrees on the protocol),
 * failing when the connection ends, given up when its signal is aborted.
 */
import { CoauditError } from "../../core/errors.ts";
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
  const answers = local.requestAnswers.get(protocol);
  if (answers === undefined) {
    const peer = local.peerId;
    reply(0, () =>
      question.failed(
        new CoauditError("REQUEST_PROTOCOL_UNKNOWN", `${peer} does not speak ${protocol}`, { peer, protocol }),
      ),
    );
    return false;
  }
  const reset = (): void => reply(0, () => question.failed(new Error("the stream was reset")));
  const giveBack = local.places.take(end.remote.peerId);
  if (giveBack === undefined) {
    const { busy } = answers;
    if (busy === undefined) {
      reset();
    } else {
      local.counters.requestBytes += busy.length;
      reply(busy.length, () => question.answered(busy));
    }
    return false;
  }
  end.onClose.add(giveUp);
  const done = (): void => {
    giveBack();
    end.onClose.delete(giveUp);
  };
  answers.handler(question.request, end.remote.peerId, question.signal).then(
    (response) => {
      done();
      try {
        checkFrame(response, RESPONSE_CAP_BYTES);
      } catch {
        reset();
        return;
      }
      if (local.isRunning) local.counters.requestBytes += response.length;
      const copy = response.slice();
      reply(response.length, () => question.answered(copy));
    },
    () => {
      done();
      reset();
    },
  );
  return true;
}
