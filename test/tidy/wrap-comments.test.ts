import { describe, expect, it } from "vitest";
import { wrapComments } from "../../scripts/tidy/wrap-comments.ts";

const words = (count: number): string => "word ".repeat(count).trim();

describe("Wrapping comments", () => {
  it("begins at the first line that is too wide, and says the same words", () => {
    const text = `  // Short.\n  // ${words(30)}\n  // and on.\n  code();`;
    const wrapped = wrapComments(text);
    expect(wrapped.split("\n").every((line) => line.length <= 120)).toBe(true);
    expect(wrapped.split("\n")[0]).toBe("  // Short.");
    expect(wrapped.replaceAll(/[\s/]+/g, " ")).toBe(text.replaceAll(/[\s/]+/g, " "));
    expect(wrapComments(wrapped)).toBe(wrapped);
  });

  it("opens a docstring that no longer fits on a line", () => {
    expect(wrapComments(`/** ${words(24)} end */`)).toBe(`/**\n * ${words(23)}\n * word end\n */`);
  });

  it("hangs list items, and leaves tables, commands, strings and directives as they are", () => {
    const item = wrapComments(`/**\n * - ${words(30)}\n * - next\n */`).split("\n");
    expect(item.slice(2)).toEqual([expect.stringMatching(/^ {3}word|^ \* {3}word/), " * - next", " */"]);
    for (const text of [
      `/**\n * | ${words(30)} |\n */`,
      `// biome-ignore lint: ${words(30)}`,
      `const text = "${words(30)}";`,
      `// usage\n// node scripts/a.mjs   ${words(4)}`,
    ]) {
      expect(wrapComments(text)).toBe(text);
    }
  });
});
