import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedMap } from "../../src/core/bounded-map.ts";

function filled(maxEntries: number, keys: string): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>(maxEntries);
  [...keys].forEach((key, index) => {
    map.set(key, index);
  });
  return map;
}

function keysOf(map: BoundedMap<string, number>): string {
  return [...map].map(([key]) => key).join("");
}

describe("a bounded map", () => {
  it("forgets the oldest when one more comes", () => {
    const map = filled(3, "abcd");
    expect(keysOf(map)).toBe("bcd");
    expect([map.size, map.get("a"), map.has("a"), map.get("b")]).toEqual([3, undefined, false, 1]);
  });

  it("takes an entry that is set again for the newest, with its new value", () => {
    const map = filled(3, "abca");
    expect([...map]).toEqual([
      ["b", 1],
      ["c", 2],
      ["a", 3],
    ]);
  });

  it("keeps what is used, and not what is only looked at", () => {
    const looked = filled(3, "abc");
    expect(looked.get("a")).toBe(0);
    looked.set("d", 9);
    expect(keysOf(looked)).toBe("bcd");
    const used = filled(3, "abc");
    expect([used.use("a"), used.use("nobody")]).toEqual([0, undefined]);
    used.set("d", 9);
    expect(keysOf(used)).toBe("cad");
  });

  it("holds undefined and falsy keys like any other", () => {
    const map = new BoundedMap<string | undefined, string | undefined>(2);
    map.set(undefined, "x");
    map.set("", undefined);
    map.set("a", "y");
    expect([...map]).toEqual([
      ["", undefined],
      ["a", "y"],
    ]);
  });

  it("does what a plain map with its oldest key taken out does, whatever is done to it", () => {
    const step = fc.record({ what: fc.constantFrom("set", "use", "delete"), key: fc.integer({ min: 0, max: 7 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, maxEntries) => {
        const map = new BoundedMap<number, number>(maxEntries);
        const model = new Map<number, number>();
        steps.forEach(({ what, key }, index) => {
          const held = model.get(key);
          const wasHeld = model.delete(key);
          if (what === "set") {
            map.set(key, index);
            model.set(key, index);
          } else if (what === "use") {
            expect(map.use(key)).toBe(held);
            if (held !== undefined) model.set(key, held);
          } else {
            expect(map.delete(key)).toBe(wasHeld);
          }
          const [oldest] = model.keys();
          if (model.size > maxEntries && oldest !== undefined) model.delete(oldest);
          expect([...map]).toEqual([...model]);
          expect(map.size).toBe(model.size);
        });
      }),
    );
  });
});
