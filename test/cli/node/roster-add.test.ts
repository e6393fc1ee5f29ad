/** Invitations between organisations, and rosters that are changed from them. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reachedBy } from "../../../src/cli/node/roster-add-action.ts";
import { loadConfig } from "../../../src/node/config/config.ts";
import { loadRosterFile } from "../../../src/node/config/roster-file.ts";
import { coaudit } from "../captured.ts";

const NAMESPACE = "practice.v1";
const NETWORK = `title: A log to practise on
state: live
namespace: ${NAMESPACE}
origin: practice.example/v1
configuration: whatsapp_v1
source: https://log.example/
first-epoch: 1
epoch-seconds: 2
proof-mb: 0.01
facts: []
check: []
`;

let folder: string;
let printed: string[];
const at = (...parts: string[]): string => join(folder, ...parts);
const configOf = (name: string): string => at(name, "coaudit.yaml");
const rosterOf = (name: string): string => at(name, "roster.yaml");

async function init(name: string, ...flags: string[]): Promise<void> {
  const listen = ["--listen", "/ip4/10.0.0.1/tcp/7600"];
  const { exitCode, err } = await coaudit(
    "init",
    "--name",
    `${name}.example`,
    "--folder",
    at(name),
    ...listen,
    ...flags,
  );
  expect([exitCode, err]).toEqual([0, ""]);
}

async function invite(name: string): Promise<string> {
  const file = at(`${name}.invite`);
  const { exitCode, err } = await coaudit("invite", "--config", configOf(name), "--out", file);
  expect([exitCode, err]).toEqual([0, expect.stringMatching(/checksum {2}[0-9a-f]{4} /)]);
  return file;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-invite-"));
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  writeFileSync(at("network.yaml"), NETWORK);
  await init("a", "--network", at("network.yaml"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe("coaudit invite and init --invite", () => {
  it("give the newcomer the logs and the auditors, and both the same checksum and fingerprint to read", async () => {
    const file = at("a.invite");
    const { err } = await coaudit("invite", "--config", configOf("a"), "--out", file);
    await init("b", "--invite", file);
    const said = printed.join("\n");
    for (const line of [/checksum {2}.*/, / {2}a\.example {2}[0-9a-f ]+/]) expect(said).toContain(line.exec(err)?.[0]);
    expect(said).toContain("Not proven");
    const config = await loadConfig(configOf("b"));
    expect(config.namespaces.map(({ namespace, source }) => [namespace, source])).toEqual([
      [NAMESPACE, "https://log.example/"],
    ]);
    expect(config.roster.roster.names).toEqual(["a.example", "b.example"]);
    expect(config.roster.roster.byName("a.example")?.addresses).toEqual([
      expect.stringMatching(/^\/ip4\/10\.0\.0\.1\/tcp\/7600\/p2p\/12D3/),
    ]);
  });

  it("take the line itself, and another auditor's is not mistaken for one's own", async () => {
    const line = readFileSync(await invite("a"), "utf8").trim();
    await init("b", "--invite", line);
    const again = await coaudit("init", "--name", "a.example", "--folder", at("x"), "--invite", line);
    expect([again.exitCode, again.err]).toEqual([2, expect.stringContaining("lists an auditor a.example already")]);
  });

  it("refuse an invitation that says nothing of where a log is, before anything is made", async () => {
    const text = readFileSync(configOf("a"), "utf8");
    writeFileSync(configOf("a"), text.replace("source: https://log.example/", "source: ./log"));
    const { exitCode, err } = await coaudit("init", "--name", "b", "--folder", at("b"), "--invite", await invite("a"));
    expect([exitCode, err]).toEqual([2, expect.stringContaining("no public source for practice.v1")]);
    await expect(loadConfig(configOf("b"))).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  });

  it("say that nobody can dial a node that listens anywhere and announces nothing", async () => {
    const text = readFileSync(configOf("a"), "utf8");
    writeFileSync(configOf("a"), text.replace("10.0.0.1", "0.0.0.0"));
    writeFileSync(rosterOf("a"), readFileSync(rosterOf("a"), "utf8").replace("10.0.0.1", "0.0.0.0"));
    const { err } = await coaudit("invite", "--config", configOf("a"), "--out", at("i"));
    expect(err).toContain("set `announce`");
  });
});

