/** `coaudit init`: the known networks, and the questions where no flag has answered them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../../src/node/config/config.ts";
import { loadNetwork, networkNames } from "../../../src/node/config/networks.ts";
import { codeOf } from "../../support/code-of.ts";
import { coaudit } from "../captured.ts";

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-network-"));
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const init = (...args: string[]): ReturnType<typeof coaudit> => coaudit("init", ...args);

const PRACTICE = `title: A log to practise on
state: live
namespace: practice.v1
origin: practice.example/v1
configuration: whatsapp_v1
source: http://127.0.0.1:8400/a/
first-epoch: 1
epoch-seconds: 2
proof-mb: 0.01
facts: []
check: []
`;

describe("the known networks", () => {
  it("are three, each with the source and the date of every fact, and what to check", async () => {
    expect(await networkNames()).toEqual(["messenger", "whatsapp", "whatsapp-v1"]);
    for (const name of await networkNames()) {
      const network = await loadNetwork(name);
      expect(network.facts.length).toBeGreaterThan(3);
      expect(network.check.length).toBeGreaterThan(1);
    }
  });

  it.each([
    ["whatsapp", "whatsapp.kt/v2", "https://d4ttn6vhp3mg0.cloudfront.net/", undefined],
    ["whatsapp-v1", "whatsapp.kt/v1", "https://d1tfr3x7n136ak.cloudfront.net/", 2026881],
    ["messenger", "meta.messenger.kt/v1", "https://d2e61astky5m6k.cloudfront.net/", undefined],
  ])("init --network %s writes a configuration that a node reads, and prints every fact", async (name, ...expected) => {
    const { exitCode, err } = await init("--name", "a.example", "--folder", folder, "--network", name);
    expect([exitCode, err]).toEqual([0, ""]);
    const { namespaces } = await loadConfig(join(folder, "coaudit.yaml"));
    expect(namespaces.map(({ origin, source, lastEpoch }) => [origin, source, lastEpoch])).toEqual([expected]);
    const network = await loadNetwork(name);
    const said = printed.join("\n");
    const written = readFileSync(join(folder, "coaudit.yaml"), "utf8");
    for (const { says, from, known } of network.facts) {
      const fact = `${says} (${from}; known on ${known})`;
      expect(said).toContain(fact);
      expect(written).toContain(fact);
    }
    for (const line of network.check) expect(said).toContain(line);
  });

  it("leaves nothing behind where a network is named twice", async () => {
    const words = ["--name", "a.example", "--folder", join(folder, "node"), "--network", "whatsapp"];
    const { exitCode, err } = await init(...words, "--network", "whatsapp");
    expect([exitCode, err]).toEqual([2, expect.stringContaining("CONFIG_INVALID")]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes several, and a file of one's own", async () => {
    writeFileSync(join(folder, "practice.yaml"), PRACTICE);
    const file = join(folder, "practice.yaml");
    const { exitCode } = await init(
      "--name",
      "a",
      "--folder",
      join(folder, "n"),
      "--network",
      "whatsapp",
      "--network",
      file,
    );
    expect(exitCode).toBe(0);
    const { namespaces } = await loadConfig(join(folder, "n/coaudit.yaml"));
    expect(namespaces.map(({ namespace }) => namespace)).toEqual(["whatsapp.key-transparency.v2", "practice.v1"]);
  });

  it.each([
    ["whatsap", /did you mean whatsapp\?/],
    ["constructor", /is not known/],
    ["./missing.yaml", /no such file/],
  ])("refuses --network %s", async (name, message) => {
    const { exitCode, err } = await init("--name", "a", "--folder", join(folder, "n"), "--network", name);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(message)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ["a namespace that is none", "practice.v1", "a b", /namespace/],
    ["an origin that is none", "practice.example/v1", '"a b"', /origin/],
    ["plain http to another machine", "http://127.0.0.1:8400/a/", "http://log.example/", /source/],
    ["an end that is not there", "state: live", "state: ended", /last-epoch/],
    ["a date that is none", "facts: []", "facts: [{ says: a, from: b, known: today }]", /known/],
  ])("refuses a file with %s, and names the place", async (_what, from, to, message) => {
    const file = join(folder, "practice.yaml");
    writeFileSync(file, PRACTICE.replace(from, to));
    const error = await loadNetwork(file).catch((caught: unknown) => caught);
    expect(
      codeOf(() => {
        throw error;
      }),
    ).toBe("CONFIG_INVALID");
    expect(String(error)).toMatch(message);
  });
});

describe("the questions of init", () => {
  const answers = (...lines: string[]): string => {
    const file = join(folder, "answers");
    writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
    return file;
  };

  it("take replayed answers, the usual ones for empty lines, and print the command that does the same", async () => {
    const node = join(folder, "node");
    const file = answers("a.example", node, "", "whatsapp, messenger", "a.example", "");
    const { exitCode, err } = await init("--answers", file);
    expect([exitCode, err]).toEqual([0, ""]);
    const config = await loadConfig(join(node, "coaudit.yaml"));
    expect(config.name).toBe("a.example");
    expect(config.announce).toEqual(["/dns4/a.example/tcp/7600"]);
    expect(config.namespaces).toHaveLength(2);
    const again = /coaudit init (.*)$/m.exec(printed.join("\n").split("The same again")[1] ?? "")?.[1] ?? "";
    expect(again).toContain("--network whatsapp --network messenger");
    rmSync(node, { recursive: true });
    expect((await init(...again.split(" "))).exitCode).toBe(0);
    expect((await loadConfig(join(node, "coaudit.yaml"))).announce).toEqual(["/dns4/a.example/tcp/7600"]);
  });

  it("do not ask what a flag has said", async () => {
    const node = join(folder, "node");
    const flags = ["--folder", node, "--network", "whatsapp", "--announce", "/ip4/127.0.0.1/tcp/1"];
    expect((await init(...flags, "--answers", answers("a.example", "1234"))).exitCode).toBe(0);
    expect((await loadConfig(join(node, "coaudit.yaml"))).api?.port).toBe(1234);
  });

  it.each<[string, string[], RegExp]>([
    ["answers that end too early", ["a.example"], /answers end before the question "Folder/],
    ["a name that is none", ["a b"], /auditor name/],
    ["an unknown network", ["a", "n", "", "signal"], /signal/],
    ["a host that is none", ["a", "n", "", "", "a/b"], /address|multiaddr/],
    ["an address that nobody can dial", ["a", "n", "", "", "0.0.0.0"], /others can dial/],
    ["a port that is none", ["a", "n", "", "", "", "http"], /port/],
  ])("leave nothing behind for %s", async (_what, lines, message) => {
    const at = join(folder, "deep");
    const { exitCode, err } = await init("--answers", answers(...lines.map((line) => (line === "n" ? at : line))));
    expect([exitCode, err]).toEqual([2, expect.stringMatching(message)]);
    expect(readdirSync(folder)).toEqual(["answers"]);
  });

  it("are not asked where standard input is no terminal: the missing flag is named", async () => {
    const { exitCode, err } = await init("--folder", join(folder, "n"));
    expect([exitCode, err]).toEqual([2, expect.stringContaining("--name")]);
  });
});
