/** Pipes that close or that nobody reads, and signals that are not meant for a node. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { makeAuditors } from "../support/auditors.ts";
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

/** Ends with this code where nobody reads its output; what it says on standard error. */
function unread(...args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly err: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  return new Promise((resolve) => child.once("close", (exitCode) => resolve({ exitCode, err })));
}

it("a command whose reader is gone ends quietly, and with what it found out", async () => {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-unread-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const [a, b] = makeAuditors(2).map(({ name, key }) => ({
    name,
    vkey: formatVkey({ name, publicKey: key.publicKey }),
  }));
  if (a === undefined || b === undefined) throw new Error("two auditors were made");
  const witnesses = `witness ${a.name} ${a.vkey}\nwitness ${b.name} ${b.vkey}\n`;
  await writeFile(at("strong.policy"), `${witnesses}group q all ${a.name} ${b.name}\nquorum q\n`);
  await writeFile(at("none.policy"), `${witnesses}quorum none\n`);
  await writeFile(
    at("roster.yaml"),
    `auditors:\n  - { name: ${a.name}, keys: [{ vkey: "${a.vkey}" }], addresses: [/ip4/0.0.0.0/tcp/1] }\n`,
  );
  await writeFile(at("junk.json"), "{}");
  const log = fileURLToPath(new URL("../fixtures/akd/whatsapp_v1-main", import.meta.url));
  const audit = ["audit-range", "--log", log, "--look-again", "0", "--state"];
  const nobody = ["--node", "http://127.0.0.1:1"];
  const reader = [...nobody, "--namespace", NAMESPACE, "--policy", at("strong.policy")];
  const commands: [number, readonly string[]][] = [
    // Nobody has seen the good news.
    [141, ["--help"]],
    [141, ["policy", "check", at("strong.policy")]],
    [141, [...audit, at("one.json"), "--from", "1", "--to", "2"]],
    [1, ["policy", "check", at("none.policy")]],
    [1, ["roster", "check", at("roster.yaml"), "--json"]],
    [1, [...audit, at("two.json"), "--from", "2", "--to", "3", "--root", "ab".repeat(32)]],
    [1, ["evidence", "verify", at("junk.json"), "--roster", at("roster.yaml"), "--json"]],
    [1, ["verify", "certificate", at("junk.json"), "--policy", at("strong.policy")]],
    [2, ["policy", "check", at("none"), "--json"]],
    [2, ["roster", "check", at("junk.json"), "--json"]],
    [4, ["quorum", ...reader, "--json"]],
    [4, ["status", ...nobody, "--json"]],
    [4, ["watch", ...reader, "--json", "--interval", "1"]],
  ];
  for (const [exitCode, args] of commands) {
    const ended = await unread(...args);
    expect([args.join(" "), ended.exitCode]).toEqual([args.join(" "), exitCode]);
    expect(ended.err).not.toContain("EPIPE");
    expect(ended.err).not.toContain("    at ");
  }
});

it.skipIf(!existsSync("/dev/full"))(
  "a command whose output the disk does not take ends with what it found out, and never with yes",
  async () => {
    for (const [exitCode, args] of [
      [1, ["--help"]],
      [1, ["status", "--help"]],
      [2, ["policy", "check", "none", "--json"]],
      [4, ["status", "--node", "http://127.0.0.1:1", "--json"]],
    ] as const) {
      const full = openSync("/dev/full", "w");
      const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", full, "ignore"] });
      closeSync(full);
      expect(await new Promise((resolve) => child.once("close", resolve)), args.join(" ")).toBe(exitCode);
    }
  },
);
