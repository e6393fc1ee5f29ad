import { describe, expect, it } from "vitest";
import { clockProblem, SourceTime } from "../../src/auditor/look/clock-check.ts";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { Waker } from "../../src/auditor/waker.ts";
import { toHex } from "../../src/core/bytes.ts";
import { FactCounter } from "../../src/core/fact-counter.ts";
import { verifyHead } from "../../src/core/head.ts";
import type { Observation, Unsigned } from "../../src/core/statement.ts";
import { auditorRecordMessage, verifyStatement } from "../../src/core/statement-signature.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";
import { digestOf, HOST, NAMESPACE, ORIGIN } from "./stub-log.ts";
import { signingKey } from "./world.ts";

const proofVerifier = new NativeVerifier();
const { publicKey } = signingKey;
const claim: Claim = {
  namespace: NAMESPACE,
  origin: ORIGIN,
  epoch: 5,
  digest: digestOf(5),
  timestampMs: 1_700_000_000_999,
  suite: 1,
  late: false,
  publicKey,
};

describe("A signer", () => {
  const signer = new SeedSigner(signingKey);

  it("signs a claim twice over, the same bytes every time", async () => {
    for (const suite of [1, 2] as const) {
      const head = await signer.signHead({ ...claim, suite });
      expect(await verifyHead(head, { verifier: proofVerifier })).toBe(true);
      expect(head.cosignature).toHaveLength(64);
      expect(await new SeedSigner(signingKey).signHead({ ...claim, suite })).toEqual(head);
    }
  });

  it("gives a late claim the Plexi signature alone", async () => {
    const head = await signer.signHead({ ...claim, late: true });
    expect(head).not.toHaveProperty("cosignature");
    expect(await verifyHead(head, { verifier: proofVerifier })).toBe(true);
  });

  it("signs observations and its half of a record", async () => {
    const unsigned: Unsigned<Observation> = {
      type: "observation",
      namespace: NAMESPACE,
      origin: ORIGIN,
      epoch: 5,
      kind: "withheld",
      blobNames: [],
      bodyHashes: [],
      host: HOST,
      errorCode: "NOT_LISTED",
      timestampMs: 5,
      publicKey,
    };
    expect(await verifyStatement(await signer.signObservation(unsigned), { verifier: proofVerifier })).toBe(true);
    const peerPublicKey = digestOf(1);
    const record = { name: "a", sequence: 1, multiaddrs: [], roots: [], publicKey, peerPublicKey } as const;
    const { signature } = await signer.signRecord({ type: "auditor-record", ...record });
    const message = auditorRecordMessage({ type: "auditor-record", ...record });
    expect(await proofVerifier.verify(publicKey, message, signature)).toBe(true);
  });

  it("refuses what names another key", async () => {
    const other = ed25519KeyFromSeed(new Uint8Array(32).fill(8)).publicKey;
    await expect(signer.signHead({ ...claim, publicKey: other })).rejects.toMatchObject({
      code: "SIGNER_WRONG_KEY",
      metadata: { asked: toHex(other), held: toHex(publicKey) },
    });
  });
});

describe("A fact", () => {
  it("takes as many equal looks and as much time as the rule says", () => {
    const counter = new FactCounter({ factFetches: 3, factSpanMs: 600 });
    expect(counter.intervalMs).toBe(300);
    for (const [fingerprint, atMs, isFact] of [
      ["a", 0, false],
      ["a", 100, false],
      ["a", 599, false],
      ["a", 600, true],
      ["b", 700, false],
      ["a", 800, false],
      ["a", 1_400, false],
      ["a", 1_401, true],
      ["a", 900, false],
    ] as const) {
      counter.note(fingerprint, atMs);
      expect(counter.isFact(), `${fingerprint} at ${atMs}`).toBe(isFact);
    }
  });

  it("may rest on a single look", () => {
    const counter = new FactCounter({ factFetches: 1, factSpanMs: 0 });
    counter.note("a", 5);
    expect(counter.isFact()).toBe(true);
  });
});

