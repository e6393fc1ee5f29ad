import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoauditError } from "../../src/core/errors.ts";
import { formatBlobName, isTransportError, namesOfEpoch, parseBlobName } from "../../src/source/source.ts";

const A = "0a".repeat(32);
const B = "b0".repeat(32);

describe("A blob's name", () => {
  it("formats back to the same text", () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), digest, digest, (epoch, previous, current) => {
        const name = parseBlobName(formatBlobName({ epoch, previous, current }));
        expect(name).toEqual({ epoch, previous, current });
      }),
    );
  });

  it.each([
    `0/${A}/${B}`,
    `01/${A}/${B}`,
    `+1/${A}/${B}`,
    `1.0/${A}/${B}`,
    `9007199254740992/${A}/${B}`,
    `1/${A.toUpperCase()}/${B}`,
    `1/${A}/${B}0`,
    `1/${A}/${B}/`,
    `/1/${A}/${B}`,
    `1/${A}`,
    `1/${A}/${B}\n`,
    ` 1/${A}/${B}`,
    "",
  ])("is strict: %j is refused", (text) => {
    expect(() => parseBlobName(text)).toThrowError(expect.objectContaining({ code: "SOURCE_NAME_INVALID" }));
  });

  it("is listed once however often it comes, sorted, without those of other epochs", () => {
    const found = namesOfEpoch([`1/${B}/${A}`, `1/${A}/${B}`, `1/${B}/${A}`, `2/${A}/${B}`, "1/"], 1);
    expect(found.names.map(formatBlobName)).toEqual([`1/${A}/${B}`, `1/${B}/${A}`]);
    expect(found.foreignKeys).toBe(2);
  });
});

describe("A transport error", () => {
  it("is any error of the source, and no other", () => {
    expect(isTransportError(new CoauditError("SOURCE_NOT_FOUND", "", { host: "", path: "" }))).toBe(true);
    expect(isTransportError(new CoauditError("USAGE", "", {}))).toBe(false);
    expect(isTransportError(new Error("SOURCE_NOT_FOUND"))).toBe(false);
    expect(isTransportError(undefined)).toBe(false);
  });
});
