import { describe, expect, it } from "vitest";
import { committeeCutoff, committeeSize } from "../../../src/lab/known-answers/committee.ts";
import { type Held, pollinationDetection } from "../../../src/lab/known-answers/pollination.ts";
import { anyOf, meetsOther } from "../../../src/lab/known-answers/split-noticed.ts";
import { fewestHops, mostHops, pushRounds } from "../../../src/lab/known-answers/spread.ts";

describe("asking several nodes", () => {
  it("meets another history as often as counting all draws says", () => {
    for (const [nodes, others, ask] of [
      [7, 3, 2],
      [8, 2, 3],
      [6, 6, 2],
      [6, 0, 2],
      [5, 2, 5],
      [5, 2, 1],
    ] as const) {
      const draws = subsets(nodes, ask);
      const meeting = draws.filter((draw) => draw.some((node) => node < others));
      expect(meetsOther({ nodes, others, ask })).toBeCloseTo(meeting.length / draws.length, 12);
    }
  });

  it("adds up over clients that draw on their own", () => {
    expect(anyOf(3, 0.5)).toBeCloseTo(0.875, 12);
    expect(anyOf(0, 0.5)).toBeCloseTo(0, 12);
    expect(anyOf(1_000_000, 1e-9)).toBeCloseTo(0.0009995, 7);
  });
});

describe("spreading", () => {
  it("grows with the logarithm of n", () => {
    expect(pushRounds(1_000_000)).toBeCloseTo(19.932 + 13.816, 2);
    expect([2, 7, 8, 37, 38].map((nodes) => fewestHops(nodes, 6))).toEqual([1, 1, 2, 2, 3]);
    expect([100, 1_000, 10_000].map((nodes) => mostHops(nodes, 6))).toEqual([7, 9, 10]);
  });

  it("can't take fewer hops than the best graph, nor more than nearly every random one", () => {
    for (const nodes of [10, 100, 1_000, 100_000]) {
      for (const degree of [4, 6, 12]) expect(fewestHops(nodes, degree)).toBeLessThan(mostHops(nodes, degree));
    }
  });
});

describe("committees of Consistency-or-Die", () => {
  const users = 2 ** 30;
  const population = { users, honest: Math.floor(0.6 * users), malicious: Math.floor(0.2 * users) };

  // The program that the authors published with the paper (quorum_stats) searches these ranges of expected sizes, noted
  // by it as 30, 80, 128 and 256 bits.
  it.each([
    [30, 7_900, 8_000],
    [80, 22_900, 23_000],
    [128, 37_400, 37_500],
    [256, 76_200, 76_300],
  ])("%i bits need a size in the range that the authors searched", (bits, from, to) => {
    const size = committeeSize(population, bits);
    expect(size).toBeGreaterThanOrEqual(from);
    expect(size).toBeLessThanOrEqual(to);
  });

  it("balances both chances at the quorum", () => {
    const { quorum, log2TooFew, log2TwoViews } = committeeCutoff(population, 7_946);
    expect(quorum).toBe(4_358);
    expect(log2TooFew).toBeGreaterThan(log2TwoViews);
    // scipy 1.17.1: stats.binom.logcdf(4358, 644245094, p) and stats.binom.logsf(4358, 536870911, p), over log(2).
    expect(log2TooFew).toBeCloseTo(-30.00902595852706, 6);
    expect(log2TwoViews).toBeCloseTo(-30.12587216270595, 6);
  });
});

describe("heads carried between servers", () => {
  const client = (rate: number, own: number, holds: Held = "old") => ({
    rate,
    holds,
    servers: [0.02, 0.28, 0, 0, 0].map((chance, server) => (server === own ? 0.7 : chance)),
  });
  /** Five clients, one of them shown the fork; five servers, one of them with the new head. */
  const published = {
    clients: [client(0.8, 2), client(0.6, 3), client(0.6, 3), client(0.6, 3), client(0.2, 4, "fork")],
    servers: ["main", "old", "old", "old", "old"] as const,
  };

  it("are noticed as PRISM found for Oxford, Parker and Ryan", () => {
    // github.com/MCOxford/phd_resources, chapter-4/model-checking/splitworld: P=? [ F<=4*T "detect" ], PRISM 4.3.1.
    const byRound = pollinationDetection(published, 20);
    expect(byRound[0]).toBeCloseTo(0.004, 9);
    expect(byRound[1]).toBeCloseTo(0.008519348, 9);
    expect(byRound[4]).toBeCloseTo(0.043588768, 9);
    expect(byRound[9]).toBeCloseTo(0.177053237, 9);
    expect(byRound[14]).toBeCloseTo(0.332939044, 9);
    expect(byRound[19]).toBeCloseTo(0.474197759, 9);
  });

  it("are not noticed where nobody was shown a fork", () => {
    const clients = published.clients.map((one) => ({ ...one, holds: "old" as const }));
    expect(pollinationDetection({ ...published, clients }, 5)).toEqual(
      [0, 0, 0, 0, 0].map(() => expect.closeTo(0, 12)),
    );
  });

  it("are noticed at once by the only client of the only server", () => {
    expect(pollinationDetection({ clients: [{ rate: 1, servers: [1], holds: "fork" }], servers: ["main"] }, 2)).toEqual(
      [1, 1],
    );
  });
});

function subsets(of: number, count: number): number[][] {
  if (count === 0) return [[]];
  if (of < count) return [];
  return [...subsets(of - 1, count), ...subsets(of - 1, count - 1).map((rest) => [...rest, of - 1])];
}
