import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

describe("The words that the spell checker does not know", () => {
  it("are in lower case, sorted, each once", () => {
    const words = readFileSync(new URL("../../scripts/words.txt", import.meta.url), "utf8")
      .trim()
      .split("\n");
    expect(words).toEqual([...new Set(words.map((word) => word.toLowerCase()))].sort());
  });
});
