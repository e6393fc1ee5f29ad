import { describe, expect, it } from "vitest";
import { withRandomKeys } from "../../../src/lab/hunt/random-keys.ts";
import { randomScenario } from "../../../src/lab/hunt/random-scenario.ts";
import { checkWhole } from "../../../src/simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../../src/simulator/scenario/scenario.ts";

const SIZE = { auditors: 5, epochs: 12, crashes: 6 };

function drawn(count: number): Scenario[] {
  return Array.from({ length: count }, (_, seed) => withRandomKeys(randomScenario(seed, SIZE), seed));
}

describe("keys of a random world", () => {
  it("are in a few of the worlds that have clients, with every kind of lie, and make sense", () => {
    const keyed = drawn(6_000).filter(({ keys }) => keys !== undefined);
    expect(keyed.length).toBeGreaterThan(100);
    expect(keyed.length).toBeLessThan(300);
    for (const scenario of keyed) expect(() => checkWhole(scenario), scenario.title).not.toThrow();
    const kinds = new Set(keyed.flatMap(({ keys }) => (keys?.lies ?? []).map(({ kind }) => kind)));
    expect(kinds.size).toBe(10);
    expect(keyed.some(({ keys }) => keys?.lies.length === 0)).toBe(true);
  });

  it("leave all else of a seed as it is", () => {
    for (const [seed, { keys: _, clients, ...rest }] of drawn(300).entries()) {
      const { clients: before, ...same } = randomScenario(seed, SIZE);
      expect(rest).toEqual(same);
      expect(clients.length).toBe(before.length);
    }
  });
});
