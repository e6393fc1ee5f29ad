import { get as httpGet, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import type { ApiOptions } from "../../../src/api/options.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, T0, type TestAuditor } from "../../support/auditors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { FakeNode } from "../fake-node.ts";

const auditors = makeAuditors(4);
const [a, b, c] = auditors as [TestAuditor, TestAuditor, TestAuditor];

let node: FakeNode;
let clock: VirtualClock;
let api: Api;
let url: string;
const responses: IncomingMessage[] = [];

async function serve(options: ApiOptions = {}): Promise<void> {
  api = createApi(options, { node, log: silentLogger, clock });
  ({ url } = await api.start());
}

beforeEach(async () => {
  node = new FakeNode(auditors);
  clock = new VirtualClock();
  await serve();
});
afterEach(async () => {
  for (const response of responses.splice(0)) response.destroy();
  await stop();
});

/** Any grace that the API gives is over at once. */
async function stop(): Promise<void> {
  const stopped = api.stop();
  await Promise.race([stopped, clock.advance(10_000).then(() => stopped)]);
}

interface Event {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: data of several shapes, each asserted below
  data: any;
}

class Stream {
  readonly response: IncomingMessage;
  readonly closed: Promise<void>;
  text = "";

  constructor(response: IncomingMessage) {
    this.response = response;
    responses.push(response);
    response.setEncoding("utf8").on("data", (chunk: string) => {
      this.text += chunk;
    });
    response.on("error", () => {});
    this.closed = new Promise((resolve) => response.once("close", () => resolve()));
  }

  get events(): Event[] {
    const frames = this.text.split("\n\n").slice(0, -1);
    return frames.flatMap((frame) => {
      const fields = Object.fromEntries(frame.split("\n").map((line) => line.split(/: (.*)/s)));
      return "event" in fields ? [{ id: fields.id, event: fields.event, data: JSON.parse(fields.data) }] : [];
    });
  }

  get names(): string[] {
    return this.events.map(({ event }) => event);
  }
}

function open(query = "", headers: Record<string, string> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    httpGet(`${url}/v1/events${query}`, { headers, agent: false }, (response) => resolve(new Stream(response))).on(
      "error",
      reject,
    );
  });
}

