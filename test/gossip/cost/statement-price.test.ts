/** Prices against what a ledger really does: signatures are counted. */
import { afterEach, describe, expect, it } from "vitest";
import { compareBytes } from "../../../src/core/bytes.ts";
import type { SignatureVerifier } from "../../../src/core/ed25519.ts";
import type { SignedHead } from "../../../src/core/head.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { PRICE_US } from "../../../src/gossip/cost/prices.ts";
import { controlUs } from "../../../src/gossip/cost/rpc-price.ts";
import { costUs, worstCaseUs } from "../../../src/gossip/cost/statement-price.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { assumptionsOf, digestOf, makeAuditors, NAMESPACE, ORIGIN, T0, TestAuditor } from "../../support/auditors.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const auditors = makeAuditors(5);
const [a, b, c] = auditors as [TestAuditor, TestAuditor, TestAuditor];
const nobody = new TestAuditor("nobody.example", 99);
const stores: MemoryStore[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

class CountingVerifier implements SignatureVerifier {
  readonly #inner = new NativeVerifier();
  checks = 0;

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    this.checks++;
    return this.#inner.verify(publicKey, message, signature);
  }
}

interface Taken {
  readonly outcome: string;
  readonly checks: number;
  readonly chargedUs: number;
  readonly worstUs: number;
}

async function taker(): Promise<(bytes: Uint8Array) => Promise<Taken>> {
  const store = new MemoryStore();
  stores.push(store);
  const verifier = new CountingVerifier();
  const { roster, providerKeys } = assumptionsOf(auditors);
  const ledger = await Ledger.open(
    { namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }], roster, faultBound: 1, providerKeys },
    { store, clock: new VirtualClock(T0 + 10_000_000), verifier },
  );
  return async (bytes) => {
    const before = verifier.checks;
    let chargedUs = 0;
    const outcome = await ledger.receive(bytes, "gossip", ({ type, sizeBytes }, one) => {
      chargedUs += costUs(type, sizeBytes, one);
    });
    return { outcome, checks: verifier.checks - before, chargedUs, worstUs: worstCaseUs(bytes) };
  };
}

function carrier(...exhibits: Statement[]): Uint8Array {
  return encodeStatement({ type: "evidence", exhibits: exhibits.map(encodeStatement).sort(compareBytes) });
}

function wrong(head: SignedHead): SignedHead {
  const plexiSignature = new Uint8Array(head.plexiSignature);
  plexiSignature[5] = (plexiSignature[5] ?? 0) ^ 1;
  return { ...head, plexiSignature };
}

describe("what a statement costs", () => {
  const heads = Array.from({ length: 127 }, (_, i) => a.head(i + 1, digestOf(1, i + 1)));
  // Its bytes come after those of all the others.
  const last = wrong(b.head(4000, digestOf(9, 4000)));
  const statements: [string, Uint8Array, string][] = [
    ["a head that is taken", encodeStatement(a.head(5, digestOf(1, 5))), "accepted"],
    ["the same again", encodeStatement(a.head(5, digestOf(1, 5))), "known"],
    ["a head of a key that nobody knows", encodeStatement(nobody.head(5, digestOf(1, 5))), "unknown-key"],
    ["a wrong signature", encodeStatement(wrong(b.head(6, digestOf(1, 6)))), "bad-signature"],
    ["a half head", encodeStatement(b.halfHead(7, digestOf(1, 7))), "accepted"],
    ["an observation", encodeStatement(b.observation(7, "withheld", [])), "accepted"],
    ["a head too far ahead", encodeStatement(c.head(900_000, digestOf(1, 1), T0)), "too-far-ahead"],
    ["a record", encodeStatement(b.record(T0, nobody)), "accepted"],
    ["a carrier with a wrong signature", carrier(b.head(8, digestOf(1, 8)), last), "bad-exhibit"],
    ["127 exhibits and a wrong signature", carrier(...heads, last), "bad-exhibit"],
    ["127 known exhibits and a wrong signature", carrier(...heads, last), "bad-exhibit"],
    ["a head that convicts", encodeStatement(a.head(5, digestOf(2, 5))), "accepted-conflict"],
    ["a head of a convicted auditor", encodeStatement(a.head(200, digestOf(1, 200))), "convicted-signer"],
    ["junk", new Uint8Array(60_000).fill(0x2a), "malformed"],
    ["nothing", new Uint8Array(), "malformed"],
  ];

  it("is at least its signature checks, and at most what is reserved for it", async () => {
    const take = await taker();
    for (const [name, bytes, outcome] of statements) {
      const taken = await take(bytes);
      expect({ name, outcome: taken.outcome }).toEqual({ name, outcome });
      expect(taken.chargedUs, name).toBeGreaterThanOrEqual(taken.checks * PRICE_US.signatureCheck);
      expect(taken.worstUs, name).toBeGreaterThanOrEqual(taken.chargedUs);
    }
  });

  it("checks no signature of an exhibit that is known", async () => {
    const take = await taker();
    await take(carrier(...heads));
    expect(await take(carrier(...heads, last))).toMatchObject({ outcome: "bad-exhibit", checks: 1 });
  });

  it("ends a carrier at the first signature that is wrong", async () => {
    const take = await taker();
    const exhibits = [wrong(a.head(1, digestOf(1, 1))), wrong(a.head(2, digestOf(1, 2)))];
    expect(await take(carrier(...exhibits))).toMatchObject({ outcome: "bad-exhibit", checks: 1 });
  });
});

describe("what a control message costs", () => {
  it("grows with its entries, however few bytes they have", () => {
    // IHAVE of 20,000 ids of no bytes each, and of 20,000 messages of nothing.
    const ids = Uint8Array.from([0x0a, 0xc0, 0xb8, 0x02, ...new Array(20_000).fill([0x12, 0]).flat()]);
    const empty = Uint8Array.from(new Array(20_000).fill([0x0a, 0]).flat());
    expect(controlUs(ids)).toBeGreaterThan(20_000);
    expect(controlUs(empty)).toBeGreaterThan(20_000);
    expect(controlUs(new Uint8Array())).toBeLessThan(100);
  });
});
