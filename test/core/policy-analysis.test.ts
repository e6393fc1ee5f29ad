import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Policy, parsePolicy } from "../../src/core/policy.ts";
import { analysePolicy, policyConcerns, sureSize } from "../../src/core/policy-analysis.ts";
import {
  type BoundPolicy,
  bindPolicy,
  evaluatePolicy,
  policyOfRoster,
  rosterOfPolicy,
} from "../../src/core/policy-evaluation.ts";
import { makeAuditors, rosterOf } from "../support/auditors.ts";
import { AUDITORS, arbitraryPolicy, bruteForce, policyText, vkeyOf } from "./policy-support.ts";

function bound(text: string): BoundPolicy {
  const policy = parsePolicy(text);
  return bindPolicy(policy, rosterOfPolicy(policy));
}

function namesOf(letters: string): Set<string> {
  return new Set([...letters].map((letter) => `${letter}.example`));
}

describe("a policy and a set of auditors", () => {
  const nested = bound(policyText(6, "group X 2 a b c", "group Y any d e f", "group Q all X Y", "quorum Q"));

  it.each([
    ["abd", true],
    ["bcf", true],
    ["abc", false],
    ["ade", false],
    ["def", false],
    ["", false],
    ["abcdef", true],
  ])("%s is enough: %s", (letters, expected) => {
    expect(evaluatePolicy(nested, namesOf(letters))).toBe(expected);
  });

  it("does not count auditors outside of the quorum", () => {
    const some = bound(policyText(4, "group Q 2 a b c", "quorum Q"));
    expect(some.auditors).toEqual(["a.example", "b.example", "c.example"]);
    expect(evaluatePolicy(some, namesOf("ad"))).toBe(false);
  });

  it("never becomes unsatisfied by one more auditor", () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.nat(), fc.nat(11), (text, set, more) => {
        const policy = bound(text);
        const some = new Set(AUDITORS.filter((_, i) => (set >> i) & 1).map(({ name }) => name));
        const grown = new Set([...some, AUDITORS[more]!.name]);
        if (evaluatePolicy(policy, some)) expect(evaluatePolicy(policy, grown)).toBe(true);
      }),
    );
  });

  it("knows an auditor by any key of the roster, whatever the witness is called", () => {
    const [a, b] = AUDITORS;
    const policy = parsePolicy(`witness x ${vkeyOf(a!, "other.name")}\nquorum x\n`);
    expect(bindPolicy(policy, rosterOf([a!, b!])).auditors).toEqual(["a.example"]);
    expect(() => bindPolicy(policy, rosterOf([b!]))).toThrow("is not in your roster");
  });

  it("counts two keys of one auditor once, and is refused where they could count twice", () => {
    const [a, second, b] = AUDITORS;
    const witnesses = `witness a ${vkeyOf(a!)}\nwitness a2 ${vkeyOf(second!, "a.example")}\nwitness b ${vkeyOf(b!)}\n`;
    expect(() => bound(`${witnesses}group g 2 a a2 b\nquorum g\n`)).toThrow("a.example would count twice");
    expect(() => bound(`${witnesses}group g any a b\ngroup h all a2 g\nquorum h\n`)).toThrow("would count twice");
    const either = bound(`${witnesses}group A any a a2\ngroup g all A b\nquorum g\n`);
    expect(either.auditors).toEqual(["a.example", "c.example"]);
    expect(analysePolicy(either).blockers).toHaveLength(1);
    expect(evaluatePolicy(either, namesOf("ac"))).toBe(true);
  });

  it("is refused when it accepts every head", () => {
    expect(() => bound("quorum none\n")).toThrow('"quorum none" accepts every head');
  });

  it("can be made of a roster and a number", () => {
    const roster = rosterOf(makeAuditors(5));
    const policy: Policy = policyOfRoster(roster, 4);
    expect(analysePolicy(bindPolicy(policy, roster))).toMatchObject({ auditors: 5, forgers: { length: 4 } });
    for (const min of [0, 6, 1.5]) expect(() => policyOfRoster(roster, min)).toThrow("min");
  });
});

describe("what a policy survives", () => {
  it("is what trying every set of auditors finds", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (text) => {
        const policy = bound(text);
        const { forgers, blockers, common } = analysePolicy(policy);
        expect({ forgers: forgers.length, blockers: blockers.length, common: common.length }).toEqual(
          bruteForce(policy),
        );
        expect(evaluatePolicy(policy, new Set(forgers))).toBe(true);
        const others = new Set(policy.auditors.filter((name) => !blockers.includes(name)));
        expect(evaluatePolicy(policy, others)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("says how many auditors are enough whoever they are", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (text) => {
        const policy = bound(text);
        const { auditors } = policy;
        const size = sureSize(analysePolicy(policy));
        const sets = Array.from({ length: 2 ** auditors.length }, (_, set) =>
          auditors.filter((_name, i) => (set >> i) & 1),
        );
        const satisfied = sets.map((set) => evaluatePolicy(policy, new Set(set)));
        expect(sets.every((set, i) => set.length < size || satisfied[i])).toBe(true);
        expect(sets.some((set, i) => set.length === size - 1 && !satisfied[i])).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("is exact for a policy of 25 auditors", () => {
    const auditors = makeAuditors(25);
    const witnesses = auditors.map((auditor, i) => `witness w${i} ${vkeyOf(auditor)}`);
    const groups = Array.from(
      { length: 5 },
      (_, g) => `group g${g} 4 ${[0, 1, 2, 3, 4].map((i) => `w${5 * g + i}`).join(" ")}`,
    );
    const policy = bound([...witnesses, ...groups, "group Q 4 g0 g1 g2 g3 g4", "quorum Q", ""].join("\n"));
    const { forgers, blockers, common } = analysePolicy(policy);
    expect([forgers.length, blockers.length, common.length]).toEqual([16, 4, 9]);
  });

  it("is a concern where f auditors decide", () => {
    const concerns = (f: number, ...lines: string[]): string[] =>
      policyConcerns(analysePolicy(bound(policyText(4, ...lines, "quorum Q"))), f);
    expect(concerns(1, "group Q 3 a b c d")).toEqual([]);
    expect(concerns(1, "group Q 2 a b c d")).toEqual(["quorums-share-f"]);
    expect(concerns(1, "group Q any a b c d")).toEqual(["forged-by-f", "quorums-share-f"]);
    expect(concerns(1, "group Q all a b c d")).toEqual(["blocked-by-f"]);
    expect(concerns(0, "group Q any a")).toEqual([]);
  });
});
