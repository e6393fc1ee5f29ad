/** Pipes that close or that nobody reads, and signals that are not meant for a node. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { makeGroup } from "../support/node-folders.ts";
import { freePort } from "../support/ports.ts";
import { coaudit, requireBuild } from "../support/processes.ts";
import { NAMESPACE, ORIGIN } from "./world.ts";

requireBuild();
const COMMAND = fileURLToPath(new URL("../../bin/coaudit.js", import.meta.url));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it("a node outlives a closed output, an error that nobody reads, and signals that are not for it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-sinks-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const source = (): string => `http://127.0.0.1:${port}/`;
  const group = { folder, names: ["a.example", "b.example"], source, namespace: NAMESPACE, origin: ORIGIN };
  const [member] = await makeGroup({ ...group, namespaceLines: ["poll-interval-ms: 100", "root: { epoch: 0 }"] });
  const config = member?.configFile ?? "";
  const child = spawn(process.execPath, [COMMAND, "run", "--config", config, "--verbose"]);
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  ends.push(async () => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.stdout.destroy();
  child.stderr.pause();
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) child.kill(signal);
  const status = async (): Promise<number> => (await coaudit("status", "--config", config, "--json")).exitCode;
  expect(await status()).toBe(1);
  child.stderr.destroy();
  child.kill("SIGHUP");
  expect(await status()).toBe(1);
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
});

it("a command whose reader is gone ends quietly", async () => {
  const child = spawn(
    "sh",
    ["-c", `"${process.execPath}" "${COMMAND}" --help 2>err.txt | true; cat err.txt; rm err.txt`],
    {
      cwd: tmpdir(),
    },
  );
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  await new Promise((resolve) => child.once("close", resolve));
  expect(text).toBe("");
});
