/** What somebody without a token can do to the server with nothing but a socket. */
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/api.ts";
import type { ApiOptions } from "../../src/api/options.ts";
import type { Logger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../support/auditors.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Dialled, dial as dialTo } from "./dial.ts";
import { FakeNode } from "./fake-node.ts";

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

const auditors = makeAuditors(4);
const opened: Socket[] = [];
let lines: Line[] = [];
let node: FakeNode;
let api: Api;
let url: URL;

async function serve(options: ApiOptions = {}, clock = systemClock): Promise<void> {
  node = new FakeNode(auditors);
  node.statements.push(...auditors.map((auditor) => auditor.head(17, digestOf(1, 17))));
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  api = createApi(options, { node, log, clock });
  url = new URL((await api.start()).url);
}

beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await api.stop();
});

async function dial(localAddress?: string): Promise<Dialled> {
  const dialled = await dialTo(url, localAddress);
  opened.push(dialled.socket);
  return dialled;
}

/** Everything that the server answers, up to the end of the connection. */
async function say(text: string): Promise<string> {
  const { socket, received, closed } = await dial();
  socket.write(text);
  await closed;
  return received();
}

const GET = (target: string): string => `GET ${target} HTTP/1.1\r\nhost: node\r\n\r\n`;
const LAST_GET = (target: string): string => `GET ${target} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n`;
const answersIn = (text: string): number => text.split("HTTP/1.1 200").length - 1;

describe("questions without end on one connection", () => {
  it("are answered one behind the other up to eight", async () => {
    await serve();
    const text = await say(GET("/healthz").repeat(7) + LAST_GET("/healthz"));
    expect(answersIn(text)).toBe(8);
  });

  it("end the connection when more than eight wait for an answer, and only the first ones reach the node", async () => {
    await serve();
    let asked = 0;
    const { quorum } = node;
    node.gate = new Promise(() => {});
    node.quorum = (...args) => {
      asked++;
      return quorum.apply(node, args);
    };
    const paths = Array.from({ length: 500 }, (_, at) => `/v1/namespaces/${NAMESPACE}/quorum?epoch=${at + 1}`);
    await say(paths.map(GET).join(""));
    expect(asked).toBeLessThanOrEqual(8);
  });

  it("close the door to their address for a while, and to no other", async () => {
    const clock = new VirtualClock();
    await serve({}, clock);
    const greedy = await dial("127.0.1.7");
    greedy.socket.write(GET("/healthz").repeat(500));
    await greedy.closed;
    const next = await dial("127.0.1.7");
    next.socket.write(LAST_GET("/healthz"));
    await next.closed;
    expect(next.received()).toBe("");
    const other = await dial("127.0.1.8");
    other.socket.write(LAST_GET("/healthz"));
    await other.closed;
    expect(other.received()).toContain("ok\n");
    await clock.advance(60_000);
    const later = await dial("127.0.1.7");
    later.socket.write(LAST_GET("/healthz"));
    await later.closed;
    expect(later.received()).toContain("ok\n");
  });
});

describe("answers that nobody reads", () => {
  it("are held up to so many bytes in all; then whoever has not read for the longest is cut off", async () => {
    await serve({ maxUnreadBytes: 8 * 1024 * 1024, rateLimit: 1_000_000 });
    const deaf = await Promise.all(Array.from({ length: 48 }, () => dial()));
    let cut = 0;
    for (const { socket, closed } of deaf) {
      socket.pause();
      void closed.then(() => cut++);
    }
    const big = "x".repeat(4 * 1024 * 1024);
    node.rosterVkeys = () => [big];
    for (const { socket } of deaf) socket.write(GET("/distributor/v0/witnesses").repeat(4));
    await expect.poll(async () => (await fetch(new URL("/healthz", url))).status).toBe(200);
    // A paused socket learns of its end when it reads again.
    for (const { socket } of deaf) socket.resume();
    await expect.poll(() => cut, { timeout: 4_000 }).toBeGreaterThanOrEqual(deaf.length - 8);
    const reader = await dial();
    reader.socket.write(LAST_GET("/healthz"));
    await reader.closed;
    expect(reader.received()).toContain("ok\n");
  });
});

