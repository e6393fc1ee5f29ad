/**
 * The walk of docs/simulator.md, "From nothing to a figure": its commands, as they stand there, in an empty folder,
 * with fewer repeats.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { requireBuild } from "../support/processes.ts";

requireBuild();
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const COMMAND = fileURLToPath(new URL("../../bin/coaudit.js", import.meta.url));
/** A number of the docs' figures needs their repeats; that the commands lead to one does not. */
const REPEATS = "--repeats 2";

const docs = readFileSync(fileURLToPath(new URL("../../docs/simulator.md", import.meta.url)), "utf8");
const walk = docs.slice(docs.indexOf("## From nothing to a figure"), docs.indexOf("## Commands"));
const steps = [...walk.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands ?? "");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-researcher-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Throws what the shell says where a command of the step fails. */
function run(step: string): Promise<string> {
  const script = `set -e\ncoaudit() { "${process.execPath}" "${COMMAND}" "$@"; }\n${step.replaceAll("--repeats 20", REPEATS)}`;
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, timeout: 550_000, maxBuffer: 1 << 24 };
    execFile("bash", ["-c", script], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

interface Sweep {
  readonly points: readonly {
    readonly values: { readonly auditors: number };
    readonly detection: Record<"firstMs" | "convictionMs" | "clientMs", Estimate>;
  }[];
}

interface Estimate {
  readonly share: { readonly happened: number; readonly low: number; readonly high: number };
  readonly median: { readonly ms: number | null; readonly lowMs: number | null };
}

const sweep = (name: string): Sweep => JSON.parse(readFileSync(join(folder, name, "summary.json"), "utf8")) as Sweep;
const page = (name: string): string => readFileSync(join(folder, name), "utf8");

it("is four steps", () => expect(steps).toHaveLength(4));

it("1: shows one world, what came of it, and its report", async () => {
  const screen = await run(steps[0] ?? "");
  expect(screen).toContain("one-victim-auditor");
  expect(screen).toMatch(/first noticed\s+\d+ ms/);
  expect(screen).toMatch(/first conviction\s+never/);
  expect(page("run/report.html")).toContain("Who knew what when");
});

it("2: asks a question of many worlds, and has a figure whose numbers have intervals", async () => {
  await run(steps[1] ?? "");
  const { points } = sweep("gossip");
  expect(points).toHaveLength(9);
  for (const { values, detection } of points) {
    const { share, median } = detection.firstMs;
    expect(share.happened).toBe(2);
    expect(share.low).toBeLessThan(1);
    expect(median.lowMs).toBeLessThanOrEqual(median.ms ?? 0);
    // f is 0 with three auditors alone.
    expect(detection.convictionMs.share.happened > 0).toBe(values.auditors === 3);
  }
  const figures = readdirSync(join(folder, "figures"));
  expect(figures).toEqual(expect.arrayContaining(["median-first.svg", "effect-share-first.svg"]));
  expect(page("figures/median-first.svg")).toMatch(/\[\d[\d.]* m?s, (\d[\d.]* m?s|∞)\]/);
  expect(page("gossip/report.html")).toContain("\\begin{table}");
});

it("3: compares with auditors that do not talk, where clients alone notice", async () => {
  await run(steps[2] ?? "");
  for (const { detection } of sweep("none").points) {
    expect(detection.firstMs.share.happened).toBe(0);
    expect(detection.clientMs.share.happened).toBeGreaterThan(0);
  }
  expect(page("compared.html")).toContain("What differs between the sweeps");
  expect(page("compared.html")).toContain("First client that is warned, each sweep against the first");
});

it("4: runs a scenario of one's own", async () => {
  const screen = await run(steps[3] ?? "");
  expect(screen).toContain("A provider that lies for one epoch and hopes that nobody compares");
  expect(existsSync(join(folder, "mine.yaml"))).toBe(true);
});
