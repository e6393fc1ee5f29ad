import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draw, drawUs } from "../../../src/simulator/engine/distribution.ts";
import { RandomStream, RandomStreams } from "../../../src/simulator/engine/random-streams.ts";

function first(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.uint32());
}

describe("a random stream", () => {
  it("is xoshiro128**: the first numbers of the reference implementation for the state 1, 2, 3, 4", () => {
    const state = new Uint8Array(new Uint32Array([1, 2, 3, 4].map(swapped)).buffer);
    expect(first(new RandomStream(state), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("agrees with the generator written in BigInt, from any state", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (seed) => {
        expect(first(new RandomStream(seed), 20)).toEqual(reference(seed, 20));
      }),
      { numRuns: 50 },
    );
  });

  it("is one by purpose, entity and life, and the same each time it is asked for", () => {
    const streams = new RandomStreams(7);
    const of = (...args: [string, string?, number?]): string => first(streams.stream(...args), 4).join();
    const all = [of("disk"), of("disk", "a"), of("disk", "b"), of("disk", "a", 1), of("disk", "a", 2), of("sign", "a")];
    expect(new Set(all).size).toBe(all.length);
    expect(of("disk", "a", 1)).toBe(all[3]);
    expect(first(new RandomStreams(8).stream("disk"), 4).join()).not.toBe(all[0]);
  });

  it("does not depend on what others draw", () => {
    const alone = first(new RandomStreams(7).stream("disk", "a"), 5);
    const streams = new RandomStreams(7);
    const a = streams.stream("disk", "a");
    const drawn = Array.from({ length: 5 }, (_, i) => {
      first(streams.stream("disk", `neighbour ${i}`), i);
      return a.uint32();
    });
    expect(drawn).toEqual(alone);
  });

  it("draws below a bound evenly, and never the bound itself", () => {
    const stream = new RandomStreams(1).stream("test");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i++) (counts[stream.below(6)] as number)++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(stream.below(1)).toBe(0);
  });

  it("draws nothing for what is certain or impossible", () => {
    const stream = new RandomStreams(1).stream("test");
    const untouched = new RandomStreams(1).stream("test");
    expect([stream.chance(0), stream.chance(1), stream.chance(-1), stream.chance(2)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(stream.uint32()).toBe(untouched.uint32());
  });

  it("meets a chance as often as it says", () => {
    const stream = new RandomStreams(1).stream("test");
    let met = 0;
    for (let i = 0; i < 20_000; i++) if (stream.chance(0.3)) met++;
    expect(Math.abs(met - 6000)).toBeLessThan(300);
  });

  it("samples different items, all of them where there are fewer, and leaves the list alone", () => {
    const stream = new RandomStreams(1).stream("test");
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.nat(12), (items, count) => {
        const before = [...items];
        const drawn = stream.sample(items, count);
        expect(drawn).toHaveLength(Math.min(count, items.length));
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(drawn.every((item) => items.includes(item))).toBe(true);
        expect(items).toEqual(before);
      }),
    );
  });

  it("samples every pair of four equally often", () => {
    const stream = new RandomStreams(1).stream("test");
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const pair = stream.sample([1, 2, 3, 4], 2).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("a distribution of times", () => {
  const stream = (): RandomStream => new RandomStreams(1).stream("test");

  it("draws nothing for a number", () => {
    const random = stream();
    expect(draw(12.5, random)).toBe(12.5);
    expect(random.uint32()).toBe(stream().uint32());
  });

  it("stays between the ends of a uniform one, with its mean", () => {
    const random = stream();
    const drawn = Array.from({ length: 10_000 }, () => draw({ uniform: [10, 30] }, random));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...drawn)).toBeLessThan(30);
    expect(drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length).toBeCloseTo(20, 0);
  });

  it("is linear between quantiles: half of the draws lie below the median", () => {
    const quantiles = [
      [0, 10],
      [0.5, 20],
      [0.9, 100],
      [1, 1000],
    ] as const;
    const random = stream();
    const drawn = Array.from({ length: 10_000 }, () => draw({ quantiles }, random)).sort((a, b) => a - b);
    expect(drawn[0]).toBeGreaterThanOrEqual(10);
    expect(Math.abs((drawn[2500] as number) - 15)).toBeLessThan(0.5);
    expect(Math.abs((drawn[5000] as number) - 20)).toBeLessThan(3);
    expect(Math.abs((drawn[9500] as number) - 550)).toBeLessThan(60);
    expect(drawn[9999]).toBeLessThan(1000);
  });

  it("gives whole microseconds, never negative ones", () => {
    expect(drawUs(0.0014, stream())).toBe(1);
    expect(drawUs(-5, stream())).toBe(0);
    expect(Number.isInteger(drawUs({ uniform: [0, 1] }, stream()))).toBe(true);
  });
});

/** Seeds are read big-endian, typed arrays of this machine are not. */
function swapped(value: number): number {
  return new DataView(Uint32Array.of(value).buffer).getUint32(0);
}

function reference(seed: Uint8Array, count: number): number[] {
  const mask = 0xffff_ffffn;
  const view = new DataView(seed.buffer, seed.byteOffset);
  const s = [0, 4, 8, 12].map((at) => BigInt(view.getUint32(at))) as [bigint, bigint, bigint, bigint];
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
    return Number(result);
  });
}
