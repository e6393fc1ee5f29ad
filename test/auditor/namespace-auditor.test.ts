import { afterEach, describe, expect, it } from "vitest";
import { toHex } from "../../src/core/bytes.ts";
import { verifyHead } from "../../src/core/head.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { settle } from "../support/virtual-clock.ts";
import { blob, digestOf, NAMESPACE, ORIGIN, transportError } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

const upTo = (epoch: number): number[] => Array.from({ length: epoch }, (_, index) => index + 1);

describe("An auditor of an honest log", () => {
  it("signs every epoch in order, from the one after the root, with both signatures", async () => {
    world.source.publishUpTo(3);
    const auditor = await world.start();
    await world.live(5);
    expect(world.heads.epochs()).toEqual(upTo(8));
    const proofVerifier = new NativeVerifier();
    for (const epoch of upTo(8)) {
      const head = world.heads.get(epoch)!;
      expect(head).toMatchObject({ namespace: NAMESPACE, origin: ORIGIN, digest: digestOf(epoch), suite: 1 });
      expect(head.cosignature).toBeDefined();
      expect(await verifyHead(head, { verifier: proofVerifier })).toBe(true);
    }
    expect(auditor.status()).toMatchObject({
      state: "auditing",
      unguarded: false,
      unsignedEpochs: 0,
      root: { epoch: 0, chosen: "pinned" },
      lastVerified: { epoch: 8 },
      lastSigned: { epoch: 8 },
      latestListed: 8,
    });
    expect(auditor.status().behind).toBeUndefined();
    expect(world.heads.verified).toBe(8);
    expect(world.log.alarms).toEqual([]);
  });

  it("catches up without waiting between epochs, asking seldom for the newest one", async () => {
    world.source.publishUpTo(500);
    const startMs = world.clock.now();
    await world.start();
    for (let i = 0; i < 200 && world.heads.epochs().length < 500; i++) await settle();
    expect(world.heads.epochs()).toEqual(upTo(500));
    expect(world.clock.now()).toBe(startMs);
    expect(world.source.latestAsked).toBeLessThan(12);
  });

  it("gives epochs far behind the newest listed one the Plexi signature alone", async () => {
    world.source.publishUpTo(30);
    await world.start();
    await world.clock.advance(1);
    const late = upTo(30).filter((epoch) => world.heads.get(epoch)!.cosignature === undefined);
    expect(late).toEqual(upTo(9));
  });

  it("looks again for the newest epoch after a pause before it calls an epoch new", async () => {
    world.source.publishUpTo(2);
    await world.start();
    await world.clock.advance(30_000);
    // Nothing of these is known when epoch 3 is found: the machine slept, and so did the loop.
    world.source.before = async (call, epoch) => {
      if (call === "listing" && epoch === 3 && !world.source.blobs.has(3)) world.source.publishUpTo(40);
    };
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.get(3)?.cosignature).toBeUndefined();
    expect(world.heads.get(40)?.cosignature).toBeDefined();
  });

  it("polls with jitter once it is up to date", async () => {
    world.source.publishUpTo(1);
    await world.start();
    await world.clock.advance(10 * MINUTE_MS);
    const times = world.source.listings.filter(({ epoch }) => epoch === 2).map(({ atMs }) => atMs);
    const waits = times.slice(1).map((atMs, index) => atMs - times[index]!);
    expect(Math.min(...waits.filter((ms) => ms > 0))).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(6_000);
    expect(new Set(waits).size).toBeGreaterThan(5);
  });

  it("ends where the log is known to be frozen", async () => {
    world.source.publishUpTo(9);
    const auditor = await world.start({ lastEpoch: 7 });
    await world.clock.advance(HOUR_MS);
    expect(world.heads.epochs()).toEqual(upTo(7));
    expect(auditor.status().state).toBe("ended");
    expect(world.clock.sleeping).toBe(0);
  });

  it("signs in the legacy suite when told to", async () => {
    world.source.publishUpTo(1);
    await world.start({ suite: 2 });
    await world.clock.advance(1);
    expect(world.heads.get(1)?.suite).toBe(2);
    expect(await verifyHead(world.heads.get(1)!, { verifier: new NativeVerifier() })).toBe(true);
  });
});

