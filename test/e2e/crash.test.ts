/** Processes that die at the worst moment, and are started again. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { fromBase64, toHex } from "../../src/core/bytes.ts";
import { type SignedHead, verifyHead } from "../../src/core/head.ts";
import { decodeStatement } from "../../src/core/statement-codec.ts";
import { ClaimBook } from "../../src/ledger/claim-book.ts";
import type { Claim } from "../../src/ledger/claim-record.ts";
import { NativeVerifier } from "../../src/node/native-ed25519.ts";
import { systemRandom } from "../../src/node/system.ts";
import { isFree } from "../support/ports.ts";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "mortal.example"];
const MORTAL = "mortal.example";
const PRELOAD = fileURLToPath(new URL("./kill-before-signing.cjs", import.meta.url));

let world: World | undefined;
afterEach(() => world?.close());

/** What the node that is not running has promised. */
async function claimsOf(name: string, epochs: readonly number[]): Promise<(Claim | undefined)[]> {
  const folder = join(world?.member(name).folder ?? "", "data/claims");
  const book = await ClaimBook.open({ folder }, { random: systemRandom });
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
    world = await World.open({ names: NAMES, log: liveLog() });
    const preload = { NODE_OPTIONS: `--require=${PRELOAD}`, KILL_AT: signature, KILL_EPOCH: "3" };
    const doomed = world.start(MORTAL, preload);
    const others = await world.startAll(NAMES.slice(0, 2));
    await world.untilSigning(doomed);
    await world.publishTo(3);
    expect(await doomed.exited).toEqual({ code: null, signal: "SIGKILL" });
    const [second, third, fourth] = await claimsOf(MORTAL, [2, 3, 4]);
    expect([second?.epoch, third?.epoch, fourth]).toEqual([2, 3, undefined]);
    await world.untilHeads(others, 2, NAMES);
    for (const node of others) expect(await headAt(node, 3)).toBeUndefined();

    // Dying again over the same promise changes nothing about it, nor do epochs that came meanwhile.
    expect(await world.start(MORTAL, preload).exited).toEqual({ code: null, signal: "SIGKILL" });
    await world.publishTo(5);
    const revived = world.start(MORTAL);
    await world.untilHeads([...others, revived], 5, NAMES);
    for (const node of [...others, revived]) await expectYield(await headAt(node, 3), third);
  },
);

it("killed again and again while it catches up, a node leaves no gap and signs no epoch twice", async () => {
  const last = 60;
  world = await World.open({ names: NAMES, log: liveLog() });
  const [a, b, first] = await world.startAll(NAMES);
  if (a === undefined || b === undefined || first === undefined) throw new Error("three nodes were started");
  const others = [a, b];
  await first.kill();
  // Slow enough that it is not done before the first kill.
  world.lies.push({ kind: "slow", to: [MORTAL], delayMs: 40 });
  await world.publishTo(last);
  const random = new SeededRandom(20261123);
  const seen = new Map<number, string>();

  const lookAtHeads = async (): Promise<void> => {
    for (let epoch = 1; epoch <= last; epoch++) {
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
    const from = seen.size;
    await world.until("it has signed something", async () => {
      return ((await node.namespaceStatus())?.lastSigned?.epoch ?? 0) > from;
    });
    const [byte = 0] = random.bytes(1);
    await new Promise((resolve) => setTimeout(resolve, byte * 2));
    await node.kill();
    await lookAtHeads();
  }

  const revived = world.start(MORTAL);
  for (let epoch = 1; epoch <= last; epoch++) await world.untilHeads([...others, revived], epoch, NAMES);
  await lookAtHeads();
  expect(await revived.stop()).toEqual({ code: 0, signal: null });
  const epochs = Array.from({ length: last }, (_, index) => index + 1);
  const claims = await claimsOf(MORTAL, epochs);
  for (const [index, claim] of claims.entries()) {
    expect(claim === undefined ? "no claim" : toHex(claim.digest)).toBe(world.digest(index + 1));
    for (const node of others) await expectYield(await headAt(node, index + 1), claim);
  }
  for (const node of others) {
    expect(await node.cases()).toEqual([]);
    expect(node.logged("a case was opened")).toEqual([]);
  }
});

it("asked to stop, a node stops by itself, leaves nothing open and loses nothing; two never run on one folder", async () => {
  const log = liveLog();
  const downloads = vi.spyOn(log, "bytes");
  world = await World.open({ names: NAMES, log });
  const [a, b, node] = await world.startAll(NAMES);
  if (a === undefined || b === undefined || node === undefined) throw new Error("three nodes were started");
  const others = [a, b];
  await world.publishTo(4);
  await world.untilHeads([...others, node], 4, NAMES);

  // A second one on the same folder says why it does not start, and does the first one no harm.
  const { configFile, port, apiPort } = world.member(MORTAL);
  const second = await coaudit("run", "--config", configFile);
  expect(second.exitCode).toBe(1);
  expect(second.text).toContain("in use by another process");
  await world.publishTo(5);
  await world.untilHeads([...others, node], 5, NAMES);

  const before = await Promise.all([1, 2, 3, 4, 5].map((epoch) => node.heads(NAMESPACE, epoch)));
  expect(await node.stop()).toEqual({ code: 0, signal: null });
  expect(await isFree(port)).toBe(true);
  expect(await isFree(apiPort)).toBe(true);

  // It also stops in the middle of a download that does not end.
  world.lies.push({ kind: "slow", epoch: 6, to: [MORTAL], delayMs: 10_000, bytesPerSecond: 1 });
  await world.publishTo(6);
  const waiting = world.start(MORTAL);
  await world.until("everybody downloads it", () => downloads.mock.calls.filter(([epoch]) => epoch === 6).length === 3);
  await world.until("it answers", async () => (await waiting.status()) !== undefined);
  expect(await Promise.all([1, 2, 3, 4, 5].map((epoch) => waiting.heads(NAMESPACE, epoch)))).toEqual(before);
  expect(await waiting.stop()).toEqual({ code: 0, signal: null });

  world.lies.length = 0;
  const again = world.start(MORTAL);
  await world.untilHeads([...others, again], 6, NAMES);
  expect(again.logged("a case was opened")).toEqual([]);
});
