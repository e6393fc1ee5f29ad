import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryQuarantine, type Quarantine, type QuarantineLimits } from "../../../src/auditor/bodies/quarantine.ts";
import { FolderQuarantine } from "../../../src/auditor/bodies/quarantine-folder.ts";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { HOST, NAMESPACE } from "../stub-log.ts";
import { World } from "../world.ts";

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "coaudit-quarantine-")), "quarantine");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

async function keep(quarantine: Quarantine, body: string, epoch = 5): Promise<"no room" | "offered"> {
  const draft = await quarantine.begin({
    namespace: NAMESPACE,
    epoch,
    blobName: `${epoch}/aa/bb`,
    host: HOST,
    headers: { etag: '"1"' },
    receivedMs: 1,
  });
  if (draft === undefined) return "no room";
  for (const character of body) await draft.write(utf8(character));
  await draft.keep(sha256(utf8(body)), "PROOF_TRUNCATED");
  return "offered";
}

const makers: Record<
  string,
  (limits: Partial<QuarantineLimits>) => { quarantine: Quarantine; kept: () => Promise<string[]> }
> = {
  "in memory": (limits) => {
    const quarantine = new MemoryQuarantine(limits);
    return { quarantine, kept: async () => quarantine.bodies.map(({ body }) => new TextDecoder().decode(body)).sort() };
  },
  "in a folder": (limits) => ({
    quarantine: new FolderQuarantine({ folder, ...limits }),
    kept: async () => {
      const names = (await readdir(folder)).filter((name) => name.endsWith(".body"));
      return (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).sort();
    },
  }),
};

for (const [where, make] of Object.entries(makers)) {
  describe(`A quarantine ${where}`, () => {
    it("keeps each distinct body once", async () => {
      const { quarantine, kept } = make({});
      await keep(quarantine, "one");
      await keep(quarantine, "two");
      await keep(quarantine, "one");
      expect(await kept()).toEqual(["one", "two"]);
    });

    it("takes no more bodies than it may, and keeps the first", async () => {
      const { quarantine, kept } = make({ maxBodies: 2 });
      expect([await keep(quarantine, "1"), await keep(quarantine, "2"), await keep(quarantine, "3")]).toEqual([
        "offered",
        "offered",
        "no room",
      ]);
      expect(await kept()).toEqual(["1", "2"]);
    });

    it("takes no more bytes than it may", async () => {
      const { quarantine, kept } = make({ maxBytes: 10 });
      await keep(quarantine, "1234567");
      await keep(quarantine, "abcd");
      await keep(quarantine, "xyz");
      expect(await keep(quarantine, "!")).toBe("no room");
      expect(await kept()).toEqual(["1234567", "xyz"]);
    });

    it("leaves nothing of a body that is discarded", async () => {
      const { quarantine, kept } = make({});
      await keep(quarantine, "one");
      const about = { namespace: NAMESPACE, epoch: 1, blobName: "1/a/b", host: HOST, headers: {}, receivedMs: 1 };
      const draft = await quarantine.begin(about);
      await draft?.write(utf8("half"));
      await draft?.discard();
      expect(await kept()).toEqual(["one"]);
    });
  });
}

describe("A quarantine in a folder", () => {
  it("says beside each body where it came from, readable by its owner alone", async () => {
    await keep(new FolderQuarantine({ folder }), "one");
    const id = `${NAMESPACE}-5-${toHex(sha256(utf8("one")))}`;
    expect((await readdir(folder)).sort()).toEqual([`${id}.body`, `${id}.json`]);
    expect(JSON.parse(await readFile(join(folder, `${id}.json`), "utf8"))).toMatchObject({
      blobName: "5/aa/bb",
      host: HOST,
      headers: { etag: '"1"' },
      sizeBytes: 3,
      errorCode: "PROOF_TRUNCATED",
    });
  });

  it("sweeps away what a crash left unfinished", async () => {
    await keep(new FolderQuarantine({ folder }), "one");
    await writeFile(join(folder, "7.part"), "half");
    await keep(new FolderQuarantine({ folder }), "two");
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(await readdir(folder)).toHaveLength(4);
  });
});

describe("A quarantine that fails", () => {
  const failing: Record<string, Quarantine> = {
    "at once": {
      begin: async () => {
        throw new Error("no space left");
      },
    },
    "in the middle": { begin: async () => ({ write: fail, keep: fail, discard: fail }) },
    "at the end": { begin: async () => ({ write: async () => {}, keep: fail, discard: fail }) },
    "by being full": { begin: async () => undefined },
  };
  for (const [when, quarantine] of Object.entries(failing)) {
    it(`${when} keeps no auditor from seeing what is wrong`, async () => {
      const world = new World();
      world.source.publishUpTo(1);
      world.source.body = () => utf8("garbage");
      const auditor = await world.start({}, { quarantine });
      await world.clock.advance(12 * 60_000);
      expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
      expect(world.observations.said).toHaveLength(1);
      expect(world.log.alarms.join()).toContain("quarantine");
      await world.stopAll();
    });
  }

  async function fail(): Promise<never> {
    throw new Error("no space left");
  }
});
