import { expect, it } from "vitest";
import { alarmedForNothing } from "../../../src/lab/hunt/hunt-world.ts";
import { Invariants } from "../../../src/lab/hunt/invariants.ts";
import type { KeyConclusion, Person } from "../../../src/simulator/clients/person.ts";
import type { Machine } from "../../../src/simulator/machines/surroundings.ts";
import { KeyTally } from "../../../src/simulator/world/key-tally.ts";
import type { Violation } from "../../../src/simulator/world/world-recorder.ts";
import { auditors, CLIENTS, scenarioOf } from "../../simulator/small-world.ts";

const TAKEN: KeyConclusion = {
  ...{ about: "client-02", by: "most-recent", result: "changed", reason: null },
  ...{ lie: "hidden-version", epoch: 9, version: 7, deceived: true },
};

function broken(conclusion: KeyConclusion, liars: readonly number[]): string[] {
  const violations: Violation[] = [];
  const lying = new Set(auditors(...liars));
  const machines = auditors(1, 2, 3, 4, 5).map(
    (name) => ({ name, role: "auditor", character: lying.has(name) ? "liar" : "honest" }) as unknown as Machine,
  );
  const scenario = scenarioOf({ clients: [{ ...CLIENTS, quorum: 4 }] });
  const report = (violation: Violation): void => void violations.push(violation);
  const invariants = new Invariants(scenario, { machines: () => machines, nowMs: () => 0, report });
  invariants.concluded({ name: "client-01" } as Person, conclusion);
  return violations.map(({ rule }) => rule);
}

const RULE = ["no key is taken that can be seen to be wrong"];

it("a key that a proof shows to be wrong is never taken, whoever lies", () => {
  expect(broken(TAKEN, [1, 2, 3])).toEqual(RULE);
  expect(broken({ ...TAKEN, deceived: false }, [])).toEqual([]);
});

it("a swapped key is never taken while any two quorums share more auditors than lie", () => {
  const swapped = { ...TAKEN, lie: "swapped-key" } as const;
  expect(broken(swapped, [1, 2])).toEqual(RULE);
  expect(broken(swapped, [1, 2, 3])).toEqual([]);
});

it("a key that everybody is shown may be taken, and so may the key of some epochs ago", () => {
  for (const lie of ["inserted-version", "old-epoch"] as const) expect(broken({ ...TAKEN, lie }, [])).toEqual([]);
});

it("an alarm about somebody of whom no lie was told is false, but for what concerns everybody", () => {
  const falseAlarms = (reason: string, lie: KeyConclusion["lie"], isLieTold: boolean): number => {
    const tally = new KeyTally();
    const alarm = { ...TAKEN, result: "alarm", deceived: false, reason, lie } as const;
    tally.add("client-01", alarm, { nowUs: 5, isLieTold });
    return tally.measures().falseAlarms;
  };
  expect(falseAlarms("proof-invalid", null, true)).toBe(1);
  expect(falseAlarms("wrong-digest", null, false)).toBe(1);
  expect(falseAlarms("wrong-digest", null, true)).toBe(0);
  expect(falseAlarms("proof-invalid", "denied", true)).toBe(0);
});

it("false alarms break a rule, however many there are", () => {
  expect(alarmedForNothing({ falseAlarms: 0 })).toEqual([]);
  expect(alarmedForNothing({ falseAlarms: 2 }).map(({ rule }) => rule)).toEqual(["no person is alarmed for nothing"]);
});
