/** Signing above a mark, where too few others have said what they hold of this key. */
import { describe, expect, it } from "vitest";
import { CoauditError } from "../../src/core/errors.ts";
import { Mortal } from "./mortal.ts";
import { NAMESPACE } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

describe("With too few answers about its key", () => {
  const START = 10;

  /** A log of ten epochs of which an earlier life signed some; the new one has an older copy of its claims, or none. */
  function restored(changes: Partial<{ shown: number; highest: number; listed: number }> = {}): World {
    const made = new World();
    made.source.publishUpTo(changes.listed ?? START);
    made.guard.open = false;
    made.guard.aboveMark = true;
    made.others.shown = changes.shown ?? 0;
    made.others.highest = changes.highest ?? 0;
    return made;
  }

  it("a node signs nothing that was listed when it began, and everything above, for its mark is on disk first", async () => {
    const node = restored();
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([]);
    expect(node.claims.mark(NAMESPACE)).toBe(START);
    expect(auditor.status()).toMatchObject({ unguarded: false, unsigned: { kind: "mark", mark: START } });
    node.source.publishUpTo(START + 2);
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([START + 1, START + 2]);
    expect(auditor.status().unsigned).toBeUndefined();
    await node.stopAll();
  });

  it("the mark is the highest of what it verified, what peers showed, what f + 1 signed and what is listed", async () => {
    for (const changes of [{ shown: 14 }, { highest: 14 }]) {
      const node = restored(changes);
      await node.start();
      await node.clock.advance(MINUTE_MS);
      expect(node.claims.mark(NAMESPACE)).toBe(14);
      await node.stopAll();
    }
  });

  it("and a provider that lists an epoch far ahead can't silence it for more than 4,096 epochs", async () => {
    const node = restored();
    node.source.latest = async () => 2 ** 50;
    await node.start();
    await node.clock.advance(MINUTE_MS);
    // It was made when one epoch was verified.
    expect(node.claims.mark(NAMESPACE)).toBe(1 + 4_096);
    await node.stopAll();
  });

  it("a node that cannot ask the source, or cannot write the mark, signs nothing", async () => {
    for (const fail of ["latest", "setMark"] as const) {
      const node = restored();
      const failure = new CoauditError("STORE_IO", "gone", { path: "p", operation: "any" });
      if (fail === "latest") node.source.latest = () => Promise.reject(failure);
      else node.claims.before = (call) => (call === "setMark" ? Promise.reject(failure) : undefined);
      await node.start();
      await node.clock.advance(HOUR_MS);
      expect(node.heads.epochs()).toEqual([]);
      expect(node.claims.all.size).toBe(0);
      await node.stopAll();
    }
  });

  it("a node that dies at any await never signs what an earlier life may have signed, in any later life", async () => {
    const live = async (node: World, dieAt: number): Promise<Mortal> => {
      const mortal = new Mortal(dieAt);
      const auditor = node.auditor({}, mortal.modules(node));
      auditor.start(new AbortController().signal);
      await node.clock.advance(MINUTE_MS);
      node.source.publishUpTo(START + 2);
      await node.clock.advance(MINUTE_MS);
      if (dieAt === Number.POSITIVE_INFINITY) await auditor.stop();
      return mortal;
    };
    const { points } = await live(restored(), Number.POSITIVE_INFINITY);
    expect(points).toEqual(
      expect.arrayContaining(["claims.setMark before", "claims.setMark after", "source.latest after"]),
    );
    for (let dieAt = 0; dieAt < points.length; dieAt++) {
      const node = restored();
      const signed = new Set<number>();
      const sign = node.signer.signHead.bind(node.signer);
      node.signer.signHead = (claim) => {
        signed.add(claim.epoch);
        // Before there is a signature the mark that allows it is on disk.
        expect(node.claims.mark(NAMESPACE), points[dieAt]).toBeGreaterThanOrEqual(START);
        return sign(claim);
      };
      await live(node, dieAt);
      await live(node, Number.POSITIVE_INFINITY);
      expect(Math.min(...signed), points[dieAt]).toBeGreaterThan(START);
      await node.stopAll();
    }
  });
});