describe("the stream of events", () => {
  it("tells of each head as it is stored, after a first word that names where to resume", async () => {
    const stream = await open();
    expect(stream.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(stream.response.headers["x-content-type-options"]).toBe("nosniff");
    node.take(a.head(17, digestOf(1, 17)));
    node.take(b.lateHead(17, digestOf(1, 17)));
    await expect.poll(() => stream.names.slice(0, 3)).toEqual(["hello", "head", "head"]);
    expect(stream.events[1]?.data).toEqual({
      namespace: NAMESPACE,
      epoch: 17,
      digest: toHex(digestOf(1, 17)),
      auditor: "a.example",
      type: "signed-head",
      timestampMs: T0 + 17_000,
    });
    expect(stream.events[2]?.data).toMatchObject({ auditor: "b.example", type: "late-head" });
  });

  it("tells of a quorum when it stands and when it changes, not of every signature", async () => {
    const stream = await open();
    const quorums = () => stream.events.filter(({ event }) => event === "quorum").map(({ data }) => data);
    for (const auditor of [a, b, c]) node.take(auditor.head(17, digestOf(1, 17)));
    await expect.poll(quorums).toMatchObject([{ epoch: 17, result: "satisfied", min: 3, signers: 3 }]);
    node.take(auditors[3]!.head(17, digestOf(1, 17)));
    await clock.advance(500);
    node.take(a.head(18, digestOf(1, 18)));
    await clock.advance(500);
    await expect.poll(quorums).toMatchObject([{ epoch: 17 }, { epoch: 18, result: "not-enough", signers: 1 }]);
  });

  it("tells of cases, those against an auditor to the followers of every namespace", async () => {
    const stream = await open(`?namespace=${NAMESPACE}`);
    const record = {
      id: "ab".repeat(32),
      class: "auditor-equivocation",
      state: "open",
      changedAtMs: T0,
      exhibits: ["secret"],
    };
    const subject = { kind: "auditor", auditor: "b.example" };
    node.tell({ type: "case-opened", record: { ...record, subject } as never });
    await expect
      .poll(() => stream.events.find(({ event }) => event === "case")?.data)
      .toEqual({
        id: "ab".repeat(32),
        subject,
        class: "auditor-equivocation",
        state: "open",
        changedAtMs: T0,
      });
  });

  it("of one namespace leaves out the others", async () => {
    const stream = await open(`?namespace=${NAMESPACE}`);
    const all = await open();
    const other = a.head(3, digestOf(1, 3), T0, "other.v1", ORIGIN);
    node.tell({ type: "head", auditor: "a.example", head: other, via: "gossip" });
    node.take(a.head(17, digestOf(1, 17)));
    const epochs = (one: Stream) => one.events.flatMap(({ event, data }) => (event === "head" ? [data.epoch] : []));
    await expect.poll(() => epochs(all)).toEqual([3, 17]);
    expect(epochs(stream)).toEqual([17]);
  });

  it("refuses namespaces that it does not know and parameters that it does not have", async () => {
    const answer = async (query: string) => (await fetch(`${url}/v1/events${query}`)).json();
    expect(await answer("?namespace=other.v1")).toMatchObject({ type: "urn:coaudit:problem:namespace-unknown" });
    expect(await answer("?namespaces=x")).toMatchObject({ parameter: "namespaces" });
  });
});

describe("a stream that broke", () => {
  const head = (epoch: number) => node.take(a.head(epoch, digestOf(1, epoch)));
  const epochs = (one: Stream) => one.events.flatMap(({ event, data }) => (event === "head" ? [data.epoch] : []));

  it("is resumed where it was, with everything that it missed and nothing twice", async () => {
    const first = await open();
    head(17);
    await expect.poll(() => epochs(first)).toEqual([17]);
    const lastEventId = first.events.findLast(({ event }) => event === "head")?.id ?? "";
    first.response.destroy();
    head(18);
    head(19);
    const second = await open("", { "last-event-id": lastEventId });
    head(20);
    await expect.poll(() => epochs(second)).toEqual([18, 19, 20]);
    expect(second.names).not.toContain("hello");
    expect(second.names).not.toContain("reset");
  });

  it("is told to read anew when too much has passed, or the node runs anew", async () => {
    const first = await open();
    await expect.poll(() => first.names).toEqual(["hello"]);
    const [{ id }] = first.events as [Event];
    for (let epoch = 1; epoch <= 1_025; epoch++) head(epoch);
    for (const lastEventId of [id, "otherrun-3", "nonsense", id.replace(/\d+$/, "99999")]) {
      const stream = await open("", { "last-event-id": lastEventId });
      await expect.poll(() => stream.names.slice(0, 1)).toEqual(["reset"]);
      stream.response.destroy();
    }
  });
});

describe("streams", () => {
  it("get a comment every 15 s, and none is kept waiting by another", async () => {
    const stream = await open();
    const before = stream.text.length;
    await clock.advance(15_000);
    await expect.poll(() => stream.text.length).toBeGreaterThan(before);
    expect(stream.text.endsWith(":\n\n")).toBe(true);
  });

  it("are not cut off for being quiet longer than a request may take", async () => {
    await stop();
    await serve({ socketTimeoutMs: 100 });
    const stream = await open();
    await new Promise((resolve) => setTimeout(resolve, 400));
    node.take(a.head(17, digestOf(1, 17)));
    await expect.poll(() => stream.names).toContain("head");
  });

  it("are bounded, for an address and for all", async () => {
    await stop();
    await serve({ eventStreams: 3, eventStreamsPerAddress: 2 });
    const from = (address: string) => ({ "x-forwarded-for": address });
    const first = await open("", from("192.0.2.1"));
    await open("", from("192.0.2.1"));
    const third = await open("", from("192.0.2.1"));
    expect(third.response.statusCode).toBe(503);
    await expect.poll(() => third.text).toContain("urn:coaudit:problem:too-many-streams");
    expect((await open("", from("192.0.2.2"))).response.statusCode).toBe(200);
    expect((await open("", from("192.0.2.3"))).response.statusCode).toBe(503);
    first.response.destroy();
    await expect.poll(async () => (await open("", from("192.0.2.1"))).response.statusCode).toBe(200);
  });

  it("are cut off when their reader leaves too much unread", async () => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.write("GET /v1/events HTTP/1.1\r\nhost: node\r\n\r\n");
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.pause();
    const assumptions = await open();
    // More than what the kernel and the node keep for a reader together.
    const record = { id: "x".repeat(100_000), subject: { kind: "auditor", auditor: "b.example" } };
    for (let count = 0; count < 200; count++) {
      node.tell({ type: "case-opened", record: record as never });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => assumptions.text.length).toBeGreaterThan(100_000);
    socket.resume();
    await closed;
  });

  it("end at once when the node stops", async () => {
    const stream = await open();
    await api.stop();
    await stream.closed;
  });
});