describe("The root of an audit", () => {
  it("is the newest listed epoch at first sight, stored before it is used, and never signed", async () => {
    world.source.publishUpTo(10);
    const unpinned = await world.startUnpinned();
    await world.live(2);
    expect(world.heads.epochs()).toEqual([11, 12]);
    expect(world.roots.roots.get(NAMESPACE)).toMatchObject({ epoch: 10, digest: digestOf(10), chosen: "first-sight" });
    expect(unpinned.status().root).toMatchObject({ epoch: 10, chosen: "first-sight" });
  });

  it("stays the one of first sight after a restart, though nothing was signed yet", async () => {
    world.source.publishUpTo(10);
    await world.startUnpinned();
    await world.stopAll();
    world.source.publishUpTo(15);
    await world.startUnpinned();
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([11, 12, 13, 14, 15]);
  });

  it("waits until there is something to see, and for one blob instead of two", async () => {
    const auditor = await world.startUnpinned();
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({
      state: "initializing",
      behind: { reason: "source", code: "NOTHING_LISTED" },
    });
    world.source.publish(blob(5), blob(5, digestOf(4, "other"), digestOf(5, "other")));
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "initializing", behind: { code: "ROOT_AMBIGUOUS" } });
    world.source.blobs.set(5, [blob(5)]);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", root: { epoch: 5 } });
    expect(auditor.status().behind).toBeUndefined();
  });

  it("is refused when it cannot be one", () => {
    expect(() => world.auditor({ root: { epoch: 0, digest: digestOf(1) } })).toThrow(
      expect.objectContaining({ code: "AUDITOR_ROOT_INVALID" }),
    );
    expect(() => world.auditor({ root: { epoch: 3, digest: new Uint8Array(31) } })).toThrow(/31 bytes/);
  });

  it("gives way to the newest claim, and only a root pinned above that skips epochs", async () => {
    world.source.publishUpTo(4);
    await world.start();
    await world.clock.advance(1);
    await world.stopAll();
    world.source.publishUpTo(8);
    await world.start({ root: { epoch: 2, digest: digestOf(2) } });
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual(upTo(8));
    await world.stopAll();
    world.source.publishUpTo(20);
    await world.start({ root: { epoch: 18, digest: digestOf(18) } });
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual([...upTo(8), 19, 20]);
    expect(world.log.alarms.join()).toContain("not audited");
  });

  it.each([2, 4])(
    "is refused at epoch %i, where this node signed another digest, until the line is right",
    async (epoch) => {
      world.source.publishUpTo(4);
      await world.start();
      await world.clock.advance(1);
      await world.stopAll();
      world.source.publishUpTo(8);
      const auditor = await world.start({ root: { epoch, digest: digestOf(epoch, "other") } });
      await world.clock.advance(MINUTE_MS);
      expect(auditor.status().behind).toMatchObject({
        reason: "configuration",
        code: "ROOT_CONTRADICTED",
        message: expect.stringContaining(toHex(digestOf(epoch, "other"))),
      });
      expect(world.heads.epochs()).toEqual(upTo(4));
      await world.stopAll();
      await world.start({ root: { epoch, digest: digestOf(epoch) } });
      await world.clock.advance(1);
      expect(world.heads.epochs()).toEqual(upTo(8));
    },
  );

  it("below the one to which a person moved the audit is of a history that was left", async () => {
    world.source.publishUpTo(4);
    await world.start();
    await world.clock.advance(1);
    await world.stopAll();
    const moved = { epoch: 5, digest: digestOf(5, "right") };
    world.source.publish(blob(6, moved.digest, digestOf(6, "right")));
    await world.roots.set({ namespace: NAMESPACE, ...moved, chosen: "pinned" });
    const auditor = await world.start({ root: { epoch: 4, digest: digestOf(4, "right") } });
    await world.clock.advance(1);
    expect(auditor.status().lastVerified?.epoch).toBe(6);
  });

  it("that a person moved to or above the newest claim is where the audit goes on, once and for good", async () => {
    world.source.publishUpTo(4);
    await world.start();
    await world.clock.advance(1);
    await world.stopAll();
    // From 4 on the log is another one than was signed here.
    const moved = { epoch: 4, digest: digestOf(4, "right") };
    world.source.publish(
      blob(5, moved.digest, digestOf(5, "right")),
      blob(6, digestOf(5, "right"), digestOf(6, "right")),
    );
    await world.roots.set({ namespace: NAMESPACE, ...moved, chosen: "pinned" });
    const auditor = await world.start();
    await world.clock.advance(1);
    expect(auditor.status().behind).toBeUndefined();
    expect(auditor.status().lastVerified).toEqual({ epoch: 6, digest: toHex(digestOf(6, "right")) });
    expect(world.heads.epochs()).toEqual(upTo(6));
    await world.stopAll();
    // The next life goes on from its claims above the root.
    world.source.publish(blob(7, digestOf(6, "right"), digestOf(7, "right")));
    await world.start();
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual(upTo(7));
  });
});

