import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import type { QuorumClientOptions } from "../../../src/client/options.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { digestOf, NAMESPACE } from "../../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, Liars } from "../lying-nodes.ts";
import { fastClock, StreamingNode, startStream, Watching } from "./streaming-nodes.ts";

vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 20_000 };
/** Polling is out of the question: what is seen was told. */
const NEVER_MS = 1e12;

let liars: Liars;
const watchings: Watching[] = [];
const apis: Api[] = [];
beforeEach(() => {
  liars = new Liars();
});
afterEach(async () => {
  for (const watching of watchings.splice(0)) await watching.stop();
  for (const api of apis.splice(0)) await api.stop();
  await liars.close();
});

const ofEpoch = (epoch: number) => certificateOf(headsOf([0, 1, 2, 3], epoch));

function watch(
  urls: readonly string[],
  intervalMs: number,
  clock: Clock = fastClock(1),
  options: Partial<QuorumClientOptions> = {},
): Watching {
  const assumptions = client(urls, options, clock);
  const watching = new Watching((signal) => assumptions.watch(NAMESPACE, { intervalMs, signal }));
  watchings.push(watching);
  return watching;
}

async function realNode(): Promise<{ node: FakeNode; url: string }> {
  const node = new FakeNode(AUDITORS);
  const api = createApi({}, { node, log: silentLogger, clock: systemClock });
  apis.push(api);
  return { node, url: (await api.start()).url };
}

describe("a watch of nodes with streams of events", () => {
  it("yields the first result, and each that differs as soon as one of the nodes tells", async () => {
    const nodes = [await realNode(), await realNode(), await realNode()];
    for (const { node } of nodes) for (const head of headsOf([0, 1, 2, 3])) node.take(head);
    const watching = watch(
      nodes.map(({ url }) => url),
      NEVER_MS,
    );
    await expect.poll(() => watching.epochs, soon).toEqual([17]);
    // Only one of them gets to know, and one signature after the other.
    for (const head of headsOf([0, 1, 2, 3], 18)) nodes[1]!.node.take(head);
    await expect.poll(() => watching.epochs, soon).toEqual([17, 18]);
    nodes[2]!.node.take(AUDITORS[4]!.head(18, digestOf(1, 18)));
    await expect.poll(() => watching.seen.at(-1)?.signers.length, soon).toBe(5);
    expect(watching.seen.every(({ result }) => result === "satisfied")).toBe(true);
  });

  it("verifies what a hint leads to: nothing in an event is believed", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const watching = watch([node.url], NEVER_MS);
    await expect.poll(() => [watching.seen.length, node.open.size], soon).toEqual([1, 1]);
    const asked = node.questions;
    node.write(`id: 1\nevent: quorum\ndata: {"epoch":99,"result":"satisfied"}\n\n`);
    await expect.poll(() => node.questions, soon).toBeGreaterThan(asked);
    const between = node.questions;
    node.certificate = { ...ofEpoch(18), epoch: 99 };
    node.hint("2");
    await expect.poll(() => node.questions, soon).toBeGreaterThan(between);
    node.certificate = ofEpoch(18);
    node.hint("3");
    await expect.poll(() => watching.epochs, soon).toEqual([17, 18]);
  });

  it("resumes a stream that broke where it was, and asks nothing when nothing was missed", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    watch([node.url], NEVER_MS, fastClock(10));
    await expect.poll(() => node.open.size, soon).toBe(1);
    node.hint("run-7");
    await expect.poll(() => node.questions, soon).toBe(2);
    for (const response of node.open) response.end();
    await expect.poll(() => node.lastEventIds, soon).toEqual([undefined, "run-7"]);
    await expect.poll(() => node.open.size, soon).toBe(1);
    for (const response of node.open) response.destroy();
    await expect.poll(() => node.lastEventIds, soon).toEqual([undefined, "run-7", "run-7"]);
    expect(node.questions).toBe(2);
    await expect.poll(() => node.open.size, soon).toBe(1);
    node.hint("run-8", "reset");
    await expect.poll(() => node.questions, soon).toBe(3);
  });

  it("begins a stream anew where the id is what a node or its proxy refuses", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17), (response, { headers }) => {
      if (headers["last-event-id"] === undefined) return startStream(response);
      response.statusCode = 400;
      response.end("no");
    });
    watch([node.url], NEVER_MS, fastClock(20));
    await expect.poll(() => node.open.size, soon).toBe(1);
    node.hint("7");
    await expect.poll(() => node.questions, soon).toBe(2);
    for (const response of node.open) response.end();
    await expect.poll(() => node.lastEventIds, soon).toEqual([undefined, "7", undefined]);
  });

  it("goes on when the node was away for a while", async () => {
    const first = await realNode();
    for (const head of headsOf([0, 1, 2, 3])) first.node.take(head);
    const watching = watch([first.url], NEVER_MS, fastClock(10));
    await expect.poll(() => watching.epochs, soon).toEqual([17]);
    await apis.pop()!.stop();
    for (const head of headsOf([0, 1, 2, 3], 18)) first.node.take(head);
    const api = createApi(
      { port: Number(new URL(first.url).port) },
      { node: first.node, log: silentLogger, clock: systemClock },
    );
    apis.push(api);
    await api.start();
    await expect.poll(() => watching.epochs.at(-1), soon).toBe(18);
  });

  it("follows as many nodes as there may be, without a warning of the runtime", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    try {
      const nodes = await Promise.all(Array.from({ length: 16 }, () => StreamingNode.start(liars, ofEpoch(17))));
      const watching = watch(
        nodes.map(({ url }) => url),
        NEVER_MS,
      );
      await expect.poll(() => nodes.filter(({ open }) => open.size === 1), soon).toHaveLength(16);
      await expect.poll(() => watching.epochs, soon).toEqual([17]);
      for (const node of nodes) node.certificate = ofEpoch(18);
      nodes[15]!.hint("1");
      await expect.poll(() => watching.epochs, soon).toEqual([17, 18]);
      for (const node of nodes) for (const response of node.open) response.end();
      await expect.poll(() => nodes.every(({ lastEventIds }) => lastEventIds.length > 1), soon).toBe(true);
    } finally {
      process.off("warning", onWarning);
    }
    expect(warnings).toEqual([]);
  });

  it("notices a stream that has gone silent, and polls until there is another", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const watching = watch([node.url], 10_000, fastClock(100), { timeoutMs: 1e6 });
    await expect.poll(() => node.lastEventIds.length, soon).toBeGreaterThan(1);
    node.certificate = ofEpoch(18);
    await expect.poll(() => watching.epochs.at(-1), soon).toBe(18);
  });

  it("keeps a stream that says nothing but that it lives", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const watching = watch([node.url], NEVER_MS, fastClock(25), { timeoutMs: 1e6 });
    await expect.poll(() => [watching.seen.length, node.open.size], soon).toEqual([1, 1]);
    for (let beat = 0; beat < 100; beat++) {
      node.write(":\n\n");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect([node.lastEventIds.length, node.questions]).toEqual([1, 1]);
  });
});

