/** What a release hands out beside the package. Needs a build. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeReleaseFiles } from "../../scripts/release-files.mjs";
import { requireBuild } from "../support/processes.ts";

let folder: string;
beforeEach(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "coaudit-release-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("A release is the package, a list of all that it brings, and checksums that hold", () => {
  const [pack = "", sbom = "", sums = ""] = writeReleaseFiles(folder);
  expect([pack, sums]).toEqual([expect.stringMatching(/^coaudit-\d+\.\d+\.\d+\.tgz$/), "SHA256SUMS"]);
  const { bomFormat, components } = JSON.parse(readFileSync(join(folder, sbom), "utf8")) as {
    bomFormat: string;
    components: { name: string; version: string }[];
  };
  expect(bomFormat).toBe("CycloneDX");
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["libp2p", "fastify", "classic-level"]));
  // What only builds and tests need is nobody's risk who installs it.
  expect(names.filter((name) => /vitest|biome|cspell|playwright/.test(name))).toEqual([]);
  expect(execFileSync("sha256sum", ["--check", sums], { cwd: folder, encoding: "utf8" })).toContain(`${pack}: OK`);
});
