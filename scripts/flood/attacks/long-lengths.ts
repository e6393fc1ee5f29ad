/** A head-sync request whose length never ends: nine bytes of varint, then a MiB that belongs to no frame. */
import { HEAD_SYNC_PROTOCOL } from "../../../src/gossip/sync/sync-frames.ts";
import type { Attack } from "../attack.ts";
import { paced } from "../pause.ts";
import { strangers } from "../stranger.ts";

const CHUNK_BYTES = 16 * 1024;
const CHUNKS = 64;
const LENGTH: Uint8Array = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);

export const longLengths: Attack = {
  name: "long-lengths",
  title: "head-sync request with a length of nine bytes, then 1 MiB",
  run: (context) =>
    strangers(context, {}, (stranger) =>
      paced(2, context.signal, async () => {
        const stream = await stranger.open(HEAD_SYNC_PROTOCOL);
        await sendLongLength((bytes) => stranger.send(stream, bytes));
        stream.abort(new Error("enough"));
      }),
    ),
};

export async function sendLongLength(send: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  await send(LENGTH);
  for (let chunk = 0; chunk < CHUNKS; chunk++) await send(new Uint8Array(CHUNK_BYTES));
}