describe("requests of all other machines together", () => {
  const statusOf = async (from: string, header = "", path = "/v1/status"): Promise<string> => {
    const { socket, received, closed } = await dial(from);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n${header}\r\n`);
    await closed;
    return received();
  };

  it("are so many a second, whatever addresses they come from; this machine's own are answered all the same", async () => {
    const clock = new VirtualClock();
    await serve({ requestsPerSecond: 5 }, clock);
    const answers: string[] = [];
    for (let i = 0; i < 12; i++) answers.push(await statusOf(`127.0.1.${i + 1}`));
    expect(answers.map((text) => text.slice(9, 12))).toEqual([...new Array(10).fill("200"), "503", "503"]);
    expect(answers[11]).toContain("urn:coaudit:problem:busy");
    expect(answers[11]).toMatch(/^retry-after: 1\r$/im);
    // Behind the proxy of this machine everybody is somebody else.
    expect(await statusOf("127.0.0.1", "x-forwarded-for: 192.0.2.7\r\n")).toMatch(/^HTTP\/1\.1 503/);
    expect(await statusOf("127.0.0.1")).toMatch(/^HTTP\/1\.1 200/);
    expect(await statusOf("127.0.1.1", "", "/healthz")).toMatch(/^HTTP\/1\.1 200/);
    await clock.advance(2_000);
    expect(await statusOf("127.0.1.1")).toMatch(/^HTTP\/1\.1 200/);
  });

  it("are answered though one asks without end, over its own address or over the proxy of this machine", async () => {
    for (const [from, header] of [
      ["127.0.1.7", ""],
      ["127.0.0.1", "x-forwarded-for: 192.0.2.1, 192.0.2.7\r\n"],
    ] as const) {
      await serve({ requestsPerSecond: 80 }, new VirtualClock());
      const answers: string[] = [];
      for (let i = 0; i < 200; i++) answers.push((await statusOf(from, header)).slice(9, 12));
      // Two seconds of an eighth.
      expect(answers.filter((status) => status === "200").length).toBe(20);
      for (let i = 0; i < 40; i++) await statusOf(from, header, "/healthz");
      expect(await statusOf("127.0.1.8")).toMatch(/^HTTP\/1\.1 200/);
      expect(await statusOf("127.0.0.1", "x-forwarded-for: 192.0.2.7, 192.0.2.8\r\n")).toMatch(/^HTTP\/1\.1 200/);
      await api.stop();
    }
  });
});

describe("places that a pipelined question took", () => {
  it("are free when its connection ends before its turn came", async () => {
    await serve({
      eventStreams: 2,
      eventStreamsPerAddress: 2,
      proofs: { access: "open" },
      proofDownloadsPerAddress: 2,
    });
    node.gate = new Promise(() => {});
    const paths = ["/v1/events", `/v1/namespaces/${NAMESPACE}/epochs/17/proof`];
    for (const path of [...paths, ...paths]) {
      const { socket, closed } = await dial();
      socket.write(GET(path).repeat(2) + GET("/healthz").repeat(8));
      await closed;
    }
    await expect
      .poll(async () => {
        const { socket, received } = await dial();
        socket.write(GET("/v1/events").repeat(2));
        await new Promise((resolve) => setTimeout(resolve, 50));
        socket.destroy();
        return received();
      })
      .toMatch(/^HTTP\/1\.1 200/);
    const gone = new AbortController();
    const proof = new URL(`/v1/namespaces/${NAMESPACE}/epochs/17/proof`, url);
    node.gate = Promise.resolve();
    await expect.poll(async () => (await fetch(proof, { signal: gone.signal })).status).toBe(404);
  });
});

describe("connections of one address", () => {
  it("are so many at a time; those of a proxy on this machine are not counted", async () => {
    await serve({ connectionsPerAddress: 4 });
    const four = await Promise.all(Array.from({ length: 4 }, () => dial("127.0.1.9")));
    await expect.poll(async () => (await fetch(new URL("/healthz", url))).status).toBe(200);
    const fifth = await dial("127.0.1.9");
    fifth.socket.write(LAST_GET("/healthz"));
    await fifth.closed;
    expect(fifth.received()).toBe("");
    const local = await Promise.all(Array.from({ length: 8 }, () => dial()));
    for (const { socket } of local) socket.write(LAST_GET("/healthz"));
    await Promise.all(local.map(({ closed }) => closed));
    for (const { received } of local) expect(received()).toContain("ok\n");
    four[0]?.socket.destroy();
    await expect
      .poll(async () => {
        const again = await dial("127.0.1.9");
        again.socket.write(LAST_GET("/healthz"));
        await again.closed;
        return again.received();
      })
      .toContain("ok\n");
  });
});

describe("the log", () => {
  const loud = (): Line[] => lines.filter(({ level }) => level === "error" || level === "warn");

  it("has no line at warn or error for what a stranger breaks off, does not finish or misspells", async () => {
    await serve({ socketTimeoutMs: 300 });
    const head = "host: node\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n";
    for (const path of ["/v1/quorum", "/nope", `/v1/namespaces/${NAMESPACE}/resume`]) {
      const aborted = await dial();
      aborted.socket.write(`POST ${path} HTTP/1.1\r\n${head}{"requ`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      aborted.socket.destroy();
      const slow = await dial();
      slow.socket.write(`POST ${path} HTTP/1.1\r\n${head}{"requ`);
      await slow.closed;
      const chunked = await dial();
      chunked.socket.write(`POST ${path} HTTP/1.1\r\nhost: node\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`);
      await chunked.closed;
      await fetch(new URL(path, url), { method: "POST" });
      await fetch(new URL(path, url), { method: "POST", body: "x=1" });
      await fetch(new URL(path, url), { method: "POST", body: "{", headers: { "content-type": "application/json" } });
    }
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "QUERY"]) {
      for (const body of ["", "content-length: 2\r\ncontent-type: application/json\r\n"]) {
        const text = await say(
          `${method} /v1/status HTTP/1.1\r\nhost: node\r\nconnection: close\r\n${body}\r\n${body && "{}"}`,
        );
        expect(text, method).toMatch(/^HTTP\/1\.1 4/);
      }
    }
    expect(loud()).toEqual([]);
  });

  it("counts it instead, one line at debug in a while", async () => {
    const clock = new VirtualClock();
    await serve({}, clock);
    for (let i = 0; i < 250; i++) await fetch(new URL("/nope", url), { method: "POST" });
    expect(lines).toEqual([]);
    await clock.advance(60_000);
    expect(lines).toEqual([
      { level: "debug", fields: { refused: { "route-unknown": 250 } }, message: expect.any(String) },
    ]);
  });

  it("tells of an answer that failed, at most one line in a while however often it is asked", async () => {
    const clock = new VirtualClock();
    await serve({}, clock);
    node.quorum = () => Promise.reject(new Error("the disk is gone"));
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(new URL(`/v1/namespaces/${NAMESPACE}/quorum?epoch=${i + 1}`, url));
      expect(answer.status).toBe(500);
    }
    expect(loud()).toHaveLength(1);
    expect(loud()[0]?.fields).toMatchObject({ error: "the disk is gone" });
    await clock.advance(60_000);
    await fetch(new URL(`/v1/namespaces/${NAMESPACE}/quorum?epoch=40`, url));
    expect(loud()).toHaveLength(2);
    expect(loud()[1]?.fields).toMatchObject({ more: 19 });
  });
});

