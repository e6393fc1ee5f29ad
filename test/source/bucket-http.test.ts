/** The bucket against servers and caches that misbehave. */
import { afterEach, describe, expect, it } from "vitest";
import { equalBytes } from "../../src/core/bytes.ts";
import { type BucketSettings, BucketSource } from "../../src/source/bucket.ts";
import { formatBlobName } from "../../src/source/source.ts";
import { SeededRandom, settle, VirtualClock } from "../support/virtual-clock.ts";
import {
  type Answer,
  blob,
  bucket,
  cut,
  half,
  name,
  never,
  restOf,
  script,
  send,
  stopServers,
  until,
} from "./bucket-script.ts";
import { collect, expectCode, fetchAll } from "./contract.ts";
import { listXml } from "./scripted-server.ts";

afterEach(stopServers);

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

  it("asks to be left alone for long is, and its word is passed on; one that asks for less is not", async () => {
    const server = await script(send(429, { "retry-after": "120" }));
    const error = await expectCode(() => bucket(server.url).listing(7, never), "SOURCE_STATUS");
    expect(error.metadata).toMatchObject({ status: 429, retryAfterMs: 120_000 });
    expect(server.asked).toHaveLength(1);
    for (const unread of ["0", "soon", "-1", "9".repeat(30)]) {
      const soon = await script(send(503, { "retry-after": unread }), send(200, {}, listXml([formatBlobName(name)])));
      expect((await bucket(soon.url).listing(7, never)).names).toEqual([name]);
    }
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

  it("gives its Date lets the clock be checked against it", async () => {
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
  it("is found by listings alone, in as few as the search needs", async () => {
    const server = await script((response, request) => {
      const prefix = new URL(request.url ?? "/", "http://x").searchParams.get("prefix") ?? "";
      const epoch = Number.parseInt(prefix, 10);
      send(200, {}, listXml(epoch <= 722_606 ? [formatBlobName({ ...name, epoch })] : []))(response, request);
    });
    expect(await bucket(server.url).latest(never, 1)).toBe(722_606);
    // latest.test.ts has the bounds of other logs.
    expect(server.asked.length).toBeLessThanOrEqual(43);
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
