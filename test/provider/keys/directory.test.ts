/** A whole key directory over HTTP: published to, asked, restarted, and lying. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyRequest } from "../../../src/akd/keys/key-check.ts";
import { type HistoryExtent, verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { fromHex, toHex, utf8 } from "../../../src/core/bytes.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { DirectoryLog } from "../../../src/provider/keys/directory-log.ts";
import { type Journal, levelJournal, memoryJournal } from "../../../src/provider/keys/journal.ts";
import type { Lie } from "../../../src/provider/lies.ts";
import { type RunningProvider, startProvider } from "../../../src/provider/server.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const bob = utf8("bob");
const bobHex = toHex(bob);
const random = new SeededRandom(12);
const [key1, key2, theirs] = [random.bytes(32), random.bytes(32), random.bytes(32)].map(toHex) as [
  string,
  string,
  string,
];

let folder: string;
let stops: (() => Promise<void>)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-directory-"));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true });
});

interface Served {
  readonly provider: RunningProvider;
  readonly log: DirectoryLog;
  stop(): Promise<void>;
}

async function served(
  journal: Journal,
  options: { forkAt?: number; lies?: Lie[]; startEpoch?: number } = {},
): Promise<Served> {
  const { forkAt, lies = [], startEpoch = 1 } = options;
  const settings = {
    configuration: "whatsapp_v1",
    entriesPerEpoch: 3,
    ...(forkAt === undefined ? {} : { forkAt }),
  } as const;
  const log = await DirectoryLog.open(settings, { random: new SeededRandom(5), journal });
  const provider = await startProvider({ lies, startEpoch }, { log, keys: log, clock: systemClock });
  const stop = async () => {
    await provider.stop();
    await log.close();
  };
  return { provider, log, stop };
}

async function starts(...given: Parameters<typeof served>): Promise<Served> {
  const one = await served(...given);
  stops.push(one.stop);
  return one;
}

async function ask(
  { provider }: Served,
  path: string,
  name = "",
): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${name === "" ? provider.url : provider.urlFor(name)}keys${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function hand({ provider }: Served, body: unknown): Promise<number> {
  const response = await fetch(`${provider.url}keys`, { method: "POST", body: JSON.stringify(body) });
  return response.status;
}

function requestOf(body: Record<string, string>, label = bob): KeyRequest {
  const { vrfKey, epoch, digest } = body;
  return {
    configuration: "whatsapp_v1",
    vrfKey: fromHex(vrfKey!),
    label,
    epoch: Number(epoch),
    digest: fromHex(digest!),
  };
}

function lookup(body: Record<string, string>) {
  const { version, value } = verifyLookupProof(requestOf(body), fromHex(body["proof"]!));
  return { version, value: toHex(value) };
}

function history(body: Record<string, string>, extent: HistoryExtent) {
  const options = { extent, tombstones: "refuse" } as const;
  return verifyHistoryProof(requestOf(body), fromHex(body["proof"]!), options).map(({ value }) => toHex(value));
}

describe("a practice directory", () => {
  it("publishes what it is handed with its next epoch, and proves it", async () => {
    const one = await starts(memoryJournal());
    expect((await ask(one, `/${bobHex}/lookup`)).status).toBe(404);
    expect(await hand(one, { entries: [{ label: bobHex, value: key1 }] })).toBe(202);
    await one.provider.publishNext();
    expect(lookup((await ask(one, `/${bobHex}/lookup`)).body)).toEqual({ version: 1, value: key1 });
    await hand(one, { entries: [{ label: bobHex, value: key2 }] });
    await one.provider.publishNext();
    expect(lookup((await ask(one, `/${bobHex}/lookup`)).body)).toEqual({ version: 2, value: key2 });
    const complete = await ask(one, `/${bobHex}/history?params=complete`);
    expect(history(complete.body, { kind: "complete" })).toEqual([key2, key1]);
    const recent = await ask(one, `/${bobHex}/history?params=most-recent:1`);
    expect(history(recent.body, { kind: "most-recent", count: 1 })).toEqual([key2]);
    expect((await ask(one, "")).body).toMatchObject({ configuration: "whatsapp_v1", epoch: 3 });
  });

  it("serves audit blobs whose chain leads to the digest of its proofs", async () => {
    const one = await starts(memoryJournal(), { startEpoch: 4 });
    let digest = "";
    for (const epoch of one.log.epochs()) {
      const { previous, current } = one.log.published(epoch)!.main;
      const request = { configuration: "whatsapp_v1", epoch, from: fromHex(previous), to: fromHex(current) } as const;
      verifyAppendOnlyProof(request, await one.log.bytes(epoch, "main"));
      digest = current;
    }
    expect((await ask(one, "")).body["digest"]).toBe(digest);
  });

  it("goes on after a restart: the same keys, epochs and VRF key, without a VRF to compute", async () => {
    const before = await served(await levelJournal(folder));
    await hand(before, { entries: [{ label: bobHex, value: key1 }] });
    await before.provider.publishNext();
    const { body: told } = await ask(before, `/${bobHex}/lookup`);
    await before.stop();
    const after = await starts(await levelJournal(folder));
    expect((await ask(after, `/${bobHex}/lookup`)).body).toEqual(told);
    await hand(after, { entries: [{ label: bobHex, value: key2 }] });
    await after.provider.publishNext();
    const { body } = await ask(after, `/${bobHex}/history`);
    expect([body["epoch"], history(body, { kind: "complete" })]).toEqual([3, [key2, key1]]);
  });

  it("loses nothing that it was handed when an epoch cannot be written: the next one has it", async () => {
    const journal = memoryJournal();
    let isFull = false;
    const append = async () => {
      if (isFull) throw new Error("the disk is full");
    };
    const one = await starts({ ...journal, append });
    await hand(one, { entries: [{ label: bobHex, value: key1 }] });
    isFull = true;
    await expect(one.provider.publishNext()).rejects.toThrow("the disk is full");
    expect((await ask(one, "")).body["epoch"]).toBe(1);
    isFull = false;
    await one.provider.publishNext();
    expect(lookup((await ask(one, `/${bobHex}/lookup`)).body)).toEqual({ version: 1, value: key1 });
  });

  it("refuses a folder that is in use, or holds a directory of another configuration", async () => {
    const journal = await levelJournal(folder);
    stops.push(() => journal.close());
    await journal.secret("experimental", () => random.bytes(32));
    await expect(levelJournal(folder)).rejects.toMatchObject({ code: "PROVIDER_LOG_INVALID" });
    const make = () => random.bytes(32);
    await expect(journal.secret("whatsapp_v1", make)).rejects.toMatchObject({ code: "PROVIDER_LOG_INVALID" });
  });

  it("answers every wrong question with its status, and takes none of it", async () => {
    const one = await starts(memoryJournal());
    for (const body of [
      ...[{ entries: [{}] }, { entries: [{ label: "", value: "" }] }, { entries: 1 }, { branch: "x" }, [], "", 3],
      ...[{ hidden: [{ label: "00", value: "00", version: "7" }] }, { tombstones: [{ label: "00", version: 0 }] }],
    ])
      expect([body, await hand(one, body)]).toEqual([body, 400]);
    const text = await fetch(`${one.provider.url}keys`, { method: "POST", body: "no json" });
    expect(text.status).toBe(400);
    const lie = (lies: unknown) =>
      fetch(`${one.provider.url}keys/lies`, { method: "POST", body: JSON.stringify({ lies }) });
    for (const lies of [
      3,
      [{}],
      [{ kind: "old-epoch" }],
      [{ kind: "denied", to: "x" }],
      Array(101).fill({ kind: "denied" }),
    ])
      expect((await lie(lies)).status).toBe(400);
    expect((await fetch(`${one.provider.url}keys/00/lookup`, { method: "POST", body: "{}" })).status).toBe(405);
    expect((await fetch(`${one.provider.url}keys`, { method: "DELETE" })).status).toBe(405);
    const many = Array.from({ length: 10_001 }, (_, index) => ({ label: toHex(utf8(`n${index}`)), value: "00" }));
    expect(await hand(one, { entries: many })).toBe(429);
    await hand(one, { entries: [{ label: bobHex, value: key1 }] });
    await one.provider.publishNext();
    expect((await ask(one, `/${bobHex}/history?params=all`)).status).toBe(400);
    expect((await ask(one, `/${bobHex}/history?params=most-recent:0`)).status).toBe(400);
    expect((await fetch(`${one.provider.url}keys/xyz/lookup`)).status).toBe(404);
  });
});

describe("its lies", () => {
  it("begin at any epoch, and a new fork leaves the main history anew, also after a restart", async () => {
    const before = await served(await levelJournal(folder));
    await hand(before, { entries: [{ label: bobHex, value: key1 }] });
    await before.provider.publishNext();
    expect(before.log.published(2)?.fork).toBeUndefined();
    for (const branch of ["fork", "new-fork"]) {
      await hand(before, { entries: [{ label: bobHex, value: theirs }], branch });
      await before.provider.publishNext();
    }
    const told = before.log.published(4)!;
    expect(before.log.published(3)?.fork).toBeDefined();
    expect(told.fork).toMatchObject({ previous: told.main.previous });
    await before.stop();
    const after = await starts(await levelJournal(folder));
    await after.provider.publishNext();
    expect([after.log.published(4), after.log.published(5)?.fork?.previous]).toEqual([told, told.fork!.current]);
  });

  it("swap a key for one person alone, on a private fork", async () => {
    const one = await starts(memoryJournal(), { forkAt: 3, lies: [{ kind: "fork", to: ["alice"] }] });
    await hand(one, { entries: [{ label: bobHex, value: key1 }] });
    await hand(one, { entries: [{ label: bobHex, value: theirs }], branch: "fork" });
    await one.provider.publishNext();
    await one.provider.publishNext();
    const [everybody, alice] = [
      await ask(one, `/${bobHex}/lookup`, "carol"),
      await ask(one, `/${bobHex}/lookup`, "alice"),
    ];
    expect([lookup(everybody.body), lookup(alice.body)]).toEqual([
      { version: 1, value: key1 },
      { version: 2, value: theirs },
    ]);
    expect(everybody.body["digest"]).not.toBe(alice.body["digest"]);
    expect(one.log.published(3)?.fork?.current).toBe(alice.body["digest"]);
  });

  it("stop nobody from publishing: a version that is hidden already cannot be published, and the rest goes on", async () => {
    const one = await starts(memoryJournal());
    for (let version = 1; version <= 5; version++) {
      await hand(one, { entries: [{ label: bobHex, value: key1 }] });
      await one.provider.publishNext();
    }
    await hand(one, { hidden: [{ label: bobHex, value: theirs, version: 7 }] });
    await one.provider.publishNext();
    expect(history((await ask(one, `/${bobHex}/history`)).body, { kind: "complete" })).toHaveLength(5);
    // The owner goes on to version 6; 7 cannot be published any more, and the directory does not stop for it.
    for (let times = 0; times < 2; times++) {
      await hand(one, { entries: [{ label: bobHex, value: key2 }] });
      await one.provider.publishNext();
    }
    expect((await ask(one, "")).body["epoch"]).toBe(9);
  });
});
