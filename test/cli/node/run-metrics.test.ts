/** The metrics of a node that runs: a real scrape of real parts. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { freePort } from "../../support/ports.ts";
import { CapturedContext } from "../captured.ts";

const TOKEN = "ab".repeat(32);
const NS = 'namespace="test.key-transparency.v1"';
/** 24 epochs of real proofs. */
const SOURCE = fileURLToPath(new URL("../../fixtures/akd/whatsapp_v1-main", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coaudit-metrics-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("are served on their own port to whoever has the token, while the node audits, and end with it", async () => {
  const port = await freePort();
  const init = { name: "a.example", folder, listen: "/ip4/127.0.0.1/tcp/0", apiPort: 0 };
  const { configFile } = await initNode(init, { random: systemRandom });
  await writeFile(join(folder, "metrics.token"), TOKEN);
  const lines = `metrics: { port: ${port}, token-file: metrics.token }
namespaces:
  - namespace: test.key-transparency.v1
    origin: test.kt/v1
    configuration: whatsapp_v1
    source: ${SOURCE}
    root: { epoch: 0 }`;
  const text = (await readFile(configFile, "utf8")).replace("log-level: info", "log-level: error");
  await writeFile(configFile, text.replace("namespaces: []", lines));
  const context = new CapturedContext();
  const ended = main(["node", "coaudit", "run", "--config", configFile], context);
  await expect.poll(() => context.outLines.length, { timeout: 20_000 }).toBe(1);

  const url = `http://127.0.0.1:${port}/metrics`;
  const scrape = async (): Promise<string> =>
    (await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  await expect.poll(scrape, { timeout: 25_000 }).toContain(`coaudit_epoch{${NS},stage="signed"} 24\n`);
  const found = await scrape();
  for (const line of [
    `coaudit_proofs_total{${NS},result="valid"} 24`,
    `coaudit_verification_seconds_count{${NS}} 24`,
    `coaudit_lag_epochs{${NS}} 0`,
    `coaudit_namespace_state{${NS},state="auditing"} 1`,
    'coaudit_heads_received_total{auditor="a.example",verdict="accept",outcome="accepted"} 24',
    'coaudit_peers{kind="roster"} 0',
  ]) {
    expect(found).toContain(`${line}\n`);
  }
  expect(found).toMatch(/^coaudit_data_bytes\{part="claims"\} [1-9]/m);
  expect(found).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  expect(found).toMatch(/^libp2p_\w+ \d/m);
  expect((await fetch(url)).status).toBe(401);
  const api = (await readFile(join(folder, "data", "api.url"), "utf8")).trim();
  expect((await fetch(`${api}/metrics`)).status).toBe(404);

  context.signal("SIGTERM");
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});
