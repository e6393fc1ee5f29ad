import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectAsker, openQueueRunner, WORLDS_QUEUE } from "../../src/cli/job-runners.ts";
import { connectQueue } from "../../src/jobs/queue-connection.ts";
import type { QueueRunner } from "../../src/jobs/queue-runner.ts";
import { worldSeed } from "../../src/lab/experiment/sweep-plan.ts";
import { freePort } from "../support/ports.ts";
import { coaudit, requireBuild } from "../support/processes.ts";
import { noRedis, RedisServer } from "./support/redis.ts";
import { ScriptProcess } from "./support/script-process.ts";
import { standInPlan } from "./support/stand-in-plan.ts";

requireBuild();
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const COMMAND = "../../../bin/coaudit.js";

let folder: string;
let redis: RedisServer;
let eye: Redis;
let processes: ScriptProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-queue-"));
  if (noRedis !== undefined) return;
  redis = await RedisServer.start();
  ({ redis: eye } = await connectQueue({ url: redis.url, maxRetries: 0 }));
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  processes = [];
  eye?.disconnect();
  await redis?.stop();
  rmSync(folder, { recursive: true });
});

function spawn(file: string, args: readonly string[], env: Record<string, string> = {}): ScriptProcess {
  const process = new ScriptProcess(file, args, env);
  processes.push(process);
  return process;
}

function sweep(plan: object, out: string, where: { jobs: number } | { queue: string }): ScriptProcess {
  return spawn("sweep-process.mjs", [JSON.stringify({ plan, out: join(folder, out), ...where })]);
}

async function worker(threads = 1): Promise<ScriptProcess> {
  const process = spawn("worker-process.mjs", [redis.url, String(threads)]);
  await process.said("ready");
  return process;
}

async function runner(run = "test"): Promise<QueueRunner> {
  return await openQueueRunner({ queue: WORLDS_QUEUE, run }, await connectAsker(redis.url), () => {});
}

const csv = (out: string): string => readFileSync(join(folder, out, "worlds.csv"), "utf8");

describe.skipIf(noRedis !== undefined)("a sweep over machines", () => {
  it("writes the worlds.csv of a local one, and leaves nothing in Redis", async () => {
    const plan = standInPlan(10, { slowMs: 2 });
    await worker(2);
    await worker(1);
    expect(await sweep(plan, "queue", { queue: redis.url }).exited).toBe(0);
    expect(await sweep(plan, "local", { jobs: 2 }).exited).toBe(0);
    expect(csv("queue")).toBe(csv("local"));
    expect(await eye.keys("*:[0-9]*")).toEqual([]);
    await Promise.all(processes.map((process) => process.signal("SIGTERM")));
    await Promise.all(processes.map(({ exited }) => exited));
    // Locks of the check for dead workers, which expire within seconds.
    const lasting = (await eye.keys("*")).filter((key) => !key.endsWith(":stalled-check"));
    expect(lasting).toEqual([]);
  });

  it("gives the worlds of a worker that was killed to another", async () => {
    const plan = standInPlan(8, { slowMs: 400 });
    const doomed = await worker(2);
    const asking = sweep(plan, "queue", { queue: redis.url });
    await doomed.said("done", 3);
    await doomed.kill();
    const heir = await worker(2);
    expect(await asking.exited).toBe(0);
    await sweep(plan, "local", { jobs: 2 }).exited;
    expect(csv("queue")).toBe(csv("local"));
    expect(heir.lines.filter((line) => line === "done").length).toBeGreaterThan(0);
  });

  it("goes on after the asking side was killed, with what was answered meanwhile", async () => {
    const plan = standInPlan(10, { slowMs: 60 });
    const working = await worker(1);
    const killed = sweep(plan, "queue", { queue: redis.url });
    await killed.said("done", 3);
    await killed.kill();
    await working.said("done", 30);
    const resumed = sweep(plan, "queue", { queue: redis.url });
    expect(await resumed.exited).toBe(0);
    expect(working.lines.filter((line) => line === "done")).toHaveLength(30);
    await sweep(plan, "local", { jobs: 2 }).exited;
    expect(csv("queue")).toBe(csv("local"));
  });

  it("tries a world that throws a few times, on any worker, then reports it", async () => {
    const bad = worldSeed(7, 0);
    const working = await worker(1);
    const asking = sweep(standInPlan(1, { throwOnSeeds: [bad] }), "queue", { queue: redis.url });
    expect(await asking.exited).toBe(0);
    const failures = JSON.parse(readFileSync(join(folder, "queue/failures.json"), "utf8"));
    expect(failures).toHaveLength(3);
    expect(failures[0]).toMatchObject({
      world: { point: 0, repeat: 0, seed: bad },
      reason: `the world of seed ${bad} went wrong`,
    });
    expect(working.lines.filter((line) => line.startsWith("trouble"))).toHaveLength(9);
  });

  it("says that nobody works, and takes back what nobody has begun", async () => {
    const notices: string[] = [];
    const connection = await connectAsker(redis.url);
    const asking = await openQueueRunner({ queue: WORLDS_QUEUE, run: "r" }, connection, () => notices.push("nobody"));
    const answer = asking.ask({ id: "1", question: {} });
    const rejected = expect(answer).rejects.toMatchObject({ code: "JOB_WITHDRAWN" });
    await vi.waitFor(() => expect(notices).toEqual(["nobody"]), { timeout: 20_000 });
    await asking.withdraw();
    await rejected;
    await asking.close();
    expect(await eye.keys("*")).toEqual([]);
  });
});

