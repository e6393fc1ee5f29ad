import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { u32be } from "../../src/core/bytes.ts";
import { silentLogger } from "../../src/core/log.ts";
import { schemaKey } from "../../src/ledger/store/keyspace.ts";
import { loadConfig } from "../../src/node/config/config.ts";
import { initNode } from "../../src/node/config/init.ts";
import type { CoauditNode } from "../../src/node/node.ts";
import { openNode } from "../../src/node/open-node.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { VERSION } from "../../src/version.ts";

let folder: string;
let config: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-made-by-"));
  const options = { name: "a.example", folder, listen: "/ip4/127.0.0.1/tcp/0", apiPort: 0 };
  config = (await initNode(options, { random: systemRandom })).configFile;
});
afterEach(() => rmSync(folder, { recursive: true }));

async function open(): Promise<CoauditNode> {
  const modules = { clock: systemClock, random: systemRandom, log: silentLogger };
  return openNode(await loadConfig(config), { ...modules, proofVerifier: new ReferenceVerifier() });
}

it("a data folder says which version opened it last, and a refusal of a newer one names it", async () => {
  await (await open()).stop();
  const file = join(folder, "data", "version");
  expect(readFileSync(file, "utf8")).toBe(`${VERSION}\n`);
  writeFileSync(file, "9.1.0\n");
  const store = new Level<Uint8Array, Uint8Array>(join(folder, "data", "ledger"), {
    keyEncoding: "view",
    valueEncoding: "view",
  });
  await store.put(schemaKey, u32be(9));
  await store.close();
  await expect(open()).rejects.toMatchObject({
    code: "STORE_SCHEMA_NEWER",
    message: expect.stringMatching(/schema 9, this one knows 1.*last opened by coaudit 9\.1\.0; this is 0\.1\.0/),
  });
  writeFileSync(file, "\u001b[2J\n");
  await expect(open()).rejects.toMatchObject({ message: expect.not.stringContaining("last opened") });
});
