/** Downloads over lines that break. */
import { afterEach, describe, expect, it } from "vitest";
import { equalBytes } from "../../src/core/bytes.ts";
import {
  type Answer,
  blob,
  bucket,
  cut,
  half,
  name,
  never,
  restOf,
  rightRange,
  script,
  send,
  stopServers,
} from "./bucket-script.ts";
import { expectCode, fetchAll } from "./contract.ts";
import type { ScriptedServer } from "./scripted-server.ts";

afterEach(stopServers);

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
