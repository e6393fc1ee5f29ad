/** Which process runs a node, as its folder says. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isStarting, removePid, runningPid, writePid } from "../../../src/cli/node/pid-file.ts";

const own = Object.getOwnPropertyDescriptor(process, "pid")!;
let folder: string;
let node: ChildProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-pid-"));
  // What the system says of it is what it says of a node.
  node = spawn(process.execPath, ["-e", "console.log(); setInterval(() => {}, 1000)", "coaudit", "run"]);
  await new Promise((resolve) => node.stdout?.once("data", resolve));
});
afterEach(async () => {
  Object.defineProperty(process, "pid", own);
  const ended = new Promise((resolve) => node.once("exit", resolve));
  node.kill();
  await ended;
  rmSync(folder, { recursive: true });
});

/** As the last start left the folder. */
function left(): void {
  for (const [name, text, seconds] of [
    ["run.pid", `${node.pid}\n`, 1_000],
    ["api.url", "http://127.0.0.1:1\n", 2_000],
  ] as const) {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), seconds, seconds);
  }
}

it("a node that starts again as the same process, as in a container, is starting and not frozen", async () => {
  left();
  expect(await isStarting(folder)).toBe(false);
  Object.defineProperty(process, "pid", { ...own, value: node.pid });
  await writePid(folder);
  expect(await runningPid(folder)).toBe(node.pid);
  expect(await isStarting(folder)).toBe(true);
});

it("a second process leaves the folder to the one that has it", async () => {
  left();
  await writePid(folder);
  await removePid(folder);
  expect(await runningPid(folder)).toBe(node.pid);
  expect(await isStarting(folder)).toBe(false);
});
