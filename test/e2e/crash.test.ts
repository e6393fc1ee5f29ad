/** Processes that die at the worst moment, and are started again. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { fromBase64, toHex } from "../../src/core/bytes.ts";
import { parseVkey } from "../../src/core/checkpoint.ts";
import { type SignedHead, verifyHead } from "../../src/core/head.ts";
import { decodeStatement } from "../../src/core/statement-codec.ts";
import { ClaimBook } from "../../src/ledger/claims/claim-book.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { systemRandom } from "../../src/platform/system.ts";
import { isFree } from "../support/ports.ts";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const MORTAL = "mortal.example";
const NAMES = [MORTAL, "a.example", "b.example"];
const PRELOAD = fileURLToPath(new URL("./kill-before-signing.cjs", import.meta.url));

let world: World;
let others: readonly NodeProcess[];
let mortal: NodeProcess;
const log = await liveLog();
const downloads = vi.spyOn(log, "bytes");

beforeAll(async () => {
  world = await World.open({ names: NAMES, log });
  [mortal, ...others] = (await world.startAll(NAMES)) as [NodeProcess, ...NodeProcess[]];
});
afterAll(() => world?.close());

/** What the node that is not running has promised. */
async function claimsOf(name: string, epochs: readonly number[]): Promise<(Claim | undefined)[]> {
  const folder = join(world.member(name).folder, "data/claims");
  const { publicKey } = parseVkey(world.member(name).vkey);
  const book = await ClaimBook.open({ folder, publicKeys: [publicKey] }, { random: systemRandom });
  try {
    return await Promise.all(epochs.map((epoch) => book.get(NAMESPACE, epoch)));
  } finally {
    await book.close();
  }
}

/** The mortal's head as a node holds it. */
async function headAt(node: NodeProcess, epoch: number): Promise<SignedHead | undefined> {
  const view = (await node.heads(NAMESPACE, epoch)).find(({ auditor }) => auditor === MORTAL);
  return view === undefined ? undefined : (decodeStatement(fromBase64(view.statement)) as SignedHead);
}

/** The head is what the claim yields: this time, this digest, both signatures valid. */
async function expectYield(head: SignedHead | undefined, claim: Claim | undefined): Promise<void> {
  if (head === undefined || claim === undefined) throw new Error(`head ${head?.epoch}, claim ${claim?.epoch}`);
  const { epoch, timestampMs, suite } = claim;
  expect(head).toMatchObject({ epoch, timestampMs, suite });
  expect(toHex(head.digest)).toBe(toHex(claim.digest));
  expect(head.cosignature === undefined).toBe(claim.late);
  expect(await verifyHead(head, { verifier: new NativeVerifier() })).toBe(true);
}

it.each(["plexi", "cosignature"] as const)(
  "killed with the claim on disk and before the %s signature exists, a node signs that claim and no other after its restart",
  async (signature) => {
    const [before, fatal, after] = [1, 2, 3].map((more) => log.newest + more) as [number, number, number];
    await mortal.kill();
    const preload = { NODE_OPTIONS: `--require=${PRELOAD}`, KILL_AT: signature, KILL_EPOCH: String(fatal) };
    const doomed = world.start(MORTAL, preload);
    await world.untilSigning(doomed);
    await world.publishTo(fatal);
    expect(await doomed.exited).toEqual({ code: null, signal: "SIGKILL" });
    const claims = await claimsOf(MORTAL, [before, fatal, after]);
    expect(claims.map((claim) => claim?.epoch)).toEqual([before, fatal, undefined]);
    await world.untilHeads(others, before, NAMES);
    for (const node of others) expect(await headAt(node, fatal)).toBeUndefined();

    // Dying again over the same promise changes nothing about it, nor do epochs that came meanwhile.
    expect(await world.start(MORTAL, preload).exited).toEqual({ code: null, signal: "SIGKILL" });
    await world.publishTo(fatal + 2);
    mortal = world.start(MORTAL);
    await world.untilHeads([...others, mortal], fatal + 2, NAMES);
    for (const node of [...others, mortal]) await expectYield(await headAt(node, fatal), claims[1]);
  },
);

