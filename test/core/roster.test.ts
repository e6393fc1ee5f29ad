import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import {
  defaultFaultBound,
  defaultQuorum,
  isBearable,
  isInWindow,
  Roster,
  type RosterAuditor,
} from "../../src/core/roster.ts";
import type { KeyRotation } from "../../src/core/statement.ts";
import { makeAuditors, NAMESPACE, rosterOf, type TestAuditor } from "../support/auditors.ts";

const [A, B] = makeAuditors(2) as [TestAuditor, TestAuditor];

function entry(name: string, keys: readonly Uint8Array[], more: Partial<RosterAuditor> = {}): RosterAuditor {
  return { name, keys: keys.map((publicKey) => ({ publicKey })), addresses: [], ...more };
}

/** 32 bytes of which only the last and the first are chosen. */
function bytesOf(first: number, last: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(7);
  bytes[0] = first;
  bytes[31] = last;
  return bytes;
}

function rotationOf(oldPublicKey: Uint8Array, newPublicKey: Uint8Array, epoch = 100): KeyRotation {
  const starts = [{ namespace: NAMESPACE, epoch }];
  const none = new Uint8Array(64);
  return {
    type: "key-rotation",
    oldPublicKey,
    newPublicKey,
    starts,
    timestampMs: 1,
    oldSignature: none,
    newSignature: none,
  };
}

