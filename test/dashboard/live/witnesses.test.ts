import { expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { parsePolicy } from "../../../src/core/policy.ts";
import { analysePolicy } from "../../../src/core/policy-analysis.ts";
import { bindPolicy, rosterOfPolicy } from "../../../src/core/policy-evaluation.ts";
import type { NodeStatus } from "../../../src/dashboard/live/answers.ts";
import { nameOf, policyText, witnessesIn } from "../../../src/dashboard/live/witnesses.ts";
import { makeAuditors } from "../../support/auditors.ts";

const auditors = makeAuditors(5);
const vkeys = auditors.map(({ name, key }) => formatVkey({ name, publicKey: key.publicKey }));
const status = (retired: readonly string[] = []): NodeStatus => {
  const heights = auditors.map(({ name }) => ({
    auditor: name,
    epoch: 1,
    ...(retired.includes(name) ? { counts: false as const } : {}),
  }));
  return { namespaces: [{ heights }] } as unknown as NodeStatus;
};
const policyOf = (text: string) => {
  const policy = parsePolicy(text);
  return bindPolicy(policy, rosterOfPolicy(policy));
};

it("makes a policy of the roster that accepts what enough of its auditors signed", () => {
  const policy = policyOf(policyText(witnessesIn(vkeys), status(), 4));
  expect(policy.auditors).toHaveLength(5);
  expect(analysePolicy(policy).forgers).toHaveLength(4);
});

it("counts an auditor with two keys once, and one that is retired not at all", () => {
  const [first, , last] = auditors;
  const second = formatVkey({ name: first?.name ?? "", publicKey: makeAuditors(9)[8]!.key.publicKey });
  const text = policyText(witnessesIn([...vkeys, second]), status([last?.name ?? ""]), 3);
  expect(text).toContain("group w1 any w1-1 w1-2");
  expect(text).not.toContain(` ${last?.name}+`);
  const policy = policyOf(text);
  expect(policy.auditors).toHaveLength(4);
  expect(analysePolicy(policy).forgers).toHaveLength(3);
});

it("leaves out what is no key, and knows auditors by theirs", () => {
  const witnesses = witnessesIn(["no key", ...vkeys]);
  expect(witnesses).toHaveLength(5);
  const [one] = auditors;
  expect(nameOf(toHex(one!.key.publicKey), witnesses)).toBe(one!.name);
  expect(nameOf("00".repeat(32), witnesses)).toBeUndefined();
});
