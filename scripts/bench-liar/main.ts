/**
 * One auditor of five that lies for years: at every epoch it signs another digest than an honest one, then two digests
 * for one epoch, which convicts it, and then two for each further one. What that costs a ledger on a real LevelDB: time
 * of one core, disk, memory, alerts, and the next start.
 *
 * Signatures are not made and not checked here: 160 us of one core each (docs/protocol.md 5), whatever is signed.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { SignedHead } from "../../src/core/head.ts";
import { Roster } from "../../src/core/roster.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import { LevelStore } from "../../src/ledger/store/level-store.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { systemClock } from "../../src/platform/system.ts";

const NAMESPACE = "bench.v1";
const ORIGIN = "bench/v1";
const T0_MS = 1_700_000_000_000;
const NAMES = ["a.example", "b.example", "c.example", "d.example", "liar.example"];

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "700000" },
    conflicts: { type: "string", default: "10000" },
    json: { type: "boolean", default: false },
  },
});

const keys = NAMES.map((_, index) => ed25519KeyFromSeed(new Uint8Array(32).fill(index + 1)).publicKey);
const roster = new Roster(
  NAMES.map((name, index) => ({
    name,
    keys: [{ publicKey: keys[index] as Uint8Array }],
    addresses: [],
    // Forgiven for all epochs: what it signs goes on to be judged.
    ...(name === "liar.example" ? { trustedUntil: { [NAMESPACE]: Number.MAX_SAFE_INTEGER } } : {}),
  })),
);

const results: Record<string, number> = {};
await alone(Number(values.epochs));
await started(Number(values.conflicts));
if (values.json) console.log(JSON.stringify(results));
else for (const [what, value] of Object.entries(results)) console.log(`${what.padEnd(60)} ${value}`);

/** Years of lies, then a conviction. */
async function alone(epochs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coaudit-bench-liar-"));
  try {
    let { ledger, store } = await open(folder);
    let alerts = 0;
    ledger.onEvent(({ type }) => {
      if (type === "case-opened" || type === "case-changed") alerts++;
    });
    const before = cpuMs();
    for (let epoch = 1; epoch <= epochs; epoch++) {
      ledger.setVerified(NAMESPACE, epoch);
      await take(ledger, head(0, epoch, 1));
      await take(ledger, head(4, epoch, 2));
    }
    results[`ms of CPU for each of ${epochs} epochs of lies`] = rounded((cpuMs() - before) / epochs);
    results["alerts by then"] = alerts;
    results["cases by then"] = ledger.cases().length;
    results["MB resident by then"] = residentMb();
    results["s for the conviction"] = await seconds(() => take(ledger, head(4, epochs, 3)));
    results["s for a second pair of digests"] = await seconds(() => take(ledger, head(4, epochs - 1, 3)));
    results["ms for each of 1,000 further pairs"] = await seconds(async () => {
      for (let back = 2; back < 1_002; back++) await take(ledger, head(4, epochs - back, 3));
    });
    results["alerts in all"] = alerts;
    await store.close();
    results["MB on disk"] = rounded(sizeOf(folder) / 1e6);
    results["s for the next start"] = await seconds(async () => {
      ({ ledger, store } = await open(folder));
    });
    results["MB resident after it"] = residentMb();
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A start with so many epochs at which a forgiven liar signed two digests. */
async function started(conflicts: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coaudit-bench-liar-"));
  try {
    const first = await open(folder);
    for (let epoch = 1; epoch <= conflicts; epoch++) {
      first.ledger.setVerified(NAMESPACE, epoch);
      for (const branch of [2, 3]) await take(first.ledger, head(4, epoch, branch));
      await take(first.ledger, head(0, epoch, 1));
    }
    await first.store.close();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const store = await LevelStore.open({ folder });
      times.push(await seconds(() => ledgerOn(store)));
      await store.close();
    }
    results[`s for a start with ${conflicts} conflicting epochs, the least of 5`] = Math.min(...times);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function open(folder: string): Promise<{ ledger: Ledger; store: LevelStore }> {
  const store = await LevelStore.open({ folder });
  return { store, ledger: await ledgerOn(store) };
}

function ledgerOn(store: LevelStore): Promise<Ledger> {
  return Ledger.open(
    {
      namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
      roster,
      faultBound: 1,
      providerKeys: new Map(),
    },
    { store, clock: systemClock, verifier: new NativeVerifier(), verifyHead: async () => true },
  );
}

async function take(ledger: Ledger, statement: SignedHead): Promise<void> {
  const outcome = await ledger.receive(encodeStatement(statement), "sync");
  if (outcome !== "accepted" && outcome !== "accepted-conflict")
    throw new Error(`epoch ${statement.epoch}: ${outcome}`);
}

function head(auditor: number, epoch: number, branch: number): SignedHead {
  const digest = new Uint8Array(32).fill(branch);
  new DataView(digest.buffer).setUint32(0, epoch);
  const slot = { namespace: NAMESPACE, origin: ORIGIN, epoch, digest, timestampMs: T0_MS + epoch };
  const signatures = { plexiSignature: new Uint8Array(64).fill(1), cosignature: new Uint8Array(64).fill(2) };
  return { type: "signed-head", ...slot, suite: 1, publicKey: keys[auditor] as Uint8Array, ...signatures };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const beganMs = systemClock.elapsedMs();
  await work();
  return rounded((systemClock.elapsedMs() - beganMs) / 1000);
}

function residentMb(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().rss / 1e6);
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
