/** A practice provider as npx runs it, alone and behind a shell, with real signals. Needs a build. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, it } from "vitest";
import { requireBuild } from "../../support/processes.ts";

const COMMAND = fileURLToPath(new URL("../../../bin/coaudit.js", import.meta.url));
const PROVIDER = `"${process.execPath}" "${COMMAND}" provider serve --live --entries 1 --interval 200 --port 0 & echo "pid $!"; wait`;

beforeAll(requireBuild);

let parent: ChildProcess;
let provider = 0;
let output = "";
afterEach(() => {
  parent.kill("SIGKILL");
  if (isAlive(provider)) process.kill(provider, "SIGKILL");
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whoever stands between it and this process; `event` is what npm says of how the provider was started. */
async function start(words: readonly string[], event: string): Promise<void> {
  output = "";
  const env = { ...process.env, npm_lifecycle_event: event };
  parent = spawn("sh", ["-c", ...words], { env, stdio: ["ignore", "pipe", "inherit"] });
  // Read to the end: a provider whose output is closed would end for that.
  parent.stdout?.on("data", (data: Buffer) => {
    output += data;
  });
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/^pid \d+\n.*listening on /s);
  provider = Number(/^pid (\d+)/.exec(output)?.[1]);
  expect(isAlive(provider)).toBe(true);
}

it.each<[string, readonly string[]]>([
  ["", [PROVIDER]],
  [" that left a shell behind", ['sh -c "$0"; exit', PROVIDER]],
])("ends with its npx%s", async (_what, words) => {
  await start(words, "npx");
  parent.kill("SIGKILL");
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/stopped\n$/);
});

it("goes on without whoever started it, but for npx", async () => {
  await start([PROVIDER], "start");
  parent.kill("SIGKILL");
  const epochs = output.split("epoch ").length;
  await expect.poll(() => output.split("epoch").length, { timeout: 60_000 }).toBeGreaterThan(epochs);
  process.kill(provider, "SIGTERM");
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/stopped\n$/);
});
