/** Frames below any protocol: what libp2p's muxer and encrypter do by themselves. */
import { concat } from "../../../src/core/bytes.ts";
import { WireStranger, YAMUX, yamuxFrame } from "../../../test/support/wire-stranger.ts";
import type { Attack, AttackContext } from "../attack.ts";
import { again, paced } from "../pause.ts";
import { sourceOf } from "../raw-sockets.ts";

/** At a time; as fast as the node takes them. */
const BATCH = 100;
/** Whoever is not answered is a slow reader, and the attack goes on. */
const BATCHES_PER_SECOND = 100;

export const resetStreams: Attack = {
  name: "reset-streams",
  title: "yamux streams opened and reset, 10,000 a second each",
  run: (context) =>
    batches(context, (stranger) => {
      const stream = stranger.freshStream();
      return concat(
        yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.syn, stream }),
        yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.rst, stream }),
      );
    }),
};

export const yamuxPings: Attack = {
  name: "yamux-pings",
  title: "pings of yamux, 10,000 a second each",
  run: (context) => batches(context, () => yamuxFrame({ type: YAMUX.ping, flags: YAMUX.syn, stream: 0, length: 7 })),
};

export const noiseFrames: Attack = {
  name: "noise-frames",
  title: "frames of noise with a byte in each, 2,400 a second each",
  run: (context) =>
    strangersBelow(context, async (stranger) => {
      const frame = yamuxFrame({ type: YAMUX.windowUpdate, stream: 999, length: 1 });
      await paced(200, context.signal, async () => {
        context.tally.units += frame.length;
        context.tally.bytes += frame.length * 19;
        await stranger.sendOneByOne(frame, context.signal);
      });
    }),
};

function batches(context: AttackContext, frames: (stranger: WireStranger) => Uint8Array): Promise<void> {
  return strangersBelow(context, (stranger) =>
    paced(BATCHES_PER_SECOND, context.signal, async () => {
      const batch = concat(...Array.from({ length: BATCH }, () => frames(stranger)));
      context.tally.units += BATCH;
      context.tally.bytes += batch.length;
      await stranger.send(batch, context.signal);
    }),
  );
}

async function strangersBelow(
  { target, strangers, signal, tally }: AttackContext,
  live: (stranger: WireStranger) => Promise<void>,
): Promise<void> {
  const addresses = [`/ip4/127.0.0.1/tcp/${target.p2pPort}/p2p/${target.peerId}`];
  const one = (_: unknown, index: number): Promise<void> =>
    again(signal, async () => {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
      const stranger = await WireStranger.connect(addresses, { signal: timeout, from: sourceOf(index) });
      tally.connections++;
      stranger.deafen();
      try {
        await live(stranger);
      } finally {
        await stranger.stop();
      }
    });
  await Promise.all(Array.from({ length: strangers }, one));
}
