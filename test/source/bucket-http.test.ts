/** The bucket against servers, caches and lines that misbehave. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { equalBytes } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/platform/system.ts";
import { type BucketSettings, BucketSource } from "../../src/source/bucket.ts";
import { formatBlobName, parseBlobName } from "../../src/source/source.ts";
import { SeededRandom, settle, VirtualClock } from "../support/virtual-clock.ts";
import { collect, expectCode, fetchAll } from "./contract.ts";
import { listXml, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

const never = new AbortController().signal;
const name = parseBlobName(`7/${"aa".repeat(32)}/${"bb".repeat(32)}`);
const blob = new SeededRandom(7).bytes(300_000);
const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Answers the requests in order; the last answer stays. */
async function script(...answers: Answer[]): Promise<ScriptedServer> {
  const server = await startScriptedServer((request, response, count) => {
    answers[Math.min(count, answers.length - 1)]?.(response, request);
  });
  servers.push(server);
  return server;
}

function bucket(url: string, settings: Partial<BucketSettings> = {}): BucketSource {
  const quick = { backoffBaseMs: 1, backoffCapMs: 2, ...settings };
  return new BucketSource({ url, ...quick }, { clock: systemClock, random: new SeededRandom() });
}

const send =
  (status: number, headers: Record<string, string | number>, body: string | Uint8Array = ""): Answer =>
  (response) =>
    void response.writeHead(status, { "content-length": body.length, ...headers }).end(body);

/** The whole length is announced, some bytes come, and the line breaks. */
const cut =
  (bytes: Uint8Array, headers: Record<string, string | number> = {}, status = 200, length = blob.length): Answer =>
  (response) => {
    response.writeHead(status, { "content-length": length, ...headers });
    response.flushHeaders();
    response.write(bytes, () => setTimeout(() => response.destroy(), 20));
  };

const half = blob.subarray(0, 150_000);

/**
 * The rest from wherever the client got to: what was sent just before a line broke may be lost on the way.
 * `contentRange` says what of it the server claims; null: nothing.
 */
const restOf =
  (
    headers: Record<string, string>,
    contentRange: (from: number) => string | null = rightRange,
    until = blob.length,
  ): Answer =>
  (response, request) => {
    const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const claimed = contentRange(from);
    const all = { ...headers, ...(claimed === null ? {} : { "content-range": claimed }) };
    const answer = until < blob.length ? cut(blob.subarray(from, until), all, 206, blob.length - from) : undefined;
    (answer ?? send(206, all, blob.subarray(from)))(response, request);
  };
const rightRange = (from: number): string => `bytes ${from}-${blob.length - 1}/${blob.length}`;
const v1 = { etag: '"v1"' };

