/** Nodes that want a watch to fill its memory, to ask without end, to wait for ever or to leave sockets behind. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LookupResult } from "../../../src/client/results.ts";
import { EventFrames, MAX_LINE_BYTES } from "../../../src/client/watch/event-frames.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { certificateOf, client, headsOf, Liars } from "../lying-nodes.ts";
import { fastClock, StreamingNode, startStream, Watching } from "./streaming-nodes.ts";

vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 20_000 };
const NEVER_MS = 1e12;

let liars: Liars;
let watching: Watching | undefined;
beforeEach(() => {
  liars = new Liars();
});
afterEach(async () => {
  await watching?.stop();
  watching = undefined;
  await liars.close();
});

const ofEpoch = (epoch: number) => certificateOf(headsOf([0, 1, 2, 3], epoch));

function watch(urls: readonly string[], speed: number, timeoutMs = 1e6): Watching {
  const assumptions = client(urls, { timeoutMs }, fastClock(speed));
  watching = new Watching((signal) => assumptions.watch(NAMESPACE, { intervalMs: NEVER_MS, signal }));
  return watching;
}

/** Writes for as long as the reader takes it; how many bytes that were. */
async function flood(response: ServerResponse, text: string): Promise<number> {
  let sizeBytes = 0;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  while (!response.destroyed && sizeBytes < 200_000_000) {
    sizeBytes += text.length;
    if (!response.write(text)) await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
  }
  return sizeBytes;
}

describe("a node that floods its stream", () => {
  it.each([
    ["with a line without an end", "x".repeat(10_000)],
    ["with an event without an end", `data: ${"x".repeat(1_000)}\n`],
    ["with events", "id: 1\nevent: head\ndata: {}\n\n"],
    ["with comments", ":\n\n"],
    ["with carriage returns", "\r".repeat(1_000)],
    ["with bytes that are no text", Buffer.from([0xff, 0xfe, 0, 0x80]).toString("latin1").repeat(100)],
    ["with ids that grow", `id: ${"9".repeat(60_000)}\nevent: head\n\n`],
  ])("%s is cut off, and the honest one is still heard", async (_what, text) => {
    const floods: Promise<number>[] = [];
    const hostile = await StreamingNode.start(liars, ofEpoch(17), (response) => {
      startStream(response);
      floods.push(flood(response, text));
    });
    const honest = await StreamingNode.start(liars, ofEpoch(17));
    const { seen } = watch([hostile.url, honest.url], 1);
    await expect.poll(() => [seen.length, floods.length, honest.open.size], soon).toEqual([1, 1, 1]);
    // The kernel's buffers are most of what is over the limit.
    expect(await floods[0]).toBeLessThan(20_000_000);
    honest.certificate = ofEpoch(18);
    honest.hint("1");
    await expect.poll(() => seen.length, soon).toBe(2);
  });

  it("with hints, in time as in number, makes the reader ask a few times", async () => {
    const hostile = await StreamingNode.start(liars, ofEpoch(17));
    const clock = fastClock(20);
    const assumptions = client([hostile.url], { timeoutMs: 1e6 }, clock);
    watching = new Watching((signal) => assumptions.watch(NAMESPACE, { intervalMs: NEVER_MS, signal }));
    const startMs = clock.now();
    await expect.poll(() => hostile.open.size, soon).toBe(1);
    for (let round = 0; round < 150; round++) {
      hostile.hint(String(round));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const periods = Math.ceil((clock.now() - startMs) / 3_000);
    // The first question, a burst of ten, then one every 3 s.
    expect(hostile.questions).toBeLessThanOrEqual(11 + periods);
    expect(hostile.questions).toBeGreaterThan(2);
  });

  it("with streams that end at once is asked ever more rarely", async () => {
    const hostile = await StreamingNode.start(liars, ofEpoch(17), (response) => {
      startStream(response);
      response.end("id: 1\nevent: hello\ndata: {}\n\n");
    });
    const clock = fastClock(100);
    const startMs = clock.now();
    const assumptions = client([hostile.url], { timeoutMs: 1e6 }, clock);
    watching = new Watching((signal) => assumptions.watch(NAMESPACE, { intervalMs: NEVER_MS, signal }));
    await expect.poll(() => hostile.lastEventIds.length, soon).toBeGreaterThan(8);
    // Half a second, a second, and so on up to half a minute at the least.
    expect(clock.now() - startMs).toBeGreaterThan(60_000);
  });
});

describe("a node that keeps its reader waiting", () => {
  it("for the end of the headers is not waited for", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      socket.write("HTTP/1.1 200 OK\r\n");
      const timer = setInterval(() => socket.write("x-more: and more\r\n"), 20);
      socket.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const honest = await StreamingNode.start(liars, ofEpoch(17));
      const { seen } = watch([url, honest.url], 1, 500);
      await expect.poll(() => seen.map(({ result }) => result), soon).toEqual(["satisfied"]);
      await expect.poll(() => honest.open.size, soon).toBe(1);
      honest.certificate = ofEpoch(18);
      honest.hint("1");
      await expect.poll(() => seen.length, soon).toBe(2);
      await watching?.stop();
      await expect.poll(() => sockets.size, soon).toBe(0);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it("with bytes that never make a line is silent", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17), (response) => {
      startStream(response);
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    });
    watch([node.url], 100);
    await expect.poll(() => node.lastEventIds.length, soon).toBeGreaterThan(1);
  });
});

