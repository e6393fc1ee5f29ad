/** `coaudit init`: all of it or nothing, for every name that it takes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../../src/node/config/config.ts";
import { loadRosterFile } from "../../../src/node/config/roster-file.ts";
import { coaudit } from "../captured.ts";

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-init-"));
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const init = (...args: string[]): ReturnType<typeof coaudit> => coaudit("init", ...args);

describe("coaudit init", () => {
  it.each([
    ..."null ~ true no 1 1e3 0x1f 1.5 .inf - -a #a a#b a:b :a ? &a *a !a |a >a %a @a `a [a] {a} a,b 'a' \"a\" a\\b 2026-11-30".split(
      " ",
    ),
    "auditor.example.org",
    "=",
    "<<",
  ])("takes the name %s, and the node reads it back", async (name) => {
    const { exitCode, err } = await init("--name", name, "--folder", folder);
    expect([exitCode, err]).toEqual([0, ""]);
    const config = await loadConfig(join(folder, "coaudit.yaml"));
    expect(config.name).toBe(name);
    expect((await loadRosterFile(join(folder, "roster.yaml"))).roster.names).toEqual([name]);
  });

  it.each<[string, string[], number]>([
    ["a name with a blank", ["--name", "a b"], 2],
    ["no name", [], 2],
    ["an address that is none", ["--name", "a", "--listen", "here"], 2],
    ["a port that is none", ["--name", "a", "--api-port", "70000"], 2],
  ])("leaves nothing behind when it is refused for %s", async (_what, args, code) => {
    const { exitCode } = await init(...args, "--folder", join(folder, "deep", "er"));
    expect(exitCode).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["coaudit.yaml", "roster.yaml", "network.key", "signing.key"])(
    "touches nothing where %s is there",
    async (name) => {
      writeFileSync(join(folder, name), "mine");
      expect((await init("--name", "a", "--folder", folder)).exitCode).toBe(2);
      expect(readdirSync(folder)).toEqual([name]);
      expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
    },
  );

  it("takes away what it made when the rest can't be made", async () => {
    // A file where the folder of the claims should be.
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "claims"), "");
    expect((await init("--name", "a", "--folder", folder)).exitCode).not.toBe(0);
    expect(readdirSync(folder)).toEqual(["data"]);
    expect(readdirSync(join(folder, "data"))).toEqual(["claims"]);
  });

  it.runIf(existsSync("/proc/self"))("ends where no folder can be made", async () => {
    const { exitCode, err } = await init("--name", "a", "--folder", "/proc/coaudit/node");
    expect([exitCode, err]).toEqual([1, expect.stringContaining("cannot be made")]);
  });

  it("quotes a path with a blank where it says what to run", async () => {
    const spaced = join(folder, "my node's");
    await init("--name", "a", "--folder", spaced);
    expect(printed.join("\n")).toContain(`coaudit run --config '${folder}/my node'\\''s/coaudit.yaml'`);
  });

  it("makes a network key alone where the old one was lost, and never over one", async () => {
    await init("--name", "a", "--folder", folder, "--json");
    const before = JSON.parse(printed[0]!) as { peerId: string };
    const signing = readFileSync(join(folder, "signing.key"), "utf8");
    expect((await init("--network-key-only", "--folder", folder)).exitCode).toBe(2);
    rmSync(join(folder, "network.key"));
    expect((await init("--network-key-only", "--folder", folder)).exitCode).toBe(0);
    expect(printed[1]).toMatch(/^peer id: {2}12D3Koo\w+\n/);
    expect(printed[1]).not.toContain(before.peerId);
    expect(readFileSync(join(folder, "signing.key"), "utf8")).toBe(signing);
    expect(statSync(join(folder, "network.key")).mode & 0o777).toBe(0o600);
  });
});
