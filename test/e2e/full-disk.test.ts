/** A disk that fills up under a running node. Needs a small tmpfs, and so the right to mount one. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { HeadView } from "../../src/node/view.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "full.example"];
const CHUNK_BYTES = 64 * 1024;

let world: World | undefined;
let mounted: string | undefined;
afterEach(async () => {
  await world?.killAll();
  if (mounted !== undefined) execFileSync("umount", [mounted]);
  mounted = undefined;
  await world?.close();
});

async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    console.warn("SKIPPED: a full disk is not tested, since this user may not mount a tmpfs");
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes until the disk takes not one byte more. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    for (let sizeBytes = CHUNK_BYTES; sizeBytes >= 1; ) {
      try {
        const { bytesWritten } = await handle.write(Buffer.alloc(sizeBytes));
        if (bytesWritten < sizeBytes) sizeBytes = Math.floor(sizeBytes / 2);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        sizeBytes = Math.floor(sizeBytes / 2);
      }
    }
  } finally {
    await handle.close();
  }
}

it.skipIf(!(await canMount()))(
  "a node whose disk is full says so and signs nothing; with space it goes on by itself and has lost nothing",
  async () => {
    world = await World.open({ names: NAMES, log: await liveLog() });
    const data = join(world.member("full.example").folder, "data");
    // What `init` has put there, the empty claim book, goes with it.
    renameSync(data, `${data}.init`);
    mkdirSync(data);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", data]);
    mounted = data;
    cpSync(`${data}.init`, data, { recursive: true });
    const [a, b, full] = await world.startAll(NAMES);
    if (a === undefined || b === undefined || full === undefined) throw new Error("three nodes were started");
    await world.publishTo(3);
    await world.untilHeads([a, b, full], 3, NAMES);

    // What is left of the last pages may still take some claims.
    await fill(join(data, "filler"));
    await world.until("it is behind (storage)", async () => {
      if ((await full.namespaceStatus())?.behind?.reason === "storage") return true;
      if (world !== undefined) await world.publishTo(world.log.newest + 1);
      return false;
    });
    const status = await full.namespaceStatus();
    expect(status).toMatchObject({ state: "auditing", behind: { reason: "storage" } });
    const { ready, warnings } = (await full.get<{ ready: boolean; warnings: string[] }>("/v1/status")) ?? {};
    expect([ready, warnings]).toEqual([true, [expect.stringMatching(/behind \(storage\)/)]]);
    const reached = status?.lastSigned?.epoch ?? 0;
    const last = world.log.newest + 3;
    await world.publishTo(last);
    await world.untilHeads([a, b], last, ["a.example", "b.example"]);
    expect((await full.namespaceStatus())?.lastSigned?.epoch).toBe(reached);
    const signed = await Promise.all(epochsTo(last).map((epoch) => ownHead(a.heads(NAMESPACE, epoch))));
    expect(signed.slice(reached)).toEqual(
      epochsTo(last)
        .slice(reached)
        .map(() => undefined),
    );

    // It starts anew by itself: what the system said it wrote is read again before anything is promised.
    await rm(join(data, "filler"));
    for (const epoch of epochsTo(last)) await world.untilHeads([a, b, full], epoch, NAMES);
    const after = await Promise.all(epochsTo(last).map((epoch) => ownHead(a.heads(NAMESPACE, epoch))));
    expect(after.slice(0, reached)).toEqual(signed.slice(0, reached));
    for (const node of [a, b, full]) expect(await node.cases()).toEqual([]);
    expect(full.logged("the disk has room again: the node starts anew")).toHaveLength(1);
    expect(await full.stop()).toEqual({ code: 0, signal: null });
  },
);

function epochsTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

async function ownHead(heads: Promise<readonly HeadView[]>): Promise<string | undefined> {
  return (await heads).find(({ auditor }) => auditor === "full.example")?.statement;
}
