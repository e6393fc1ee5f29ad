import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReferenceVerifier } from "../../../src/akd/proof-verifier.ts";
import { fromHex, toHex } from "../../../src/core/bytes.ts";
import type { Job, JobRunner } from "../../../src/jobs/job-runner.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { ChunkCheck } from "../../../src/range-audit/chunk-check.ts";
import { admitChunk } from "../../../src/range-audit/chunk-job.ts";
import { RangeSpread } from "../../../src/range-audit/spread-audit.ts";
import { FolderSource } from "../../../src/source/folder.ts";
import { recordedEpochs } from "../../akd/support/fixtures.ts";
import { noRedis, RedisServer } from "../../jobs/support/redis.ts";
import { ScriptProcess } from "../../jobs/support/script-process.ts";
import { coaudit, requireBuild } from "../../support/processes.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

requireBuild();
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const epochs = recordedEpochs("whatsapp_v1-main");
const digestOf = (epoch: number): string => toHex(epochs[epoch - 1]!.request.to);
const nameOf = (epoch: number): string => `${epoch}/${toHex(epochs[epoch - 1]!.request.from)}/${digestOf(epoch)}`;
const fixture = fileURLToPath(new URL("../../fixtures/akd/whatsapp_v1-main/audits", import.meta.url));

describe.skipIf(noRedis !== undefined)("coaudit audit-range over machines", () => {
  let folder: string;
  let log: string;
  let redis: RedisServer;
  let workers: ScriptProcess[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "coaudit-audit-queue-"));
    log = join(folder, "log");
    cpSync(fixture, join(log, "audits"), { recursive: true });
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    workers = [];
    await redis.stop();
    rmSync(folder, { recursive: true });
  });

  async function work(auditLog: string): Promise<ScriptProcess> {
    const args = ["sim", "worker", "--queue", redis.url, "--jobs", "1", "--audit-log", auditLog];
    const worker = new ScriptProcess("../../../bin/coaudit.js", args);
    workers.push(worker);
    await worker.said("working for");
    return worker;
  }

  async function audit(name: string, ...args: string[]): Promise<Record<string, unknown>> {
    const state = join(folder, `${name}.json`);
    const { stdout, exitCode } = await coaudit("audit-range", "--log", log, "--state", state, "--json", ...args);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    const { ms: _ms, epochsPerSecond: _e, megabytesPerSecond: _m, ...same } = report;
    return { ...same, exitCode };
  }

  const queue = (): string[] => ["--queue", redis.url, "--chunk", "5"];

  it("reports what an audit on one machine reports, whole, resumed, unreadable, invalid, forked or broken", async () => {
    await work(log);
    await work(log);
    const both = async (name: string, ...args: string[]): Promise<Record<string, unknown>> => {
      const report = await audit(`${name}-q`, ...args, ...queue());
      expect(report).toEqual(await audit(`${name}-l`, ...args));
      return report;
    };
    expect(await both("all", "--from", "1")).toMatchObject({ exitCode: 0, verifiedTo: 24, digest: digestOf(24) });
    expect(await both("part", "--from", "4", "--to", "12")).toMatchObject({ exitCode: 0, rootChosen: "first-sight" });
    expect(await both("part", "--from", "4")).toMatchObject({ resumedFrom: 12, epochs: 12, verifiedTo: 24 });
    expect(await both("broken", "--from", "4", "--root", digestOf(5))).toMatchObject({ exitCode: 1 });

    const away = join(folder, "9");
    renameSync(join(log, "audits/9"), away);
    expect(await both("missing", "--from", "2")).toMatchObject({ exitCode: 2, verifiedTo: 8 });
    renameSync(away, join(log, "audits/9"));
    expect(await both("missing", "--from", "2")).toMatchObject({ exitCode: 0, resumedFrom: 8 });

    // At the border of a chunk: from the digest of the chain it is no question which of the two is meant.
    const stray = join(log, "audits", nameOf(11)).replace(digestOf(10), "f".repeat(64));
    mkdirSync(dirname(stray), { recursive: true });
    writeFileSync(stray, "stray");
    expect(await both("stray", "--from", "1")).toMatchObject({ exitCode: 0, verifiedTo: 24 });

    const path = join(log, "audits", nameOf(17));
    const proof = readFileSync(path);
    proof[proof.length - 1]! ^= 1;
    writeFileSync(path, proof);
    expect(await both("invalid", "--from", "1")).toMatchObject({
      exitCode: 1,
      verifiedTo: 16,
      failure: { epoch: 17, isFact: true, blob: nameOf(17) },
    });
  });

  it("is worked on only by workers that were told to read that log", async () => {
    const other = await work(join(folder, "other"));
    const state = join(folder, "s.json");
    const args = ["audit-range", "--log", log, "--from", "1", "--state", state, ...queue()];
    const asking = new ScriptProcess("../../../bin/coaudit.js", args);
    workers.push(asking);
    await asking.said("no worker reads this log yet; start one: coaudit sim worker --queue redis://");
    await work(log);
    expect(await asking.exited).toBe(0);
    other.signal("SIGTERM");
    await other.exited;
    expect(other.lines.at(-1)).toBe("0 jobs done");
  });

  it("goes on where an earlier run ended", async () => {
    await work(log);
    await audit("k", "--from", "1", "--to", "11", ...queue());
    const report = await audit("k", "--from", "1", ...queue());
    expect(report).toMatchObject({ exitCode: 0, resumedFrom: 11, verifiedTo: 24, digest: digestOf(24) });
  });

  it("leaves no file but its own note of how far it is: no claim is made anywhere", async () => {
    await work(log);
    await audit("only", "--from", "1", ...queue());
    expect(readdirSync(folder).sort()).toEqual(["log", "only.json"]);
  });
});

