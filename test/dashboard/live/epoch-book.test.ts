import { describe, expect, it } from "vitest";
import type { Head, NamespaceStatus } from "../../../src/dashboard/live/answers.ts";
import {
  type EpochBook,
  epochsPerMinute,
  newestEpoch,
  nextEpochMs,
  reachedBy,
  SHOWN_EPOCHS,
  shownEpochs,
  withHeads,
} from "../../../src/dashboard/live/epoch-book.ts";

const STATUS: NamespaceStatus = {
  namespace: "example.v1",
  origin: "example/v1",
  configuration: "whatsapp_v1",
  state: "auditing",
  unguarded: false,
  guard: { needed: 1, answered: [], missing: [] },
  heights: [],
};
const head = (auditor: string, timestampMs: number, change: Partial<Head> = {}): Head => ({
  auditor,
  type: "signed-head",
  digest: "aa",
  timestampMs,
  ...change,
});
/** Signed once each, at these times. */
const book = (...times: readonly number[]): EpochBook =>
  new Map(times.map((timestampMs, index) => [index + 1, [head("a", timestampMs)]]));

describe("the newest epoch to show", () => {
  it("is not one that a single liar signed far ahead", () => {
    const heights = ["a", "b", "c"].map((auditor) => ({ auditor, epoch: 7 }));
    const status = { ...STATUS, heights: [...heights, { auditor: "liar", epoch: 9_000_000 }] };
    expect(newestEpoch(status, 1)).toBe(7);
  });

  it("asks nobody who is retired", () => {
    const heights = [
      { auditor: "gone", epoch: 900, counts: false as const },
      { auditor: "liar", epoch: 800 },
      { auditor: "a", epoch: 7 },
    ];
    expect(newestEpoch({ ...STATUS, heights }, 1)).toBe(7);
  });

  it("is this node's own where it is ahead of the others", () => {
    expect(newestEpoch({ ...STATUS, lastVerified: { epoch: 9, digest: "aa" } }, 1)).toBe(9);
  });

  it("has fewer before it at the beginning of a log", () => {
    expect(shownEpochs(3)).toEqual([3, 2, 1]);
    expect(shownEpochs(0)).toEqual([]);
    expect(shownEpochs(1_000)).toHaveLength(SHOWN_EPOCHS);
  });
});

describe("heads in the book", () => {
  it("are there once, however often they are told", () => {
    const once = withHeads(new Map(), 5, [head("a", 1), head("b", 2)], 5);
    expect(withHeads(once, 5, [head("a", 1)], 5).get(5)).toHaveLength(2);
  });

  it("of one auditor for two digests are both there", () => {
    const both = withHeads(withHeads(new Map(), 5, [head("a", 1)], 5), 5, [head("a", 1, { digest: "bb" })], 5);
    expect(both.get(5)).toHaveLength(2);
  });

  it("that are too old or far ahead take no room", () => {
    expect(withHeads(new Map(), 5 + SHOWN_EPOCHS + 1, [head("a", 1)], 5).size).toBe(0);
    expect(withHeads(new Map([[1, []]]), 100, [head("a", 1)], 100).has(1)).toBe(false);
    expect(withHeads(new Map(), 1, [head("a", 1)], 100).size).toBe(0);
  });
});

describe("the next epoch", () => {
  it("is expected after the median of the times before", () => {
    expect(nextEpochMs(book(0, 30_000, 61_000, 90_000, 190_000))).toEqual({ atMs: 221_000, intervalMs: 31_000 });
  });

  it.each([
    ["too few epochs", book(0, 30_000, 60_000)],
    ["nothing", new Map()],
    ["epochs signed at one time, as by auditors that catch up", book(5, 5, 5, 5, 5)],
  ])("is not guessed from %s", (_what, from) => {
    expect(nextEpochMs(from)).toBeUndefined();
  });

  it("is not guessed from late heads, whose time says nothing of the provider", () => {
    const late = new Map([1, 2, 3, 4, 5].map((epoch) => [epoch, [head("a", epoch * 7, { type: "late-head" })]]));
    expect(nextEpochMs(late)).toBeUndefined();
  });
});

it("tells how fast an auditor signs from its own heads", () => {
  expect(epochsPerMinute(book(0, 30_000, 60_000), "a")).toBe(2);
  expect(epochsPerMinute(book(0), "a")).toBeUndefined();
  expect(epochsPerMinute(book(0, 30_000), "b")).toBeUndefined();
});

it("tells which epoch enough auditors have reached, retired ones left out", () => {
  const heights = [
    { auditor: "a", epoch: 9 },
    { auditor: "b", epoch: 8 },
    { auditor: "c", epoch: 7 },
    { auditor: "old", epoch: 9, counts: false as const },
  ];
  expect(reachedBy({ ...STATUS, heights }, 2)).toBe(8);
  expect(reachedBy({ ...STATUS, heights }, 4)).toBe(0);
});
