/**
 * What one unit of each kind of work on the wire costs a node, in microseconds of its processor: a real network in a
 * process of its own, worked from this one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { concat, utf8 } from "../../src/core/bytes.ts";
import { chunksOf } from "../../src/gossip/libp2p/paused-reader.ts";
import { HEAD_SYNC_PROTOCOL } from "../../src/gossip/sync/sync-frames.ts";
import { WireStranger, YAMUX, yamuxFrame } from "../../test/support/wire-stranger.ts";
import { showFloods } from "./floods.ts";
import type { HostWord } from "./host.ts";

const { values } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    floods: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:wire [-- --scale 1 | -- --floods 2]
What work on the wire costs a node, in microseconds of its processor a unit; half a minute. src/gossip/cost/wire-price.ts
has the prices that follow. --scale: so many times the units.
--floods: instead, so many strangers do the cheapest of it as fast as they can, for 4 s each: how long that keeps the
node's event loop waiting, without budgets and with those that a node has.`);
  process.exit(0);
}
const scale = Number(values.scale);

interface Work {
  readonly name: string;
  readonly units: number;
  /** Without a stranger of its own, at a node that lets none in. */
  readonly at?: "full house";
  readonly run: (stranger: WireStranger, units: number) => Promise<void>;
}

const BATCH = 100;
const MSS = "/multistream/1.0.0\n";

const WORKS: readonly Work[] = [
  {
    name: "connection that says nothing",
    units: 500,
    at: "full house",
    run: async (_stranger, units) => {
      const port = Number(/tcp\/(\d+)/.exec(fullHouse.addresses[0] ?? "")?.[1]);
      for (let unit = 0; unit < units; unit++) {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        socket.destroy();
      }
    },
  },
  {
    name: "connection that is refused after its handshake",
    units: 200,
    at: "full house",
    run: async (_stranger, units) => {
      for (let unit = 0; unit < units; unit++) {
        const other = await WireStranger.connect(fullHouse.addresses).catch(() => undefined);
        await other?.stop();
      }
    },
  },
  {
    name: "connection: handshake, identify both ways, end",
    units: 150,
    run: async (_stranger, units) => {
      for (let unit = 0; unit < units; unit++) {
        const other = await WireStranger.connect(house.addresses);
        // The node identifies whoever comes, and opens a gossip stream.
        await pause(30);
        await other.stop();
      }
    },
  },
  {
    name: "stream opened and reset",
    units: 10_000,
    run: batched((stranger) => {
      const stream = stranger.freshStream();
      return concat(
        yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.syn, stream }),
        yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.rst, stream }),
      );
    }),
  },
  {
    name: "stream opened, a protocol that nobody speaks, reset",
    units: 3_000,
    run: batched((stranger) => {
      const stream = stranger.freshStream();
      return concat(
        yamuxFrame({ type: YAMUX.data, flags: YAMUX.syn, stream }, concat(named(MSS), named("/nobody/1\n"))),
        yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.rst, stream }),
      );
    }),
  },
  {
    name: "request of 64 bytes, answered",
    units: 1_500,
    run: async ({ connection }, units) => {
      for (let unit = 0; unit < units; unit++) {
        const stream = await connection.newStream(HEAD_SYNC_PROTOCOL);
        stream.send(Uint8Array.of(64, ...new Uint8Array(64)));
        await stream.close();
        for await (const _chunk of chunksOf(stream)) {
          // Until its end.
        }
      }
    },
  },
  {
    name: "identify asked and answered",
    units: 600,
    run: async ({ connection }, units) => {
      for (let unit = 0; unit < units; unit++) {
        const stream = await connection.newStream("/ipfs/id/1.0.0");
        for await (const _chunk of chunksOf(stream)) {
          // Until its end.
        }
        await stream.close();
      }
    },
  },
  {
    name: "ping stream opened, one ping, closed",
    units: 1_000,
    run: async ({ connection, node }, units) => {
      const { ping } = node.services as { ping: { ping(peer: unknown): Promise<number> } };
      for (let unit = 0; unit < units; unit++) await ping.ping(connection.remotePeer);
    },
  },
  {
    name: "gossip stream opened, in place of the one before",
    units: 400,
    run: async ({ connection }, units) => {
      for (let unit = 0; unit < units; unit++) {
        const stream = await connection.newStream("/meshsub/1.1.0");
        if (unit === units - 1) stream.abort(new Error("enough"));
      }
    },
  },
  {
    name: "ping of yamux",
    units: 20_000,
    run: batched(() => yamuxFrame({ type: YAMUX.ping, flags: YAMUX.syn, stream: 0, length: 7 })),
  },
  {
    name: "window update of a stream that is not there",
    units: 50_000,
    run: batched(() => yamuxFrame({ type: YAMUX.windowUpdate, stream: 999, length: 1 })),
  },
  {
    name: "data frame of 1 byte on an open gossip stream",
    units: 20_000,
    run: async (stranger, units) => {
      const stream = stranger.freshStream();
      // A field that nobody knows, of 2 MiB.
      const head = concat(
        named(MSS),
        named("/meshsub/1.1.0\n"),
        Uint8Array.of(0x80, 0x80, 0x80, 1, 0x7a, 0xf0, 0xff, 0x7f),
      );
      await stranger.send(yamuxFrame({ type: YAMUX.data, flags: YAMUX.syn, stream }, head));
      await pause(200);
      await batched(() => yamuxFrame({ type: YAMUX.data, stream }, new Uint8Array(1)))(stranger, units);
    },
  },
  {
    name: "noise frame of 1 byte, beside an eighth of a window update",
    units: 24_000,
    run: async (stranger, units) => {
      const frame = yamuxFrame({ type: YAMUX.windowUpdate, stream: 999, length: 1 });
      for (let unit = 0; unit < units; unit += frame.length) await stranger.sendOneByOne(frame);
    },
  },
  {
    name: "byte in data frames of 60 KiB on a gossip stream (nanoseconds)",
    units: 1_000 * 61_440,
    run: async ({ connection }, units) => {
      const stream = await connection.newStream("/meshsub/1.1.0");
      // An RPC of 4 MiB, again and again, of a field that nobody knows.
      const size = 4 * 1024 * 1024 - 16;
      const chunk = new Uint8Array(61_440);
      for (let sent = 0; sent < units; ) {
        const head = concat(varintOf(size + 5), Uint8Array.of(0x7a), varintOf(size));
        stream.send(head);
        for (let left = size; left > 0; left -= chunk.length) {
          const part = chunk.subarray(0, Math.min(left, chunk.length));
          sent += part.length;
          if (!stream.send(part)) await stream.onDrain();
        }
      }
    },
  },
];

