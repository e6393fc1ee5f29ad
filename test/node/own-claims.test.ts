import { describe, expect, it } from "vitest";
import type { Claims } from "../../src/auditor/ports.ts";
import type { AuditorHead } from "../../src/core/head.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { ownClaims } from "../../src/node/own-claims.ts";
import { digestOf, makeAuditors, T0 } from "../support/auditors.ts";

const [a] = makeAuditors(1);
const claim: Claim = a!.claim(5, digestOf(1, 5), T0);

/** Claims whose book holds these, in a node whose ledger holds those own heads. */
function claimsWith(held: readonly Claim[], ownHeads: readonly AuditorHead[]): Claims {
  const book = new Map(held.map((entry) => [entry.epoch, entry]));
  const claims: Claims = {
    claim: async (asked) => {
      book.set(asked.epoch, book.get(asked.epoch) ?? asked);
      return book.get(asked.epoch) as Claim;
    },
    get: async (_namespace, epoch) => book.get(epoch),
    newest: () => undefined,
    mark: () => 0,
    setMark: async () => {},
    setHalt: async () => {},
    clearHalt: async () => {},
    haltOf: () => undefined,
    clockWord: () => undefined,
    notBeforeMs: () => undefined,
  };
  return ownClaims({ claims, ownHeads: async (_namespace, epoch) => ownHeads.filter((head) => head.epoch === epoch) });
}

describe("what this key signed elsewhere", () => {
  it("is not contradicted: another digest is never claimed, be it against a half head", async () => {
    for (const head of [a!.head(5, digestOf(2, 5)), a!.halfHead(5, digestOf(2, 5))]) {
      await expect(claimsWith([], [head]).claim(claim)).rejects.toMatchObject({ code: "CLAIM_CONFLICT" });
    }
    const both = [a!.head(5, digestOf(1, 5)), a!.head(5, digestOf(2, 5))];
    await expect(claimsWith([], both).claim(claim)).rejects.toMatchObject({ code: "CLAIM_CONFLICT" });
  });

  it("is not signed again with another time", async () => {
    const claims = claimsWith([], [a!.head(5, digestOf(1, 5), T0 - 1)]);
    await expect(claims.claim(claim)).rejects.toMatchObject({ code: "CLAIM_BELOW_MARK", metadata: { epoch: 5 } });
  });

  it("says nothing about other epochs, nor about what was claimed here", async () => {
    expect(await claimsWith([], [a!.head(4, digestOf(2, 4))]).claim(claim)).toEqual(claim);
    expect(await claimsWith([claim], [a!.head(5, digestOf(1, 5))]).claim({ ...claim, timestampMs: T0 + 9 })).toEqual(
      claim,
    );
  });
});
