import { describe, expect, it } from "vitest";
import { checkSettlement, formatSettlement, parseSettlement } from "../../src/core/settlement-file.ts";

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const GOOD = { namespace: "n.v1", first: 3, last: 9, sides: { [A]: ["a"], [B]: ["b", "c"] }, trust: A, note: "why" };

describe("a settlement as data", () => {
  it("reads back", () => {
    expect(parseSettlement(JSON.stringify(formatSettlement(GOOD)))).toEqual(GOOD);
    expect(checkSettlement({ ...GOOD, trust: "none" })).toMatchObject({ trust: "none" });
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /not an object/],
    ["an unknown field", { ...GOOD, until: 9 }, /unknown field "until"/],
    ["no namespace", { ...GOOD, namespace: 1 }, /"namespace"/],
    ["a namespace that is none", { ...GOOD, namespace: "a b" }, /namespace/],
    ["epochs as texts", { ...GOOD, first: "3" }, /not both epochs/],
    ["an end before its beginning", { ...GOOD, last: 2 }, /ends at epoch 2, before it begins at 3/],
    ["epoch 0", { ...GOOD, first: 0 }, /first/],
    ["one side", { ...GOOD, sides: { [A]: ["a"] } }, /fewer than two digests/],
    ["an auditor on two sides", { ...GOOD, sides: { [A]: ["a"], [B]: ["a"] } }, /"sides"/],
    ["a side that is no digest", { ...GOOD, sides: { [A]: ["a"], xx: ["b"] } }, /"sides"/],
    ["sides in a list", { ...GOOD, sides: [[A], [B]] }, /"sides"/],
    ["trust in a digest of nobody", { ...GOOD, trust: "cc".repeat(32) }, /"trust"/],
    ["a note that is none", { ...GOOD, note: undefined }, /"note"/],
    ["a note without end", { ...GOOD, note: "x".repeat(501) }, /"note"/],
  ])("is refused with %s", (_what, value, reason) => {
    expect(() => checkSettlement(value)).toThrow(reason);
    expect(() => checkSettlement(value)).toThrow(expect.objectContaining({ code: "SETTLEMENT_INVALID" }));
  });

  it.each(["{", "null", "[]", JSON.stringify(GOOD)])("is refused as a file that is none: %s", (text) => {
    expect(() => parseSettlement(text)).toThrow(expect.objectContaining({ code: "SETTLEMENT_INVALID" }));
  });
});