describe("A download that breaks", () => {
  const downloads = async (server: ScriptedServer): Promise<void> => {
    expect(equalBytes(await fetchAll(bucket(server.url), name, never), blob)).toBe(true);
  };

  it("goes on by range when the blob has a strong ETag", async () => {
    const server = await script(cut(half, v1), restOf(v1));
    await downloads(server);
    expect(server.asked[1]?.headers).toMatchObject({
      range: expect.stringMatching(/^bytes=[1-9][0-9]*-$/),
      "if-range": '"v1"',
    });
  });

  it("breaks twice and goes on twice", async () => {
    const server = await script(cut(half, v1), restOf(v1, rightRange, 200_000), restOf(v1));
    await downloads(server);
    expect(server.asked).toHaveLength(3);
  });

  it("is begun again when the server sends the whole blob instead", async () => {
    await downloads(await script(cut(half, v1), send(200, v1, blob)));
  });

  it("is begun again without an ETag, or with a weak one, which promises nothing about bytes", async () => {
    const versions: Record<string, string>[] = [{}, { etag: 'W/"v1"' }];
    for (const headers of versions) {
      const server = await script(cut(half, headers), cut(half, headers), send(200, headers, blob));
      await downloads(server);
      expect(server.asked.map((asked) => asked.headers.range)).toEqual([undefined, undefined, undefined]);
    }
  });

  const other = blob.map((byte, index) => (index === 10 ? byte ^ 1 : byte));
  it.each<[string, Answer, Answer]>([
    ["another ETag", cut(half, v1), send(200, { etag: '"v2"' }, other)],
    ["another ETag on the rest", cut(half, v1), restOf({ etag: '"v2"' })],
    ["no ETag on the rest", cut(half, v1), restOf({})],
    ["no ETag ever, and another beginning", cut(half), send(200, {}, other)],
    ["no ETag ever, and another size", cut(half), send(200, {}, blob.subarray(1))],
    ["no ETag ever, and a range that nobody asked for", cut(half), restOf({})],
    ["another range", cut(half, v1), restOf(v1, (from) => `bytes ${from + 1}-299999/300000`)],
    ["another total", cut(half, v1), restOf(v1, (from) => `bytes ${from}-300000/300001`)],
    ["a range that ends early", cut(half, v1), restOf(v1, (from) => `bytes ${from}-299998/300000`)],
    ["no Content-Range", cut(half, v1), restOf(v1, () => null)],
    ["nothing left", cut(half, v1), send(416, { "content-range": "bytes */300000" })],
  ])("is never put together from two blobs: %s", async (_, first, second) => {
    const server = await script(first, second);
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_CHANGED");
    expect(server.asked).toHaveLength(2);
  });

  it("every time is SOURCE_TRUNCATED after the attempts, counted over all of them", async () => {
    const server = await script(cut(half, v1), restOf(v1, rightRange, 200_000));
    const source = bucket(server.url, { attempts: 2 });
    const error = await expectCode(() => fetchAll(source, name, never), "SOURCE_TRUNCATED");
    expect(error.metadata).toMatchObject({ expectedBytes: 300_000 });
    expect((error.metadata as { receivedBytes: number }).receivedBytes).toBeLessThanOrEqual(200_000);
    expect(server.asked).toHaveLength(2);
  });

  it("in the middle of a chunk is SOURCE_TRUNCATED too, though no length was announced", async () => {
    const server = await script((response) => {
      response.writeHead(200, {});
      response.write(half, () => setTimeout(() => response.destroy(), 20));
    });
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_TRUNCATED");
  });

  it("without anybody being able to tell is refused: neither a length nor chunks", async () => {
    const server = await script((response) => {
      response.socket?.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it");
    });
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_RESPONSE_INVALID");
  });
});

describe("A server that", () => {
  it("fails twice and then answers is asked three times", async () => {
    const server = await script(send(500, {}), send(503, {}), send(200, {}, listXml([formatBlobName(name)])));
    expect((await bucket(server.url).listing(7, never)).names).toEqual([name]);
    expect(server.asked).toHaveLength(3);
  });

  it("fails every time gives SOURCE_STATUS after three", async () => {
    const server = await script(send(500, {}));
    const error = await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_STATUS");
    expect(error.metadata).toMatchObject({ status: 500 });
    expect(server.asked).toHaveLength(3);
  });

  it("refuses is not asked again", async () => {
    const server = await script(send(403, {}));
    await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_STATUS");
    expect(server.asked).toHaveLength(1);
  });

  it("redirects is not followed", async () => {
    const elsewhere = await script(send(200, {}, blob));
    const server = await script(send(302, { location: `${elsewhere.url}x` }));
    const error = await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_REDIRECTED");
    expect(error.metadata).toMatchObject({ status: 302, location: `${elsewhere.url}x` });
    await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_REDIRECTED");
    expect(elsewhere.asked).toHaveLength(0);
  });

  it("announces more than the cap is left before the body", async () => {
    const server = await script((response) => {
      response.writeHead(200, { "content-length": 2 ** 40 });
      response.flushHeaders();
    });
    const error = await expectCode(() => bucket(server.url).fetch(name, never), "SOURCE_TOO_LARGE");
    expect(error.metadata).toMatchObject({ capBytes: 2 ** 30, sizeBytes: 2 ** 40 });
  });

  it("sends more than the cap without having announced it is left there", async () => {
    const server = await script((response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(blob, more);
      };
      more();
    });
    await expectCode(() => fetchAll(bucket(server.url, { maxBlobBytes: 1_000_000 }), name, never), "SOURCE_TOO_LARGE");
  });

  it("compresses unasked is refused", async () => {
    const server = await script(send(200, { "content-encoding": "gzip" }, blob));
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_RESPONSE_INVALID");
    expect(server.asked[0]?.headers["accept-encoding"]).toBe("identity");
  });

  it("answers with a part that nobody asked for is refused", async () => {
    const server = await script(restOf({}, () => "bytes 0-299999/300000"));
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_STATUS");
  });

  it("falls silent in a body gives SOURCE_TIMEOUT, and its connection is closed", async () => {
    const server = await script(
      (response) => void response.writeHead(200, { "content-length": blob.length }).write(half),
    );
    const clock = new VirtualClock();
    const source = new BucketSource({ url: server.url, attempts: 1 }, { clock, random: new SeededRandom() });
    const failed = expectCode(() => fetchAll(source, name, never), "SOURCE_TIMEOUT");
    await until(() => clock.sleeping >= 2 && server.asked.length === 1);
    // What was sent arrives first; the wait begins anew with each part.
    for (let i = 0; i < 20; i++) await settle();
    await clock.advance(29_999);
    expect(server.answering).toBe(1);
    await clock.advance(1);
    expect((await failed).metadata).toMatchObject({ phase: "body", timeoutMs: 30_000 });
    await until(() => server.answering === 0);
    expect(clock.sleeping).toBe(0);
  });

  it("gives its Date lets one's clock be held against it", async () => {
    const date = "Mon, 23 Nov 2026 10:00:00 GMT";
    const server = await script(send(200, { date }, listXml([])), send(200, { date, "x-cache": "HIT" }, blob));
    const source = bucket(server.url);
    expect((await source.listing(7, never)).serverDateMs).toBe(Date.UTC(2026, 10, 23, 10));
    const fetched = await source.fetch(name, never);
    expect(fetched).toMatchObject({ serverDateMs: Date.UTC(2026, 10, 23, 10), host: new URL(server.url).host });
    expect(fetched.headers["x-cache"]).toBe("HIT");
    await collect(fetched.body);
  });
});