describe("a roster", () => {
  it("lists its auditors by name and finds them by name and by any of their keys", () => {
    const roster = new Roster([
      entry("b.example", [B.key.publicKey]),
      entry("a.example", [A.key.publicKey, bytesOf(1, 1)]),
    ]);
    expect(roster.names).toEqual(["a.example", "b.example"]);
    expect(roster.size).toBe(2);
    expect(roster.byName("b.example")?.keys).toHaveLength(1);
    expect(roster.byKey(bytesOf(1, 1))?.auditor.name).toBe("a.example");
    expect(roster.byKey(bytesOf(9, 9))).toBeUndefined();
    expect(roster.byName("c.example")).toBeUndefined();
  });

  it("finds nobody by the names of an object's own members", () => {
    for (const name of ["constructor", "__proto__", "toString"]) expect(rosterOf([A]).byName(name)).toBeUndefined();
  });

  it.each([
    ["a name twice", [entry("a.example", [bytesOf(1, 1)]), entry("a.example", [bytesOf(2, 2)])], "twice"],
    ["an auditor without a key", [entry("a.example", [])], "no key"],
    [
      "a key under two names, which would count twice",
      [entry("a.example", [bytesOf(1, 1)]), entry("b.example", [bytesOf(1, 1)])],
      "listed under a.example and b.example",
    ],
    ["a key twice under one name", [entry("a.example", [bytesOf(1, 1), bytesOf(1, 1)])], "listed under"],
    [
      "two keys of one auditor with one Plexi key id",
      [entry("a.example", [bytesOf(1, 5), bytesOf(2, 5)])],
      "same byte",
    ],
    ["a key of 31 bytes", [entry("a.example", [new Uint8Array(31)])], "31 bytes"],
  ])("refuses %s", (_what, auditors, reason) => {
    expect(() => new Roster(auditors)).toThrow(expect.objectContaining({ code: "ROSTER_INVALID" }));
    expect(() => new Roster(auditors)).toThrow(reason);
  });

  it("lets two auditors have keys with one Plexi key id", () => {
    expect(new Roster([entry("a.example", [bytesOf(1, 5)]), entry("b.example", [bytesOf(2, 5)])]).size).toBe(2);
  });

  it.each(["", "a b", "a+b", "ä.example", "x".repeat(129)])("refuses the name %j", (name) => {
    expect(() => new Roster([entry(name, [bytesOf(1, 1)])])).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

describe("a key's window", () => {
  const publicKey = bytesOf(1, 1);

  it("includes both ends", () => {
    const key = { publicKey, windows: { [NAMESPACE]: { from: 10, until: 20 } } };
    expect([9, 10, 20, 21].map((epoch) => isInWindow(key, NAMESPACE, epoch))).toEqual([false, true, true, false]);
  });

  it("is open where an end or the namespace is not named", () => {
    expect(isInWindow({ publicKey }, NAMESPACE, 1)).toBe(true);
    expect(isInWindow({ publicKey, windows: { other: { from: 5 } } }, NAMESPACE, 1)).toBe(true);
    expect(isInWindow({ publicKey, windows: { [NAMESPACE]: { from: 5 } } }, NAMESPACE, 2 ** 53 - 1)).toBe(true);
    expect(isInWindow({ publicKey, windows: { [NAMESPACE]: { until: 5 } } }, NAMESPACE, 1)).toBe(true);
  });
});

describe("a rotation", () => {
  const oldKey = bytesOf(1, 1);
  const newKey = bytesOf(2, 2);
  const roster = new Roster([
    entry("a.example", [oldKey], { nextKeyHash: sha256(newKey) }),
    entry("b.example", [bytesOf(3, 3)]),
  ]);

  it("closes the old key's window and opens the new one's, towards the key that the roster expects", () => {
    const rotated = roster.withRotation(rotationOf(oldKey, newKey, 100));
    expect(rotated?.byKey(newKey)?.auditor.name).toBe("a.example");
    const keyOf = (publicKey: Uint8Array) => rotated!.byKey(publicKey)!.key;
    expect([99, 100].map((epoch) => isInWindow(keyOf(oldKey), NAMESPACE, epoch))).toEqual([true, false]);
    expect([99, 100].map((epoch) => isInWindow(keyOf(newKey), NAMESPACE, epoch))).toEqual([false, true]);
    expect(rotated?.byName("a.example")).not.toHaveProperty("nextKeyHash");
    expect(rotated?.size).toBe(2);
    expect(roster.byKey(newKey)).toBeUndefined();
  });

  it("happens once: the same rotation has no effect on the roster it made", () => {
    expect(roster.withRotation(rotationOf(oldKey, newKey))?.withRotation(rotationOf(oldKey, newKey))).toBeUndefined();
  });

  it("keeps the first epoch of a window that the roster sets", () => {
    const windowed = new Roster([
      {
        ...entry("a.example", [], { nextKeyHash: sha256(newKey) }),
        keys: [{ publicKey: oldKey, windows: { [NAMESPACE]: { from: 5 } } }],
      },
    ]);
    const key = windowed.withRotation(rotationOf(oldKey, newKey, 100))!.byKey(oldKey)!.key;
    expect(key.windows).toEqual({ [NAMESPACE]: { from: 5, until: 99 } });
  });

  it.each([
    ["of a key that nobody has", rotationOf(bytesOf(9, 9), newKey), roster],
    ["towards another key than the expected one", rotationOf(oldKey, bytesOf(4, 4)), roster],
    ["of an auditor of which no next key is known", rotationOf(bytesOf(3, 3), newKey), roster],
    [
      "towards somebody else's key",
      rotationOf(oldKey, bytesOf(3, 3)),
      new Roster([
        entry("a.example", [oldKey], { nextKeyHash: sha256(bytesOf(3, 3)) }),
        entry("b.example", [bytesOf(3, 3)]),
      ]),
    ],
    [
      "towards itself",
      rotationOf(oldKey, oldKey),
      new Roster([entry("a.example", [oldKey], { nextKeyHash: sha256(oldKey) })]),
    ],
    [
      // It would make a roster that is none, on every node that hears it and again at every start.
      "towards a key with the Plexi key id of an earlier one",
      rotationOf(oldKey, bytesOf(2, 1)),
      new Roster([entry("a.example", [oldKey], { nextKeyHash: sha256(bytesOf(2, 1)) })]),
    ],
  ])("has no effect by itself %s", (_what, rotation, before) => {
    expect(before.withRotation(rotation)).toBeUndefined();
  });
});

describe("the default fault bound", () => {
  it("is the largest f with n > 3f", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 10, 13].map(defaultFaultBound)).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 3, 4]);
  });

  it("has a default quorum of which any two share more auditors than the default fault bound", () => {
    expect([1, 2, 3, 4, 5, 7, 10].map((n) => defaultQuorum(n))).toEqual([1, 2, 3, 3, 4, 5, 7]);
    for (let auditors = 1; auditors < 200; auditors++) {
      expect(2 * defaultQuorum(auditors) - auditors).toBeGreaterThan(defaultFaultBound(auditors));
      expect(defaultQuorum(auditors)).toBeLessThanOrEqual(auditors);
    }
  });

  it("has a quorum for any other bound, of which any two share more than it, up to a bound that none can bear", () => {
    expect([0, 1, 2, 3, 4].map((faults) => defaultQuorum(5, faults))).toEqual([4, 4, 4, 5, 5]);
    for (let auditors = 1; auditors < 60; auditors++) {
      for (let faults = 0; faults < auditors; faults++) {
        const quorum = defaultQuorum(auditors, faults);
        expect(2 * quorum - auditors).toBeGreaterThan(faults);
        expect(quorum).toBeGreaterThan(Math.floor((2 * auditors) / 3));
        expect(isBearable(auditors, faults)).toBe(true);
      }
      expect(isBearable(auditors, auditors)).toBe(false);
    }
  });
});
