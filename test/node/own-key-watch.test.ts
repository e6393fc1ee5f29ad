import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { silentLogger } from "../../src/core/log.ts";
import { OwnKeyWatch } from "../../src/node/own-key-watch.ts";
import type { NodeParts } from "../../src/node/parts.ts";
import { type Bench, FIVE, openBench } from "../ledger/bench.ts";
import { TestAuditor } from "../support/auditors.ts";
import { settle } from "../support/virtual-clock.ts";

const [A, B] = FIVE;
const thief = new TestAuditor("thief.example", 99);

/** A node of A with two namespaces; what each was halted for. */
function watchOf({ ledger }: Bench): { watch: OwnKeyWatch; halts: string[] } {
  const halts: string[] = [];
  const auditorOf = (namespace: string) => ({
    haltOwnKeyConflict: async (detail: string) => void halts.push(`${namespace}: ${detail}`),
  });
  const auditors = new Map(["one.v1", "two.v1"].map((namespace) => [namespace, auditorOf(namespace)]));
  const claims = { get: async () => undefined, mark: () => 0 };
  const parts = { ledger, signer: new SeedSigner(A.key), auditors, claims } as unknown as NodeParts;
  const watch = new OwnKeyWatch({ ownName: A.name }, { parts, log: silentLogger });
  watch.start();
  return { watch, halts };
}

describe("a rotation under the node's own key that it did not make", () => {
  it("halts every namespace, like a head that it did not make, and again after a restart", async () => {
    const bench = await openBench();
    const { halts } = watchOf(bench);
    expect(await bench.give(A.rotation(thief, 10))).toBe("accepted");
    await settle();
    expect(halts).toEqual(
      ["one.v1", "two.v1"].map((name) => expect.stringMatching(`^${name}: this node's key was rotated`)),
    );

    const restarted = watchOf(bench);
    await restarted.watch.checkOwnHeads();
    expect(restarted.halts).toHaveLength(2);
  });

  it("also where it is the second one, which convicts", async () => {
    const bench = await openBench();
    await bench.give(A.rotation(thief, 10));
    const { halts } = watchOf(bench);
    expect(await bench.give(A.rotation(new TestAuditor("other.example", 98), 10))).toBe("accepted-conflict");
    await settle();
    expect(halts.length).toBeGreaterThan(0);
  });

  it("is nobody else's rotation", async () => {
    const bench = await openBench();
    const { watch, halts } = watchOf(bench);
    await bench.give(B.rotation(thief, 10));
    await watch.checkOwnHeads();
    await settle();
    expect(halts).toEqual([]);
  });
});