describe("A source that cannot be read", () => {
  for (const code of ["SOURCE_NOT_FOUND", "SOURCE_TIMEOUT", "SOURCE_TRUNCATED"] as const) {
    it(`never halts an auditor (${code} for hours), which catches up afterwards`, async () => {
      world.source.publishUpTo(2);
      const auditor = await world.start();
      await world.clock.advance(MINUTE_MS);
      world.source.publishUpTo(300);
      const calls = { count: 0 };
      if (code === "SOURCE_TRUNCATED") world.source.body = () => transportError(code);
      else {
        world.source.before = (call) => {
          if (call !== "fetch") return;
          calls.count++;
          throw transportError(code);
        };
      }
      await world.clock.advance(5 * HOUR_MS);
      expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "transport", code } });
      expect(world.heads.epochs()).toEqual([1, 2]);
      expect(world.source.openBodies).toBe(0);
      // A minute is the cap of the back-off, the lower half of it jitter.
      expect(calls.count).toBeLessThan(700);

      world.source.before = () => {};
      world.source.body = (asked) => asked.body;
      await world.clock.advance(10 * MINUTE_MS);
      expect(world.heads.epochs()).toEqual(upTo(300));
      expect(auditor.status().behind).toBeUndefined();
      expect(world.claims.haltOf(NAMESPACE)).toBeUndefined();
    });
  }

  it("fills no log: the same error is written down at its start, every ten minutes, and at its end", async () => {
    world.source.publishUpTo(1);
    await world.start();
    world.source.before = () => {
      throw transportError("SOURCE_TIMEOUT");
    };
    await world.clock.advance(HOUR_MS);
    expect(world.log.alarms.length).toBeGreaterThanOrEqual(6);
    expect(world.log.alarms.length).toBeLessThanOrEqual(7);
    world.source.before = () => {};
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.log.lines.at(-1)?.message).toBe("no longer behind");
  });

  it("shows when it is tried again", async () => {
    world.source.before = () => {
      throw transportError("SOURCE_TIMEOUT");
    };
    const auditor = await world.start();
    await world.clock.advance(10 * MINUTE_MS);
    const { behind } = auditor.status();
    expect(behind?.nextAttemptMs).toBeGreaterThan(world.clock.now());
    expect(behind?.nextAttemptMs).toBeLessThanOrEqual(world.clock.now() + MINUTE_MS);
    expect(behind?.sinceMs).toBe(world.clock.now() - 10 * MINUTE_MS);
  });
});

describe("An epoch that exists and cannot be fetched", () => {
  it("is reported as withheld after ten minutes, once, and halts nothing", async () => {
    world.source.publishUpTo(9);
    world.source.blobs.delete(5);
    const auditor = await world.start();
    await world.clock.advance(9 * MINUTE_MS);
    expect(world.observations.said).toEqual([]);
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.observations.said).toMatchObject([{ kind: "withheld", epoch: 5, errorCode: "NOT_LISTED" }]);
    await world.clock.advance(HOUR_MS);
    expect(world.observations.said).toHaveLength(1);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "source", code: "NOT_LISTED" } });
    world.source.publish(blob(5));
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual(upTo(9));
  });

  it("is withheld when others signed it, or when it is listed without a body", async () => {
    world.source.publishUpTo(3);
    await world.start();
    world.others.highest = 4;
    await world.clock.advance(11 * MINUTE_MS);
    expect(world.observations.said).toMatchObject([{ kind: "withheld", epoch: 4, blobNames: [] }]);
    world.source.publishUpTo(5);
    world.source.before = (call, epoch) => {
      if (call === "fetch" && epoch === 5) throw transportError("SOURCE_NOT_FOUND");
    };
    await world.clock.advance(13 * MINUTE_MS);
    expect(world.observations.said[1]).toMatchObject({ kind: "withheld", epoch: 5, errorCode: "SOURCE_NOT_FOUND" });
    expect(world.observations.said[1]?.blobNames).toHaveLength(1);
  });
});
