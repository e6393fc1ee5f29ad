import { describe, expect, it } from "vitest";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { parsePolicy } from "../../src/core/policy.ts";
import { bindPolicy } from "../../src/core/policy-evaluation.ts";
import { answerQuorum } from "../../src/node/quorum.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { openBench } from "../ledger/bench.ts";
import { digestOf, makeAuditors, NAMESPACE, rosterOf, type TestAuditor } from "../support/auditors.ts";

const auditors = makeAuditors(5);
const [a, b, c] = auditors as [TestAuditor, TestAuditor, TestAuditor];

/** The first auditor and any one of the others. */
const text = [
  ...auditors.map(({ name, key }) => `witness ${name} ${formatVkey({ name, publicKey: key.publicKey })}`),
  "group others any b.example c.example d.example e.example",
  "group enough all a.example others",
  "quorum enough",
].join("\n");
const policies = new Map([["strict", bindPolicy(parsePolicy(`${text}\n`), rosterOf(auditors))]]);

describe("a quorum by a policy of the node", () => {
  it("is about the newest epoch whose signers the policy accepts, not the newest with as many", async () => {
    const bench = await openBench();
    bench.ledger.setVerified(NAMESPACE, 17);
    const modules = { ...bench, verifier: new NativeVerifier(), policies };
    const ask = (enough: number | { policy: string }) =>
      answerQuorum({ namespace: NAMESPACE, epoch: "latest", enough }, modules);
    for (const auditor of [a, b]) await bench.give(auditor.head(16, digestOf(1, 16)));
    for (const auditor of [b, c]) await bench.give(auditor.head(17, digestOf(1, 17)));
    expect(await ask(2)).toMatchObject({ result: "satisfied", min: 2, certificate: { epoch: 17 } });
    const answer = await ask({ policy: "strict" });
    expect(answer).toMatchObject({ result: "satisfied", policy: "strict", certificate: { epoch: 16 } });
    expect(answer).not.toHaveProperty("min");
    await expect(ask({ policy: "other" })).rejects.toMatchObject({ code: "POLICY_UNKNOWN" });
  });
});
