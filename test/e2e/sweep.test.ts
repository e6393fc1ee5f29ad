/** Sweeps of real worlds by the built command, as a researcher would start, stop, kill and spread them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { QUEUE_PACKAGES } from "../../src/jobs/queue-connection.ts";
import { noRedis, RedisServer } from "../jobs/support/redis.ts";
import { ScriptProcess } from "../jobs/support/script-process.ts";
import { coaudit, requireBuild } from "../support/processes.ts";

requireBuild();
vi.setConfig({ testTimeout: 150_000, hookTimeout: 60_000 });

const COMMAND = "../../../bin/coaudit.js";
const SWEEP = ["sim", "sweep", "one-victim-client", "--vary", "auditors=3,5", "--set", "epochs=6", "--repeats", "6"];

let folder: string;
let processes: ScriptProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-sweep-e2e-"));
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  processes = [];
  rmSync(folder, { recursive: true });
});

function spawn(...args: string[]): ScriptProcess {
  const process = new ScriptProcess(COMMAND, args);
  processes.push(process);
  return process;
}

const out = (name: string): string => join(folder, name);
const csv = (name: string): string => readFileSync(join(out(name), "worlds.csv"), "utf8");
const summary = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(out(name), "summary.json"), "utf8"));

function finishedWorlds(name: string): number {
  try {
    return readFileSync(join(out(name), "journal.jsonl"), "utf8").split("\n").length - 2;
  } catch {
    return 0;
  }
}

const someWorlds = (name: string): Promise<void> =>
  vi.waitFor(() => expect(finishedWorlds(name)).toBeGreaterThan(1), { timeout: 60_000, interval: 20 });

describe("coaudit sim sweep", () => {
  it("stops after the worlds under way when interrupted, goes on when started again, also after kill -9", async () => {
    const stopped = spawn(...SWEEP, "--jobs", "2", "--out", out("a"));
    await someWorlds("a");
    stopped.signal("SIGINT");
    expect(await stopped.exited).toBe(1);
    expect(stopped.lines.at(-1)).toMatch(/stopped: \d+ of 12 worlds are done and kept.*\(SWEEP_INCOMPLETE\)/);

    const killed = spawn(...SWEEP, "--jobs", "1", "--out", out("b"));
    await someWorlds("b");
    await killed.kill();

    for (const name of ["a", "b"]) {
      expect(await coaudit(...SWEEP, "--jobs", "2", "--out", out(name))).toMatchObject({ exitCode: 0 });
    }
    expect(csv("a")).toBe(csv("b"));
    expect(summary("a")).toMatchObject({
      kind: "sweep",
      seed: 1,
      repeats: 6,
      vary: [{ path: "auditors", values: [3, 5] }],
      points: [
        { values: { auditors: 3 }, worlds: 6 },
        { values: { auditors: 5 }, worlds: 6 },
      ],
    });
  });

  it("has rows that `sim run` gives again", async () => {
    expect(await coaudit(...SWEEP, "--repeats", "1", "--out", out("a"))).toMatchObject({ exitCode: 0 });
    const [header = [], , row = []] = csv("a")
      .split("\n")
      .map((line) => line.split(","));
    const cell = (name: string): string => row[header.indexOf(name)]!;
    const again = ["sim", "run", "one-victim-client", "--set", "epochs=6", "--set", `auditors=${cell("auditors")}`];
    const { stdout } = await coaudit(...again, "--seed", cell("seed"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({ traceHash: cell("traceHash") });
  });

  it("refuses a folder of another sweep as wrong usage", async () => {
    await coaudit(...SWEEP, "--repeats", "1", "--out", out("a"));
    const { exitCode, text } = await coaudit(...SWEEP, "--repeats", "1", "--seed", "2", "--out", out("a"));
    expect(exitCode).toBe(2);
    expect(text).toContain("differs in --seed (there 1, here 2)");
  });

  it("lets one process write to a folder, and takes more repeats later", async () => {
    const few = [...SWEEP, "--repeats", "2"];
    const first = spawn(...SWEEP, "--jobs", "1", "--out", out("a"));
    await vi.waitFor(() => expect(finishedWorlds("a")).toBeGreaterThan(0), { timeout: 60_000, interval: 20 });
    expect(await coaudit(...SWEEP, "--out", out("a"))).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining("another coaudit process is writing to"),
    });
    await first.kill();
    expect(await coaudit(...few, "--out", out("b"))).toMatchObject({ exitCode: 0 });
    expect(await coaudit(...SWEEP, "--repeats", "3", "--out", out("b"))).toMatchObject({ exitCode: 0 });
    expect(await coaudit(...SWEEP, "--repeats", "3", "--out", out("whole"))).toMatchObject({ exitCode: 0 });
    expect(csv("b")).toBe(csv("whole"));
    expect(await coaudit(...few, "--out", out("b"))).toMatchObject({ exitCode: 2 });
  });

  it("says which packages --queue needs where they are missing; package.json has the same versions", async () => {
    const hook = fileURLToPath(new URL("../jobs/support/without-queue-packages.mjs", import.meta.url));
    const env = { NODE_OPTIONS: `--import ${hook}` };
    const process = new ScriptProcess(COMMAND, [...SWEEP, "--queue", "redis://localhost", "--out", out("a")], env);
    expect(await process.exited).toBe(1);
    expect(process.lines.at(-1)).toContain("npm install bullmq@");
    const { bullmq, ioredis } = packageJson.peerDependencies;
    expect(QUEUE_PACKAGES).toEqual([`bullmq@${bullmq}`, `ioredis@${ioredis}`]);
  });
});

describe.skipIf(noRedis !== undefined)("coaudit sim sweep --queue", () => {
  it("gives the local worlds.csv byte for byte, with a worker killed in the midst, and tells no password", async () => {
    const redis = await RedisServer.start({ args: ["--requirepass", "opensesame"] });
    try {
      const url = redis.url.replace("redis://", "redis://:opensesame@");
      const worker = (): ScriptProcess => spawn("sim", "worker", "--queue", url, "--jobs", "1");
      const doomed = worker();
      const sweep = spawn(...SWEEP, "--queue", url, "--out", out("queue"));
      await someWorlds("queue");
      await doomed.kill();
      const heir = worker();
      expect(await sweep.exited).toBe(0);
      heir.signal("SIGTERM");
      expect(await heir.exited).toBe(0);
      await coaudit(...SWEEP, "--out", out("local"));
      expect(csv("queue")).toBe(csv("local"));
      const said = [sweep, doomed, heir].flatMap(({ lines }) => lines);
      expect([...said, JSON.stringify(summary("queue"))].join("\n")).not.toContain("opensesame");
    } finally {
      await redis.stop();
    }
  });
});