describe("a part of an audit", () => {
  it("is refused by a worker that reads another log, and how a log is taken is the worker's to say", () => {
    const chunk = { log: "https://a.example/", configuration: "whatsapp_v1", from: 1, to: 2, root: null } as const;
    expect(() => admitChunk(chunk, { log: "https://b.example/", allowPlainHttp: true })).toThrow(
      expect.objectContaining({ code: "QUEUE_JOB_REFUSED" }),
    );
    const eager = { ...chunk, allowPlainHttp: true };
    expect(admitChunk(eager, { log: chunk.log, allowPlainHttp: false })).toMatchObject({ allowPlainHttp: false });
  });

  it("loads nothing that could make a claim or sign", () => {
    const src = fileURLToPath(new URL("../../../src", import.meta.url));
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
        visit(join(dirname(file), target!));
      }
    };
    visit(join(src, "range-audit/chunk-job.ts"));
    visit(join(src, "range-audit/spread-audit.ts"));
    const rooms = new Set([...reached].map((file) => relative(src, file).split("/")[0]));
    expect([...rooms].sort()).toEqual(["akd", "core", "jobs", "platform", "range-audit", "source"]);
    expect([...reached].filter((file) => file.includes("/platform/")).sort()).toEqual(
      ["replace-file.ts", "system.ts"].map((file) => join(src, "platform", file)),
    );
  });
});

describe("a chain of parts", () => {
  const root = "aa".repeat(32);
  const middle = "bb".repeat(32);
  const end = "cc".repeat(32);
  const whole = { inserted: 1, unchanged: 1, bytes: 1 };

  async function spread(answers: Record<string, unknown>): Promise<{ report: object; asked: string[] }> {
    const asked: string[] = [];
    const runner: JobRunner = {
      capacity: 4,
      ask: async ({ id }: Job) => {
        asked.push(id);
        return answers[id];
      },
      withdraw: async () => {},
      close: async () => {},
    };
    const audit = new RangeSpread(
      { log: "l", configuration: "whatsapp_v1", from: 1, to: 4, root: fromHex(root), chunkEpochs: 2, lookAgain: 3 },
      {
        runner,
        check: { confirm: async ({ failure }) => failure },
        state: { position: undefined, advance: async () => {} },
        progress: { start: async () => {}, advance: () => {}, note: () => {} },
      },
    );
    return { report: await audit.run(new AbortController().signal), asked };
  }

  const first = { [`1-2-${"a".repeat(16)}`]: { ...whole, verifiedTo: 2, root, digest: middle } };

  it("is valid when each begins where the one before it ends", async () => {
    const { report, asked } = await spread({
      ...first,
      "3-4-listed": { ...whole, verifiedTo: 4, root: middle, digest: end },
    });
    expect(report).toMatchObject({ complete: true, verifiedTo: 4, digest: end });
    expect(asked).toEqual([`1-2-${"a".repeat(16)}`, "3-4-listed"]);
  });

  it("asks again, from where the chain is, what begins elsewhere; that answer counts", async () => {
    const failure = { epoch: 3, code: "CHAIN_MISMATCH", message: "no listed blob", isFact: true };
    const { report, asked } = await spread({
      ...first,
      "3-4-listed": { ...whole, verifiedTo: 4, root: "dd".repeat(32), digest: end },
      [`3-4-${"b".repeat(16)}`]: { ...whole, verifiedTo: null, root: middle, digest: null, failure },
    });
    expect(report).toMatchObject({ complete: false, verifiedTo: 2, digest: middle, failure });
    expect(asked).toHaveLength(3);
  });

  it.each([
    ["nothing", null],
    ["fewer epochs than were asked", { ...whole, verifiedTo: 3, root: middle, digest: end }],
    ["more epochs than were asked", { ...whole, verifiedTo: 5, root: middle, digest: end }],
    [
      "controls in place of a code",
      {
        ...whole,
        ...{ verifiedTo: null, root: middle, digest: null },
        failure: { epoch: 3, code: "\u001b[2J", message: "", isFact: false },
      },
    ],
    ["no digest", { ...whole, verifiedTo: 4, root: middle, digest: "short" }],
    ["no root", { ...whole, verifiedTo: 4, root: null, digest: end }],
    ["sizes that are no numbers", { ...whole, bytes: "1", verifiedTo: 4, root: middle, digest: end }],
  ])("takes no answer that says %s", async (_what, answer) => {
    const { report } = await spread({ ...first, "3-4-listed": answer, [`3-4-${"b".repeat(16)}`]: answer });
    expect(report).toMatchObject({
      complete: false,
      verifiedTo: 2,
      failure: { epoch: 3, code: "JOB_ANSWER_INVALID", isFact: false },
    });
  });
});

