/** The body of an answer, piece by piece, until it ends or is cancelled. */

/** What is used of a ReadableStream: not every browser iterates over one. */
export interface Body {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
}

/**
 * Throws the reason of `stop`, and what the connection throws. That fetch was given the same signal is not enough: once
 * the headers are there, Node 20 may collect the listener with the request, and an abort does nothing (seen under
 * memory pressure, in minutes).
 */
export async function* chunksOf(body: Body, stop: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const assumptions = body.getReader();
  const cancel = (): void => void assumptions.cancel().catch(() => undefined);
  stop.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      throwReason(stop);
      const { done, value } = await assumptions.read();
      throwReason(stop);
      if (done || value === undefined) return;
      yield value;
    }
  } finally {
    stop.removeEventListener("abort", cancel);
    cancel();
  }
}

/** Engines of apps have AbortSignal without throwIfAborted. */
function throwReason(stop: AbortSignal): void {
  if (stop.aborted) throw stop.reason ?? new Error("aborted");
}
