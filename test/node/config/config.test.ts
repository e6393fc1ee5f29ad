import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { parseVkey } from "../../../src/core/checkpoint.ts";
import { loadConfig } from "../../../src/node/config/config.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { readKeyFile } from "../../../src/node/config/key-file.ts";
import { loadRosterFile } from "../../../src/node/config/roster-file.ts";
import { ed25519KeyFromSeed } from "../../../src/platform/native-ed25519.ts";
import { VERSION } from "../../../src/version.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coaudit-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const init = (name = "auditor.example.org") =>
  initNode({ name, folder, listen: "/ip4/127.0.0.1/tcp/0", apiPort: 0 }, { random: new SeededRandom(7) });

const NAMESPACE = `
  - namespace: whatsapp.key-transparency.v1
    origin: whatsapp.kt/v2
    configuration: whatsapp_v1
    source: https://provider.example.org/`;

/** The configuration that init wrote, with `from` replaced. */
async function edited(from: string, to: string): Promise<string> {
  await rm(join(folder, "data"), { recursive: true, force: true });
  const { configFile } = await init();
  const text = await readFile(configFile, "utf8");
  expect(text).toContain(from);
  await writeFile(configFile, text.replace(from, to));
  return configFile;
}

describe("coaudit init", () => {
  it("makes keys that only their owner can read, and a configuration that loads", async () => {
    const made = await init();
    for (const name of ["signing.key", "network.key"]) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    }
    const config = await loadConfig(made.configFile);
    expect(config).toMatchObject({
      name: "auditor.example.org",
      dataFolder: join(folder, "data"),
      faultBound: undefined,
      namespaces: [],
    });
    const { publicKey } = ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile));
    expect(toHex(parseVkey(made.vkey).publicKey)).toBe(toHex(publicKey));
    expect(config.roster.roster.byKey(publicKey)?.auditor.name).toBe("auditor.example.org");
  });

  it("has no proxy in front of it unless it says so, and then only in front of where it listens", async () => {
    const listen = "listen: [/ip4/127.0.0.1/tcp/0]";
    expect((await loadConfig((await init()).configFile)).behindProxy).toEqual([]);
    await rm(folder, { recursive: true });
    const behind = `${listen}\nbehind-proxy: [/ip4/127.0.0.1/tcp/0]`;
    expect((await loadConfig(await edited(listen, behind))).behindProxy).toEqual(["/ip4/127.0.0.1/tcp/0"]);
    await rm(folder, { recursive: true });
    const elsewhere = `${listen}\nbehind-proxy: [/ip4/10.0.0.1/tcp/7600]`;
    await expect(loadConfig(await edited(listen, elsewhere))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/behind-proxy\[0\].*one of the multiaddrs under listen/),
    });
  });

  it("overwrites nothing", async () => {
    await init();
    const before = await readFile(join(folder, "signing.key"), "utf8");
    await expect(init()).rejects.toMatchObject({ code: "KEY_FILE_EXISTS" });
    expect(await readFile(join(folder, "signing.key"), "utf8")).toBe(before);
  });

  it("refuses a name that a note cannot hold", async () => {
    await expect(init("two words")).rejects.toMatchObject({ code: "NAME_INVALID" });
  });
});

describe("a key file", () => {
  it("that others may read is refused, with the command that mends it", async () => {
    await init();
    await chmod(join(folder, "signing.key"), 0o644);
    await expect(readKeyFile(join(folder, "signing.key"))).rejects.toThrow(/mode 644.*chmod 600/);
  });

  it.each([
    ["nothing", ""],
    ["another format", "ssh-ed25519 AAAA"],
    ["a short seed", "coaudit-ed25519-seed/v1 AAAA"],
    ["bad base64", "coaudit-ed25519-seed/v1 ???"],
  ])("with %s is refused", async (_what, text) => {
    const file = join(folder, "bad.key");
    await writeFile(file, text, { mode: 0o600 });
    await expect(readKeyFile(file)).rejects.toMatchObject({ code: "KEY_FILE_UNREADABLE" });
  });

  it("that is missing says what makes one", async () => {
    await expect(readKeyFile(join(folder, "none.key"))).rejects.toThrow(/coaudit init/);
  });
});

