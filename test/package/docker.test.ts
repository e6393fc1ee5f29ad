/** The Dockerfile, by hadolint where it is installed, and the lines that must stand. It is built where a builder is. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const FILE = fileURLToPath(new URL("../../config/docker/Dockerfile", import.meta.url));
const text = readFileSync(FILE, "utf8");
const hasHadolint = spawnSync("hadolint", ["--version"]).status === 0;
if (!hasHadolint) console.warn("hadolint is not installed: the Dockerfile's lines alone are tested");

describe("The Dockerfile", () => {
  it.skipIf(!hasHadolint)("has nothing that hadolint warns of", () => {
    const { status, stdout } = spawnSync("hadolint", ["--failure-threshold", "warning", FILE], { encoding: "utf8" });
    expect(stdout.split("\n").filter((line) => / (error|warning): /.test(line))).toEqual([]);
    expect(status).toBe(0);
  });

  it("builds and runs on Node 24, and what runs is not root and holds no sources", () => {
    const stages = text.split(/^FROM /m).slice(1);
    expect(stages.map((stage) => stage.split(/\s/, 1)[0])).toEqual(["node:24-bookworm-slim", "node:24-bookworm-slim"]);
    const [, runs = ""] = stages;
    expect(runs).toMatch(/^USER node$/m);
    expect(runs.match(/^COPY .*$/gm)).toEqual(["COPY --from=build /packed /packed"]);
    expect(runs).toMatch(/^HEALTHCHECK /m);
    // Signals reach the node: no shell stands between.
    expect(runs).toMatch(/^ENTRYPOINT \["coaudit"\]$/m);
  });
});
