import { describe, expect, it } from "vitest";
import { SharedNames } from "../../src/node/shared-names.ts";
import { type Bench, FIVE, openBench } from "../ledger/bench.ts";
import { digestOf, NAMESPACE, ORIGIN, type TestAuditor } from "../support/auditors.ts";

const [A, B, C] = FIVE;

const namesOf = ({ ledger }: Bench): Promise<SharedNames> =>
  SharedNames.open({ ownName: A.name, namespaces: [NAMESPACE] }, { ledger });

function recordOf(auditor: TestAuditor, namespaces: readonly string[], sequence = 1) {
  return auditor.record(sequence, auditor, [], namespaces);
}

describe("A namespace that nobody else of the roster audits", () => {
  it("is named, with what they audit, once they have said so, and after a restart", async () => {
    const bench = await openBench();
    const names = await namesOf(bench);
    expect(names.unshared(NAMESPACE)).toBeUndefined();
    await bench.give(recordOf(B, ["practice.v1"]));
    await bench.give(recordOf(C, ["other.v1", "practice.v1"]));
    const alone = { what: "namespace", theirs: ["other.v1", "practice.v1"] };
    expect(names.unshared(NAMESPACE)).toEqual(alone);
    expect((await namesOf(bench)).unshared(NAMESPACE)).toEqual(alone);
    await bench.give(recordOf(B, [NAMESPACE], 2));
    expect(names.unshared(NAMESPACE)).toBeUndefined();
  });

  it("is one of others too as soon as a head of theirs is there, whatever records say", async () => {
    const bench = await openBench();
    const names = await namesOf(bench);
    await bench.give(recordOf(B, ["practice.v1"]));
    await bench.give(A.head(1, digestOf(1, 1)));
    expect(names.unshared(NAMESPACE)?.what).toBe("namespace");
    await bench.give(B.head(1, digestOf(1, 1)));
    expect(names.unshared(NAMESPACE)).toBeUndefined();
    expect((await namesOf(bench)).unshared(NAMESPACE)).toBeUndefined();
  });

  it("under another origin is named with theirs", async () => {
    const bench = await openBench();
    const names = await namesOf(bench);
    await bench.give(B.head(1, digestOf(1, 1), undefined, NAMESPACE, `${ORIGIN}-2`));
    expect(names.unshared(NAMESPACE)).toEqual({ what: "origin", theirs: [`${ORIGIN}-2`] });
    await bench.give(C.head(1, digestOf(1, 1)));
    expect(names.unshared(NAMESPACE)).toBeUndefined();
  });
});