describe("a wrong configuration names the file, the place, what was found and what would be right", () => {
  it.each([
    [
      "a wrong type",
      "port: 0",
      "port: many",
      /coaudit\.yaml:\d+:\d+: api\.port: found "many", expected a port from 0 to 65535/,
    ],
    ["a port out of range", "port: 0", "port: 70000", /api\.port: found 70000, expected a port from 0 to 65535/],
    ["an unknown key", "data: ./data", "datas: ./data", /datas: found "datas", expected one of the keys .*data.*/],
    [
      "a missing key",
      "data: ./data",
      "",
      /data: found nothing, expected the folder for everything that this node stores/,
    ],
    ["a bad name", "name: auditor.example.org", "name: a b", /name: found "a b", expected 1 to 128 printable ASCII/],
    [
      "a bad level",
      "log-level: info",
      "log-level: loud",
      /log-level: found "loud", expected debug, info, warn or error/,
    ],
    ["no YAML", "namespaces: []", "namespaces: [", /coaudit\.yaml:\d+:\d+: not YAML/],
    [
      "a bad configuration",
      "namespaces: []",
      `namespaces:${NAMESPACE.replace("whatsapp_v1", "signal")}`,
      /namespaces\[0\]\.configuration: found "signal", expected whatsapp_v1 or experimental/,
    ],
    [
      "a bad namespace",
      "namespaces: []",
      `namespaces:${NAMESPACE.replace("whatsapp.key", "whats app.key")}`,
      /namespaces\[0\]\.namespace: found "whats app.*", expected 1 to 128 of/,
    ],
    [
      "a bad digest",
      "namespaces: []",
      `namespaces:${NAMESPACE}\n    root: { epoch: 7, digest: abc }`,
      /namespaces\[0\]\.root.* expected .*/,
    ],
    [
      "a root without its digest",
      "namespaces: []",
      `namespaces:${NAMESPACE}\n    root: { epoch: 7 }`,
      /namespaces\[0\]\.root\.digest: found nothing, expected the digest of that epoch/,
    ],
    [
      "one origin twice",
      "namespaces: []",
      `namespaces:${NAMESPACE}${NAMESPACE.replace("whatsapp.key", "other.key")}`,
      /namespaces\[1\]\.origin: found "whatsapp\.kt\/v2", expected one that no other/,
    ],
  ])("%s", async (_what, from, to, message) => {
    await expect(loadConfig(await edited(from, to))).rejects.toThrow(message);
  });

  it("a file that is not there", async () => {
    await expect(loadConfig(join(folder, "none.yaml"))).rejects.toMatchObject({ code: "CONFIG_UNREADABLE" });
  });

  it("and takes relative paths from its own folder", async () => {
    const config = await loadConfig(
      await edited("namespaces: []", `namespaces:${NAMESPACE.replace("https://provider.example.org/", "./bucket")}`),
    );
    expect(config.namespaces[0]?.source).toBe(join(folder, "bucket"));
  });
});

describe("a roster file", () => {
  it("names the place of a wrong vkey, of a vkey of somebody else, of a key that is listed twice", async () => {
    const { rosterFile, vkey } = { ...(await init()), rosterFile: join(folder, "roster.yaml") };
    const roster = (text: string) => writeFile(rosterFile, `auditors:\n${text}`);
    await roster("  - { name: a.example, keys: [{ vkey: nonsense }] }\n");
    await expect(loadRosterFile(rosterFile)).rejects.toThrow(/auditors\[0\]\.keys\[0\]\.vkey: found "nonsense"/);
    await roster(`  - { name: a.example, keys: [{ vkey: ${vkey} }] }\n`);
    await expect(loadRosterFile(rosterFile)).rejects.toThrow(/expected a vkey of a\.example/);
    await roster(`  - { name: auditor.example.org, keys: [{ vkey: ${vkey} }, { vkey: ${vkey} }] }\n`);
    await expect(loadRosterFile(rosterFile)).rejects.toThrow(/listed under/);
  });
});

describe("what others are told of a namespace's source", () => {
  const shown = async (source: string, line = "") => {
    const entry = NAMESPACE.replace("https://provider.example.org/", source) + (line && `\n    ${line}`);
    const file = await edited("namespaces: []", `namespaces:${entry}`);
    return (await loadConfig(file)).namespaces[0]?.logDirectory;
  };

  it.each([
    ["a public bucket", "https://provider.example.org/kt/", "", "https://provider.example.org/kt/"],
    ["credentials", "https://user:secret@mirror.example.org/", "", undefined],
    ["a signed query", "https://mirror.example.org/?signature=secret", "", undefined],
    ["a folder", "mirror", "", undefined],
    ["another URL", "mirror", "log-directory: https://cdn.example.org/", "https://cdn.example.org/"],
    ["nothing", "https://mirror.internal/", "log-directory: none", undefined],
  ])("%s", async (_what, source, line, expected) => {
    expect(await shown(source, line)).toBe(expected);
  });
});

