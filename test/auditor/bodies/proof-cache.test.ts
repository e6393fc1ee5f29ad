import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeptProof, ProofCache, ProofDraft } from "../../../src/auditor/bodies/proof-cache.ts";
import { FolderProofCache } from "../../../src/auditor/bodies/proof-folder.ts";
import { concat, fromUtf8, utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { type BlobName, formatBlobName } from "../../../src/source/source.ts";
import { type Blob, blob, digestOf, withBody } from "../stub-log.ts";
import { World } from "../world.ts";

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "coaudit-proofs-")), "ns-..");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const nameOf = (epoch: number, history = "main"): BlobName => blob(epoch, undefined, digestOf(epoch, history)).name;
const openCache = (limits: { maxEpochs?: number; maxBytes?: number } = {}) =>
  FolderProofCache.open({ folder, maxEpochs: 3, maxBytes: 1_000_000, ...limits });

async function offer(cache: ProofCache, name: BlobName, body: string): Promise<"no room" | "offered"> {
  const draft = await cache.begin(name, body.length);
  if (draft === undefined) return "no room";
  for (const character of body) await draft.write(utf8(character));
  await draft.offer(sha256(utf8(body)));
  return "offered";
}

async function keep(cache: ProofCache, epoch: number, body: string): Promise<void> {
  await offer(cache, nameOf(epoch), body);
  await cache.publish(nameOf(epoch));
}

async function textOf(proof: KeptProof | undefined): Promise<string | undefined> {
  if (proof === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of proof.body) chunks.push(chunk);
  await proof.close();
  return fromUtf8(concat(...chunks));
}

async function keptOf(cache: FolderProofCache, upTo: number): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (let epoch = 1; epoch <= upTo; epoch++) texts.push(await textOf(await cache.open(epoch)));
  return texts;
}

