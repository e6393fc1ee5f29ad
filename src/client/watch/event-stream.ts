/**
 * One event stream of one node, for as long as it is of use. The sender may be hostile: lines, bytes and silence are
 * bounded.
 */
import type { Clock } from "../../core/clock.ts";
import { isCoauditError } from "../../core/errors.ts";
import { chunksOf } from "../body.ts";
import { follow } from "../follow.ts";
import { invalidAnswer, type NodeClient, unreachable } from "../node-client.ts";
import { type EventFrame, EventFrames } from "./event-frames.ts";

/** A node sends a comment every 15 s: three of them were missed. */
const SILENCE_MS = 45_000;
/** All that a node keeps for those who reconnect is about 300 KB; after that, 25 auditors make some 40 KB a minute. */
const MAX_WINDOW_BYTES = 1024 * 1024;
const WINDOW_MS = 60_000;

export interface EventStreamOptions {
  readonly path: string;
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

export interface EventStreamModules {
  readonly clock: Clock;
  /** The node has accepted: from here on it announces what happens. */
  readonly onOpen: () => void;
  readonly onFrame: (frame: EventFrame) => void;
}

/**
 * Returns when the node ends the stream. Throws NODE_UNREACHABLE, NODE_REFUSED, NODE_ANSWER_INVALID; also when the
 * signal fires.
 */
export async function followEvents(
  node: NodeClient,
  options: EventStreamOptions,
  modules: EventStreamModules,
): Promise<void> {
  const stop = new AbortController();
  const unlink = follow(options.signal, stop);
  try {
    const body = await node.events(options.path, options.lastEventId, stop);
    modules.onOpen();
    const frames = new EventFrames();
    void endWhenSilent(frames, stop, modules.clock);
    await readAll(node.url, chunksOf(body, stop.signal), frames, modules);
  } finally {
    unlink();
    stop.abort();
  }
}

async function readAll(
  url: string,
  chunks: AsyncIterable<Uint8Array>,
  frames: EventFrames,
  { clock, onFrame }: EventStreamModules,
): Promise<void> {
  const window = { startMs: clock.elapsedMs(), sizeBytes: 0 };
  try {
    for await (const chunk of chunks) {
      if (clock.elapsedMs() - window.startMs > WINDOW_MS)
        Object.assign(window, { startMs: clock.elapsedMs(), sizeBytes: 0 });
      window.sizeBytes += chunk.length;
      if (window.sizeBytes > MAX_WINDOW_BYTES) throw invalidAnswer(url, "too many events", undefined, "oversized");
      const completed = frames.push(chunk);
      if (completed === "too-long")
        throw invalidAnswer(url, "a line of its event stream is too long", undefined, "oversized");
      for (const frame of completed) onFrame(frame);
    }
  } catch (cause) {
    if (isCoauditError(cause)) throw cause;
    throw unreachable(url, "its event stream broke off", cause);
  }
}

async function endWhenSilent(frames: EventFrames, stop: AbortController, clock: Clock): Promise<void> {
  for (let seen = -1; frames.lines !== seen && !stop.signal.aborted; ) {
    seen = frames.lines;
    await clock.sleep(SILENCE_MS, stop.signal);
  }
  stop.abort(new Error(`nothing received in ${SILENCE_MS} ms`));
}
