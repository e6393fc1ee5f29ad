/** What a page loads. Measured with the bundler that the tests themselves come with. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../scripts/bundle.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-size-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function built(source: string): Promise<string> {
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, source);
  return bundle(entry);
}

const DOOR = JSON.stringify(resolve("src/client/index.ts"));

describe("the SDK in a bundle", () => {
  it("has at most 40 KB, minified and gzipped, everything that it exports included", async () => {
    const code = await built(`export * from ${DOOR};`);
    const sizeBytes = gzipSync(code, { level: 9 }).length;
    expect(sizeBytes).toBeLessThan(40_000);
    expect(sizeBytes).toBeGreaterThan(5_000);
    expect(code).not.toMatch(/node:|\brequire\(|\bBuffer\b|process\./);
  });

  it("has at most 70 KB with key verification, and not a byte of it without", async () => {
    const keys = JSON.stringify(resolve("src/client/keys/index.ts"));
    const code = await built(`export * from ${DOOR}; export * from ${keys};`);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(70_000);
    expect(code).toContain("KEY_PROOF_");
    expect(code).not.toMatch(/node:|\brequire\(|\bBuffer\b|process\./);
    expect(await built(`export * from ${DOOR};`)).not.toMatch(/KEY_PROOF_|edwards|coaudit\/keys/);
  });

  it("is joined by a proof verifier that needs no Node either", async () => {
    const code = await built(`export * from ${JSON.stringify(resolve("src/verify.ts"))};`);
    expect(code).not.toMatch(/node:|\brequire\(|\bBuffer\b|process\./);
  });

  it("leaves out what a page does not use", async () => {
    const all = await built(`export * from ${DOOR};`);
    const some = await built(`import { parsePolicy } from ${DOOR}; console.log(parsePolicy("quorum none"));`);
    expect(some.length).toBeLessThan(all.length / 2);
    const nothing = await built(`import ${DOOR};`);
    expect(nothing.length).toBeLessThan(all.length / 5);
  });
});
