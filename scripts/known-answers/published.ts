/** Published numbers, beside what our arithmetic makes of the same parameters. */
import { committeeCutoff, committeeSize } from "../../src/lab/known-answers/committee.ts";
import { type Held, pollinationDetection } from "../../src/lab/known-answers/pollination.ts";
import { table } from "./table.ts";

/** Brorsson et al.: the ranges of expected committee sizes that their program searches, by its own notes. */
const COMMITTEES = [
  { bits: 30, from: 7_900, to: 8_000 },
  { bits: 80, from: 22_900, to: 23_000 },
  { bits: 128, from: 37_400, to: 37_500 },
  { bits: 256, from: 76_200, to: 76_300 },
];

export function committeeTable(): string {
  const users = 2 ** 30;
  const population = { users, honest: Math.floor(0.6 * users), malicious: Math.floor(0.2 * users) };
  const rows = COMMITTEES.map(({ bits, from, to }) => {
    const size = committeeSize(population, bits);
    const { quorum, log2TooFew, log2TwoViews } = committeeCutoff(population, size);
    const chances = `2^${log2TooFew.toFixed(2)}, 2^${log2TwoViews.toFixed(2)}`;
    return [`${bits} bits`, `${from} to ${to}`, String(size), String(quorum), chances, within(size, from, to)];
  });
  return table(
    ["security", "published: expected size", "ours: expected size", "quorum", "too few; two views", ""],
    rows,
  );
}

/** Oxford, Parker and Ryan: the probability of detection by the end of a round, with five clients and five servers. */
const DETECTION = [
  [1, 0.004],
  [2, 0.00851935],
  [5, 0.04358877],
  [10, 0.17705324],
  [15, 0.33293904],
  [20, 0.47419776],
] as const;

export function pollinationTable(): string {
  const client = (rate: number, own: number, holds: Held = "old") => ({
    rate,
    holds,
    servers: [0.02, 0.28, 0, 0, 0].map((chance, server) => (server === own ? 0.7 : chance)),
  });
  const byRound = pollinationDetection(
    {
      clients: [client(0.8, 2), client(0.6, 3), client(0.6, 3), client(0.6, 3), client(0.2, 4, "fork")],
      servers: ["main", "old", "old", "old", "old"],
    },
    20,
  );
  const rows = DETECTION.map(([round, published]) => {
    const ours = byRound[round - 1] ?? Number.NaN;
    return [String(round), published.toFixed(8), ours.toFixed(8), (ours - published).toExponential(0)];
  });
  return table(["round", "published", "ours", "difference"], rows);
}

function within(value: number, from: number, to: number): string {
  return from <= value && value <= to ? "within" : "OUTSIDE";
}