describe("An answer's Date", () => {
  const DATE = "Mon, 01 Jan 2024 00:00:00 GMT";
  const shown = async (headers: Record<string, string | string[]>): Promise<number | undefined> => {
    const server = await script((response) => {
      const body = listXml([]);
      response.writeHead(200, { "content-length": body.length, date: DATE, ...headers }).end(body);
    });
    return (await bucket(server.url).listing(1, never)).serverDateMs;
  };

  it("is as old as the caches say that kept the answer", async () => {
    expect(await shown({})).toBe(Date.UTC(2024, 0, 1));
    expect(await shown({ age: "0" })).toBe(Date.UTC(2024, 0, 1));
    expect(await shown({ age: "3600" })).toBe(Date.UTC(2024, 0, 1, 1));
  });

  it.each(["", "-1", "1.5", "soon", "1, 2", "604801", "99999999999999999999"])(
    "is no clock with Age: %s",
    async (age) => {
      expect(await shown({ age })).toBeUndefined();
    },
  );
});

describe("A declared encoding", () => {
  it.each(["", " ", "identity", "Identity", "identity,identity"])("of nothing is nothing: %j", async (encoding) => {
    const server = await script(send(200, { "content-encoding": encoding }, blob));
    const fetched = await bucket(server.url).fetch(name, never);
    expect(fetched.declaredEncoding).toBeUndefined();
    expect(equalBytes(await collect(fetched.body), blob)).toBe(true);
  });

  it.each(["aws-chunked", "aws-chunked,identity", "AWS-Chunked"])("of plain bytes is told: %s", async (encoding) => {
    const server = await script(send(200, { "content-encoding": encoding }, blob));
    const fetched = await bucket(server.url).fetch(name, never);
    expect(fetched.declaredEncoding).toBe("aws-chunked");
    expect(equalBytes(await collect(fetched.body), blob)).toBe(true);
  });

  it.each(["gzip", "aws-chunked, gzip", "br"])("that nobody asked for is refused: %s", async (encoding) => {
    const server = await script(send(200, { "content-encoding": encoding }, blob));
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_RESPONSE_INVALID");
  });
});

