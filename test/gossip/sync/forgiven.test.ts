/** A new node gets what it forgives: the heads of a convicted auditor up to its trusted-until, and nothing above. */
import { afterEach, describe, expect, it } from "vitest";
import { Roster } from "../../../src/core/roster.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { FutileBuckets } from "../../../src/gossip/sync/futile-buckets.ts";
import { LedgerView } from "../../../src/gossip/sync/ledger-view.ts";
import { decodeSyncRequest, decodeSyncResponse, encodeSyncResponse } from "../../../src/gossip/sync/sync-codec.ts";
import { SyncResponder } from "../../../src/gossip/sync/sync-responder.ts";
import { type SyncRoundResult, syncRound } from "../../../src/gossip/sync/sync-round.ts";
import { verdictOf } from "../../../src/gossip/verdicts.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, T0, type TestAuditor } from "../../support/auditors.ts";
import { costBudget } from "../../support/budgets.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const [a, b, liar] = makeAuditors(3) as [TestAuditor, TestAuditor, TestAuditor];
const clock = new VirtualClock(T0 + 100_000_000);
const stores: MemoryStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

interface Side {
  readonly ledger: Ledger;
  readonly view: LedgerView;
}

async function open(trustedUntil?: number): Promise<Side> {
  const store = new MemoryStore();
  stores.push(store);
  const auditors = [a, b, liar].map((auditor) => ({
    name: auditor.name,
    keys: [{ publicKey: auditor.key.publicKey }],
    addresses: [],
    ...(auditor === liar && trustedUntil !== undefined ? { trustedUntil: { [NAMESPACE]: trustedUntil } } : {}),
  }));
  const ledger = await Ledger.open(
    {
      namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
      roster: new Roster(auditors),
      faultBound: 1,
      providerKeys: new Map(),
    },
    { store, clock, verifier: new NativeVerifier() },
  );
  return { ledger, view: await LedgerView.open({ namespaces: [NAMESPACE] }, { ledger }) };
}

/** Signed 1 to 9 and 1,030 to 1,033, before it was caught with two digests at 1,034. */
async function witness(): Promise<Side> {
  const side = await open();
  const epochs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1030, 1031, 1032, 1033, 1034];
  for (const epoch of epochs) await side.ledger.receive(encodeStatement(liar.head(epoch, digestOf(1, epoch))), "sync");
  await side.ledger.receive(encodeStatement(liar.head(1034, digestOf(2, 1034))), "sync");
  expect([...side.ledger.convicted]).toEqual([liar.name]);
  return side;
}

interface Manners {
  readonly futile?: FutileBuckets;
  /** Of what it lists it gives nothing. */
  readonly gives?: "leaves" | "nothing";
}

async function sync(asker: Side, answerer: Side, { futile, gives }: Manners = {}): Promise<SyncRoundResult> {
  const responder = new SyncResponder({ ledger: answerer.view, budget: costBudget() });
  return syncRound(
    { peer: "peer", nonce: new Uint8Array(16).fill(3), maxBuckets: 64, signal: new AbortController().signal },
    {
      ledger: asker.view,
      futile: futile ?? new FutileBuckets({ clock }),
      ingest: async (bytes) => verdictOf(await asker.ledger.receive(bytes, "sync")),
      ask: async (request) => {
        const bytes = await responder.answer(request, "asker");
        const answer = decodeSyncResponse(bytes);
        if (gives === "nothing" && answer.type === "leaves")
          return encodeSyncResponse({ ...answer, buckets: answer.buckets.map(() => []) });
        // Of heads: the conviction is fetched as what it is.
        const isOfHeads = decodeSyncRequest(request).type === "statements";
        if (gives === "leaves" && answer.type === "statements" && isOfHeads)
          return encodeSyncResponse({ ...answer, statements: [] });
        return bytes;
      },
    },
  );
}

async function heldOf({ ledger }: Side): Promise<number[]> {
  const epochs: number[] = [];
  for await (const [epoch] of ledger.statements.headSlots(NAMESPACE, liar.name, 0, 1_000_000)) epochs.push(epoch);
  return epochs;
}

describe("A new node", () => {
  it("gets the heads of a convicted auditor up to its trusted-until, in the rounds after the conviction", async () => {
    const [old, fresh] = [await witness(), await open(1031)];
    // The conviction comes with the first round, and its two heads as its exhibits.
    await sync(fresh, old);
    expect([...fresh.ledger.convicted]).toEqual([liar.name]);
    await sync(fresh, old);
    expect(await heldOf(fresh)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1030, 1031, 1034]);
    expect((await fresh.ledger.epochView(NAMESPACE, 9)).heads.map(({ auditor }) => auditor)).toEqual([liar.name]);
  });

  it("asks for it also where all that is compared is the same, and again only after a while", async () => {
    const [old, fresh] = [await witness(), await open(1031)];
    const futile = new FutileBuckets({ clock });
    for (let round = 0; round < 3; round++) await sync(fresh, old, { futile });
    const settled = await sync(fresh, old, { futile });
    // The summary, and which buckets there are.
    expect(settled).toEqual({ complete: true, requests: 2, statements: 0 });
  });

  it.each(["leaves", "nothing"] as const)(
    "asks a peer that lists it and gives %s again only after a while",
    async (gives) => {
      const [old, fresh] = [await witness(), await open(1031)];
      const futile = new FutileBuckets({ clock });
      // The first round may bring the conviction; nothing comes of the next.
      for (let round = 0; round < 2; round++) await sync(fresh, old, { futile, gives });
      expect(await heldOf(fresh)).not.toContain(9);
      expect(await sync(fresh, old, { futile, gives })).toEqual({ complete: true, requests: 2, statements: 0 });
      await sync(fresh, old);
      expect(await heldOf(fresh)).toContain(9);
    },
  );

  it("gets nothing of it without a trusted-until, or up to 0", async () => {
    for (const trustedUntil of [undefined, 0]) {
      const [old, fresh] = [await witness(), await open(trustedUntil)];
      for (let round = 0; round < 3; round++) await sync(fresh, old);
      expect(await heldOf(fresh)).toEqual([1034]);
    }
  });
});
