import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Lie } from "../../src/provider/lies.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { type ProviderOptions, type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { blobBytes, MAIN, namesIn } from "../source/fixtures.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

const running: RunningProvider[] = [];
afterEach(async () => {
  for (const provider of running.splice(0)) await provider.stop();
});

async function start(options: ProviderOptions = {}, clock = new VirtualClock()): Promise<RunningProvider> {
  const provider = await startProvider(options, { log: await openRecordedLog({ directory: MAIN }), clock });
  running.push(provider);
  return provider;
}

const text = async (url: string): Promise<string> => (await fetch(url)).text();
const keysIn = (xml: string): string[] => [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? "");
const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

describe("The practice provider", () => {
  it("publishes the first epoch at the start and one more for each interval", async () => {
    const clock = new VirtualClock();
    const provider = await start({ intervalMs: 1000 }, clock);
    expect(provider.log.newest).toBe(1);
    await clock.advance(999);
    expect(provider.log.newest).toBe(1);
    await clock.advance(1);
    expect(provider.log.newest).toBe(2);
    await clock.advance(30_000);
    expect(provider.log.newest).toBe(24);
    await settle();
    expect(clock.sleeping).toBe(0);
  });

  it("publishes by hand when it has no interval, and tells of each epoch and of the end", async () => {
    const told: (number | undefined)[] = [];
    const log = await openRecordedLog({ directory: MAIN });
    const onPublish = (epoch?: { main: { epoch: number } }): void => void told.push(epoch?.main.epoch);
    const provider = await startProvider({ startEpoch: 22 }, { log, clock: new VirtualClock(), onPublish });
    running.push(provider);
    const next = await Promise.all([provider.publishNext(), provider.publishNext(), provider.publishNext()]);
    expect(next.map((epoch) => epoch?.main.epoch)).toEqual([23, 24, undefined]);
    expect(told).toEqual([...Array.from({ length: 24 }, (_, index) => index + 1), undefined]);
  });

  it("lists what is published by prefix, as text, up to max-keys", async () => {
    const provider = await start({ startEpoch: 12 });
    const names = await namesIn(MAIN);
    for (const url of [provider.url, provider.urlFor("alice")]) {
      expect(keysIn(await text(`${url}?list-type=2&prefix=1/`))).toEqual([names.get(1)]);
      expect(keysIn(await text(`${url}?list-type=2&prefix=13/`))).toEqual([]);
      const all = await text(`${url}?list-type=2&prefix=1&max-keys=3`);
      expect(keysIn(all)).toEqual([names.get(1), names.get(10), names.get(11)].sort());
      expect(all).toContain("<IsTruncated>true</IsTruncated>");
    }
  });

  it("lists page by page, from a key on, and by common prefixes, as S3 does", async () => {
    const { url } = await start({ startEpoch: 12 });
    const names = [...(await namesIn(MAIN)).values()].sort();
    const twelve = names.filter((name) => Number(name.split("/")[0]) <= 12);
    const paged: string[] = [];
    let token: string | undefined;
    for (let page = 0; page < 4; page++) {
      const more = token === undefined ? "" : `&continuation-token=${token}`;
      const answer = await text(`${url}?list-type=2&max-keys=3${more}`);
      paged.push(...keysIn(answer));
      token = /<NextContinuationToken>(.*?)</.exec(answer)?.[1];
      expect(answer).toContain(`<IsTruncated>${page < 3}</IsTruncated>`);
    }
    expect([paged, token]).toEqual([twelve, undefined]);
    const after = await text(`${url}?list-type=2&start-after=${twelve[4]}`);
    expect(keysIn(after)).toEqual(twelve.slice(5));
    const epochs = await text(`${url}?list-type=2&delimiter=/&max-keys=5`);
    expect(keysIn(epochs)).toEqual([]);
    expect([...epochs.matchAll(/<CommonPrefixes><Prefix>(.*?)</g)].map(([, name]) => name)).toEqual(
      [...new Set(twelve.map((name) => `${name.split("/")[0]}/`))].slice(0, 5),
    );
    const rest = /<NextContinuationToken>(.*?)</.exec(epochs)?.[1];
    expect(await text(`${url}?list-type=2&delimiter=/&continuation-token=${rest}`)).toContain("<KeyCount>7</KeyCount>");
    expect((await fetch(`${url}?list-type=2&continuation-token=!`)).status).toBe(400);
  });

  it("serves a blob, whole and from any byte on, by its ETag", async () => {
    const provider = await start({ startEpoch: 2 });
    const expected = await blobBytes(MAIN, 2);
    const url = `${provider.urlFor("alice")}${(await namesIn(MAIN)).get(2)}`;
    const whole = await fetch(url);
    expect(await bytesOf(whole)).toEqual(expected);
    const etag = whole.headers.get("etag") ?? "";
    const rest = await fetch(url, { headers: { range: "bytes=100-", "if-range": etag } });
    expect(rest.status).toBe(206);
    expect(rest.headers.get("content-range")).toBe(`bytes 100-${expected.length - 1}/${expected.length}`);
    expect(await bytesOf(rest)).toEqual(expected.subarray(100));
    expect((await fetch(url, { headers: { range: "bytes=100-", "if-range": '"other"' } })).status).toBe(200);
    expect((await fetch(url, { headers: { range: `bytes=${expected.length}-` } })).status).toBe(416);
  });

  it("says what is wrong with other requests", async () => {
    const provider = await start();
    const unpublished = (await namesIn(MAIN)).get(2);
    const statuses = async (path: string): Promise<number> => (await fetch(`${provider.url}${path}`)).status;
    expect(await statuses("?list-type=1")).toBe(400);
    expect(await statuses("?list-type=2&max-keys=many")).toBe(400);
    expect(await statuses(`alice/${unpublished}`)).toBe(404);
    expect(await statuses("alice/bob/carol")).toBe(404);
    expect(await statuses("%ff/?list-type=2")).toBe(400);
    expect((await fetch(provider.url, { method: "PUT", body: "x" })).status).toBe(405);
    expect(await rawStatus(provider.url, "//[")).toBe(400);
    expect(await rawStatus(provider.url, "http://other/")).toBe(400);
  });

  it("counts how often each auditor asks for itself", async () => {
    const lies: Lie[] = [{ kind: "withhold-listing", times: 1 }];
    const provider = await start({ lies });
    const ask = async (name: string): Promise<number> =>
      keysIn(await text(`${provider.urlFor(name)}?list-type=2&prefix=1/`)).length;
    expect([await ask("alice"), await ask("alice"), await ask("bob"), await ask("bob")]).toEqual([0, 1, 0, 1]);
  });

  it("does not count questions before an epoch is published", async () => {
    const provider = await start({ lies: [{ kind: "withhold-listing", times: 1 }] });
    const ask = async (): Promise<number> => keysIn(await text(`${provider.url}?list-type=2&prefix=2/`)).length;
    await ask();
    await provider.publishNext();
    expect([await ask(), await ask()]).toEqual([0, 1]);
  });

  it("sends at the rate that it is told", async () => {
    const clock = new VirtualClock();
    const provider = await start({ lies: [{ kind: "slow", delayMs: 5_000, bytesPerSecond: 10_000 }] }, clock);
    const expected = await blobBytes(MAIN, 1);
    let done = false;
    const body = fetch(`${provider.url}${(await namesIn(MAIN)).get(1)}`)
      .then(bytesOf)
      .finally(() => {
        done = true;
      });
    while (clock.sleeping === 0) await settle();
    await clock.advance(5_000);
    let waitedMs = 0;
    while (!done) {
      if (clock.sleeping > 0) {
        await clock.advance(100);
        waitedMs += 100;
      }
      await settle();
    }
    expect(await body).toEqual(expected);
    expect(waitedMs).toBeGreaterThanOrEqual(Math.floor(expected.length / 10_000) * 1000);
  });

  it("that cannot have its port says so", async () => {
    const { port } = new URL((await start()).url);
    await expect(start({ port: Number(port) })).rejects.toMatchObject({ code: "PROVIDER_OPTION_INVALID" });
  });

  it("stops while somebody waits for an answer", async () => {
    const provider = await start({ lies: [{ kind: "slow", delayMs: 60_000 }], intervalMs: 1000 });
    const failed = fetch(`${provider.url}${(await namesIn(MAIN)).get(1)}`).catch(() => "broken off");
    await settle();
    await provider.stop();
    expect(await failed).toBe("broken off");
  });
});

/** The status of a request whose target a URL would not let through. */
function rawStatus(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject).end();
  });
}
