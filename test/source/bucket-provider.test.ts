/** The bucket against the practice provider: the contract, and every lie that it tells. */
import { afterEach, describe, expect, it } from "vitest";
import { systemClock as realClock } from "../../src/platform/system.ts";
import type { Lie } from "../../src/provider/lies.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { type BucketSettings, BucketSource } from "../../src/source/bucket.ts";
import { formatBlobName, parseBlobName } from "../../src/source/source.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { describeEpochSource, expectCode, fetchAll } from "./contract.ts";
import { blobBytes, FORK, LATER, MAIN, namesIn } from "./fixtures.ts";

const never = new AbortController().signal;
const quick: Partial<BucketSettings> = { backoffBaseMs: 1, backoffCapMs: 2 };
const providers: RunningProvider[] = [];
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.stop();
});

async function provide(lies: readonly Lie[], startEpoch = 24, directory = MAIN): Promise<RunningProvider> {
  const log = await openRecordedLog({
    directory,
    ...(directory === MAIN ? { fork: { directory: FORK, atEpoch: 17 } } : {}),
  });
  const provider = await startProvider({ lies, startEpoch }, { log, clock: realClock });
  providers.push(provider);
  return provider;
}

function bucket(url: string, settings: Partial<BucketSettings> = {}): BucketSource {
  return new BucketSource({ url, ...quick, ...settings }, { clock: realClock, random: new SeededRandom() });
}

const nameOf = async (epoch: number, directory = MAIN) => parseBlobName((await namesIn(directory)).get(epoch)!);

describeEpochSource("BucketSource", async (log, limits) => {
  const lies: Lie[] = log === "two-names" ? [{ kind: "list-both", epoch: 5 }] : [];
  const provider = await provide(lies, log === "empty" ? 0 : 24, log === "later" ? LATER : MAIN);
  return { source: bucket(provider.urlFor("alice"), limits), close: async () => {} };
});

describe("A bucket that", () => {
  it("closes the connection in the middle gives SOURCE_TRUNCATED, never a short body", async () => {
    const provider = await provide([{ kind: "truncate", epoch: 3 }]);
    const size = (await blobBytes(MAIN, 3)).length;
    const name = await nameOf(3);
    const error = await expectCode(() => fetchAll(bucket(provider.url), name, never), "SOURCE_TRUNCATED");
    expect(error.metadata).toMatchObject({ expectedBytes: size });
    expect((error.metadata as { receivedBytes: number }).receivedBytes).toBeLessThanOrEqual(size / 2);
  });

  it("closes the connection once is read on from there", async () => {
    const provider = await provide([{ kind: "truncate", times: 1 }]);
    expect(await fetchAll(bucket(provider.url), await nameOf(3), never)).toEqual(await blobBytes(MAIN, 3));
  });

  it("is slower than the time for a download gives SOURCE_TIMEOUT", async () => {
    const provider = await provide([{ kind: "slow", bytesPerSecond: 100 }]);
    const name = await nameOf(3);
    const source = bucket(provider.url, { downloadTimeoutMs: 300, idleTimeoutMs: 5_000 });
    const error = await expectCode(() => fetchAll(source, name, never), "SOURCE_TIMEOUT");
    expect(error.metadata).toMatchObject({ phase: "download", timeoutMs: 300 });
  });

  it("does not begin to answer gives SOURCE_TIMEOUT", async () => {
    const provider = await provide([{ kind: "slow", delayMs: 60_000 }]);
    const name = await nameOf(3);
    const source = bucket(provider.url, { headerTimeoutMs: 50, attempts: 2 });
    const error = await expectCode(() => fetchAll(source, name, never), "SOURCE_TIMEOUT");
    expect(error.metadata).toMatchObject({ phase: "headers" });
  });

  it("lists a blob and withholds it gives SOURCE_NOT_FOUND", async () => {
    const provider = await provide([{ kind: "withhold", epoch: 3 }]);
    const source = bucket(provider.url);
    const [name] = (await source.listing(3, never)).names;
    await expectCode(() => fetchAll(source, name!, never), "SOURCE_NOT_FOUND");
  });

  it("lists an epoch late lists nothing first and is right then; the epochs after it are found", async () => {
    const provider = await provide([{ kind: "withhold-listing", epoch: 20, times: 2 }]);
    const source = bucket(provider.url);
    expect((await source.listing(20, never)).names).toEqual([]);
    expect(await source.latest(never, 20)).toBe(24);
    expect((await source.listing(20, never)).names).toHaveLength(1);
  });

  it("shows a fork shows each auditor one history, and both names to whoever it lists both", async () => {
    const provider = await provide([
      { kind: "fork", to: ["bob"] },
      { kind: "list-both", epoch: 18, to: ["carol"] },
    ]);
    const seenBy = async (auditor: string, epoch: number): Promise<string[]> =>
      (await bucket(provider.urlFor(auditor)).listing(epoch, never)).names.map(formatBlobName);
    const [main, fork] = [await namesIn(MAIN), await namesIn(FORK)];
    expect(await seenBy("alice", 18)).toEqual([main.get(18)]);
    expect(await seenBy("bob", 16)).toEqual([main.get(16)]);
    expect(await seenBy("bob", 18)).toEqual([fork.get(18)]);
    expect(await seenBy("carol", 18)).toEqual([main.get(18), fork.get(18)].sort());
    expect(await fetchAll(bucket(provider.urlFor("bob")), await nameOf(18, FORK), never)).toEqual(
      await blobBytes(FORK, 18),
    );
    await expectCode(
      async () => fetchAll(bucket(provider.urlFor("alice")), await nameOf(18, FORK), never),
      "SOURCE_NOT_FOUND",
    );
  });

  it("hands out an invalid proof is read all the same: judging it is not the source's task", async () => {
    const provider = await provide([{ kind: "invalid-proof", epoch: 3 }]);
    const bytes = await fetchAll(bucket(provider.url), await nameOf(3), never);
    const expected = await blobBytes(MAIN, 3);
    expect(bytes).toHaveLength(expected.length);
    expect(bytes).not.toEqual(expected);
  });

  it("is gone gives SOURCE_UNREACHABLE", async () => {
    const provider = await provide([]);
    await provider.stop();
    const error = await expectCode(() => bucket(provider.url).latest(never), "SOURCE_UNREACHABLE");
    expect(error.message).toContain("ECONNREFUSED");
  });
});