describe("a watch of nodes without streams", () => {
  it("polls", async () => {
    const answers = [ofEpoch(17), ofEpoch(17), ofEpoch(18), certificateOf(headsOf([0, 1, 2, 3, 4], 18))];
    let asked = 0;
    const node = await liars.listening((request, response) => {
      if (request.url?.startsWith("/v1/events")) {
        response.statusCode = 404;
        return response.end("there is nothing");
      }
      return response.end(JSON.stringify({ certificate: answers[Math.min(asked++, answers.length - 1)] }));
    });
    const watching = watch([node], 30_000, fastClock(100), { timeoutMs: 1e6 });
    await expect.poll(() => watching.epochs, soon).toEqual([17, 18, 18]);
  });

  it("polls all where one has none, and is told by the others all the same", async () => {
    const without = await liars.holding(ofEpoch(17));
    const node = await StreamingNode.start(liars, ofEpoch(17));
    watch([without, node.url], 5_000, fastClock(50), { timeoutMs: 1e6 });
    await expect.poll(() => node.questions, soon).toBeGreaterThan(3);
    const polled = watch([without, node.url], NEVER_MS);
    await expect.poll(() => [polled.seen.length, node.open.size], soon).toEqual([1, 2]);
    node.certificate = ofEpoch(18);
    node.hint("1");
    await expect.poll(() => polled.epochs, soon).toEqual([17, 18]);
  });

  it("does not take a page or another answer for a stream", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17), (response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("<html>");
    });
    const watching = watch([node.url], 5_000, fastClock(50), { timeoutMs: 1e6 });
    await expect.poll(() => watching.seen.length, soon).toBe(1);
    node.certificate = ofEpoch(18);
    await expect.poll(() => watching.epochs, soon).toEqual([17, 18]);
    await expect.poll(() => node.lastEventIds.length, soon).toBeGreaterThan(1);
  });
});

describe("a watch that can't be", () => {
  it("is refused at once, and one whose trust state is damaged ends with the reason", async () => {
    const assumptions = client([]);
    expect(() => assumptions.watch("no name")).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
    for (const intervalMs of [0, Number.NaN, 0.5]) {
      expect(() => assumptions.watch(NAMESPACE, { intervalMs })).toThrow("intervalMs");
    }
    const trustState = { read: async () => "{", write: async () => undefined };
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const watching = watch([node.url], NEVER_MS, fastClock(1), { trustState });
    await expect(watching.ended).rejects.toMatchObject({ code: "TRUST_STATE_INVALID" });
    watchings.pop();
    await expect.poll(() => node.open.size, soon).toBe(0);
  });
});
