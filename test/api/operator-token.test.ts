import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSameToken, readOperatorToken, writeOperatorToken } from "../../src/api/operator-token.ts";
import { SeededRandom } from "../support/virtual-clock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-token-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const random = new SeededRandom();

describe("the operator's token", () => {
  it("is written for its owner only and read back", async () => {
    const token = await writeOperatorToken(folder, { random });
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(folder, "admin.token")).mode & 0o777).toBe(0o600);
    expect(await readOperatorToken(folder)).toBe(token);
  });

  it("is new with every run", async () => {
    const first = await writeOperatorToken(folder, { random });
    expect(await writeOperatorToken(folder, { random })).not.toBe(first);
  });

  it("inherits neither the mode nor the target of what lay in its place", async () => {
    const elsewhere = join(folder, "elsewhere");
    writeFileSync(elsewhere, "old");
    symlinkSync(elsewhere, join(folder, "admin.token"));
    chmodSync(elsewhere, 0o644);
    await writeOperatorToken(folder, { random });
    expect(readFileSync(elsewhere, "utf8")).toBe("old");
    expect(statSync(join(folder, "admin.token")).mode & 0o777).toBe(0o600);
  });

  it("names the file when it is missing, damaged or cannot be written", async () => {
    const file = join(folder, "admin.token");
    const unreadable = { code: "OPERATOR_TOKEN_UNREADABLE", metadata: { file } };
    await expect(readOperatorToken(folder)).rejects.toMatchObject(unreadable);
    writeFileSync(file, "short");
    await expect(readOperatorToken(folder)).rejects.toMatchObject(unreadable);
    await expect(writeOperatorToken(join(folder, "missing"), { random })).rejects.toMatchObject({
      code: "OPERATOR_TOKEN_UNREADABLE",
    });
  });

  it("is compared whatever the lengths", () => {
    expect(isSameToken("abc", "abc")).toBe(true);
    for (const other of ["", "ab", "abcd", "abd"]) expect(isSameToken("abc", other)).toBe(false);
  });
});
