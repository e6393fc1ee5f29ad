import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { emptyDigest } from "../../src/akd/configuration.ts";
import { verifyAppendOnlyProof } from "../../src/akd/verify.ts";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import { DirectoryLog } from "../../src/provider/keys/directory-log.ts";
import { type BlobKey, formatKey } from "../../src/provider/log.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { blobBytes, FORK, LATER, MAIN, namesIn } from "../source/fixtures.ts";
import { SeededRandom } from "../support/virtual-clock.ts";

const folders: string[] = [];
const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-recording-"));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe("A recording", () => {
  it("is published an epoch at a time, to its end", async () => {
    const log = await openRecordedLog({ directory: MAIN });
    const names = await namesIn(MAIN);
    expect([log.newest, log.epochs(), log.published(1)]).toEqual([0, [], undefined]);
    for (let epoch = 1; epoch <= 24; epoch++) {
      const published = await log.publishNext();
      expect(formatKey(published!.main)).toBe(names.get(epoch));
      expect(published?.fork).toBeUndefined();
      expect(log.newest).toBe(epoch);
      expect(log.published(epoch + 1)).toBeUndefined();
    }
    expect(await log.publishNext()).toBeUndefined();
    expect(log.epochs()).toHaveLength(24);
    expect(new Uint8Array(await log.bytes(7, "main"))).toEqual(await blobBytes(MAIN, 7));
  });

  it("of a log that begins later begins there", async () => {
    const log = await openRecordedLog({ directory: join(LATER, "audits") });
    expect((await log.publishNext())?.main.epoch).toBe(2);
  });

  it("with a fork has two histories from the given epoch on", async () => {
    const log = await openRecordedLog({ directory: MAIN, fork: { directory: FORK, atEpoch: 17 } });
    for (let epoch = 1; epoch <= 24; epoch++) await log.publishNext();
    expect(log.published(16)?.fork).toBeUndefined();
    expect(formatKey(log.published(17)!.fork!)).toBe((await namesIn(FORK)).get(17));
    expect(new Uint8Array(await log.bytes(17, "fork"))).toEqual(await blobBytes(FORK, 17));
    expect(new Uint8Array(await log.bytes(17, "main"))).toEqual(await blobBytes(MAIN, 17));
  });

  it("does not hand out what is not published yet", async () => {
    const log = await openRecordedLog({ directory: MAIN });
    await expect(log.bytes(1, "main")).rejects.toMatchObject({ code: "PROVIDER_LOG_INVALID" });
  });

  it("ends at a gap, and with the shorter of the two histories", async () => {
    const [gap, short] = [await temporary(), await temporary()];
    for (const epoch of ["1", "2", "4"]) await cp(join(MAIN, "audits", epoch), join(gap, epoch), { recursive: true });
    for (const epoch of ["17", "18"]) await cp(join(FORK, "audits", epoch), join(short, epoch), { recursive: true });
    const ends = async (options: Parameters<typeof openRecordedLog>[0]): Promise<number> => {
      const log = await openRecordedLog(options);
      while ((await log.publishNext()) !== undefined);
      return log.newest;
    };
    expect(await ends({ directory: gap })).toBe(2);
    expect(await ends({ directory: MAIN, fork: { directory: short, atEpoch: 17 } })).toBe(18);
  });

  it("that is none is refused with the reason", async () => {
    const directory = await temporary();
    const refused = expect.objectContaining({ code: "PROVIDER_LOG_INVALID" });
    await expect(openRecordedLog({ directory: join(directory, "none") })).rejects.toEqual(refused);
    await expect(openRecordedLog({ directory })).rejects.toEqual(refused);
    const digest = "ab".repeat(32);
    await mkdir(join(directory, "1", digest), { recursive: true });
    await expect(openRecordedLog({ directory })).rejects.toThrow("0 blobs");
    await writeFile(join(directory, "1", digest, "00".repeat(32)), "a");
    await writeFile(join(directory, "1", digest, "11".repeat(32)), "b");
    await expect(openRecordedLog({ directory })).rejects.toThrow("2 blobs");
    const fork = { directory: FORK, atEpoch: 99 };
    await expect(openRecordedLog({ directory: MAIN, fork })).rejects.toThrow("no epoch 99");
  });
});

describe("A live log", () => {
  it.each(["whatsapp_v1", "experimental"] as const)(
    "of %s proves each epoch from the one before",
    async (configuration) => {
      const log = await DirectoryLog.open(
        { configuration, entriesPerEpoch: 5, forkAt: 3 },
        { random: new SeededRandom() },
      );
      const last = { main: toHex(emptyDigest(configuration)), fork: toHex(emptyDigest(configuration)) };
      for (let epoch = 1; epoch <= 5; epoch++) {
        const published = await log.publishNext();
        for (const branch of ["main", "fork"] as const) {
          const key: BlobKey = published[branch] ?? published.main;
          expect(key).toMatchObject({ epoch, previous: last[branch] });
          last[branch] = key.current;
          const request = { configuration, epoch, from: fromHex(key.previous), to: fromHex(key.current) };
          expect(verifyAppendOnlyProof(request, await log.bytes(epoch, branch)).inserted).toBe(5);
        }
        expect(published.fork === undefined).toBe(epoch < 3);
        expect(last.main === last.fork).toBe(epoch < 3);
      }
    },
  );

  it("keeps what fits, and the newest epoch in any case", async () => {
    const log = await DirectoryLog.open({ entriesPerEpoch: 5, keepBytes: 6_000 }, { random: new SeededRandom() });
    for (let epoch = 1; epoch <= 10; epoch++) await log.publishNext();
    expect(log.epochs().length).toBeGreaterThan(1);
    expect(log.epochs().length).toBeLessThan(10);
    expect(log.epochs().at(-1)).toBe(10);
    expect(log.published(1)).toBeUndefined();
    await expect(log.bytes(1, "main")).rejects.toMatchObject({ code: "PROVIDER_LOG_INVALID" });
    const tiny = await DirectoryLog.open({ entriesPerEpoch: 5, keepBytes: 1 }, { random: new SeededRandom() });
    for (let epoch = 1; epoch <= 3; epoch++) await tiny.publishNext();
    expect(tiny.epochs()).toEqual([3]);
  });
});
