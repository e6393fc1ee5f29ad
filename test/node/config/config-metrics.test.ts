/** Where metrics are served: nowhere unless somebody says so, and to other machines with a token alone. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig, type NodeConfig } from "../../../src/node/config/config.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coaudit-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function metricsOf(lines: string): Promise<NodeConfig["metrics"]> {
  const options = { name: "a.example", folder, listen: "/ip4/127.0.0.1/tcp/0", apiPort: 0 };
  const { configFile } = await initNode(options, { random: new SeededRandom(7) });
  await writeFile(join(folder, "metrics.token"), `${TOKEN}\n`);
  const text = await readFile(configFile, "utf8");
  await writeFile(configFile, text.replace("namespaces: []", `${lines}\nnamespaces: []`));
  return (await loadConfig(configFile)).metrics;
}

describe("metrics in the configuration", () => {
  it("are off by default", async () => {
    expect(await metricsOf("")).toBeUndefined();
  });

  it.each(["127.0.0.1", "127.8.9.10", "::1", "localhost"])("need no token on %s", async (host) => {
    expect(await metricsOf(`metrics: { host: "${host}", port: 9464 }`)).toEqual({ host, port: 9464 });
  });

  it("listen on this machine alone unless told otherwise", async () => {
    expect(await metricsOf("metrics: { port: 9464 }")).toEqual({ host: "127.0.0.1", port: 9464 });
  });

  it("take a token from a file", async () => {
    expect(await metricsOf('metrics: { host: "0.0.0.0", port: 1, token-file: metrics.token }')).toEqual({
      host: "0.0.0.0",
      port: 1,
      token: TOKEN,
    });
  });

  it.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.org", "node.example.org"])(
    "are refused on %s without a token",
    async (host) => {
      await expect(metricsOf(`metrics: { host: "${host}", port: 9464 }`)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        metadata: { path: "metrics.token-file" },
      });
    },
  );

  it.each([
    ["metrics: { host: 127.0.0.1 }", "metrics.port"],
    ["metrics: { port: 70000 }", "metrics.port"],
    ["metrics: { port: 9464, token: abc }", "metrics.token"],
    ["metrics: { port: 9464, token-file: none }", "metrics.token-file"],
  ])("name what is wrong in %j", async (lines, path) => {
    await expect(metricsOf(lines)).rejects.toMatchObject({ code: "CONFIG_INVALID", metadata: { path } });
  });
});