describe("An answer without end", () => {
  /** A byte every 5 s of the virtual clock, as long as somebody listens. */
  const drip = (clock: VirtualClock, headers: Record<string, string | number>): Answer => {
    return (response) => {
      response.writeHead(200, headers);
      response.flushHeaders();
      const go = async (): Promise<void> => {
        while (!response.destroyed) {
          response.write(" ");
          await clock.sleep(5_000);
        }
      };
      void go();
    };
  };
  const passing = async (clock: VirtualClock, work: Promise<unknown>, mostMs: number): Promise<void> => {
    let isOver = false;
    const over = work.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    for (let passedMs = 0; !isOver && passedMs < mostMs; passedMs += 1_000) await clock.advance(1_000);
    expect(isOver).toBe(true);
    await over;
  };

  it.each([{}, { "content-length": 200_000 }])("ends a listing within its time: %j", async (headers) => {
    const clock = new VirtualClock();
    const server = await script(drip(clock, headers));
    const source = new BucketSource({ url: server.url }, { clock, random: new SeededRandom() });
    const failed = expectCode(() => source.listing(1, never), "SOURCE_TIMEOUT");
    await passing(clock, failed, 70_000);
    expect((await failed).metadata).toMatchObject({ phase: "download" });
    await until(() => server.answering === 0);
    expect(clock.sleeping).toBeLessThanOrEqual(1);
  });

  it.each([{}, { "content-length": 200_000 }])(
    "ends a blob within a minute and what its size takes: %j",
    async (headers) => {
      const clock = new VirtualClock();
      const server = await script(drip(clock, headers));
      const source = new BucketSource({ url: server.url }, { clock, random: new SeededRandom() });
      const failed = expectCode(() => fetchAll(source, name, never), "SOURCE_TIMEOUT");
      await passing(clock, failed, 70_000);
      expect((await failed).metadata).toMatchObject({ phase: "download" });
    },
  );

  it("may take longer when it is larger, declared or not", async () => {
    const size = { "content-length": 10_000_000 };
    for (const headers of [size, {}] as Record<string, number>[]) {
      const clock = new VirtualClock();
      // 100 s at the least rate, and a minute.
      const server = await script((response) => {
        response.writeHead(200, headers);
        response.write(new Uint8Array(5_000_000));
        void clock.sleep(25_000).then(() => response.write(new Uint8Array(2_000_000)));
        void clock.sleep(50_000).then(() => response.write(new Uint8Array(2_000_000)));
        void clock.sleep(75_000).then(() => response.end(new Uint8Array(1_000_000)));
      });
      const source = new BucketSource({ url: server.url }, { clock, random: new SeededRandom() });
      const fetched = fetchAll(source, name, never);
      for (let i = 0; i < 80; i++) {
        await settle();
        await clock.advance(1_000);
      }
      expect((await fetched).length).toBe(10_000_000);
    }
  });

  it("leaves no connection behind that the next question would use", async () => {
    const ports: (number | undefined)[] = [];
    const body = listXml([]);
    const server = await script((response, request) => {
      ports.push(request.socket.remotePort);
      response.writeHead(ports.length === 2 ? 503 : 200, { "content-length": body.length }).end(body);
    });
    const source = bucket(server.url);
    for (let i = 0; i < 3; i++) await source.listing(1, never);
    expect(ports).toHaveLength(4);
    expect(ports[1]).toBe(ports[0]);
    expect(ports[2]).not.toBe(ports[1]);
    expect(ports[3]).toBe(ports[2]);
  });

  it("in chunks that stops short is not whole because the connection was to be closed", async () => {
    const server = await script((response) => {
      response.writeHead(200, { connection: "close" });
      response.write(half, () => setTimeout(() => response.destroy(), 20));
    });
    await expectCode(() => fetchAll(bucket(server.url), name, never), "SOURCE_TRUNCATED");
  });
});

describe("Caches", () => {
  it("get no two listings that look alike, nor a blob that must be fresh", async () => {
    const server = await script(send(200, {}, listXml([])));
    const source = bucket(server.url);
    await source.listing(7, never);
    await source.listing(7, never);
    await fetchAllFresh(source);
    await fetchAllFresh(source);
    const busters = server.asked.map(({ url }) => url.searchParams.get("nocache"));
    expect(new Set(busters).size).toBe(4);
    expect(busters).not.toContain(null);
    for (const { headers } of server.asked) expect(headers["cache-control"]).toBe("no-cache");
  });

  it("may answer for a blob otherwise: its name says what is in it", async () => {
    const server = await script(send(200, {}, blob));
    await fetchAll(bucket(server.url), name, never);
    expect(server.asked[0]?.url.search).toBe("");
  });

  async function fetchAllFresh(source: BucketSource): Promise<void> {
    await collect((await source.fetch(name, never, { fresh: true })).body);
  }
});