describe("what a worker answers", () => {
  const check = (lookAgain = 1): ChunkCheck =>
    new ChunkCheck(
      { log: fixture, configuration: "whatsapp_v1", lookAgain },
      {
        source: new FolderSource({ directory: dirname(fixture) }),
        proofVerifier: new ReferenceVerifier(),
        clock: systemClock,
        random: new SeededRandom(7),
        note: () => {},
      },
    );
  const never = new AbortController().signal;
  const honest = { from: 5, to: 8, verifiedTo: 8, root: digestOf(4), digest: digestOf(8), failure: undefined };

  it("counts where the log lists both ends and an epoch of it is right here, too", async () => {
    for (let sample = 0; sample < 6; sample++) expect(await check().confirm(honest, never)).toBeUndefined();
  });

  it.each([
    ["epochs that the log does not have", { ...honest, to: 5_000, verifiedTo: 5_000 }, /lists no epoch 5000/],
    ["an end that the log does not list", { ...honest, digest: "ab".repeat(32) }, /no epoch 8 that leads to abab/],
    [
      "a beginning that the log does not list",
      { ...honest, root: "ab".repeat(32) },
      /no epoch 5 that starts from abab/,
    ],
    [
      "an invalid epoch that is valid",
      {
        ...honest,
        ...{ verifiedTo: 6, digest: digestOf(6) },
        failure: { epoch: 7, code: "PROOF_END_MISMATCH", message: "wrong", isFact: true },
      },
      /epoch 7 is called invalid there and is valid here/,
    ],
  ])("is refused when it says %s", async (_what, answer, message) => {
    await expect(check().confirm(answer, never)).rejects.toMatchObject({
      code: "JOB_ANSWER_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it("is refused when an epoch that is sampled is invalid, and its word on an invalid one is replaced by ours", async () => {
    const copy = mkdtempSync(join(tmpdir(), "coaudit-chunk-"));
    cpSync(fixture, join(copy, "audits"), { recursive: true });
    const path = join(copy, "audits", nameOf(7));
    const proof = readFileSync(path);
    proof[proof.length - 1]! ^= 1;
    writeFileSync(path, proof);
    const modules = { proofVerifier: new ReferenceVerifier(), clock: systemClock, note: () => {} };
    const here = new ChunkCheck(
      { log: copy, configuration: "whatsapp_v1", lookAgain: 1 },
      { ...modules, source: new FolderSource({ directory: copy }), random: new SeededRandom(7) },
    );
    const one = { ...honest, from: 7, to: 7, verifiedTo: 7, root: digestOf(6), digest: digestOf(7) };
    await expect(here.confirm(one, never)).rejects.toMatchObject({ code: "JOB_ANSWER_INVALID" });
    const said = { epoch: 7, code: "MADE_UP", message: "made up", isFact: true };
    const failed = { ...honest, verifiedTo: 6, digest: digestOf(6), failure: said };
    expect(await here.confirm(failed, never)).toMatchObject({ epoch: 7, isFact: true, blob: nameOf(7) });
    expect((await here.confirm(failed, never))?.code).not.toBe("MADE_UP");
    rmSync(copy, { recursive: true });
  });
});