const [house, fullHouse] = [await hostOf(), await hostOf("full")];
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}`);
if (values.floods !== undefined) {
  for (const { child } of [house, fullHouse]) child.kill();
  await showFloods(Number(values.floods), hostOf);
  process.exit(0);
}
console.log("| work | units | us a unit |\n|---|---|---|");
for (const { name, units, at, run } of WORKS) {
  const count = Math.round(units * scale);
  const { child, addresses } = at === undefined ? house : fullHouse;
  const stranger = await WireStranger.connect(at === undefined ? addresses : house.addresses);
  const before = await settled(child);
  await run(stranger, count);
  const cpuUs = (await settled(child)) - before;
  await stranger.stop();
  console.log(`| ${name} | ${count.toLocaleString("en")} | ${shown(name, cpuUs / count)} |`);
}
for (const { child } of [house, fullHouse]) child.kill();

async function hostOf(...args: readonly string[]): Promise<{ child: ChildProcess; addresses: readonly string[] }> {
  const child = fork(fileURLToPath(new URL("host.js", import.meta.url)), args);
  const [first] = (await once(child, "message")) as [HostWord];
  return { child, addresses: "addresses" in first ? first.addresses : [] };
}

function shown(name: string, us: number): string {
  return name.includes("nanoseconds") ? `${(us * 1000).toFixed(1)} ns` : us.toFixed(us < 10 ? 2 : 0);
}

function batched(frames: (stranger: WireStranger) => Uint8Array): Work["run"] {
  return async (stranger, units) => {
    stranger.deafen();
    for (let sent = 0; sent < units; sent += BATCH) {
      await stranger.send(concat(...Array.from({ length: BATCH }, () => frames(stranger))));
    }
  };
}

/** As multistream-select frames a name. */
function named(name: string): Uint8Array {
  return concat(Uint8Array.of(name.length), utf8(name));
}

function varintOf(value: number): Uint8Array {
  return Uint8Array.of((value & 127) | 128, ((value >> 7) & 127) | 128, ((value >> 14) & 127) | 128, value >> 21);
}

/** What it used, once it does nothing any more. */
async function settled(child: ChildProcess): Promise<number> {
  let last = await usedUs(child);
  for (;;) {
    await pause(300);
    const now = await usedUs(child);
    if (now - last < 12_000) return now;
    last = now;
  }
}

async function usedUs(child: ChildProcess): Promise<number> {
  child.send("how much");
  const [word] = (await once(child, "message")) as [HostWord];
  return "cpuUs" in word ? word.cpuUs : Number.NaN;
}
