import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { coaudit } from "./captured.ts";

describe("coaudit", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await coaudit("--version")).toEqual({ exitCode: 0, out: version, err: "" });
    expect(JSON.parse((await coaudit("--version", "--json")).out)).toEqual({
      version,
      node: process.versions.node,
      schemas: { store: 1, claimsLog: 2 },
      protocols: { headSync: "/coaudit/head-sync/1", records: "/coaudit/1/records" },
    });
  });

  it("loads what declares the commands, and nothing that runs them, before it knows which one is meant", () => {
    const { files, packages } = loadedFrom("src/cli/main.ts");
    expect(files.filter((file) => file.endsWith("-action.ts"))).toEqual([]);
    expect(new Set(files.map((file) => file.split("/")[1]))).toEqual(new Set(["cli", "core", "akd", "version.ts"]));
    expect(packages).toEqual(["@noble/hashes/blake3.js", "commander"]);
  });

  it("explains itself, its exit codes and every command with an example", async () => {
    for (const args of [["help"], ["--help"]]) {
      const { exitCode, out } = await coaudit(...args);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 /);
    }
    for (const command of ["init", "run", "status", "quorum", "evidence", "resume", "verify-proof", "provider"]) {
      expect((await coaudit("help")).out).toContain(`  ${command}`);
      const { exitCode, out } = await coaudit("help", command);
      expect([exitCode, out.length > 0]).toEqual([0, true]);
    }
  });

  it("shows for each command an example, in lines that a wide terminal holds", async () => {
    const look = async (words: readonly string[]): Promise<void> => {
      const { exitCode, out } = await coaudit(...words, "--help");
      expect([words.join(" "), exitCode]).toEqual([words.join(" "), 0]);
      expect(out.split("\n").filter((line) => line.length > 140)).toEqual([]);
      const [, commands = ""] = /^Commands:\n((?: {2}.*\n?)+)/m.exec(out) ?? [];
      const names = [...commands.matchAll(/^ {2}([a-z-]+) /gm)]
        .map(([, name]) => name!)
        .filter((name) => name !== "help");
      if (names.length === 0) expect(out, words.join(" ")).toMatch(/^ {2}\$ coaudit .*/m);
      for (const name of names) await look([...words, name]);
    };
    await look([]);
  });

  it("shows the help and ends with 2 when it is not told what to do", async () => {
    const { exitCode, err } = await coaudit();
    expect([exitCode, err]).toEqual([2, expect.stringContaining("Usage: coaudit")]);
  });

  it.each([
    [["statsu"], "Did you mean status?"],
    [["evidence", "lits"], "Did you mean list?"],
    [["status", "--jsno"], "Did you mean --json?"],
    [["run"], "required option '--config <file>' not specified"],
    [["quorum", "--namespace", "n", "--roster", "r"], "required option '--node <url>' not specified"],
    [["claims", "repair", "--config", "c", "--watermark", "7"], "Expected NAMESPACE=EPOCH"],
    [["init", "--name", "a.example", "--folder", "/nowhere", "--announce", "here"], '"here" is not a multiaddr'],
    [["resume", "n", "--config", "c"], "required option '--i-have-checked <reason>' not specified"],
  ])("ends with 2 for %j and says what would be right", async (args, message) => {
    const { exitCode, err } = await coaudit(...args);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("says which file cannot be used, in words and with --json as data", async () => {
    const file = "/nowhere/coaudit.yaml";
    const { exitCode, err, out } = await coaudit("status", "--config", file, "--json");
    expect([exitCode, err]).toEqual([2, expect.stringMatching(/^coaudit: \/nowhere\/coaudit.yaml: [^\n]*$/)]);
    expect(JSON.parse(out)).toEqual({ code: "CONFIG_UNREADABLE", message: expect.stringContaining(file) });
  });

  it("shows where an error came from only when asked to", async () => {
    expect((await coaudit("run", "--config", "/nowhere/x.yaml")).err).not.toContain("    at ");
    expect((await coaudit("run", "--verbose", "--config", "/nowhere/x.yaml")).err).toContain("    at ");
  });
});

/** What a file imports when it is loaded, and what that imports: no types, and nothing that waits for an `import()`. */
function loadedFrom(start: string): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const imports = /^(?:import|export)(?!\s+type\b)[^;]*?from\s*"([^"]+)"/gm;
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(imports)) {
      if (target.startsWith(".")) visit(join(dirname(file), target));
      else packages.add(target);
    }
  };
  visit(start);
  return { files: [...files], packages: [...packages].sort() };
}
