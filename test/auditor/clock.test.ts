/** A machine whose clock was wrong: it asks before it signs in another year, and a person has the last word. */
import { beforeEach, describe, expect, it } from "vitest";
import { CoauditError } from "../../src/core/errors.ts";
import { NAMESPACE } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

const DAY_MS = 24 * HOUR_MS;
const YEARS_MS = 12 * 365 * DAY_MS;

let node: World;
beforeEach(() => {
  node = new World();
});

/** A folder: it shows no clock, but its files have times. */
function folderAsOld(ageMs: number): void {
  const writtenMs = node.clock.now() - ageMs;
  node.source.publishedMs = () => writtenMs;
}

const upTo = (epoch: number): number[] => Array.from({ length: epoch }, (_, index) => index + 1);

describe("A source without a clock, and no other auditor's head", () => {
  it("lets nothing be signed more than a day above the newest epoch's time before a person said so", async () => {
    folderAsOld(DAY_MS + MINUTE_MS);
    node.source.publishUpTo(3);
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    const { behind } = auditor.status();
    expect(behind).toMatchObject({ reason: "clock", code: "CLOCK_UNCONFIRMED" });
    expect(behind?.message).toMatch(/newest epoch, 3, of .*coaudit claims clock/);
    expect(node.claims.all.size).toBe(0);
    await auditor.stop();
    node.claims.saysClockIsRight(NAMESPACE, node.clock.now());
    await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([1, 2, 3]);
  });

  it("lets everything be signed within a day, and goes by the newest epoch, not by the one to be signed", async () => {
    const startMs = node.clock.now();
    node.source.publishedMs = (epoch) => (epoch === 3 ? startMs - DAY_MS + HOUR_MS : startMs - YEARS_MS);
    node.source.publishUpTo(3);
    await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([1, 2, 3]);
  });

  it("a clock that jumps to 2038 while the node runs signs nothing there", async () => {
    const startMs = node.clock.now();
    node.source.publishedMs = () => startMs;
    node.source.publishUpTo(2);
    const auditor = await node.start();
    await node.clock.advance(1);
    node.clock.set(YEARS_MS);
    node.source.publishUpTo(4);
    await node.clock.advance(MINUTE_MS);
    expect(auditor.status().behind?.code).toBe("CLOCK_UNCONFIRMED");
    node.clock.set(-YEARS_MS);
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual(upTo(4));
    expect(auditor.status().behind).toBeUndefined();
  });
});

describe("With other auditors' heads", () => {
  it("a head of the last day is enough, whatever the folder's files say", async () => {
    folderAsOld(YEARS_MS);
    node.others.timesMs = [node.clock.now() - DAY_MS + HOUR_MS];
    node.source.publishUpTo(2);
    await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([1, 2]);
  });

  it("a clock that is more than a day above both heads and files asks too", async () => {
    folderAsOld(YEARS_MS);
    node.others.timesMs = [node.clock.now() - YEARS_MS];
    node.source.publishUpTo(2);
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(auditor.status().behind?.code).toBe("CLOCK_UNCONFIRMED");
  });
});

describe("A node that signed in 2038", () => {
  /** Two epochs are signed in 2038; then the clock is set right, and two more are published. */
  async function backFrom2038(): Promise<void> {
    node.clock.set(YEARS_MS);
    node.source.publishUpTo(2);
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual([1, 2]);
    node.clock.set(-YEARS_MS);
    node.source.publishUpTo(4);
    await node.clock.advance(HOUR_MS);
    expect(auditor.status().behind).toMatchObject({ reason: "clock" });
    expect(auditor.status().behind?.message).toMatch(/coaudit claims clock/);
    expect(node.heads.epochs()).toEqual([1, 2]);
    await auditor.stop();
  }

  it("signs again once a person said that the clock is right, and nothing twice", async () => {
    await backFrom2038();
    const before = [1, 2].map((epoch) => node.heads.heads.get(`${NAMESPACE} ${epoch}`));
    node.claims.saysClockIsRight(NAMESPACE, node.clock.now());
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(node.heads.epochs()).toEqual(upTo(4));
    expect([1, 2].map((epoch) => node.heads.heads.get(`${NAMESPACE} ${epoch}`))).toEqual(before);
    expect(Math.abs((node.heads.get(4)?.timestampMs ?? 0) - node.clock.now())).toBeLessThan(HOUR_MS);
    // From here on time goes forward again, as always.
    node.clock.set(-HOUR_MS);
    node.source.publishUpTo(5);
    await node.clock.advance(MINUTE_MS);
    expect(auditor.status().behind).toMatchObject({ reason: "clock" });
  });

  it("promised there and died before it signed: the promise stays, and what follows is signed", async () => {
    node.clock.set(YEARS_MS);
    node.source.publishUpTo(1);
    node.heads.before = () => {
      throw new CoauditError("STORE_IO", "gone", { path: "p", operation: "any" });
    };
    const first = await node.start();
    await node.clock.advance(MINUTE_MS);
    await first.stop();
    node.clock.set(-YEARS_MS);
    // As the ledger does with a head of that time.
    node.heads.before = (head) => {
      if (head.timestampMs > node.clock.now() + 300_000) throw new Error("early");
    };
    node.source.publishUpTo(3);
    const second = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(second.status().behind).toMatchObject({ reason: "clock", code: "CLOCK_IN_DOUBT" });
    await second.stop();
    node.claims.saysClockIsRight(NAMESPACE, node.clock.now());
    const third = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(third.status().behind).toBeUndefined();
    expect(node.heads.epochs()).toEqual([2, 3]);
    expect([...node.claims.all.keys()]).toHaveLength(3);
  });

  it("and was told a clock that is wrong again asks again", async () => {
    await backFrom2038();
    node.claims.saysClockIsRight(NAMESPACE, node.clock.now());
    folderAsOld(0);
    node.clock.set(8 * DAY_MS);
    const auditor = await node.start();
    await node.clock.advance(MINUTE_MS);
    expect(auditor.status().behind?.code).toBe("CLOCK_UNCONFIRMED");
  });
});