describe.skipIf(noRedis !== undefined)("coaudit sim worker", () => {
  it("refuses the jobs of another version with an error that names both, and leaves them to others", async () => {
    const { bull, redis: client } = await connectAsker(redis.url);
    const queue = new bull.Queue(WORLDS_QUEUE, { connection: client, prefix: "coaudit" });
    await queue.add("job", { coaudit: "9.9.9", question: {} }, { jobId: "theirs-1" });
    const { exitCode, text } = await coaudit("sim", "worker", "--queue", redis.url, "--jobs", "1");
    expect(exitCode).toBe(1);
    expect(text).toMatch(/the jobs of this queue are for coaudit 9\.9\.9, but this is \d.*\(QUEUE_VERSION\)/);
    expect(await queue.getJobState("theirs-1")).toBe("waiting");
    await queue.close();
    client.disconnect();
  });

  it("ends at once where it is told to take no jobs at a time", async () => {
    const { exitCode, text } = await coaudit("sim", "worker", "--queue", redis.url, "--jobs", "0");
    expect(exitCode).toBe(2);
    expect(text).toMatch(/--jobs/);
  });

  it("ends after what is under way when it is interrupted", async () => {
    const process = spawn(COMMAND, ["sim", "worker", "--queue", redis.url, "--jobs", "1"]);
    await process.said("working for");
    process.signal("SIGINT");
    expect(await process.exited).toBe(0);
    expect(process.lines.at(-1)).toBe("0 jobs done");
  });
});

describe.skipIf(noRedis !== undefined)("Redis", () => {
  it("that is not there is an error that says what to do, not a hang", async () => {
    const port = await freePort();
    const url = `redis://:secret@127.0.0.1:${port}`;
    const { exitCode, text } = await coaudit("sim", "worker", "--queue", url);
    expect(exitCode).toBe(1);
    expect(text).toContain(`cannot reach Redis at redis://127.0.0.1:${port}: connect ECONNREFUSED`);
    expect(text).toContain("start Redis (redis-server), or correct --queue");
    expect(text).not.toContain("secret");
  });

  it("with a password is reached by the URL or by the environment, and refuses clearly without", async () => {
    const guarded = await RedisServer.start({ args: ["--requirepass", "opensesame"] });
    try {
      const withUrl = guarded.url.replace("redis://", "redis://:opensesame@");
      const byUrl = spawn(COMMAND, ["sim", "worker", "--queue", withUrl]);
      const byVariable = spawn(COMMAND, ["sim", "worker", "--queue", guarded.url], {
        COAUDIT_REDIS_PASSWORD: "opensesame",
      });
      await byUrl.said(`working for ${guarded.url} `);
      await byVariable.said("working for");
      expect([...byUrl.lines, ...byVariable.lines].join("\n")).not.toContain("opensesame");
      const { exitCode, text } = await coaudit("sim", "worker", "--queue", guarded.url);
      expect(exitCode).toBe(1);
      expect(text).toContain("COAUDIT_REDIS_PASSWORD");
      const wrong = await coaudit("sim", "worker", "--queue", guarded.url.replace("redis://", "redis://:guess1@"));
      expect(wrong.text).toContain("WRONGPASS");
      expect(wrong.text).not.toContain("guess1");
    } finally {
      await guarded.stop();
    }
  });

  it("that goes away for good under an asking side fails what is asked, after a while", async () => {
    const asking = await runner();
    const answer = asking.ask({ id: "1", question: {} });
    const rejected = expect(answer).rejects.toMatchObject({ code: "QUEUE_UNREACHABLE" });
    await redis.stop();
    await rejected;
    await asking.close();
  });

  it("that is started anew and has lost everything is asked anew", async () => {
    const asking = await runner();
    const answer = asking.ask({ id: "1", question: { scenario: { auditors: 3 }, seed: 1 } });
    await vi.waitFor(async () => expect(await eye.exists("coaudit:worlds:test-1")).toBe(1), { timeout: 20_000 });
    await redis.stop();
    redis = await RedisServer.start({ port: redis.port });
    await worker();
    await expect(answer).resolves.toHaveProperty("traceHash");
    await asking.close();
  });

  it("is named by a URL; anything else is refused without being repeated", async () => {
    const { exitCode, text } = await coaudit("sim", "worker", "--queue", "http://u:topsecret@host");
    expect(exitCode).toBe(2);
    expect(text).toContain("expected redis://");
    expect(text).not.toContain("topsecret");
  });
});
