/**
 * The walks of docs/clients.md, with real nodes and the built command: a person at a terminal, an operator who reads,
 * and an app. Prints what each step took.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renewPolicy } from "../../src/client/policy/renew-policy.ts";
import { QuorumClient } from "../../src/client/quorum-client.ts";
import { coaudit } from "../support/processes.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];
const EPOCH = "8";
const WRONG = "ab".repeat(32);

let world: World;
let urls: string[];
let policy: string;
beforeAll(async () => {
  world = await World.open({ names: NAMES, log: await liveLog() });
  const { configFile, apiPort } = world.member("a.example");
  const text = readFileSync(configFile, "utf8");
  writeFileSync(configFile, text.replace(`  port: ${apiPort}\n`, `  port: ${apiPort}\n  reports: open\n`));
  const nodes = await world.startAll(NAMES);
  await world.publishTo(Number(EPOCH));
  await world.untilHeads(nodes, Number(EPOCH), NAMES);
  urls = nodes.map(({ url }) => url);
  policy = join(world.folder, "reader.policy");
});
afterAll(() => world?.close());

/** Runs it, says what it took, and compares the exit code. */
async function step(exitCode: number, ...args: readonly string[]): Promise<string> {
  const startMs = performance.now();
  const done = await coaudit(...args);
  console.log(`${((performance.now() - startMs) / 1000).toFixed(1)} s  coaudit ${args.slice(0, 2).join(" ")}`);
  expect([done.exitCode, args.slice(0, 2), done.exitCode === exitCode ? "" : done.text]).toEqual([
    exitCode,
    args.slice(0, 2),
    "",
  ]);
  return done.stdout;
}

const asked = (): string[] => [...urls.flatMap((url) => ["--node", url]), "--namespace", NAMESPACE];
const file = (name: string): string => join(world.folder, name);

describe("somebody who reads what auditors signed", () => {
  it("at a terminal: from nothing to a certificate, and to a report that an operator sees", async () => {
    await step(0, "policy", "new", ...urls.flatMap((url) => ["--from", url]), "--out", policy);
    expect(await step(0, "policy", "check", policy)).toContain("holds");
    const answer = file("answer.coaudit");
    expect(await step(0, "quorum", ...asked(), "--policy", policy, "--save", answer)).toContain("satisfied");
    expect(await step(0, "verify", "certificate", answer, "--policy", policy)).toContain("satisfied");
    expect(await step(0, "watch", ...asked(), "--policy", policy, "--count", "1")).toContain("satisfied");
    const right = world.digest(Number(EPOCH));
    await step(0, "quorum", ...asked(), "--policy", policy, "--epoch", EPOCH, "--digest", right);
    const report = file("report.json");
    const wrong = ["--epoch", EPOCH, "--digest", WRONG, "--save", report];
    expect(await step(3, "quorum", ...asked(), "--policy", policy, ...wrong)).toContain("wrong-digest");
    expect(await step(0, "verify", "report", report, "--policy", policy)).toContain("not proven");
    const sent = await fetch(`${urls[0]}/v1/reports`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: readFileSync(report, "utf8"),
    });
    expect(sent.status).toBe(201);
    const { configFile } = world.member("a.example");
    expect(await step(0, "status", "--config", configFile)).toContain(`${NAMESPACE} epoch ${EPOCH}: ${WRONG}, 1 time`);
  });

  it("as an operator: with the roster and f of the own node", async () => {
    const { configFile } = world.member("b.example");
    const found = JSON.parse(await step(0, "quorum", ...asked(), "--config", configFile, "--json")) as object;
    expect(found).toMatchObject({ result: "satisfied", auditors: 4, faultBound: 1, min: 3 });
    expect(await step(0, "watch", ...asked(), "--config", configFile, "--count", "1")).toContain("satisfied");
  });

  it("in an app: with a policy that its makers signed, many epochs at once, and a report", async () => {
    const keys = ["alice", "bob"].map((name) => file(`${name}.key`));
    const signers: string[] = [];
    for (const key of keys) signers.push((await step(0, "policy", "key", "signer.example", "--out", key)).trim());
    const args = ["--app", "app.example", "--number", "1", "--expires", "2099-01-01", "--policy", policy];
    await step(0, "policy", "bundle", ...args, "--out", file("bundle.txt"));
    const signing = keys.flatMap((key) => ["--key", key]);
    await step(0, "policy", "sign", file("bundle.txt"), ...signing, "--out", file("bundle.note"));
    const builtIn = readFileSync(file("bundle.note"), "utf8");
    const renewed = await renewPolicy({ app: "app.example", signers, threshold: 2, builtIn, urls: [] });
    const client = new QuorumClient({ nodes: urls, ...renewed.options });
    const epochs = [1, 2, 3, 4, 5, 6, 7, 8];
    const found = await client.checkMany(
      NAMESPACE,
      epochs.map((epoch) => ({ epoch, digest: epoch === 5 ? WRONG : world.digest(epoch) })),
    );
    expect(found.map(({ result }) => result)).toEqual(
      epochs.map((epoch) => (epoch === 5 ? "wrong-digest" : "satisfied")),
    );
    const lie = found[4];
    if (lie?.result !== "wrong-digest") throw new Error("the lie was not noticed");
    const sent = await client.sendReport(lie.report);
    expect(sent.map(({ isTaken }) => isTaken)).toEqual([true, false, false, false]);
    client.close();
  });
});