it("killed again and again while it catches up, a node leaves no gap and signs no epoch twice", async () => {
  await mortal.kill();
  const first = log.newest + 1;
  const epochs = Array.from({ length: 60 }, (_, index) => first + index);
  // Slow enough that it is not done before the first kill.
  world.lies.push({ kind: "slow", to: [MORTAL], delayMs: 40 });
  await world.publishTo(first + 59);
  const random = new SeededRandom(20261123);
  const seen = new Map<number, string>();

  const lookAtHeads = async (): Promise<void> => {
    for (const epoch of epochs) {
      for (const node of others) {
        const head = await headAt(node, epoch);
        if (head === undefined) continue;
        const text = `${toHex(head.digest)} ${head.timestampMs}`;
        expect(seen.get(epoch) ?? text).toBe(text);
        seen.set(epoch, text);
      }
    }
  };

  for (let life = 1; life <= 5; life++) {
    const node = world.start(MORTAL);
    const from = Math.max(first - 1, ...seen.keys());
    await world.until("it has signed something", async () => {
      return ((await node.namespaceStatus())?.lastSigned?.epoch ?? 0) > from;
    });
    const [byte = 0] = random.bytes(1);
    await new Promise((resolve) => setTimeout(resolve, byte * 2));
    await node.kill();
    await lookAtHeads();
  }

  world.lies.length = 0;
  mortal = world.start(MORTAL);
  for (const epoch of epochs) await world.untilHeads([...others, mortal], epoch, NAMES);
  await lookAtHeads();
  expect(await mortal.stop()).toEqual({ code: 0, signal: null });
  for (const [index, claim] of (await claimsOf(MORTAL, epochs)).entries()) {
    const epoch = first + index;
    expect(claim === undefined ? "no claim" : toHex(claim.digest)).toBe(world.digest(epoch));
    for (const node of others) await expectYield(await headAt(node, epoch), claim);
  }
  for (const node of others) expect(node.logged("a case was opened")).toEqual([]);
});

it("asked to stop, a node stops by itself, leaves nothing open and loses nothing; two never run on one folder", async () => {
  mortal = world.start(MORTAL);
  await world.untilSigning(mortal);
  const last = log.newest + 1;

  // A second one on the same folder says why it does not start, and does the first one no harm.
  const { configFile, port, apiPort } = world.member(MORTAL);
  const second = await coaudit("run", "--config", configFile);
  expect(second.exitCode).toBe(1);
  expect(second.text).toContain("in use by another process");
  await world.publishTo(last);
  await world.untilHeads([...others, mortal], last, NAMES);

  const held = (node: NodeProcess): Promise<unknown> =>
    Promise.all([last - 2, last - 1, last].map((epoch) => node.heads(NAMESPACE, epoch)));
  const before = await held(mortal);
  expect(await mortal.stop()).toEqual({ code: 0, signal: null });
  expect(await isFree(port)).toBe(true);
  expect(await isFree(apiPort)).toBe(true);

  // It also stops in the middle of a download that does not end.
  world.lies.push({ kind: "slow", epoch: last + 1, to: [MORTAL], delayMs: 10_000, bytesPerSecond: 1 });
  await world.publishTo(last + 1);
  const waiting = world.start(MORTAL);
  await world.until("everybody downloads it", () => {
    return downloads.mock.calls.filter(([epoch]) => epoch === last + 1).length === NAMES.length;
  });
  await world.until("it answers", async () => (await waiting.status()) !== undefined);
  expect(await held(waiting)).toEqual(before);
  expect(await waiting.stop()).toEqual({ code: 0, signal: null });

  world.lies.length = 0;
  mortal = world.start(MORTAL);
  await world.untilHeads([...others, mortal], last + 1, NAMES);
  expect(mortal.logged("a case was opened")).toEqual([]);
});