describe("headers that two servers would read in two ways", () => {
  it("are refused: two hosts, none, two lengths, a length and chunks", async () => {
    await serve();
    const bad = [
      "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
      "GET /healthz HTTP/1.1\r\nhost: a\r\nHost: a\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n\r\n",
      "POST /v1/quorum HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
      "POST /v1/quorum HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
    ];
    for (const request of bad) {
      const text = await say(request);
      expect(text, request).toMatch(/^HTTP\/1\.1 400 /);
      expect(text, request).toContain("urn:coaudit:problem:request-malformed");
      expect(text, request).not.toContain("HTTP/1.1 200");
    }
  });

  it("are no way into the answer to the question before", async () => {
    await serve();
    node.gate = new Promise(() => {});
    const text = await say(`${GET(`/v1/namespaces/${NAMESPACE}/quorum`)}GARBAGE\r\n\r\n`);
    expect(text).not.toContain("quorum");
  });

  it("may name the whole target, as a proxy does; upgrades and expectations are not followed", async () => {
    await serve();
    expect(await say(LAST_GET("http://node/healthz"))).toContain("ok\n");
    const upgrade = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n";
    expect(await say(upgrade)).toMatch(/^HTTP\/1\.1 200 /);
    const expectation = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: tea\r\n\r\n";
    expect(await say(expectation)).toMatch(/^HTTP\/1\.1 417 /);
    await say("CONNECT node:80 HTTP/1.1\r\nhost: node\r\n\r\n");
    expect(await say(LAST_GET("/healthz"))).toContain("ok\n");
  });
});
