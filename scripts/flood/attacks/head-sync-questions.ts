/** Head-sync requests that cost the node more than the stranger: whole buckets of leaves, long runs of statements. */
import { encodeSyncRequest } from "../../../src/gossip/sync/sync-codec.ts";
import {
  HEAD_SYNC_PROTOCOL,
  MAX_BUCKETS_OPENED,
  MAX_STATEMENTS_ASKED,
  NONCE_SIZE_BYTES,
  type SyncRequest,
  seriesId,
} from "../../../src/gossip/sync/sync-frames.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import type { Attack, AttackContext, Target } from "../attack.ts";
import { framed } from "../gossip-frames.ts";
import { paced } from "../pause.ts";
import { type Stranger, strangers } from "../stranger.ts";

/** An answer is at most a MiB; beyond that the stranger's own budget sets the pace. */
const QUESTIONS_PER_SECOND = 20;

export const leaves: Attack = {
  name: "leaves",
  title: "`leaves` of all buckets, 20 questions a second each",
  run: (context) => questions(context, leavesOf),
};

export const statements: Attack = {
  name: "statements",
  title: "`statements` of 256 epochs, 20 questions a second each",
  run: (context) => questions(context, statementsOf),
};

function questions(context: AttackContext, question: (target: Target) => SyncRequest): Promise<void> {
  return strangers(context, {}, (stranger) =>
    paced(QUESTIONS_PER_SECOND, context.signal, () => ask(stranger, question(context.target))),
  );
}

async function ask(stranger: Stranger, question: SyncRequest): Promise<void> {
  const stream = await stranger.open(HEAD_SYNC_PROTOCOL);
  await stranger.send(stream, framed(encodeSyncRequest(question)));
  for await (const _chunk of stream) break;
  stream.abort(new Error("enough"));
}

function seriesOf({ namespace, auditors }: Target): Uint8Array {
  const [at = 0] = systemRandom.bytes(1);
  return seriesId({ auditor: auditors[at % auditors.length]?.name ?? "", namespace });
}

function leavesOf(target: Target): SyncRequest {
  const buckets = Array.from({ length: MAX_BUCKETS_OPENED }, (_, bucket) => bucket);
  return { type: "leaves", nonce: systemRandom.bytes(NONCE_SIZE_BYTES), series: seriesOf(target), buckets };
}

function statementsOf(target: Target): SyncRequest {
  const epochs = Array.from({ length: MAX_STATEMENTS_ASKED }, (_, index) => index + 1);
  return { type: "statements", series: seriesOf(target), epochs };
}
