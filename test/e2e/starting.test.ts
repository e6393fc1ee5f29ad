/** A node that does not answer: not started, starting, frozen, or another one's. Needs a build. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { initNode } from "../../src/node/config/init.ts";
import { systemRandom } from "../../src/platform/system.ts";
import { coaudit } from "../cli/captured.ts";
import { freePort } from "../support/ports.ts";
import { requireBuild } from "../support/processes.ts";

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "coaudit-starting-"));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("exit", resolve));
  }
  rmSync(folder, { recursive: true });
});

async function made(name: string, apiPort: number): Promise<string> {
  const listen = "/ip4/127.0.0.1/tcp/0";
  const { configFile } = await initNode(
    { name, folder: join(folder, name), listen, apiPort },
    { random: systemRandom },
  );
  return configFile;
}

function run(config: string): ChildProcess {
  const child = spawn(process.execPath, ["bin/coaudit.js", "run", "--config", config], { stdio: "ignore" });
  running.push(child);
  return child;
}

const status = (config: string): ReturnType<typeof coaudit> => coaudit("status", "--config", config);
const isUp = async (config: string): Promise<boolean> => (await status(config)).out.includes("running since");

describe("a node that does not answer", { timeout: 120_000 }, () => {
  it("is not running, is frozen, or is another one, and is told apart", async () => {
    const port = await freePort();
    const [config, other] = [await made("a.example", port), await made("b.example", port)];
    expect((await status(config)).err).toContain("the node is not running; start it with `coaudit run --config");
    const child = run(config);
    await expect.poll(() => isUp(config), { timeout: 60_000 }).toBe(true);
    // The other node has the same port, and was never started.
    const stranger = await status(other);
    expect(stranger.exitCode).toBe(4);
    expect(stranger.err).toContain("it is the node of a.example, not of b.example, which is not running there");
    const action = await coaudit("resume", "n.v1", "--config", other, "--i-have-checked", "x");
    expect(action.err).toContain("it is the node of a.example, not of b.example");
    child.kill("SIGSTOP");
    const frozen = await status(config);
    expect(frozen.exitCode).toBe(4);
    expect(frozen.err).toContain(`the node runs as process ${child.pid} and does not answer`);
    child.kill("SIGCONT");
    await expect.poll(() => isUp(config), { timeout: 60_000 }).toBe(true);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    // Its files are still there; the process is not.
    expect((await status(config)).err).toContain("the node is not running");
  });

  it("is starting, and says that it lives from the beginning", async () => {
    const port = await freePort();
    const config = await made("a.example", port);
    // As after a crash: what an earlier process said of its API is older than this process.
    const url = join(folder, "a.example", "data", "api.url");
    writeFileSync(url, `http://127.0.0.1:${port}\n`);
    utimesSync(url, 1, 1);
    const child = run(config);
    const said = new Set<string>();
    await expect
      .poll(
        async () => {
          const health = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
          const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
          if (health !== undefined) said.add(`${health.status} ${await health.text()}`);
          return (await ready?.text().catch(() => "")) ?? "";
        },
        { timeout: 60_000, interval: 5 },
      )
      .toContain("warnings");
    expect([...said]).toEqual(["200 ok\n"]);
    expect(child.exitCode).toBeNull();
  });
});
