import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeMadeUpRun, writeMadeUpSweep } from "../../support/simulated-run.ts";
import { coaudit } from "../captured.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-report-"));
  writeMadeUpRun(join(folder, "run"));
  writeMadeUpSweep(join(folder, "sweep"), { vary: [{ path: "auditors", values: [3, 5] }] });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("coaudit sim report", () => {
  it("writes one HTML file beside the results and says where", async () => {
    const { exitCode, out } = await coaudit("sim", "report", join(folder, "run"));
    expect([exitCode, out]).toEqual([0, join(folder, "run", "report.html")]);
    expect(readFileSync(out, "utf8")).toMatch(/^<!doctype html>/);
  });

  it("writes every figure as SVG and PNG where it is told to", async () => {
    const figures = join(folder, "figures");
    const html = join(folder, "new", "sweep.html");
    const { exitCode, out } = await coaudit(
      "sim",
      "report",
      join(folder, "sweep"),
      "--out",
      html,
      "--figures",
      figures,
      "--png",
      "--json",
    );
    expect(exitCode).toBe(0);
    const { files } = JSON.parse(out) as { files: string[] };
    expect(files.every((file) => existsSync(file))).toBe(true);
    expect(files).toHaveLength(1 + 2 * 10);
    expect(readdirSync(figures).filter((name) => name.endsWith(".png"))).toHaveLength(10);
  });

  it("says of what is not finished how far it is, and what to do", async () => {
    const sweep = join(folder, "unfinished-sweep");
    mkdirSync(sweep);
    const header = { vary: [{ path: "auditors", values: [3, 5] }], repeats: 20, seed: 1 };
    const world = { point: 0, repeat: 0 };
    writeFileSync(join(sweep, "journal.jsonl"), [header, world, world].map((line) => JSON.stringify(line)).join("\n"));
    appendFileSync(join(sweep, "journal.jsonl"), '\n{"point":0,"rep');
    expect((await coaudit("sim", "report", sweep)).err).toMatch(
      /unfinished: 2 of 40 worlds are done; run the sweep command again/,
    );
    const run = join(folder, "unfinished-run");
    mkdirSync(run);
    writeFileSync(join(run, "trace.jsonl.part"), "");
    const { exitCode, err } = await coaudit("sim", "report", run);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/unfinished: the run was stopped or is still running; wait for it or run it again/);
  });

  it.each([
    ["--png without a folder", ["run", "--png"], /--figures/],
    ["a folder without results", ["nothing"], /summary.json: it cannot be read/],
    ["a file in place of a folder for its own", ["run", "--out", "run/trace.jsonl/x.html"], /cannot be made/],
    ["a folder in place of its own file", ["run", "--out", "sweep"], /sweep cannot be written: EISDIR/],
    ["a file in place of a folder for figures", ["run", "--figures", "run/trace.jsonl"], /cannot be made/],
    ["a run and a sweep", ["run", "sweep"], /one folder, or folders of/],
  ])("refuses %s", async (_what, [name, ...rest], message) => {
    const more = rest.map((one) => (one.startsWith("-") ? one : join(folder, one)));
    const { exitCode, err } = await coaudit("sim", "report", join(folder, name!), ...more);
    expect(exitCode).toBe(2);
    expect(err).toMatch(message);
  });
});
