import { describe, expect, it, vi } from "vitest";
import { behaviour } from "../small-world.ts";
import { ALICE, BOB, CAROL, checked, PEOPLE, told } from "./people.ts";

/** Proofs are real: a busy core takes its time. */
vi.setConfig({ testTimeout: 300_000 });

describe("persons in an honest directory", () => {
  it("verify each other's keys, are told of new ones, and never hear an alarm", async () => {
    const { answers, keys, world } = await checked({}, { epochs: 9, settleMs: 30_000 });
    expect(keys.checks).toBeGreaterThan(15);
    expect(Object.keys(keys.results).sort()).toEqual(expect.arrayContaining(["changed", "verified"]));
    expect(answers.filter(({ result }) => result === "alarm")).toEqual([]);
    expect(keys).toMatchObject({ falseAlarms: 0, deceived: 0 });
    expect(keys.verified).toBeGreaterThan(0.6);
    expect(world.measures()).not.toHaveProperty("detection");
    const versions = answers.flatMap(({ who, about, version }) =>
      who === ALICE && about === BOB ? (version ?? []) : [],
    );
    expect(new Set(versions)).toEqual(new Set([1, 2, 3]));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    for (const who of [ALICE, BOB, CAROL]) {
      expect(answers.some((one) => one.who === who && one.by === "own" && one.result === "verified")).toBe(true);
    }
  });

  it("get nothing verified where too few auditors sign, and no alarm", async () => {
    const { keys } = await checked(
      {},
      { epochs: 4, settleMs: 0, behaviours: [behaviour("silent", [4, 5], { fromEpoch: 1 })] },
    );
    expect(keys).toMatchObject({ verified: 0, falseAlarms: 0 });
    expect(Object.keys(keys.results)).not.toContain("verified");
  });

  it("do without an answer where the directory is slow or fails", async () => {
    const { keys } = await checked({}, { epochs: 7, provider: { failureRate: 0.5 } });
    expect(keys.results["unconfirmed"]).toBeGreaterThan(5);
    expect(keys.falseAlarms).toBe(0);
  });
});

describe("a key that is swapped for one person", () => {
  it("is refused within one check, and nobody else notices", async () => {
    const { answers, world } = await checked({ lies: [told("swapped-key", { fromEpoch: 5 })] }, { epochs: 6 });
    const alarms = answers.filter(({ result }) => result === "alarm");
    expect(alarms[0]).toMatchObject({ who: ALICE, about: BOB, reason: "wrong-digest", lie: "swapped-key" });
    expect(world.measures().detection).toMatchObject({ firstMs: null, ownerMs: null });
    // The first check may come before the auditors have signed the epoch; the next one settles it.
    expect(world.measures().detection?.victimMs).toBeLessThan(PEOPLE.everyMs + 2_000);
  });
});
