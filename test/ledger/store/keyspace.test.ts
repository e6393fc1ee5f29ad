import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/core/bytes.ts";
import {
  BUCKETS,
  bucketKey,
  bucketRange,
  claimKey,
  EVERYTHING,
  numberPart,
  sizedPart,
  textPart,
} from "../../../src/ledger/store/keyspace.ts";

const within = (key: Uint8Array, range: { gte: Uint8Array; lt: Uint8Array }): boolean =>
  compareBytes(key, range.gte) >= 0 && compareBytes(key, range.lt) < 0;

describe("the keyspace", () => {
  it("gives every bucket a number of its own, below 255", () => {
    const numbers = Object.values(BUCKETS);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) {
      expect(Number.isInteger(number) && number >= 0 && number < 255).toBe(true);
      expect(within(Uint8Array.of(number, 255, 255, 255), EVERYTHING)).toBe(true);
    }
  });

  it("keeps the numbers it once gave", () => {
    expect(BUCKETS).toMatchObject({ meta: 0, claim: 1, claimEvent: 2 });
  });

  it("sorts epochs as numbers", () => {
    const epoch = fc.maxSafeNat();
    fc.assert(
      fc.property(epoch, epoch, (a, b) => {
        expect(Math.sign(compareBytes(claimKey("n", a), claimKey("n", b)))).toBe(Math.sign(a - b));
      }),
    );
  });

  it("puts a key into the range of its own text and of no other", () => {
    const text = fc.string({ maxLength: 5 });
    fc.assert(
      fc.property(text, text, fc.maxSafeNat(), (a, b, epoch) => {
        const range = bucketRange("claim", textPart(a));
        expect(within(claimKey(a, epoch), range)).toBe(true);
        if (a !== b) expect(within(claimKey(b, epoch), range)).toBe(false);
      }),
    );
  });

  it("has ranges for parts that end in 0xff", () => {
    const part = sizedPart(Uint8Array.of(255, 255));
    const range = bucketRange("claim", part);
    expect(within(bucketKey("claim", part, numberPart(Number.MAX_SAFE_INTEGER)), range)).toBe(true);
    expect(within(bucketKey("claim", sizedPart(Uint8Array.of(255, 254)), numberPart(1)), range)).toBe(false);
  });
});