describe("The clock", () => {
  const NOW = 1_700_000_000_000;
  const off = 121_000;
  const inDoubt = (notBeforeMs?: number, sourceMs?: number, headTimesMs: number[] = [], wordMs?: number): boolean =>
    clockProblem(NOW, { notBeforeMs, wordMs, sourceMs, headTimesMs }, 120_000) !== undefined;

  it("is what a person says that it is for a week, whatever others' clocks show", () => {
    const day = 86_400_000;
    expect(inDoubt(NOW - 7 * day, NOW + off, [NOW + off], NOW - 7 * day)).toBe(false);
    expect(inDoubt(NOW - 8 * day, NOW + off, [NOW + off], NOW - 7 * day - 1)).toBe(true);
    expect(inDoubt(NOW + 1, NOW, [NOW], NOW)).toBe(true);
  });

  it("is not in doubt without witnesses, or within two minutes of them", () => {
    expect(inDoubt()).toBe(false);
    expect(inDoubt(NOW, NOW - 120_000, [NOW + 120_000])).toBe(false);
  });

  it("is in doubt behind the previous claim, by any amount", () => {
    expect(inDoubt(NOW + 1, NOW, [NOW])).toBe(true);
  });

  it("is in doubt when the source and the heads both disagree, or the only one known", () => {
    expect(inDoubt(undefined, NOW + off, [NOW + off])).toBe(true);
    expect(inDoubt(undefined, NOW - off)).toBe(true);
    expect(inDoubt(undefined, NOW + off, [NOW])).toBe(false);
    expect(inDoubt(undefined, NOW, [NOW + off])).toBe(false);
    expect(inDoubt(undefined, undefined, [NOW + off])).toBe(true);
    // Heads of a quiet log are old: alone they say nothing against a clock that is ahead of them.
    expect(inDoubt(undefined, undefined, [NOW - off])).toBe(false);
  });

  it("follows the median of the heads, so that a minority of liars moves nothing", () => {
    expect(inDoubt(undefined, NOW + off, [NOW, NOW, NOW + off, NOW + off, NOW - off])).toBe(false);
    expect(inDoubt(undefined, undefined, [NOW, NOW, NOW + off])).toBe(false);
  });
});

describe("The source's time", () => {
  it("runs on from the last answer, and is unknown once that is old", async () => {
    const clock = new VirtualClock(1_000_000);
    const time = new SourceTime(clock);
    expect(time.isKnown(60_000)).toBe(false);
    expect(time.nowMs()).toBeUndefined();
    time.note(5_000_000);
    await clock.advance(60_000);
    expect(time.nowMs()).toBe(5_060_000);
    expect(time.isKnown(60_000)).toBe(true);
    await clock.advance(1);
    expect(time.isKnown(60_000)).toBe(false);
  });

  it("is not moved by setting this machine's clock", async () => {
    const clock = new VirtualClock();
    const time = new SourceTime(clock);
    time.note(5_000_000);
    clock.set(-24 * 3_600_000);
    expect(time.isKnown(60_000)).toBe(true);
    expect(time.nowMs()).toBe(5_000_000);
    time.note(undefined);
    expect(time.nowMs()).toBeUndefined();
  });
});

describe("A wait", () => {
  it("ends by its time, by a call, by its signal, and leaves no timer behind", async () => {
    const clock = new VirtualClock();
    const waker = new Waker();
    const life = new AbortController();
    const ended: string[] = [];
    const wait = (name: string, ms: number): void => {
      void waker.wait(clock, ms, life.signal).then(() => ended.push(name));
    };
    wait("time", 100);
    await clock.advance(100);
    wait("call", 100);
    await settle();
    waker.wake();
    await settle();
    wait("forever", Number.POSITIVE_INFINITY);
    await clock.advance(1e12);
    expect(ended).toEqual(["time", "call"]);
    waker.wake();
    await settle();
    wait("signal", 100);
    life.abort();
    await settle();
    wait("after the end", Number.POSITIVE_INFINITY);
    await settle();
    expect(ended).toEqual(["time", "call", "forever", "signal", "after the end"]);
    expect(clock.sleeping).toBe(0);
  });

  it("does not miss a call that comes just before it", async () => {
    const clock = new VirtualClock();
    const waker = new Waker();
    waker.wake();
    await waker.wait(clock, Number.POSITIVE_INFINITY, new AbortController().signal);
  });
});