async function usedBytes(): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe("a proof cache in a folder", () => {
  it("hands out what the audit took up, and says what it is", async () => {
    const cache = await openCache();
    await keep(cache, 5, "proof");
    const proof = await cache.open(5);
    expect(proof && [formatBlobName(proof.name), proof.sizeBytes, proof.sha256]).toEqual([
      formatBlobName(nameOf(5)),
      5,
      sha256(utf8("proof")),
    ]);
    expect(await textOf(proof)).toBe("proof");
  });

  it("hands out nothing that is being written, was discarded, or was verified and not taken up", async () => {
    const cache = await openCache();
    const draft = await cache.begin(nameOf(1));
    await draft?.write(utf8("ha"));
    expect(await cache.open(1)).toBeUndefined();
    await draft?.discard();
    expect(await readdir(folder)).toEqual([]);
    await offer(cache, nameOf(1), "one");
    await offer(cache, nameOf(1, "fork"), "two");
    expect(await cache.open(1)).toBeUndefined();
    await cache.publish(nameOf(1));
    expect(await cache.open(1)).toBeUndefined();
    await keep(cache, 2, "next");
    expect(await keptOf(cache, 2)).toEqual([undefined, "next"]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it("keeps the last epochs alone", async () => {
    const cache = await openCache({ maxEpochs: 2 });
    for (let epoch = 1; epoch <= 4; epoch++) await keep(cache, epoch, `${epoch}`);
    expect(await keptOf(cache, 4)).toEqual([undefined, undefined, "3", "4"]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("never takes more of the disk than it may, what it is writing included, and drops the oldest for it", async () => {
    const cache = await openCache({ maxBytes: 10 });
    await keep(cache, 1, "1111");
    await keep(cache, 2, "2222");
    const draft = (await cache.begin(nameOf(3))) as ProofDraft;
    for (const character of "333333") {
      await draft.write(utf8(character));
      expect(await usedBytes()).toBeLessThanOrEqual(10);
    }
    await draft.offer(sha256(utf8("333333")));
    await cache.publish(nameOf(3));
    expect(await keptOf(cache, 3)).toEqual([undefined, "2222", "333333"]);
  });

  it("does not keep what is too large, said so beforehand or not, nor drops anything for what says so", async () => {
    const cache = await openCache({ maxBytes: 10 });
    await keep(cache, 1, "1111");
    expect(await offer(cache, nameOf(2), "2".repeat(11))).toBe("no room");
    expect(await keptOf(cache, 2)).toEqual(["1111", undefined]);
    const draft = (await cache.begin(nameOf(2))) as ProofDraft;
    for (let i = 0; i < 11; i++) await draft.write(utf8("2"));
    expect(await usedBytes()).toBeLessThanOrEqual(10);
    await draft.offer(sha256(utf8("2".repeat(11))));
    await cache.publish(nameOf(2));
    expect(await keptOf(cache, 2)).toEqual([undefined, undefined]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("hands out a proof whole that it drops meanwhile", async () => {
    const cache = await openCache({ maxEpochs: 1 });
    await keep(cache, 1, "one");
    const proof = await cache.open(1);
    await keep(cache, 2, "two");
    expect(await textOf(proof)).toBe("one");
  });

  it("goes on after a restart with what it had, and removes what a crash left unfinished", async () => {
    const before = await openCache();
    for (let epoch = 1; epoch <= 3; epoch++) await keep(before, epoch, `${epoch}`);
    const draft = await before.begin(nameOf(4));
    await draft?.write(utf8("half"));
    await offer(before, nameOf(4), "verified, and not taken up");
    const after = await openCache({ maxEpochs: 2 });
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
    await keep(after, 4, "4");
    expect(await keptOf(after, 4)).toEqual([undefined, undefined, "3", "4"]);
    await draft?.discard();
  });

  it("does not hand out what an earlier life kept when its bytes are others now", async () => {
    await keep(await openCache(), 1, "proof");
    await keep(await openCache(), 2, "second");
    const [first = "", second = ""] = (await readdir(folder)).sort();
    await writeFile(join(folder, first), "prooF");
    await writeFile(join(folder, second), "sec");
    const cache = await openCache();
    expect(await keptOf(cache, 2)).toEqual([undefined, undefined]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is readable by its owner alone", async () => {
    await keep(await openCache(), 1, "proof");
    const [file = ""] = await readdir(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  });
});

describe("an auditor with a proof cache", () => {
  const textOfBlob = ({ body }: Blob): string => fromUtf8(body);

  it("keeps what it verified and signed, byte for byte", async () => {
    const world = new World();
    const cache = await openCache();
    world.source.publishUpTo(3);
    await world.start({}, { proofCache: cache });
    await expect.poll(() => world.heads.epochs().length).toBe(3);
    expect(await keptOf(cache, 3)).toEqual([1, 2, 3].map((epoch) => textOfBlob(blob(epoch))));
    await world.stopAll();
  });

  it("writes nothing for epochs that would be dropped before it has caught up", async () => {
    const world = new World();
    const begun: number[] = [];
    const cache: ProofCache = {
      keptEpochs: 2,
      begin: async ({ epoch }) => {
        begun.push(epoch);
        return undefined;
      },
      publish: async () => {},
    };
    world.source.publishUpTo(6);
    await world.start({}, { proofCache: cache });
    await world.clock.advance(60_000);
    expect(world.heads.epochs()).toHaveLength(6);
    // Before the first answer about the newest epoch it does not know better.
    expect(begun.filter((epoch) => epoch > 1)).toEqual([5, 6]);
    await world.stopAll();
  });

  it("never keeps an invalid proof", async () => {
    const world = new World();
    const cache = await openCache();
    world.source.publishUpTo(1);
    world.source.publish(withBody(blob(2), "wrong"));
    const auditor = await world.start({}, { proofCache: cache });
    await expect.poll(() => world.heads.epochs().length).toBe(1);
    await expect
      .poll(async () => {
        await world.clock.advance(60_000);
        return auditor.status().state;
      })
      .toBe("halted");
    expect(await keptOf(cache, 2)).toEqual([textOfBlob(blob(1)), undefined]);
    expect(await readdir(folder)).toHaveLength(1);
    await world.stopAll();
  });

  it("hands out neither of two right proofs to two digests", async () => {
    const world = new World();
    const cache = await openCache();
    world.source.publishUpTo(1);
    world.source.publish(blob(2), blob(2, digestOf(1), digestOf(2, "fork")));
    const auditor = await world.start({}, { proofCache: cache });
    await expect
      .poll(async () => {
        await world.clock.advance(60_000);
        return auditor.status().state;
      })
      .toBe("halted");
    expect(await cache.open(2)).toBeUndefined();
    await world.stopAll();
  });

  const fail = async (): Promise<never> => {
    throw new Error("no space left");
  };
  const drafts: Record<string, () => Promise<ProofDraft | undefined>> = {
    "at once": fail,
    "in the middle": async () => ({ write: fail, offer: fail, discard: fail }),
    "at the end": async () => ({ write: async () => {}, offer: fail, discard: fail }),
  };
  for (const [when, begin] of Object.entries(drafts)) {
    it(`audits on when the cache fails ${when}, and says so once`, async () => {
      const world = new World();
      world.source.publishUpTo(4);
      const auditor = await world.start({}, { proofCache: { keptEpochs: 10, begin, publish: fail } });
      await world.clock.advance(60_000);
      expect(world.heads.epochs()).toHaveLength(4);
      expect(auditor.status().behind).toBeUndefined();
      expect(world.log.alarms.filter((line) => line.includes("no space left"))).toHaveLength(1);
      await world.stopAll();
    });
  }

  it("audits on when the cache's folder vanishes under it", async () => {
    const world = new World();
    const cache = await openCache();
    await rm(folder, { recursive: true });
    world.source.publishUpTo(3);
    await world.start({}, { proofCache: cache });
    await expect.poll(() => world.heads.epochs().length).toBe(3);
    await mkdir(folder);
    world.source.publishUpTo(4);
    await expect
      .poll(async () => {
        await world.clock.advance(10_000);
        return world.heads.epochs().length;
      })
      .toBe(4);
    expect(await textOf(await cache.open(4))).toBe(textOfBlob(blob(4)));
    expect(await readFile(join(folder, (await readdir(folder))[0] ?? ""), "utf8")).toBe(textOfBlob(blob(4)));
    await world.stopAll();
  });
});
