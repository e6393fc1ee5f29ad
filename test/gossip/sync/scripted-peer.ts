/** Peers that answer head sync as a test tells them, honestly or not. */
import { toHex } from "../../../src/core/bytes.ts";
import { decodeSyncRequest, encodeSyncResponse } from "../../../src/gossip/sync/sync-codec.ts";
import {
  HEAD_SYNC_PROTOCOL,
  type SyncRequest,
  type SyncResponse,
  seriesId,
} from "../../../src/gossip/sync/sync-frames.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";
import { digestOf, statementOf } from "./memory-ledger.ts";
import { NS, type World } from "./sync-world.ts";

export const SERIES: Uint8Array = seriesId({ auditor: "a.example", namespace: NS });
export const TAG: Uint8Array = new Uint8Array(8);
export const DIFFERENT: SyncResponse = {
  type: "summary",
  same: false,
  series: [{ series: SERIES, tag: TAG }],
  floors: [],
};
export const NOTHING: SyncResponse = { type: "items", ids: [], more: false };

/** Bytes go out as they are; undefined is no answer at all. */
export type Reply = SyncResponse | Uint8Array | undefined;

export interface ScriptedPeer {
  readonly network: MemoryNetwork;
  /** Every request, in order. */
  readonly requests: SyncRequest[];
  /** Milliseconds of the world's clock at which a round began. */
  readonly rounds: number[];
}

export async function scriptedPeer(
  world: World,
  peerId: string,
  answer: (request: SyncRequest, signal: AbortSignal) => Reply | Promise<Reply>,
): Promise<ScriptedPeer> {
  const network = new MemoryNetwork({ peerId, topics: [] }, world);
  const requests: SyncRequest[] = [];
  const rounds: number[] = [];
  const startMs = world.clock.now();
  let lastNonce = "";
  network.handle(HEAD_SYNC_PROTOCOL, async (bytes, _from, signal) => {
    const request = decodeSyncRequest(bytes);
    requests.push(request);
    // A round may ask for a second summary, with the same nonce.
    const nonce = request.type === "summary" ? toHex(request.nonce) : lastNonce;
    if (nonce !== lastNonce) rounds.push(world.clock.now() - startMs);
    lastNonce = nonce;
    const reply = await answer(request, signal);
    if (reply === undefined) return new Promise<never>(() => undefined);
    return reply instanceof Uint8Array ? reply : encodeSyncResponse(reply);
  });
  await network.start();
  return { network, requests, rounds };
}

/** A head that every ledger here takes. */
export function headOf(epoch: number): Uint8Array {
  return statementOf({
    auditor: "a.example",
    namespace: NS,
    epoch,
    digest: digestOf(epoch),
    completeness: 3,
    ink: 0,
  });
}

/**
 * Answers as if it held `buckets` buckets from 9,000 down, with `leaves` leaves each, and gives `statement` for all.
 */
export function bucketsOf(
  request: SyncRequest,
  { buckets, leaves = 1, statement }: { buckets: number; leaves?: number; statement: (epoch: number) => Uint8Array },
): SyncResponse {
  switch (request.type) {
    case "summary":
      return DIFFERENT;
    case "buckets": {
      const listed = Array.from({ length: buckets }, (_, i) => ({ bucket: 9000 - i, tag: TAG }));
      return { type: "buckets", buckets: request.order === "newest" ? listed : [], more: false };
    }
    case "leaves":
      return { type: "leaves", buckets: [Array.from({ length: leaves }, (_, i) => ({ offset: i + 1, tag: TAG }))] };
    case "statements":
      return { type: "statements", answered: request.epochs.length, statements: request.epochs.map(statement) };
    default:
      return NOTHING;
  }
}
