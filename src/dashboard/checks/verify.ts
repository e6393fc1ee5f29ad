/** Certificates and cases, verified in the visitor's own browser by the SDK. Loaded when it is first used. */
import { QuorumClient } from "../../client/quorum-client.ts";
import { webVerifier } from "../../client/web-verifier.ts";
import { type CaseFile, verifyCaseFile } from "../../core/case-file.ts";
import { isCoauditError } from "../../core/errors.ts";
import { parsePolicy } from "../../core/policy.ts";
import { rosterOfPolicy } from "../../core/policy-evaluation.ts";
import type { CaseView } from "../live/answers.ts";
import { ask } from "../live/ask.ts";
import { TEXTS } from "../texts.ts";
import type { Teller } from "./checker.tsx";

const TEXT = TEXTS.check;

export interface Where {
  readonly namespace: string;
  readonly epoch: number;
}

/**
 * The digest that enough of the policy's auditors signed; undefined where too few did, or evidence stands against it.
 */
export async function checkCertificate(
  { namespace, epoch }: Where,
  policy: string,
  teller: Teller,
): Promise<string | undefined> {
  const client = new QuorumClient({ nodes: [location.origin], policy });
  try {
    const found = await client.at(namespace, epoch);
    if (found.result !== "satisfied") {
      const kind = found.result === "conflict" ? "bad" : "look";
      teller.step({ kind, text: `${found.title}: ${found.explanation}` });
      return undefined;
    }
    const { head, signers } = found;
    const names = signers.map(({ auditor }) => auditor).join(", ");
    teller.step({ kind: "good", text: TEXT.certificate.satisfied(epoch, head.digest, signers.length, names) });
    return head.digest;
  } finally {
    client.close();
  }
}

export async function checkCase(file: CaseFile, policy: string, teller: Teller): Promise<void> {
  const roster = rosterOfPolicy(parsePolicy(policy));
  const nothing = { faultBound: undefined, origins: new Map(), providerKeys: new Map(), settlements: [] };
  try {
    const verdict = await verifyCaseFile(file, { assumptions: { roster, ...nothing }, verifier: webVerifier() });
    const { statements, unknownSigners, convicts } = verdict;
    teller.step({ kind: "good", text: TEXT.case.signatures(statements.length) });
    if (unknownSigners > 0) teller.step({ kind: "look", text: TEXT.case.unknown(unknownSigners) });
    teller.step({
      kind: convicts === "nobody" ? "look" : "bad",
      text: TEXT.case.holds(TEXTS.cases.titles[verdict.class], TEXTS.caseConvicts(convicts)),
    });
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    teller.step({ kind: "look", text: TEXT.case.wrong(error.message) });
  }
}

/** Every open case of the node, one after the other. */
export async function checkCases(cases: readonly CaseView[], policy: string, teller: Teller): Promise<void> {
  const open = cases.filter(({ state }) => state === "open");
  if (open.length === 0) teller.step({ kind: "good", text: TEXT.case.none });
  for (const { id } of open) {
    const answer = await ask<{ readonly file: CaseFile }>(`/v1/evidence/${id}`);
    if (answer === undefined) continue;
    teller.step({ kind: "good", text: TEXT.case.read(id.slice(0, 16)) });
    await checkCase(answer.file, policy, teller);
  }
}
