import { describe, expect, it } from "vitest";
import { answerQuorum } from "../../src/node/quorum.ts";
import { FIVE, openBench, verifier } from "../ledger/bench.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";

const [a, b, c, d, e] = FIVE;

describe("the cases in an answer", () => {
  it("hold the split view and one lead for a liar that disagreed at twenty epochs after it", async () => {
    const bench = await openBench();
    bench.ledger.setVerified(NAMESPACE, 100_000);
    for (const auditor of [a, b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) await bench.give(auditor.head(17, digestOf(2, 17)));
    for (let epoch = 2_000; epoch < 50_000; epoch += 2_000) {
      await bench.clock.advance(1);
      for (const auditor of [a, b, c]) await bench.give(auditor.head(epoch, digestOf(1, epoch)));
      await bench.give(e.head(epoch, digestOf(2, epoch)));
    }
    for (const auditor of [a, b, c]) await bench.give(auditor.head(50_000, digestOf(1, 50_000)));
    const answer = await answerQuorum(
      { namespace: NAMESPACE, epoch: "latest", enough: 3 },
      { ...bench, verifier, policies: new Map() },
    );
    expect(answer?.certificate.openCases).toBe(2);
    expect(answer?.certificate.cases[0]).toMatchObject({ class: "split-view", subject: { epoch: 17 } });
    expect(answer?.result).toBe("conflict");
  });
});
