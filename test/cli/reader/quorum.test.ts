import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

const auditors = makeAuditors(5);
let bench: Bench;
let roster: string;
beforeEach(() => {
  bench = new Bench();
  roster = bench.roster(auditors);
});
afterEach(() => bench.close());

/** A node that holds the heads of these auditors (by index) for an epoch of one history. */
function nodeWith(indexes: readonly number[], epoch = 17, branch = 1): FakeNode {
  const node = new FakeNode(auditors);
  for (const index of indexes) node.statements.push(auditors[index]!.head(epoch, digestOf(branch, epoch)));
  return node;
}

/** The heads of these tests are of 2023. */
const ANY_AGE = ["--max-age", "2000000000"];

async function ask(nodes: readonly (FakeNode | string)[], ...args: string[]): ReturnType<typeof coaudit> {
  const urls = await Promise.all(nodes.map((node) => (typeof node === "string" ? node : bench.serve(node))));
  const from = urls.flatMap((url) => ["--node", url]);
  return coaudit("quorum", ...from, "--namespace", NAMESPACE, "--roster", roster, ...ANY_AGE, ...args);
}

async function answering(body: unknown): Promise<{ url: string; stop(): void }> {
  const server = createServer((_request, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

describe("coaudit quorum", () => {
  it("is satisfied by more than two thirds of the roster and shows who signed, when, and who is missing", async () => {
    const { exitCode, out, err } = await ask([nodeWith([0, 1, 2, 3])]);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toContain(`${NAMESPACE} epoch 17\ndigest ${toHex(digestOf(1, 17))}`);
    expect(out).toMatch(/^signed \d+ days ago$/m);
    expect(out).toMatch(/^a\.example +2023-11-14 22:13:37Z$/m);
    expect(out).toMatch(/^e\.example +- +no signature in the certificate$/m);
    expect(out).toMatch(/^satisfied: 4 of 5 auditors signed this digest, 4 are enough$/m);
  });

  it("ignores signatures older than a day unless told otherwise, and takes a node's configuration as the roster", async () => {
    const url = await bench.serve(nodeWith([0, 1, 2, 3]));
    const asked = ["quorum", "--node", url, "--namespace", NAMESPACE, "--roster", roster];
    expect(await coaudit(...asked)).toMatchObject({ exitCode: 1, out: expect.stringContaining("stale: ") });
    expect(await coaudit(...asked, "--config", "coaudit.yaml")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("--config or --roster"),
    });
  });

  it("is not satisfied by fewer, unless the reader asks for fewer", async () => {
    const node = nodeWith([0, 1, 2]);
    expect(await ask([node])).toMatchObject({ exitCode: 1, out: expect.stringContaining("not-enough: 3 of 5") });
    expect((await ask([node], "--min", "3")).exitCode).toBe(0);
  });

  it("counts the signatures of several nodes together, each auditor once", async () => {
    const { exitCode, out } = await ask([nodeWith([0, 1, 2]), nodeWith([2, 3])], "--json");
    expect(exitCode).toBe(0);
    const { result, signers } = JSON.parse(out);
    expect([result, signers.map(({ auditor }: { auditor: string }) => auditor)]).toEqual([
      "satisfied",
      ["a.example", "b.example", "c.example", "d.example"],
    ]);
    expect((await ask([nodeWith([0, 1, 2]), nodeWith([0, 1, 2])])).exitCode).toBe(1);
  });

  it("takes the newest epoch that is satisfied", async () => {
    const { out } = await ask([nodeWith([0, 1, 2, 3], 17), nodeWith([0, 1, 2, 3, 4], 18), nodeWith([0], 19)], "--json");
    expect(JSON.parse(out)).toMatchObject({ result: "satisfied", epoch: 18 });
  });

  it("ends with 3 when a node shows a case that convicts the provider, though others hide it", async () => {
    const forked = nodeWith([0, 1, 2]);
    forked.statements.push(...[3, 4].map((index) => auditors[index]!.head(17, digestOf(2, 17))));
    const { exitCode, out } = await ask([nodeWith([0, 1, 2, 3, 4], 18), forked]);
    expect(exitCode).toBe(3);
    expect(out).toMatch(/^case [0-9a-f]{16}: split-view, .*from epoch 17; convicts the provider/m);
    expect(out).toMatch(/^conflict: split-view in .*more auditors than the fault bound 1 would have to lie/m);
  });

  it("finds a fork that no node knows of when their answers contradict each other", async () => {
    const { exitCode, out } = await ask([nodeWith([0, 1, 2]), nodeWith([3, 4], 17, 2)], "--epoch", "17", "--json");
    expect(exitCode).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      result: "conflict",
      cases: [{ class: "split-view", convicts: "provider" }],
    });
  });

  it("only warns of a disagreement that liars within the fault bound explain", async () => {
    const { exitCode, out } = await ask([nodeWith([0, 1, 2, 3]), nodeWith([4], 17, 2)], "--epoch", "17");
    expect(exitCode).toBe(0);
    expect(out).toMatch(/disagreement.*convicts nobody/);
  });

  it("judges with the reader's roster and fault bound, whatever the node makes of it", async () => {
    const node = nodeWith([0, 1, 2]);
    node.statements.push(...[3, 4].map((index) => auditors[index]!.head(17, digestOf(2, 17))));
    expect((await ask([node], "--fault-bound", "2", "--min", "3")).exitCode).toBe(0);
    const few = bench.roster(auditors.slice(0, 3), "few.yaml");
    const url = await bench.serve(node);
    const { exitCode } = await coaudit("quorum", "--node", url, "--namespace", NAMESPACE, "--roster", few, ...ANY_AGE);
    expect(exitCode).toBe(0);
  });

  it("calls signatures stale that are older than the reader accepts", async () => {
    const { exitCode, out } = await ask([nodeWith([0, 1, 2, 3])], "--max-age", "60", "--json");
    expect([exitCode, JSON.parse(out).result]).toEqual([1, "stale"]);
  });

  it("is not satisfied when no head is held", async () => {
    const { exitCode, out } = await ask([nodeWith([])]);
    expect(exitCode).toBe(1);
    expect(out).toContain(`not-enough: the nodes hold no signed head of ${NAMESPACE}`);
  });

  it("tells an epoch that is not audited yet from one that too few signed", async () => {
    const pending = await ask([nodeWith([0, 1, 2, 3])], "--epoch", "99", "--json");
    expect([pending.exitCode, JSON.parse(pending.out)]).toMatchObject([1, { result: "pending", acceptedEpoch: 17 }]);
    const node = nodeWith([0, 1, 2, 3]);
    node.statements.push(auditors[0]!.head(16, digestOf(1, 16)));
    const passed = await ask([node], "--epoch", "16", "--json");
    expect([passed.exitCode, JSON.parse(passed.out)]).toMatchObject([1, { result: "not-enough", epoch: 16 }]);
  });

  it("does not hear a node that lies, and goes on with the others", async () => {
    const { certificate } = (await nodeWith([0, 1, 2, 3]).quorum(NAMESPACE, 17, 4))!;
    const good = await answering({ certificate });
    const wrongOrigin = await answering({ certificate: { ...certificate, origin: "another/v1" } });
    const otherEpoch = await answering({ certificate: { ...certificate, epoch: 18 } });
    const nonsense = await answering({ certificate: { format: 7 } });
    try {
      const lying = [wrongOrigin.url, otherEpoch.url, nonsense.url];
      const { exitCode, out } = await ask([...lying, good.url], "--epoch", "17");
      expect(exitCode).toBe(0);
      for (const url of [wrongOrigin.url, otherEpoch.url, nonsense.url])
        expect(out).toContain(`unusable answer: ${url}`);
      expect((await ask(lying, "--epoch", "17")).exitCode).toBe(4);
    } finally {
      for (const server of [good, wrongOrigin, otherEpoch, nonsense]) server.stop();
    }
  });

  it("counts no signature that is not by the auditor over this digest", async () => {
    const { certificate } = (await nodeWith([0, 1, 2, 3]).quorum(NAMESPACE, 17, 4))!;
    const moved = await answering({ certificate: { ...certificate, digest: toHex(digestOf(9, 17)) } });
    try {
      const { exitCode, out } = await ask([moved.url], "--epoch", "17");
      expect([exitCode, out]).toEqual([1, expect.stringContaining("0 of 5 auditors signed it")]);
    } finally {
      moved.stop();
    }
  });

  it("ends with 4 when nobody answers", async () => {
    const { exitCode, err } = await ask(["http://127.0.0.1:1"]);
    expect([exitCode, err]).toEqual([4, expect.stringContaining("no node gave a usable answer: http://127.0.0.1:1")]);
  });

  it.each([
    [["--epoch", "newest"], "--epoch"],
    [["--epoch", "0"], "--epoch"],
    [["--min", "6"], "--min"],
    [["--max-age", "-1"], "--max-age"],
    [["--fault-bound", "x"], "--fault-bound"],
  ])("ends with 2 for %j", async (args, option) => {
    const { exitCode, err } = await ask([nodeWith([0])], ...args);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(option)]);
  });
});
