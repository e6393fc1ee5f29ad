import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE, T0 } from "../../support/auditors.ts";
import { CapturedContext, coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

const auditors = makeAuditors(3);
let bench: Bench;
let node: FakeNode;
beforeEach(() => {
  bench = new Bench();
  node = new FakeNode(auditors);
});
afterEach(() => bench.close());

const behind = {
  reason: "transport",
  code: "SOURCE_UNREACHABLE",
  message: "connect ECONNREFUSED 10.1.2.3:443",
  sinceMs: T0,
  nextAttemptMs: T0,
} as const;

describe("coaudit status", () => {
  it("shows namespaces, peers and cases, and ends with 0 when the node is ready", async () => {
    const { exitCode, out, err } = await coaudit("status", "--node", await bench.serve(node));
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toMatch(/^a\.example {2}coaudit 0\.1\.0, running since 2023-11-14 22:13:20Z$/m);
    expect(out).toMatch(new RegExp(`^${NAMESPACE} +auditing +17 +17 +17$`, "m"));
    expect(out).toContain("auditors connected: 1 of 2; missing c.example");
    expect(out).toMatch(new RegExp(`^newest heads held in ${NAMESPACE}: a\\.example 17`, "m"));
    expect(out).toContain("open cases: none");
    expect(out).toMatch(/^ready, and all is well$/m);
  });

  it("says first that the provider is convicted, and ends with 3", async () => {
    node.convictions = [
      { case: "ab".repeat(32), namespace: NAMESPACE, class: "split-view", epoch: 40, acknowledged: true },
    ];
    const { exitCode, out } = await coaudit("status", "--node", await bench.serve(node));
    expect(exitCode).toBe(3);
    expect(out).toMatch(new RegExp(`^PROVIDER CONVICTED: split-view from epoch 40 of ${NAMESPACE}\n`));
  });

  it("names who is missing while it does not sign, and up to which epoch it never will", async () => {
    const guard = { needed: 2, answered: ["b.example"], missing: ["c.example"] };
    node.namespace = { ...node.namespace, unguarded: true, guard };
    const url = await bench.serve(node);
    expect((await coaudit("status", "--node", url)).out).toMatch(/1 of 2 auditors have answered, missing c\.example/);
    node.namespace = { ...node.namespace, unguarded: false, unsigned: { kind: "mark", mark: 900 } };
    expect((await coaudit("status", "--node", url)).out).toMatch(/signs nothing up to epoch 900/);
    node.namespace = { ...node.namespace, unsigned: { kind: "unmarked" } };
    expect((await coaudit("status", "--node", url)).out).toMatch(/no mark since the claims were repaired/);
  });

  it("says that nobody else has this namespace, or this origin, and what they have", async () => {
    const url = await bench.serve(node);
    node.namespace = { ...node.namespace, unshared: { what: "namespace", theirs: ["practice.v1", "test.v1"] } };
    const { exitCode, out } = await coaudit("status", "--node", url);
    expect(exitCode).toBe(0);
    expect(out).toContain(`${NAMESPACE}: no other auditor has it; theirs: practice.v1, test.v1`);
    node.namespace = { ...node.namespace, unshared: { what: "origin", theirs: ["practice/v2"] } };
    expect((await coaudit("status", "--node", url)).out).toMatch(
      /no other auditor has its origin \S+; theirs: practice\/v2/,
    );
  });

  it("ends with 1 and what to look at when something is not well", async () => {
    node.namespace = { ...node.namespace, behind };
    node.warnings = [`behind (transport): ${behind.message}`];
    const { exitCode, out } = await coaudit("status", "--node", await bench.serve(node));
    expect(exitCode).toBe(1);
    expect(out).toMatch(/behind .*transport since 2023-11-14 22:13:20Z: SOURCE_UNREACHABLE/);
    expect(out).toMatch(/ready; look at:\n {2}behind \(transport\): SOURCE_UNREACHABLE/);
  });

  it("shows the operator of the same machine messages that strangers do not get", async () => {
    node.namespace = { ...node.namespace, behind };
    const { config, url } = await bench.serveOperated(node, auditors);
    const operator = await coaudit("status", "--config", config);
    expect(operator.out).toContain("transport since 2023-11-14 22:13:20Z: connect ECONNREFUSED 10.1.2.3:443");
    expect(operator.out).toContain("c.example (ECONNREFUSED 10.0.0.7:7600)");
    expect((await coaudit("status", "--node", url)).out).not.toMatch(/10\.\d/);
  });

  it("shows why a namespace halted and how many cases wait", async () => {
    node.namespace = {
      ...node.namespace,
      state: "halted",
      halt: { reason: "invalid-proof", detail: "epoch 18", atMs: T0 },
    };
    node.statements.push(...auditors.map((auditor, i) => auditor.head(17, digestOf(i, 17))));
    const { out } = await coaudit("status", "--node", await bench.serve(node));
    expect(out).toMatch(/halted .*invalid-proof at 2023-11-14 22:13:20Z: epoch 18/);
    expect(out).toContain("open cases: 1, 1 case not acknowledged");
  });

  it("prints the answer as JSON", async () => {
    const { exitCode, out } = await coaudit("status", "--json", "--node", await bench.serve(node));
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: "a.example", ready: true, namespaces: [{ state: "auditing" }] });
  });

  it("looks again and again with --watch until it is interrupted", async () => {
    const context = new CapturedContext();
    const url = await bench.serve(node);
    const ended = main(["node", "coaudit", "status", "--watch", "--node", url], context);
    await expect.poll(() => context.outLines.length, { timeout: 10_000 }).toBe(2);
    context.signal("SIGINT");
    expect(await ended).toBe(0);
  });

  it("lets nothing that a node says drive the terminal", async () => {
    node.namespace = {
      ...node.namespace,
      state: "halted",
      halt: { reason: "x", detail: "\u001b[2Jgone\u202e", atMs: T0 },
    };
    const { out } = await coaudit("status", "--node", await bench.serve(node));
    expect(out).toContain("[2Jgone");
    for (const character of ["\u001b", "\u202e"]) expect(out).not.toContain(character);
  });

  it("ends with 4 when nobody answers, and says how to start the node of a configuration", async () => {
    const port = Number(new URL(await bench.serve(node)).port);
    await bench.close();
    bench = new Bench();
    const stranger = await coaudit("status", "--node", `http://127.0.0.1:${port}`);
    expect(stranger).toMatchObject({
      exitCode: 4,
      err: expect.stringContaining("does not answer: connect ECONNREFUSED"),
    });
    const config = bench.config(auditors, port);
    const { exitCode, err } = await coaudit("status", "--config", config);
    expect(exitCode).toBe(4);
    expect(err).toContain(`the node is not running; start it with \`coaudit run --config ${config}\``);
  });

  it.each([
    ["<html>", "it is not JSON"],
    ['{"name":7}', "unusable answer"],
    ["x".repeat(4 * 1024 * 1024 + 1), "it is larger than"],
  ])("ends with 4 when the answer is not a node's: %.9s", async (body, message) => {
    const server = createServer((_request, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as AddressInfo;
    try {
      const answer = await coaudit("status", "--node", `http://127.0.0.1:${port}`);
      expect(answer).toMatchObject({ exitCode: 4, err: expect.stringContaining(message) });
    } finally {
      server.close();
    }
  });

  it("ends with 1 and the node's reason when the node refuses", async () => {
    expect(await coaudit("status", "--node", `${await bench.serve(node)}/elsewhere`)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("there is no GET /elsewhere/v1/status"),
    });
  });

  it.each([
    [[], "name the node"],
    [["--node", "auditor.example.org"], "is not a URL"],
    [["--node", "ftp://auditor.example.org"], "neither http:// nor https://"],
    [["--node", "http://user@auditor.example.org"], "no user"],
    [["--node", "http://a", "--config", "b"], "not both"],
  ])("ends with 2 for the target %j", async (args, message) => {
    expect(await coaudit("status", ...args)).toMatchObject({ exitCode: 2, err: expect.stringContaining(message) });
  });
});
