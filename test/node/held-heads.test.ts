/** Heads that were dated ahead. */
import { afterEach, describe, expect, it } from "vitest";
import { releaseHeldHeads } from "../../src/node/held-heads.ts";
import { type Bench, FIVE, openBench } from "../ledger/bench.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";

const [a, b] = FIVE;
const MINUTE_MS = 60_000;
const SKEW_MS = 5 * MINUTE_MS;

const life = new AbortController();
afterEach(() => life.abort());

async function epochsHeld({ ledger }: Bench): Promise<number[]> {
  const views = await Promise.all([1, 2, 3].map((epoch) => ledger.epochView(NAMESPACE, epoch)));
  return views.flatMap(({ heads }, index) => (heads.length > 0 ? [index + 1] : []));
}

describe("Heads that are dated ahead", () => {
  it("are received when they are due, whenever they came, and a step of the clock is noticed", async () => {
    const bench = await openBench();
    const { clock, ledger } = bench;
    const attempt = (work: Promise<void>): Promise<void> => work;
    const ended = releaseHeldHeads({ ledger, clock, attempt }, life.signal);
    const nowMs = clock.now();
    const headDue = (epoch: number, inMs: number) => a.head(epoch, digestOf(1, epoch), nowMs + SKEW_MS + inMs);
    expect(await bench.give(headDue(1, 30_500))).toBe("early");
    // Later, and due before.
    expect(await bench.give(headDue(2, 1_200))).toBe("early");
    await clock.advance(1_199);
    expect(await epochsHeld(bench)).toEqual([]);
    await clock.advance(1);
    expect(await epochsHeld(bench)).toEqual([2]);
    await clock.advance(29_300);
    expect(await epochsHeld(bench)).toEqual([1, 2]);

    expect(await bench.give(b.head(3, digestOf(1, 3), nowMs + 365 * 24 * 60 * MINUTE_MS))).toBe("early");
    await clock.advance(MINUTE_MS);
    expect(await epochsHeld(bench)).toEqual([1, 2]);
    clock.set(366 * 24 * 60 * MINUTE_MS);
    await clock.advance(MINUTE_MS);
    expect(await epochsHeld(bench)).toEqual([1, 2, 3]);
    expect(clock.sleeping).toBe(0);
    life.abort();
    await ended;
  });
});
