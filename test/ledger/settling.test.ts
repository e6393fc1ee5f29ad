import { describe, expect, it } from "vitest";
import { toHex } from "../../src/core/bytes.ts";
import { answerQuorum } from "../../src/node/quorum.ts";
import type { QuorumAnswer } from "../../src/node/view.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { type Bench, caseEvents, FIVE, openBench, openCases, verifier } from "./bench.ts";

const [a, b, c, d, e] = FIVE;
const MAIN = toHex(digestOf(1, 17));
const FORK = toHex(digestOf(2, 17));

/** Two of five were shown another history at epochs 17 to 19; all agree at 16. */
async function forked(): Promise<{ bench: Bench; id: string }> {
  const bench = await openBench();
  for (const auditor of FIVE) await bench.give(auditor.head(16, digestOf(1, 16)));
  for (let epoch = 17; epoch <= 19; epoch++) {
    for (const auditor of [a, b, c]) await bench.give(auditor.head(epoch, digestOf(1, epoch)));
    for (const auditor of [d, e]) await bench.give(auditor.head(epoch, digestOf(2, epoch)));
  }
  return { bench, id: openCases(bench)[0]!.id };
}

async function quorum(bench: Bench, epoch: number, enough = 3): Promise<QuorumAnswer> {
  const answer = await answerQuorum(
    { namespace: NAMESPACE, epoch, enough },
    { ...bench, verifier, policies: new Map() },
  );
  return answer!;
}

describe("a fork that a person settles", () => {
  it("no longer refuses its epochs, and those on the other side do not count there", async () => {
    const { bench, id } = await forked();
    expect((await quorum(bench, 17)).result).toBe("conflict");
    const settlement = await bench.ledger.settling.settle(id, { trust: MAIN.slice(0, 12), note: "a stale replica" });
    expect(settlement).toEqual({
      namespace: NAMESPACE,
      first: 17,
      last: 19,
      sides: { [MAIN]: [a, b, c].map(({ name }) => name), [FORK]: [d, e].map(({ name }) => name) },
      trust: MAIN,
      note: "a stale replica",
    });
    expect(bench.ledger.caseOf(id)).toMatchObject({ state: "settled" });
    expect(openCases(bench)).toEqual([]);
    expect(await quorum(bench, 17)).toMatchObject({ result: "satisfied", signers: { length: 3 } });
    expect((await quorum(bench, 17, 4)).result).toBe("not-enough");
    const after = await bench.reopen();
    expect(openCases(after)).toEqual([]);
    expect((await quorum(after, 18)).result).toBe("satisfied");
    expect(caseEvents(after)).toEqual([]);
  });

  it("has all of them speak and count again above its last epoch", async () => {
    const { bench, id } = await forked();
    await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" });
    for (const auditor of FIVE) await bench.give(auditor.head(20, digestOf(1, 20)));
    expect(await quorum(bench, 20, 5)).toMatchObject({ result: "satisfied", signers: { length: 5 } });
  });

  it("refuses every quorum there when nobody is trusted, and none above", async () => {
    const { bench, id } = await forked();
    await bench.ledger.settling.settle(id, { trust: "none", note: "nobody knows" });
    expect(await quorum(bench, 18, 1)).toMatchObject({
      result: "conflict",
      explanation: expect.stringContaining("trust none of its sides"),
    });
    for (const auditor of FIVE) await bench.give(auditor.head(20, digestOf(1, 20)));
    expect((await quorum(bench, 20)).result).toBe("satisfied");
  });

  it.each<[string, (bench: Bench) => Promise<unknown>]>([
    [
      "a digest at its first epoch that nobody had named",
      async (bench) => {
        const { PROVIDER } = await import("../support/auditors.ts");
        await bench.give(PROVIDER.providerHead(17, digestOf(7, 17)));
      },
    ],
    [
      "an epoch above it that convicts by itself",
      async (bench) => {
        for (const auditor of [a, b, c]) await bench.give(auditor.head(25, digestOf(1, 25)));
        for (const auditor of [d, e]) await bench.give(auditor.head(25, digestOf(2, 25)));
      },
    ],
  ])("opens again on %s, also after a restart", async (_what, happens) => {
    const { bench, id } = await forked();
    await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" });
    await happens(bench);
    expect(bench.ledger.caseOf(id)).toMatchObject({ state: "open" });
    expect((await quorum(bench, 17)).result).toBe("conflict");
    const after = await bench.reopen();
    expect(after.ledger.caseOf(id)).toMatchObject({ state: "open" });
  });

  it("is judged again when what was settled is withdrawn", async () => {
    const { bench, id } = await forked();
    await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" });
    expect(await bench.ledger.settling.withdraw({ namespace: NAMESPACE, first: 17 })).toBe(true);
    expect(bench.ledger.caseOf(id)).toMatchObject({ state: "open", class: "split-view" });
    expect(await bench.ledger.settling.withdraw({ namespace: NAMESPACE, first: 17 })).toBe(false);
    expect(openCases(await bench.reopen())).toHaveLength(1);
  });

  it("goes by its roster file again when what was settled on this node is withdrawn", async () => {
    const { bench, id } = await forked();
    const settlement = (await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" }))!;
    const after = await bench.reopen({ settlements: [{ ...settlement, note: "from the file" }] });
    expect(await after.ledger.settling.withdraw({ namespace: NAMESPACE, first: 17 })).toBe(true);
    expect(after.ledger.settlementsThatHold()).toMatchObject([{ note: "from the file" }]);
    expect(after.ledger.caseOf(id)).toMatchObject({ state: "settled" });
  });

  it("is taken over from another operator's settlement, which knows nothing of this node's cases", async () => {
    const { bench, id } = await forked();
    const settlement = (await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" }))!;
    const other = await forked();
    await other.bench.ledger.settling.adopt(settlement);
    expect(other.bench.ledger.caseOf(other.id)).toMatchObject({ state: "settled" });
  });

  it("is refused for anything but an open fork, with the way out", async () => {
    const { bench, id } = await forked();
    await expect(bench.ledger.settling.settle(id, { trust: "ff", note: "x" })).rejects.toThrow(
      /not one of the digests .* nor none/,
    );
    await bench.give(e.head(40, digestOf(1, 40)));
    await bench.give(e.head(40, digestOf(2, 40)));
    const liar = openCases(bench).find(({ subject }) => subject.kind === "auditor")!;
    await expect(bench.ledger.settling.settle(liar.id, { trust: "none", note: "x" })).rejects.toThrow(/`retired:`/);
    await expect(bench.ledger.settling.settle(id, { trust: MAIN, note: "x" })).resolves.toBeDefined();
    await expect(bench.ledger.settling.settle(id, { trust: MAIN, note: "x" })).rejects.toThrow(
      /withdraw that settlement first/,
    );
    expect(await bench.ledger.settling.settle("00", { trust: "none", note: "x" })).toBeUndefined();
  });

  it("is on disk, synced, before anything is judged by it", async () => {
    const { bench, id } = await forked();
    const order: string[] = [];
    const batch = bench.store.batch.bind(bench.store);
    bench.store.batch = async (operations, options) => {
      order.push(`${operations[0]?.key[0]} ${options?.sync}`);
      await batch(operations, options);
    };
    await bench.ledger.settling.settle(id, { trust: MAIN, note: "x" });
    expect(order[0]).toBe("19 true");
  });
});
