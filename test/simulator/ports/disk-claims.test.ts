/**
 * Claims on a simulated disk: whenever a life ends, what was promised is there, and what was not is there or not, but
 * not half.
 */
import { describe, expect, it } from "vitest";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import type { ClaimBookOptions } from "../../../src/ledger/claims/claim-open.ts";
import { claimFor, KEY, NAMESPACE, otherDigest } from "../../ledger/claims/claim-support.ts";
import { DiskWorld } from "./disk-world.ts";

/**
 * Every port call takes a millisecond, so that a crash after each half millisecond hits every point between two of
 * them.
 */
const COSTS = { readMs: 1, writeMs: 1, syncMs: 1 };
const LAST = 4;

async function open({ storage, streams, incarnation }: DiskWorld): Promise<ClaimBook> {
  const random = streams.stream("node", "a", incarnation.life);
  const options: ClaimBookOptions = { folder: "claims", publicKeys: [KEY] };
  const modules = { random, files: storage.claimFiles, stores: storage.claimStores };
  const names = await storage.claimFiles.names("claims");
  return names.length === 0 ? ClaimBook.create(options, modules) : ClaimBook.open(options, modules);
}

/** Claims what is free up to the last epoch; `promised` grows with what was confirmed. */
async function claimAll(world: DiskWorld, promised: Set<number>): Promise<void> {
  const book = await open(world);
  for (let epoch = 1; epoch <= LAST; epoch++) {
    await book.claim(claimFor(epoch));
    promised.add(epoch);
  }
}

async function settled<T>(world: DiskWorld, work: Promise<T>): Promise<T> {
  await world.run(1000);
  return work;
}

async function expectSound(world: DiskWorld, promised: ReadonlySet<number>): Promise<void> {
  const book = await settled(world, open(world));
  let newest = 0;
  for (let epoch = 1; epoch <= LAST; epoch++) {
    const held = await settled(world, book.get(NAMESPACE, epoch));
    if (promised.has(epoch)) expect(held).toEqual(claimFor(epoch));
    if (held === undefined) continue;
    expect(held).toEqual(claimFor(epoch));
    newest = epoch;
    const other = settled(world, book.claim(claimFor(epoch, { digest: otherDigest })));
    await expect(other).rejects.toMatchObject({ code: "CLAIM_CONFLICT" });
  }
  expect(book.newest(NAMESPACE)?.epoch ?? 0).toBe(newest);
  await settled(world, book.claim(claimFor(LAST + 1)));
}

async function howLongItTakes(): Promise<number> {
  const world = new DiskWorld({ costs: COSTS });
  let atUs = 0;
  void claimAll(world, new Set()).then(() => {
    atUs = world.scheduler.nowUs;
  });
  await world.run(1000);
  expect(atUs).toBeGreaterThan(10_000);
  return atUs / 1000;
}

describe("claims on a simulated disk", () => {
  it.each(["kill", "power-cut"] as const)(
    "survive a %s at every point, and another one at every point behind it",
    async (how) => {
      const totalMs = await howLongItTakes();
      for (let at = 0.5; at < totalMs + 1; at++) {
        for (let seed = 0; seed < (how === "kill" ? 1 : 4); seed++) {
          const world = new DiskWorld({ seed, costs: COSTS });
          const promised = new Set<number>();
          void claimAll(world, promised);
          await world.run(at);
          world.restart(how);
          void claimAll(world, promised);
          await world.run((at * 7 + seed * 3) % totalMs);
          world.restart(how);
          await expectSound(world, promised);
        }
      }
    },
  );

  it.each(["full", "error"] as const)(
    "survive a disk that is %s from any point on, and then a power cut",
    async (trouble) => {
      const totalMs = await howLongItTakes();
      for (let at = 0.5; at < totalMs + 1; at++) {
        const world = new DiskWorld({ seed: Math.floor(at), costs: COSTS });
        const promised = new Set<number>();
        claimAll(world, promised).catch(() => undefined);
        await world.run(at);
        world.disk.trouble = trouble;
        await world.run(100);
        world.disk.trouble = undefined;
        world.restart("power-cut");
        await expectSound(world, promised);
      }
    },
  );
});