describe("A listing", () => {
  it("is asked for with a prefix that ends in a slash, and more than one key", async () => {
    const server = await script(send(200, {}, listXml([])));
    await bucket(`${server.url}some/path`).listing(7, never);
    const { url } = server.asked[0]!;
    expect(url.pathname).toBe("/some/path/");
    expect(url.searchParams.get("list-type")).toBe("2");
    expect(url.searchParams.get("prefix")).toBe("7/");
    expect(Number(url.searchParams.get("max-keys"))).toBeGreaterThan(1);
  });

  it("may hold a folder marker and stray files: they are counted", async () => {
    const keys = ["7/", "7/index.html", formatBlobName(name), `7/${"AA".repeat(32)}/${"bb".repeat(32)}`];
    const server = await script(send(200, {}, listXml(keys)));
    expect(await bucket(server.url).listing(7, never)).toMatchObject({ names: [name], foreignKeys: 3 });
  });

  it.each([
    ["keys of other epochs, so the prefix was ignored", listXml([`70/${"aa".repeat(32)}/${"bb".repeat(32)}`])],
    ["keys held back although few are shown", listXml([formatBlobName(name)], "true")],
    ["a login page", "<html><body>Please log in</body></html>"],
    ["half of one", listXml([formatBlobName(name)]).slice(0, 150)],
    ["bytes that are no text", new Uint8Array([0x3c, 0xff, 0xfe])],
  ])("that is wrong is refused: %s", async (_, body) => {
    const server = await script(send(200, {}, body));
    await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_LISTING_INVALID");
  });

  it("over its cap is refused, announced or not", async () => {
    const long = listXml([`7/${"x".repeat(300_000)}`]);
    const chunked: Answer = (response) => void response.writeHead(200).end(long);
    for (const answer of [send(200, {}, long), chunked]) {
      const server = await script(answer);
      await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_TOO_LARGE");
    }
  });

  it("that breaks off is asked for again", async () => {
    const text = new TextEncoder().encode(listXml([formatBlobName(name)]));
    const server = await script(cut(text.subarray(0, 20), {}, 200, text.length), send(200, {}, text));
    expect((await bucket(server.url).listing(7, never)).names).toEqual([name]);
  });
});

describe("The newest epoch", () => {
  it.each([
    { listed: 0, from: 1, requests: 2 },
    { listed: 1, from: 1, requests: 3 },
    { listed: 10, from: 1, requests: 11 },
    { listed: 722_606, from: 1, requests: 43 },
    { listed: 722_606, from: 722_606, requests: 3 },
  ])("of $listed from $from takes at most $requests requests", async ({ listed, from, requests }) => {
    const server = await script((response, request) => {
      const prefix = new URL(request.url ?? "/", "http://x").searchParams.get("prefix") ?? "";
      const epoch = Number.parseInt(prefix, 10);
      const keys = epoch <= listed ? [`${epoch}/${"aa".repeat(32)}/${"bb".repeat(32)}`] : [];
      send(200, {}, listXml(keys))(response, request);
    });
    expect(await bucket(server.url).latest(never, from)).toBe(listed === 0 ? undefined : listed);
    expect(server.asked.length).toBeLessThanOrEqual(requests);
  });
});

describe("A body that is left", () => {
  it("closes its connection, whether it was begun or not", async () => {
    const server = await script(
      (response) => void response.writeHead(200, { "content-length": blob.length }).write(half),
    );
    const clock = new VirtualClock();
    const source = new BucketSource({ url: server.url }, { clock, random: new SeededRandom() });
    const unread = await source.fetch(name, never);
    await unread.body[Symbol.asyncIterator]().return?.();
    for await (const _ of (await source.fetch(name, never)).body) break;
    const stop = new AbortController();
    await source.fetch(name, stop.signal);
    stop.abort();
    await until(() => server.answering === 0);
    expect(server.asked).toHaveLength(3);
  });

  it("and never read is given up when the time for a download is over", async () => {
    const server = await script(
      (response) => void response.writeHead(200, { "content-length": blob.length }).write(half),
    );
    const clock = new VirtualClock();
    const source = new BucketSource({ url: server.url }, { clock, random: new SeededRandom() });
    const { body } = await source.fetch(name, never);
    expect(server.answering).toBe(1);
    await clock.advance(30 * 60_000);
    await until(() => server.answering === 0);
    await expectCode(() => collect(body), "SOURCE_TIMEOUT");
  });
});

describe("A bucket's url", () => {
  const open =
    (url: string, settings: Partial<BucketSettings> = {}) =>
    () =>
      bucket(url, settings);

  it("may be https anywhere and http on this machine, or where plain http is allowed", () => {
    for (const url of [
      "https://cdn.example.org",
      "http://127.0.0.1:8400/alice",
      "http://localhost/",
      "http://[::1]:1/",
    ]) {
      expect(open(url)).not.toThrow();
    }
    expect(open("http://provider:8400/", { allowPlainHttp: true })).not.toThrow();
  });

  it.each([
    "http://cdn.example.org/",
    "http://127.0.0.1.example.org/",
    "ftp://cdn.example.org/",
    "https://user:secret@cdn.example.org/",
    "https://cdn.example.org/?a=b",
    "https://cdn.example.org/#a",
    "cdn.example.org",
    "",
  ])("is refused otherwise: %j", (url) => {
    expect(open(url)).toThrowError(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
