import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROBLEMS } from "../../src/api/problem.ts";

describe("docs/api.md", () => {
  it("names every problem with its status, and no other", () => {
    const rows = readFileSync("docs/api.md", "utf8").matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm);
    const documented = [...rows].map(([, slug, status]) => [slug, Number(status)]);
    expect(documented).toEqual(Object.entries(PROBLEMS).map(([slug, { status }]) => [slug, status]));
  });
});
