/** What comes with an installation, and what of it a node loads. Needs a build. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Installed, installed, loadedBeside } from "../../scripts/loaded.mjs";
import { requireBuild } from "../support/processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAX_MEGABYTES = 95;

let rows: readonly Installed[] = [];
beforeAll(() => {
  requireBuild();
  rows = installed();
});

describe("An installation without the optional libraries", () => {
  it(`takes at most ${MAX_MEGABYTES} MB of a disk`, () => {
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    expect(bytes / 1e6).toBeLessThan(MAX_MEGABYTES);
    // A walk that finds nothing finds no fault.
    expect(bytes / 1e6).toBeGreaterThan(40);
  });

  it("is all that a node loads: no queue, and nothing of reports", () => {
    expect(loadedBeside(rows)).toEqual([]);
    expect(rows.filter(({ isLoaded }) => isLoaded).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["libp2p", "fastify", "classic-level"]),
    );
    expect(rows.map(({ name }) => name).filter((name) => /bullmq|ioredis|plot|resvg|linkedom/.test(name))).toEqual([]);
  });
});

describe("The help", () => {
  it("loads no more than the definitions of the commands", () => {
    const trace = execFileSync(process.execPath, [join(ROOT, "bin/coaudit.js"), "--help"], {
      env: { ...process.env, NODE_OPTIONS: `--import=${join(ROOT, "scripts/loaded/packages-at-exit.mjs")}` },
      encoding: "utf8",
    });
    const packages = JSON.parse(trace.trim().split("\n").at(-1) ?? "") as string[];
    expect(packages).toContain("commander");
    expect(packages.filter((name) => /libp2p|fastify|level|vitest/.test(name))).toEqual([]);
  });
});
