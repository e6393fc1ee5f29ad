/** Strangers that do what costs a node most and them least, and how long its event loop is kept waiting. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { concat } from "../../src/core/bytes.ts";
import { WireStranger, YAMUX, yamuxFrame } from "../../test/support/wire-stranger.ts";
import type { HostWord } from "./host.ts";

const FLOOD_MS = 4_000;
/** As many as 64 KiB hold. */
const OPENS = 2_700;
const PINGS = 5_400;

interface Host {
  readonly child: ChildProcess;
  readonly addresses: readonly string[];
}

type Flood = (stranger: WireStranger) => Promise<void>;

const FLOODS: Readonly<Record<string, Flood>> = {
  nothing: () => pause(100),
  "streams opened and reset": (stranger) =>
    stranger.send(
      many(OPENS, () => {
        const stream = stranger.freshStream();
        return concat(
          yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.syn, stream }),
          yamuxFrame({ type: YAMUX.windowUpdate, flags: YAMUX.rst, stream }),
        );
      }),
    ),
  "pings of yamux": (stranger) =>
    stranger.send(many(PINGS, () => yamuxFrame({ type: YAMUX.ping, flags: YAMUX.syn, stream: 0, length: 7 }))),
  "frames of noise with a byte": (stranger) =>
    stranger.sendOneByOne(yamuxFrame({ type: YAMUX.windowUpdate, stream: 999, length: 1 })),
};

export async function showFloods(strangers: number, hostOf: (kind: string) => Promise<Host>): Promise<void> {
  console.log("| flood | budgets | event loop p99 / max ms | node CPU |\n|---|---|---|---|");
  for (const [name, flood] of Object.entries(FLOODS)) {
    for (const [budgets, kind] of [
      ["none", "rich"],
      ["as they are", "thrifty"],
    ] as const) {
      const { child, addresses } = await hostOf(kind);
      const all = await Promise.all(Array.from({ length: strangers }, () => WireStranger.connect(addresses)));
      await pause(500);
      const before = await told(child);
      const end = AbortSignal.timeout(FLOOD_MS);
      for (const stranger of all) void goOn(stranger, flood, end);
      await pause(FLOOD_MS);
      const after = await told(child);
      child.kill();
      // A deaf one does not hear that its streams have ended.
      for (const stranger of all) void stranger.stop().catch(() => undefined);
      const waits = `${after.waitP99Ms.toFixed(0)} / ${after.waitMaxMs.toFixed(0)}`;
      const share = ((after.cpuUs - before.cpuUs) / 1000 / FLOOD_MS) * 100;
      console.log(`| ${name} | ${budgets} | ${waits} | ${share.toFixed(0)} % |`);
    }
  }
}

/** Whatever the node does with it. */
async function goOn(stranger: WireStranger, flood: Flood, end: AbortSignal): Promise<void> {
  stranger.deafen();
  try {
    while (!end.aborted) {
      await flood(stranger);
      // The parent asks, and others have their turn.
      await pause(0);
    }
  } catch {
    // Hung up on.
  }
}

async function told(child: ChildProcess): Promise<Extract<HostWord, { cpuUs: number }>> {
  child.send("how much");
  const [word] = (await once(child, "message")) as [HostWord];
  if ("addresses" in word) throw new Error("it was asked for its time");
  return word;
}

function many(count: number, frame: () => Uint8Array): Uint8Array {
  return concat(...Array.from({ length: count }, frame));
}
