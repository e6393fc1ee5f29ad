import { describe, expect, it, vi } from "vitest";
import type { KeysLie } from "../../../src/simulator/scenario/keys-scenario.ts";
import { behaviour, lieTo, live } from "../small-world.ts";
import { ALICE, alarmsOf, BOB, CAROL, checked, KEYS, PEOPLE, told } from "./people.ts";

/** Proofs are real: a busy core takes its time. */
vi.setConfig({ testTimeout: 300_000 });

describe("a lie told to one person", () => {
  it.each<[KeysLie["kind"], string, string, object]>([
    ["swapped-key", "lookup", "wrong-digest", {}],
    ["hidden-version", "most-recent", "proof-invalid", { fromEpoch: 14 }],
    ["forgotten-version", "lookup", "proof-invalid", {}],
    ["other-vrf-key", "lookup", "other-vrf-key", {}],
    ["other-label", "lookup", "proof-invalid", {}],
    ["denied", "lookup", "left-directory", {}],
  ])("%s: a %s gives the alarm %s, and nobody else notices", async (kind, by, reason, more) => {
    const { answers, keys, world } = await checked({ lies: [told(kind, more)] }, { epochs: 16 });
    const alarms = answers.filter(({ result }) => result === "alarm");
    expect(alarms[0]).toMatchObject({ who: ALICE, about: BOB, by, reason, lie: kind });
    expect(new Set(alarms.map(({ who, about }) => `${who} ${about}`))).toEqual(new Set([`${ALICE} ${BOB}`]));
    expect(keys).toMatchObject({ deceived: 0, falseAlarms: 0 });
    const { detection } = world.measures();
    expect(detection).toMatchObject({ firstMs: null, ownerMs: null });
    // At once: all that it takes is to ask.
    expect(detection?.victimMs).toBeLessThan(2_000);
    expect(detection?.clientMs).toBe(detection?.victimMs);
  });

  it("on a fork ahead of the auditors is pending, and an alarm once they have signed that epoch", async () => {
    const { answers, world } = await checked({ lies: [told("swapped-key", { ahead: 2 })] }, { epochs: 16 });
    const lied = answers.filter(({ who, lie }) => who === ALICE && lie === "swapped-key");
    expect(lied[0]).toMatchObject({ result: "pending" });
    const alarm = lied.find(({ result }) => result === "alarm");
    expect(alarm).toMatchObject({ by: "settled", reason: "wrong-digest" });
    expect(world.measures().detection?.victimMs).toBeGreaterThan(30_000);
  });

  it("of an old epoch is taken where the key has changed since then, and outdated where it is too old", async () => {
    const fresh = await checked(
      // Somebody who has seen a newer epoch, of the own history too, takes no older one.
      { watchEveryMs: 900_000, lies: [told("old-epoch", { behind: 5, fromEpoch: 1 })] },
      { epochs: 16 },
    );
    expect(fresh.keys.deceived).toBeGreaterThan(0);
    expect(fresh.world.measures().detection?.victimMs).toBeNull();
    const stale = await checked({ lies: [told("old-epoch", { behind: 22, fromEpoch: 25 })] }, { epochs: 30 });
    expect(stale.keys).toMatchObject({ deceived: 0, falseAlarms: 0 });
    const lied = stale.answers.filter(({ who, lie }) => who === ALICE && lie === "old-epoch");
    expect(new Set(lied.map(({ result }) => result))).toEqual(new Set(["outdated"]));
  });

  it("that is silence is no alarm, and no key", async () => {
    const { answers, keys } = await checked({ lies: [told("withheld")] });
    const lied = answers.filter(({ who, lie }) => who === ALICE && lie === "withheld");
    expect(new Set(lied.map(({ result, reason }) => `${result} ${reason}`))).toEqual(
      new Set(["unconfirmed no-answer"]),
    );
    expect(keys.deceived).toBe(0);
  });

  it("ends with the epoch that is said", async () => {
    const { answers } = await checked({ lies: [told("other-vrf-key", { toEpoch: 9 })] }, { epochs: 16 });
    const ofBob = answers.filter(({ who, about }) => who === ALICE && about === BOB);
    expect(ofBob.some(({ result }) => result === "alarm")).toBe(true);
    expect(ofBob.at(-1)).toMatchObject({ result: "verified" });
  });
});

describe("a version that everybody is shown and its owner never made", () => {
  it.each<[KeysLie["kind"], object]>([
    ["inserted-version", {}],
    ["inserted-version", { toEpoch: 9 }],
    ["tombstoned-version", {}],
  ])("%s %o is taken by contacts, and found by the owner alone", async (kind, more) => {
    const lie = { kind, about: BOB, fromEpoch: 8, ...more } as KeysLie;
    const { answers, keys, world } = await checked({ lies: [lie] }, { epochs: 16 });
    expect(alarmsOf(answers, BOB)).toEqual(["unknown-own-version"]);
    for (const who of [ALICE, CAROL]) expect(alarmsOf(answers, who)).toEqual([]);
    expect(keys.falseAlarms).toBe(0);
    expect(keys.deceived).toBeGreaterThan(0);
    const { detection } = world.measures();
    expect(detection).toMatchObject({ firstMs: null, victimMs: null });
    // From when it was in the tree; Bob looks every 100 s.
    expect(detection?.ownerMs).toBeGreaterThan(0);
    expect(detection?.ownerMs).toBeLessThan(102_000);
  });

  it("is too late for its owner while a version is hidden that the own history would have to deny", async () => {
    // Version 7 is hidden at epoch 14, when Bob has four; his sixth cannot be shown to him any more.
    const { answers } = await checked(
      { newKeyEpochs: 3, lies: [told("hidden-version", { fromEpoch: 13 })] },
      { epochs: 22 },
    );
    const own = answers.filter(({ who, by }) => who === BOB && by === "own");
    expect(own.at(-1)).toMatchObject({ result: "unconfirmed", reason: "no-answer" });
    expect(alarmsOf(answers, BOB)).toEqual([]);
  });
});

describe("auditors and keys", () => {
  it("notice a fork with a swapped key where one of them is shown it too", async () => {
    const split = lieTo("split", [5], { fromEpoch: 8 });
    const { world, keys } = await checked({ lies: [told("swapped-key")] }, { epochs: 14, provider: { lies: [split] } });
    const { detection } = world.measures();
    expect(detection?.firstMs).not.toBeNull();
    expect(detection?.victimMs).not.toBeNull();
    expect(keys.falseAlarms).toBe(0);
  });

  it("that lie make a quorum for a swapped key, and it is taken", async () => {
    const liars = behaviour("lying", [2, 3, 4, 5], { fromEpoch: 8 });
    const { keys } = await checked(
      { lies: [told("swapped-key")] },
      {
        epochs: 14,
        faultBound: 4,
        behaviours: [liars],
        network: { gossip: "none", headSync: false },
        clients: [PEOPLE],
      },
    );
    expect(keys.deceived).toBeGreaterThan(0);
  });

  it("give the same trace with real signatures and proofs, and with symbolic ones, whatever the drain", async () => {
    const keys = { ...KEYS, lies: [told("swapped-key", { fromEpoch: 4 })] };
    const provider = { lies: [lieTo("split", [5], { fromEpoch: 4 })] };
    const changes = { clients: [PEOPLE], epochs: 5, provider, keys };
    const symbolic = await live(changes);
    const real = await live({ ...changes, crypto: "real" });
    const reference = await live(changes, { drain: "reference" });
    expect(symbolic.world.trace.digest()).toBe(real.world.trace.digest());
    expect(reference.lines).toEqual(symbolic.lines);
  });
});
