import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig } from "../../../src/node/config/config.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { systemRandom } from "../../../src/platform/system.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-config-alerts-"));
  const options = { name: "a.example", folder, listen: "/ip4/127.0.0.1/tcp/7600", apiPort: 7680 };
  file = (await initNode(options, { random: systemRandom })).configFile;
});
afterEach(() => rmSync(folder, { recursive: true }));

it("takes no password in the URL of a webhook, and does not repeat it", async () => {
  const alerts = "alerts: { receivers: [{ name: x, webhook: http://me:secret@127.0.0.1:9/ }] }";
  writeFileSync(file, `${readFileSync(file, "utf8")}\n${alerts}\n`);
  const error = await loadConfig(file).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: "CONFIG_INVALID", metadata: { path: "alerts.receivers[0].webhook" } });
  expect(JSON.stringify(error) + String(error)).not.toContain("secret");
});