describe("what a reader gives up", () => {
  /** Node's fetch may collect what listens to its signal together with the request. */
  async function collecting<T>(work: () => Promise<T>): Promise<T> {
    setFlagsFromString("--expose-gc");
    const timer = setInterval(runInNewContext("gc") as () => void, 20);
    return work().finally(() => clearInterval(timer));
  }

  it("is given up after memory was collected too: an answer", async () => {
    const slow = await liars.listening((_request, response) => {
      response.writeHead(200);
      response.write("{");
    });
    const result = await collecting(() => client([slow], { timeoutMs: 500 }).latest(NAMESPACE));
    expect(result).toMatchObject({ result: "no-answer", nodes: [{ problem: { kind: "timeout" } }] });
    await expect.poll(() => liars.busy(), soon).toBe(0);
  });

  it("is given up after memory was collected too: a stream", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    watch([node.url], 100);
    await collecting(() => expect.poll(() => node.lastEventIds.length, soon).toBeGreaterThan(1));
  });
});

describe("the end of a watch", () => {
  it("by its signal leaves no open socket, whatever it waits for", async () => {
    const stuck = await liars.listening((request, response) => {
      if (request.url?.startsWith("/v1/events")) startStream(response);
    });
    const quiet = await StreamingNode.start(liars, ofEpoch(17));
    const later = await StreamingNode.start(liars, ofEpoch(17), () => undefined);
    const ended = watch([stuck, quiet.url, later.url], 1);
    await expect.poll(() => [quiet.open.size, later.open.size], soon).toEqual([1, 1]);
    await ended.stop();
    expect(ended.seen).toEqual([]);
    await expect.poll(() => liars.busy(), soon).toBe(0);
    const asked = liars.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(liars.asked.length).toBe(asked);
  });

  it("by leaving the loop does the same", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const results: LookupResult[] = [];
    for await (const result of client([node.url], {}, fastClock(1)).watch(NAMESPACE)) {
      await expect.poll(() => node.open.size, soon).toBe(1);
      results.push(result);
      break;
    }
    expect(results).toHaveLength(1);
    await expect.poll(() => liars.busy(), soon).toBe(0);
  });

  it("comes before its beginning with a signal that fired already", async () => {
    const node = await StreamingNode.start(liars, ofEpoch(17));
    const signal = AbortSignal.abort();
    for await (const _result of client([node.url]).watch(NAMESPACE, { signal })) expect.unreachable();
    expect(liars.asked).toEqual([]);
  });
});

describe("frames of events", () => {
  const read = (...chunks: string[]) => {
    const frames = new EventFrames();
    return chunks.flatMap((chunk) => {
      const completed = frames.push(utf8(chunk));
      return completed === "too-long" ? [] : completed;
    });
  };

  it("are read in any chunking, with either end of line", () => {
    const text =
      "retry: 2000\n\nid: a-1\nevent: head\ndata: {}\n\n:\n\nid:a-2\r\nevent:case\r\ndata\r\n\r\ndata: alone\n\n";
    const expected = [
      { event: "head", id: "a-1" },
      { event: "case", id: "a-2" },
    ];
    expect(read(text)).toEqual(expected);
    expect(read(...text)).toEqual(expected);
  });

  it("keep no id that is no header, and none that is too long", () => {
    expect(read("id: a\u00e9\nevent: x\n\n")).toEqual([{ event: "x", id: undefined }]);
    expect(read(`id: ok\nevent: x\n\nid: ${"1".repeat(200)}\nevent: x\n\nid\nevent: x\n\n`)).toEqual([
      { event: "x", id: "ok" },
      { event: "x", id: "ok" },
      { event: "x", id: "ok" },
    ]);
    expect(read(`event: ${"x".repeat(200)}\n\n`)).toEqual([]);
  });

  it("end where a line does not", () => {
    const frames = new EventFrames();
    expect(frames.push(new Uint8Array(MAX_LINE_BYTES).fill(120))).toEqual([]);
    expect(frames.push(utf8("x"))).toBe("too-long");
  });
});