describe("coaudit roster add", () => {
  it("adds each auditor once, keeps comments, and says what is proven", async () => {
    await init("b", "--invite", await invite("a"));
    const file = await invite("b");
    appendFileSync(rosterOf("a"), "# ours since 2026\n");
    const { exitCode, out } = await coaudit("roster", "add", file, "--config", configOf("a"));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/added: b\.example/);
    expect(out).toContain("not proven");
    const text = readFileSync(rosterOf("a"), "utf8");
    expect(text).toContain("# ours since 2026");
    expect(text).toContain("# The auditors of this roster.");
    expect((await loadRosterFile(rosterOf("a"))).roster.names).toEqual(["a.example", "b.example"]);
    const again = await coaudit("roster", "add", file, "--config", configOf("a"));
    expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining("nothing was changed")]);
    expect(readFileSync(rosterOf("a"), "utf8")).toBe(text);
  });

  it("never replaces a key, and adds none of several when one is refused", async () => {
    const invitation = await invite("a");
    await init("b", "--invite", invitation);
    await coaudit("roster", "add", await invite("b"), "--config", configOf("a"));
    const before = readFileSync(rosterOf("a"), "utf8");
    rmSync(at("b"), { recursive: true });
    await init("b", "--invite", invitation);
    await init("c", "--invite", invitation);
    const { exitCode, err } = await coaudit(
      "roster",
      "add",
      await invite("c"),
      await invite("b"),
      "--config",
      configOf("a"),
    );
    expect([exitCode, err]).toEqual([2, expect.stringContaining("lists b.example with another key")]);
    expect(readFileSync(rosterOf("a"), "utf8")).toBe(before);
  });

  it("takes --joined, and asks for it where the node has a history and does not answer", async () => {
    await init("b", "--invite", await invite("a"));
    const file = await invite("b");
    writeFileSync(at("a", "data", "ledger"), "");
    const asked = await coaudit("roster", "add", file, "--config", configOf("a"));
    expect([asked.exitCode, asked.err]).toEqual([2, expect.stringContaining("--joined NAMESPACE=EPOCH")]);
    const { exitCode } = await coaudit("roster", "add", file, "--config", configOf("a"), "--joined", `${NAMESPACE}=7`);
    expect(exitCode).toBe(0);
    const { roster } = await loadRosterFile(rosterOf("a"));
    expect(roster.byName("b.example")?.joined).toEqual({ [NAMESPACE]: 7 });
  });

  it("takes no --joined for a namespace that the node does not follow", async () => {
    await init("b", "--invite", await invite("a"));
    const before = readFileSync(rosterOf("a"), "utf8");
    const words = ["roster", "add", await invite("b"), "--config", configOf("a"), "--joined", "practise.v1=7"];
    const { exitCode, err } = await coaudit(...words);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("follows no namespace practise.v1")]);
    expect(readFileSync(rosterOf("a"), "utf8")).toBe(before);
  });

  it("changes nothing that the node would not start with any more", async () => {
    await init("b", "--invite", await invite("a"));
    await coaudit("roster", "add", await invite("b"), "--config", configOf("a"));
    appendFileSync(configOf("a"), "\nfault-bound: 1\n");
    const before = readFileSync(rosterOf("a"), "utf8");
    await loadConfig(configOf("a"));
    const words = ["roster", "retire", "b.example", "--at", `${NAMESPACE}=12`, "--config", configOf("a")];
    const { exitCode, err } = await coaudit(...words);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("the change would make it unusable")]);
    expect(readFileSync(rosterOf("a"), "utf8")).toBe(before);
  });

  it("reckons from what f + 1 auditors signed, and from nothing that one alone says", () => {
    const heights = [
      { auditor: "liar.example", epoch: 10 ** 12 },
      { auditor: "b.example", epoch: 40 },
      { auditor: "c.example", epoch: 39 },
      { auditor: "gone.example", epoch: 900, counts: false as const },
    ];
    expect(reachedBy({ heights }, 1)).toBe(40);
    expect(reachedBy({ heights, lastVerified: { epoch: 41, digest: "ab".repeat(32) } }, 1)).toBe(41);
    expect(reachedBy({ heights: [] }, 1)).toBe(0);
  });

  it("retires: the entry stays, with its last epoch", async () => {
    await init("b", "--invite", await invite("a"));
    await coaudit("roster", "add", await invite("b"), "--roster", rosterOf("a"));
    const retire = (...words: string[]) => coaudit("roster", "retire", ...words, "--config", configOf("a"));
    expect((await retire("b.example", "--at", `${NAMESPACE}=12`)).exitCode).toBe(0);
    const { roster } = await loadRosterFile(rosterOf("a"));
    expect(roster.byName("b.example")?.retired).toEqual({ [NAMESPACE]: 12 });
    const text = readFileSync(rosterOf("a"), "utf8");
    for (const words of [["nobody", "--at", `${NAMESPACE}=1`], ["b.example"], ["b.example", "--at", "12"]]) {
      expect((await retire(...words)).exitCode).toBe(2);
    }
    expect(readFileSync(rosterOf("a"), "utf8")).toBe(text);
  });
});

describe("coaudit roster diff and verify", () => {
  it("tell who lists whom, and with which keys", async () => {
    const invitation = await invite("a");
    await init("b", "--invite", invitation);
    const b = await invite("b");
    const differing = await coaudit("roster", "diff", b, "--config", configOf("a"));
    expect([differing.exitCode, differing.out]).toEqual([
      1,
      expect.stringMatching(/b\.example\s+listed\s+a\.example\s+no\n\s+b\.example\s+yes/),
    ]);
    await coaudit("roster", "add", b, "--config", configOf("a"));
    const same = await coaudit("roster", "diff", b, await invite("a"));
    expect([same.exitCode, same.out]).toEqual([0, expect.stringContaining("the rosters are the same")]);
    const verified = await coaudit("roster", "verify", b, "--config", configOf("a"));
    expect([verified.exitCode, verified.out]).toEqual([0, expect.stringContaining("as listed: b.example")]);

    // Somebody of the same name with other keys, who does not know this node either.
    await coaudit("init", "--name", "b.example", "--folder", at("x"));
    const { exitCode, out } = await coaudit("roster", "verify", await invite("x"), "--config", configOf("a"));
    expect(exitCode).toBe(1);
    expect(out).toContain("a key that the roster does not list");
    expect(out).toContain("does not list a.example, this node");
  });

  it("say what could not be read, and end with 4 where nothing could", async () => {
    const dead = "http://127.0.0.1:1";
    const partly = await coaudit("roster", "diff", dead, await invite("a"), "--config", configOf("a"));
    expect([partly.exitCode, partly.out]).toEqual([1, expect.stringContaining(`not compared: ${dead}`)]);
    expect((await coaudit("roster", "diff", dead, "--config", configOf("a"))).exitCode).toBe(4);
    expect((await coaudit("roster", "verify", dead, "--config", configOf("a"))).exitCode).toBe(4);
    expect((await coaudit("roster", "diff", "--config", configOf("a"))).exitCode).toBe(2);
  });
});