describe("mirrors", () => {
  const load = async (line: string) =>
    (await loadConfig(await edited("namespaces: []", `namespaces:${NAMESPACE}\n    ${line}`))).namespaces[0]?.mirrors;

  it("are other nodes, each with its token", async () => {
    const token = "5e".repeat(32);
    await writeFile(join(folder, "b.token"), `${token}\n`);
    const line = "mirrors: [{ url: https://a.example/ }, { url: https://b.example/, token-file: ./b.token }]";
    expect(await load(line)).toEqual([{ url: "https://a.example/" }, { url: "https://b.example/", token }]);
  });

  it("whose token cannot be read are refused, naming the place", async () => {
    await expect(load("mirrors: [{ url: https://b.example/, token-file: none }]")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      metadata: { path: "namespaces[0].mirrors[0].token-file" },
    });
  });
});

describe("a policy for readers", () => {
  it("is read by its name and bound to the roster; one that cannot be used is refused, naming it", async () => {
    const file = await edited("namespaces: []", "namespaces: []\npolicies: { mine: mine.policy }");
    const refused = { code: "CONFIG_INVALID", metadata: { path: "policies.mine" } };
    await expect(loadConfig(file)).rejects.toMatchObject(refused);
    await writeFile(join(folder, "mine.policy"), "quorum none\n");
    await expect(loadConfig(file)).rejects.toMatchObject(refused);
    const vkey = /vkey: (\S+)/.exec(await readFile(join(folder, "roster.yaml"), "utf8"))?.[1] ?? "";
    await writeFile(join(folder, "mine.policy"), `witness me ${vkey}\nquorum me\n`);
    expect((await loadConfig(file)).policies.get("mine")?.auditors).toEqual(["auditor.example.org"]);
  });
});

describe("a push token", () => {
  const load = async () => {
    const entry = `${NAMESPACE}\n    push-token-file: push.token`;
    return loadConfig(await edited("namespaces: []", `namespaces:${entry}`));
  };

  it("is read from its file, one for each namespace", async () => {
    await writeFile(join(folder, "push.token"), `${"ab".repeat(16)}\n`);
    expect([...((await load()).api?.pushTokens ?? [])]).toEqual([["whatsapp.key-transparency.v1", "ab".repeat(16)]]);
  });

  it.each([
    ["missing", undefined],
    ["too short", "abc"],
    ["two lines", `${"ab".repeat(16)}\n${"ab".repeat(16)}`],
  ])("that is %s is refused by its place in the configuration", async (_what, text) => {
    if (text !== undefined) await writeFile(join(folder, "push.token"), text);
    await expect(load()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      metadata: { path: "namespaces[0].push-token-file" },
    });
  });
});

it("the version is the package's", async () => {
  const manifest = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  expect(VERSION).toBe(manifest.version);
});

describe("proofs for others", () => {
  const TOKEN = "5e".repeat(32);
  const proofsOf = async (text: string) => {
    for (const name of ["coaudit.yaml", "roster.yaml", "signing.key", "network.key"]) {
      await rm(join(folder, name), { force: true });
    }
    return (await loadConfig(await edited("port: 0", `port: 0\n  ${text}`))).api?.proofs;
  };

  it("are kept for nobody, for the operator, for whoever has the token, or for anybody", async () => {
    await writeFile(join(folder, "proofs.token"), `${TOKEN}\n`);
    expect(await proofsOf("")).toBeUndefined();
    expect(await proofsOf("proofs: {}")).toEqual({ access: "operator", epochs: 10, maxBytes: 2 ** 30 });
    expect(await proofsOf("proofs: { access: open, epochs: 2, max-mib: 64 }")).toEqual({
      access: "open",
      epochs: 2,
      maxBytes: 64 * 2 ** 20,
    });
    expect(await proofsOf("proofs: { access: token, token-file: ./proofs.token }")).toMatchObject({
      access: "token",
      token: TOKEN,
    });
  });

  it.each([
    ["proofs: { access: everybody }", /api\.proofs\.access: found "everybody", expected operator, token or open/],
    ["proofs: { access: token }", /api\.proofs\.token-file: found nothing, expected the file of the token/],
    ["proofs: { access: token, token-file: none }", /api\.proofs\.token-file: found "none", expected a readable file/],
    ["proofs: { token-file: proofs.token }", /api\.proofs\.access: found nothing, expected token/],
    ["proofs: { access: open, epochs: -1 }", /api\.proofs\.epochs: found -1, expected a number of epochs/],
    ["proofs: { access: open, max-mib: 0 }", /api\.proofs\.max-mib: found 0, expected MiB/],
  ])("%s is refused", async (text, message) => {
    await expect(proofsOf(text)).rejects.toThrow(message);
  });
});
