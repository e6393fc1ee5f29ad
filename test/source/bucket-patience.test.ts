/** Answers that do not end, and bodies that nobody reads. */
import { afterEach, describe, expect, it } from "vitest";
import { BucketSource } from "../../src/source/bucket.ts";
import { SeededRandom, settle, VirtualClock } from "../support/virtual-clock.ts";
import { type Answer, blob, bucket, half, name, never, script, stopServers, until } from "./bucket-script.ts";
import { collect, expectCode, fetchAll } from "./contract.ts";
import { listXml } from "./scripted-server.ts";

afterEach(stopServers);

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
