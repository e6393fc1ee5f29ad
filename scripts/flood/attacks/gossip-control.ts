/** Frames of gossipsub that carry nothing and still cost work. */
import { MESSAGE_ID_SIZE_BYTES } from "../../../src/gossip/message-id.ts";
import { namespaceTopic } from "../../../src/gossip/topics.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import type { Attack, AttackContext } from "../attack.ts";
import { ihaveRpc } from "../gossip-frames.ts";
import { paced } from "../pause.ts";
import { GOSSIP_PROTOCOLS, strangers } from "../stranger.ts";

const EMPTY_FRAMES = 64 * 1024;
const IHAVE_IDS = 20_000;

export const emptyFrames: Attack = {
  name: "empty-frames",
  title: "gossip frames of length zero, 128 KiB/s each",
  run: (context) => repeated(context, 2, () => new Uint8Array(EMPTY_FRAMES)),
};

export const ihave: Attack = {
  name: "ihave",
  title: "IHAVE of 20,000 ids, 2 a second each",
  run: (context) =>
    repeated(context, 2, () => {
      const random = systemRandom.bytes(IHAVE_IDS * MESSAGE_ID_SIZE_BYTES);
      const ids = Array.from({ length: IHAVE_IDS }, (_, index) =>
        random.subarray(index * MESSAGE_ID_SIZE_BYTES, (index + 1) * MESSAGE_ID_SIZE_BYTES),
      );
      return ihaveRpc(namespaceTopic(context.target.namespace), ids);
    }),
};

function repeated(context: AttackContext, perSecond: number, make: () => Uint8Array): Promise<void> {
  return strangers(context, {}, async (stranger) => {
    const stream = await stranger.open(GOSSIP_PROTOCOLS);
    await paced(perSecond, context.signal, () => stranger.send(stream, make()));
  });
}
