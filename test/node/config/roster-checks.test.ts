/** What reads well and can't be meant is refused where it stands, or told. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { loadConfig, type NodeConfig } from "../../../src/node/config/config.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { loadRosterFile } from "../../../src/node/config/roster-file.ts";
import { makeAuditors } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const N = "practice.v1";
let folder: string;
let config: string;
let roster: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coaudit-checks-"));
  const listen = "/ip4/0.0.0.0/tcp/7600";
  const options = { name: "a.example", folder, listen, apiPort: 0 };
  config = (await initNode(options, { random: new SeededRandom(7) })).configFile;
  roster = join(folder, "roster.yaml");
});
afterEach(() => rm(folder, { recursive: true }));

const namespaceWith = (source: string): string =>
  `namespaces:\n  - { namespace: ${N}, origin: practice/v1, configuration: experimental, source: "${source}" }\n`;

async function configWith(text: string): Promise<NodeConfig> {
  await writeFile(config, (await readFile(config, "utf8")).replace("namespaces: []\n", text));
  return loadConfig(config);
}

async function rosterWith(entry: string): Promise<void> {
  const [, other] = makeAuditors(2);
  const line = `auditors:\n  - name: ${other!.name}\n    keys: [{ vkey: "${formatVkey({ name: other!.name, publicKey: other!.key.publicKey })}"${entry.startsWith(" windows") ? `,${entry}` : ""} }]\n`;
  const rest = entry.startsWith(" windows") ? "" : `    ${entry}\n`;
  await writeFile(roster, (await readFile(roster, "utf8")).replace("auditors:\n", line + rest));
}

describe("a node's configuration", () => {
  it.each([
    "ftp://provider.example.org/",
    "file:///bucket",
    "HTTPS://provider.example.org/",
    "http:/one.slash",
    "s3://b",
  ])("refuses the source %s, which is neither http nor a folder", async (source) => {
    await expect(configWith(namespaceWith(source))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("namespaces[0].source"),
    });
  });

  it("refuses a bound that no quorum can bear, and takes every other", async () => {
    await expect(configWith("fault-bound: 1\nnamespaces: []\n")).rejects.toThrow(
      /fault-bound: found 1, expected at most 0/,
    );
  });

  it("refuses addresses that it cannot listen on, and announced ones that nobody can dial", async () => {
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace("listen: [/ip4/0.0.0.0/tcp/7600]", "listen: [0.0.0.0:7600]"));
    await expect(loadConfig(config)).rejects.toThrow(/listen\[0\]: found "0\.0\.0\.0:7600"/);
    await writeFile(config, `${text}announce: [/ip4/0.0.0.0/tcp/7600]\n`);
    await expect(loadConfig(config)).rejects.toThrow(/announce\[0\]/);
  });

  it("warns of lines for namespaces that it doesn't follow", async () => {
    await rosterWith("retired: { practise.v1: 7 }");
    const { warnings } = await configWith(namespaceWith("./bucket"));
    expect(warnings).toEqual([expect.stringMatching(/^retired of b.* names practise\.v1.*misspelt/)]);
  });
});

describe("a roster", () => {
  it("refuses a window that ends before it begins", async () => {
    await rosterWith(` windows: { ${N}: { from: 9, until: 8 } }`);
    await expect(loadRosterFile(roster)).rejects.toThrow(
      /auditors\[0\]\.keys\[0\]\.windows\.practice\.v1\.until: found 8/,
    );
  });

  it.each([
    "/ip4/0.0.0.0/tcp/7600",
    "/ip4/192.0.2.1/tcp/0",
    "/ip4/192.0.2.1/udp/7600/quic-v1",
    "/dns4/host",
    "host:7600",
  ])("refuses the address %s of another auditor, at which nobody can be dialled", async (address) => {
    await rosterWith(`addresses: ["${address}"]`);
    await expect(loadConfig(config)).rejects.toThrow(/auditors\[0\]\.addresses\[0\]/);
  });

  it("may have zeros for the node's own entry, and for a reader that dials nobody", async () => {
    await expect(loadConfig(config)).resolves.toMatchObject({ name: "a.example", warnings: [] });
    await expect(loadRosterFile(roster)).resolves.toBeDefined();
  });
});
