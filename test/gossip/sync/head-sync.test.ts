import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { decodeSyncRequest } from "../../../src/gossip/sync/sync-codec.ts";
import { digestOf, MemoryLedger, type Said } from "./memory-ledger.ts";
import { AUDITORS, filled, type Node, NS, say, World } from "./sync-world.ts";

let world = new World();
afterEach(async () => {
  await world.stop();
  world = new World();
});

describe("head sync", () => {
  it("brings a node that joins late everything, both ways, without any gossip", async () => {
    const old = await world.node("old", filled(3000));
    const late = await world.node("late", new MemoryLedger(AUDITORS, [NS]));
    old.ledger.note("a.example", "a record");
    say(late.ledger, "b.example", 5000);
    await world.connect(late, old);
    await world.clock.advance(1000);
    expect(late.ledger.substance()).toEqual(old.ledger.substance());
    expect(late.ledger.substance()).toHaveLength(5 * 3000 + 2);
    expect(late.synced).toEqual(["old"]);
    expect(old.synced).toEqual(["late"]);
  });

  it("repairs a stripped head, and finds the second digest of an auditor that signed two", async () => {
    const [a, b] = [await world.node("a", filled(50)), await world.node("b", filled(50))];
    say(a.ledger, "a.example", 60, { completeness: 1 });
    say(b.ledger, "a.example", 60, { completeness: 3 });
    say(a.ledger, "b.example", 61, { completeness: 2 });
    say(b.ledger, "b.example", 61, { completeness: 3 });
    say(a.ledger, "c.example", 62, { digest: digestOf(62, 1) });
    say(b.ledger, "c.example", 62, { digest: digestOf(62, 2) });
    await world.connect(a, b);
    await world.clock.advance(1000);
    expect(a.ledger.substance()).toEqual(b.ledger.substance());
    expect(a.ledger.substance()).toContain(`${NS} a.example 60 ${digestOf(60)} 3`);
    expect(a.ledger.substance()).toContain(`${NS} c.example 62 equivocated`);
  });

  it("goes on with what only one of them knows, and with what one of them refuses, without asking again and again", async () => {
    const picky = new MemoryLedger(["a.example", "b.example"], [NS]);
    picky.refuses = ({ auditor, epoch }) => auditor === "b.example" && epoch > 1500;
    const full = await world.node("full", filled(2000));
    const node = await world.node("picky", picky);
    await world.connect(node, full);
    await world.clock.advance(1000);
    expect(picky.slots.size).toBe(2000 + 1500);
    expect(node.synced.length).toBeGreaterThan(0);
    const received = picky.received;
    await world.clock.advance(3_600_000);
    // About 60 rounds; the 500 refused heads were sent again only a handful of times.
    expect(node.synced.length).toBeGreaterThan(20);
    expect((picky.received - received) / 500).toBeLessThan(9);
    picky.refuses = () => false;
    await world.clock.advance(1_000_000);
    expect(picky.slots.size).toBe(4000);
  });

  it("fetches at once what was not due until it had fetched something else", async () => {
    const old = await world.node("old", filled(1024 * 9, ["a.example"]));
    const ledger = new MemoryLedger(["a.example"], [NS]);
    let reach = 2000;
    ledger.refuses = ({ epoch }) => {
      if (epoch <= reach) reach = Math.max(reach, epoch + 2000);
      return epoch > reach;
    };
    const late = await world.node("late", ledger);
    await world.connect(late, old);
    await world.clock.advance(1000);
    expect(ledger.slots.size).toBe(1024 * 9);
    expect(late.synced).toEqual(["old"]);
  });

  it("does not ask again and again for items that it refuses", async () => {
    const picky = new MemoryLedger(["a.example"], [NS]);
    const full = await world.node("full", filled(1, ["a.example"]));
    for (let i = 0; i < 300; i++) full.ledger.note("a.example", `note ${i}`);
    const { ingest } = picky;
    Object.assign(picky, {
      ingest: async (bytes: Uint8Array) => {
        if (!new TextDecoder().decode(bytes).startsWith("note")) return ingest(bytes);
        picky.received++;
        return "ignore";
      },
    });
    const node = await world.node("picky", picky);
    await world.connect(node, full);
    await world.clock.advance(3_600_000);
    expect(node.synced.length).toBeGreaterThan(40);
    expect(picky.received / 300).toBeLessThan(9);
    expect(picky.received / 300).toBeGreaterThan(2);
  });

  it("fetches half of its budget from the newest and half from the oldest buckets, and the rest in further rounds", async () => {
    const old = await world.node("old", filled(1024 * 20 - 1, ["a.example"]));
    const order: number[] = [];
    const ledger = new MemoryLedger(["a.example"], [NS]);
    const { ingest } = ledger;
    Object.assign(ledger, {
      ingest: (bytes: Uint8Array) => {
        const bucket = Math.floor((JSON.parse(new TextDecoder().decode(bytes)) as Said).epoch / 1024);
        if (order.at(-1) !== bucket) order.push(bucket);
        return ingest(bytes);
      },
    });
    const late = await world.node("late", ledger, { maxBucketsPerRound: 4 });
    await world.connect(late, old);
    await world.clock.advance(1000);
    expect(order.slice(0, 8)).toEqual([19, 0, 18, 1, 17, 2, 16, 3]);
    expect(order).toHaveLength(20);
    expect(late.synced).toEqual(["old"]);
  });

  it.each(["leaves", "statements"])(
    "blames nobody who convicts an auditor just before it is asked for %s",
    async (type) => {
      const old = await world.node("old", filled(3000, ["a.example", "liar.example"]));
      const late = await world.node("late", new MemoryLedger(["a.example", "liar.example"], [NS]));
      const { request } = late.network;
      late.network.request = (peer, protocol, frame, signal) => {
        const asked = decodeSyncRequest(frame);
        // Whoever is convicted has no series any more.
        if (asked.type === type) old.ledger.roster.splice(0, Number.POSITIVE_INFINITY, "a.example");
        return request.call(late.network, peer, protocol, frame, signal);
      };
      await world.connect(late, old);
      await world.clock.advance(1000);
      expect(late.sync.status()).toMatchObject([{ peer: "old" }]);
      expect(late.sync.status()[0]).not.toHaveProperty("lastError");
      expect(late.synced).toEqual(["old"]);
      expect(late.ledger.substance().filter((slot) => slot.includes("a.example"))).toHaveLength(3000);
    },
  );

  it("syncs after a poke, but at most once a minute with a peer", async () => {
    const [a, b] = [await world.node("a", filled(10)), await world.node("b", filled(10))];
    await world.connect(a, b);
    await world.clock.advance(10);
    say(b.ledger, "a.example", 11);
    a.sync.poke("b");
    a.sync.poke("nobody");
    await world.clock.advance(10);
    expect(a.ledger.slots.size).toBe(51);
    const rounds = a.synced.length;
    say(b.ledger, "a.example", 12);
    a.sync.poke("b");
    await world.clock.advance(10);
    expect(a.synced.length).toBe(rounds);
    await world.clock.advance(70_000);
    expect(a.ledger.slots.size).toBe(52);
    expect(a.sync.status()).toMatchObject([{ peer: "b", statementsReceived: 2 }]);
  });

  it("converges on the union of any two ledgers, whatever they hold", async () => {
    const said = fc.record({
      auditor: fc.constantFrom("a.example", "b.example"),
      namespace: fc.constantFrom(NS, "other.v1"),
      epoch: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1000, max: 1030 }), fc.constant(2 ** 53 - 1)),
      digest: fc.constantFrom(digestOf(1), digestOf(2), digestOf(3)),
      completeness: fc.constantFrom(1 as const, 2 as const, 3 as const),
      ink: fc.nat(3),
    });
    const content = fc.record({
      said: fc.array(said, { maxLength: 40 }),
      notes: fc.array(fc.constantFrom("x", "y", "z")),
    });
    await fc.assert(
      fc.asyncProperty(content, content, content, async (...contents) => {
        const world = new World();
        const nodes: Node[] = [];
        for (const [index, { said: all, notes }] of contents.entries()) {
          const ledger = new MemoryLedger(["a.example", "b.example"], [NS, "other.v1"]);
          for (const one of all) ledger.say(one);
          for (const note of notes) ledger.note("a.example", note);
          nodes.push(await world.node(`n${index}`, ledger, { maxBucketsPerRound: 2 }));
        }
        const [a, b, c] = nodes as [Node, Node, Node];
        await world.connect(a, b);
        await world.connect(b, c);
        await world.clock.advance(300_000);
        await Promise.all(nodes.map(({ sync }) => sync.stop()));
        expect(a.ledger.substance()).toEqual(b.ledger.substance());
        expect(b.ledger.substance()).toEqual(c.ledger.substance());
        const slots = new Set(
          contents.flatMap(({ said: all }) => all.map((s) => `${s.namespace} ${s.auditor} ${s.epoch}`)),
        );
        expect(a.ledger.slots.size).toBe(slots.size);
      }),
      { numRuns: 40 },
    );
  });
});
