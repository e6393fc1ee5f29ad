/** What head sync costs when there is much to do, and when there is nothing. */
import { afterEach, describe, expect, it } from "vitest";
import { digestOf } from "./memory-ledger.ts";
import { AUDITORS, filled, NS, say, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

describe("the cost of head sync", () => {
  it("lets a node that missed a week of five auditors catch up", { timeout: 20_000 }, async () => {
    const old = await world.node("old", filled(25_000));
    const away = await world.node("away", filled(25_000 - 20_160));
    await world.connect(away, old);
    await world.clock.advance(60_000);
    expect(away.ledger.slots.size).toBe(5 * 25_000);
    expect(away.synced).toContain("old");
  });

  it("takes under 1 KiB a round between nodes that agree, despite rosters, retention and a hostile key", async () => {
    const auditors = Array.from({ length: 20 }, (_, i) => `auditor-${i}.example.org`);
    // What differs is not substance: other auditors, other floors, other timestamps and signatures, another pair of
    // contradicting heads.
    const [left, right] = [
      filled(5000, [...auditors, "left.example"], 1),
      filled(5000, [...auditors, "right.example"], 2),
    ];
    for (const [ledger, fork] of [
      [left, 7],
      [right, 8],
    ] as const) {
      for (let epoch = 100; epoch < 300; epoch++)
        say(ledger, "auditor-3.example.org", epoch, { digest: digestOf(epoch, fork) });
    }
    right.prune(NS, 2048 + 17);
    const [a, b] = [await world.node("a", left), await world.node("b", right)];
    await world.connect(a, b);
    await world.clock.advance(1000);
    expect([a.synced, b.synced]).toEqual([["b"], ["a"]]);
    expect([left.received, right.received]).toEqual([0, 0]);
    const before = world.hub.requestBytes;
    const roundsBefore = a.synced.length + b.synced.length;
    await world.clock.advance(180_000);
    const rounds = a.synced.length + b.synced.length - roundsBefore;
    expect(rounds).toBeGreaterThanOrEqual(4);
    expect((world.hub.requestBytes - before) / rounds).toBeLessThan(1024);
    expect((world.hub.requestBytes - before) / rounds).toBeGreaterThan(100);
  });

  it("takes under 100 bytes a round, and reads nothing from the store, between nodes that agree in everything", async () => {
    const [a, b] = [await world.node("a", filled(3000, AUDITORS, 1)), await world.node("b", filled(3000, AUDITORS, 2))];
    await world.connect(a, b);
    await world.clock.advance(1000);
    const [bytes, reads] = [world.hub.requestBytes, a.ledger.slotsRead];
    await world.clock.advance(600_000);
    const rounds = a.synced.length + b.synced.length - 2;
    expect((world.hub.requestBytes - bytes) / rounds).toBeLessThan(100);
    expect(a.ledger.slotsRead).toBe(reads);
  });
});
