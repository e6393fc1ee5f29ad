import { describe, expect, it } from "vitest";
import { NewestListed } from "../../../src/auditor/look/newest-listed.ts";
import type { EpochSource } from "../../../src/source/source.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function watch() {
  const clock = new VirtualClock();
  let answer: number | undefined;
  const source = { latest: async () => answer } as unknown as EpochSource;
  const newest = new NewestListed({ newestMaxAgeMs: 60_000, newestMaxEpochs: 64 }, { source, clock });
  const after = async (ms: number, listed: number | undefined) => {
    await clock.advance(ms);
    answer = listed;
    await newest.refresh(1, new AbortController().signal);
    return newest.epoch;
  };
  return { newest, after };
}

describe("the newest listed epoch", () => {
  it("is unknown before anything was listed", () => {
    expect(watch().newest.epoch).toBeUndefined();
  });

  it("is not lowered by a replica that is behind", async () => {
    const { after } = watch();
    expect(await after(0, 100)).toBe(100);
    expect(await after(60_000, 90)).toBe(100);
    expect(await after(60_000, 101)).toBe(101);
  });

  it("does not stay at an epoch that was listed for a moment and never again", async () => {
    const { after } = watch();
    expect(await after(0, 100_000)).toBe(100_000);
    let seen: number | undefined;
    for (let minute = 1; minute <= 20; minute++) seen = await after(60_000, 30 + minute);
    expect(seen).toBe(50);
  });

  it("outlives a source that is silent", async () => {
    const { after } = watch();
    await after(0, 100);
    expect(await after(86_400_000, undefined)).toBe(100);
  });
});
