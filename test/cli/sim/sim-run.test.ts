import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coaudit } from "../captured.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-sim-run-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]): ReturnType<typeof coaudit> =>
  coaudit("sim", "run", "one-victim-auditor", "--set", "epochs=8", ...words);

describe("coaudit sim run", () => {
  it("writes a trace whose hash is the one in the summary", async () => {
    const { exitCode, out } = await run("--out", join(folder, "a"));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/convicted everywhere/);
    const summary = JSON.parse(readFileSync(join(folder, "a", "summary.json"), "utf8")) as { traceHash: string };
    const trace = readFileSync(join(folder, "a", "trace.jsonl"));
    expect(createHash("sha256").update(trace).digest("hex")).toBe(summary.traceHash);
    expect(JSON.parse(trace.toString().trim().split("\n").at(-1) ?? "")).toMatchObject({ what: "end" });
  });

  it("says f, and who signs no more", async () => {
    const { out } = await coaudit("sim", "run", "provider-that-heals", "--set", "clients=[]");
    expect(out).toMatch(/f +1 of 6 auditors may lie/);
    expect(out).toMatch(
      /auditor-04\.example, auditor-05\.example and auditor-06\.example signed nothing after epoch 8/,
    );
  });

  it("runs again into its own folder, with a report beside it, and into nobody else's", async () => {
    const out = join(folder, "a");
    await run("--out", out);
    writeFileSync(join(out, "report.html"), "");
    expect((await run("--out", out)).exitCode).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["report.html", "summary.json", "trace.jsonl"]);
    const other = await run("--out", out, "--seed", "2");
    expect(other.exitCode).toBe(2);
    expect(other.err).toMatch(/another run/);
    writeFileSync(join(out, "notes.txt"), "");
    expect((await run("--out", out)).err).toMatch(/notes\.txt/);
  });

  it("is the same world by either drain, and another one by another seed", async () => {
    const hashOf = async (...words: string[]): Promise<string> =>
      (JSON.parse((await run("--json", ...words)).out) as { traceHash: string }).traceHash;
    const hash = await hashOf();
    expect(await hashOf("--drain", "reference")).toBe(hash);
    expect(await hashOf("--seed", "2")).not.toBe(hash);
  });

  it("names a lie as its report does, and commands that can be typed as they stand", async () => {
    const scenario = join(folder, "it's mine.yaml");
    writeFileSync(
      scenario,
      "title: A victim\nepochs: 8\nprovider: {lies: [{kind: split, fromEpoch: 6, to: {auditors: {count: 1}}}]}\n",
    );
    const quoted = `'${scenario.replace("'", "'\\''")}'`;
    const { out, err } = await coaudit("sim", "run", scenario, "--set", "auditors=5");
    expect(err).toBe("");
    expect(out).toContain("the provider shows another history to auditor-05.example, from epoch 6 on");
    expect(out).toContain(`next: coaudit sim run ${quoted} --set auditors=5 --seed 1 --out`);
    const kept = await coaudit("sim", "run", scenario, "--out", join(folder, "a b"));
    expect(kept.out).toContain(`next: coaudit sim report '${join(folder, "a b")}'`);
  });

  it("keeps no trace where none is wanted", async () => {
    await run("--out", join(folder, "a"), "--trace", "none");
    expect(existsSync(join(folder, "a", "trace.jsonl"))).toBe(false);
  });

  it.each([
    ["a path that no scenario has", ["--set", "network.losRate=1"], /network\.losRate.*did you mean lossRate/],
    ["a value that cannot be", ["--set", "auditors=0"], /auditors.*1 to 256/],
    ["a seed that is none", ["--seed", "-1"], /--seed/],
  ])("refuses %s", async (_what, words, message) => {
    const { exitCode, err } = await run(...words);
    expect(exitCode).toBe(2);
    expect(err).toMatch(message);
  });
});
