/** What a reader asks for by default: of those who are in the roster at the epoch in question. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { questionOf } from "../../../src/cli/reader/question.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { makeAuditors, NAMESPACE, ORIGIN } from "../../support/auditors.ts";

let folder: string;
let roster: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-question-"));
  roster = join(folder, "roster.yaml");
  const lines = makeAuditors(7).map(({ name, key }, index) => {
    const term =
      index < 4 ? "" : `, joined: { ${NAMESPACE}: 100 }${index === 6 ? `, retired: { ${NAMESPACE}: 200 }` : ""}`;
    return `  - { name: ${name}, keys: [{ vkey: "${formatVkey({ name, publicKey: key.publicKey })}" }]${term} }\n`;
  });
  writeFileSync(roster, `auditors:\n${lines.join("")}namespaces: [{ namespace: ${NAMESPACE}, origin: ${ORIGIN} }]\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

async function minAt(
  epoch: number | "latest",
  flags: { min?: string; faultBound?: string } = {},
): Promise<number | undefined> {
  const asked = { node: ["http://127.0.0.1:1"], roster, ...flags };
  const { client, min } = await questionOf(asked, { namespace: NAMESPACE, epoch });
  client.close();
  return min;
}

describe("the number of auditors that must agree", () => {
  it("is by default that of the epoch: newcomers make no old epoch not-enough, who left is not waited for", async () => {
    // Of 4, of 7, of 6 auditors.
    expect(await minAt(99)).toBe(3);
    expect(await minAt(100)).toBe(5);
    expect(await minAt(201)).toBe(5);
    expect(await minAt("latest")).toBe(5);
  });

  it("follows the reader's f, and gives way to the reader's number", async () => {
    expect(await minAt(99, { faultBound: "0" })).toBe(3);
    expect(await minAt(99, { faultBound: "2" })).toBe(4);
    expect(await minAt(99, { min: "2" })).toBe(2);
  });
});
