/** Combines the nodes' answers, and what was accepted before, into one result. */
import { toHex } from "../core/bytes.ts";
import type { QuorumRequest } from "../core/certificate.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Head } from "../core/head.ts";
import type { NodeAnswer } from "./ask-node.ts";
import {
  type DecisionModules,
  type MergedHead,
  mergeAnswers,
  type ReadCertificate,
  readCertificate,
} from "./merge-answers.ts";
import type { LookupResult, NodeRemark, NodeReport, NodesDisagree, ReadHead } from "./results.ts";
import { invalidTrust, type TrustEntry } from "./trust-state.ts";

/** `pending` is decided later: that takes a look at newer epochs. */
export type DecidedResult = Exclude<LookupResult, { result: "pending" }>;

export async function lookupResult(
  answers: readonly NodeAnswer[],
  question: { readonly request: QuorumRequest; readonly trusted: TrustEntry | undefined },
  modules: DecisionModules,
): Promise<DecidedResult> {
  const { request, trusted } = question;
  const read = answers.flatMap((answer) => answer.read ?? []);
  const none = { signers: [], missing: [], cases: [] };
  if (answers.every(({ problem }) => problem !== undefined)) {
    const reasons = answers.map(({ problem }) => problem?.message).join("; ");
    const explanation =
      answers.length === 0 ? "no node was asked: `nodes` is empty" : `no node gave a usable answer: ${reasons}`;
    return { result: "no-answer", ...none, nodes: answers.map((answer) => reportOf(answer, [])), explanation };
  }
  const known = trusted === undefined ? [] : await readTrusted(trusted, request, modules);
  const [first, ...others] =
    read.length + known.length === 0 ? [] : await mergeAnswers([...read, ...known], request, modules);
  if (first === undefined) {
    const which = request.epoch === "latest" ? "no signed head" : `no signed head of epoch ${request.epoch}`;
    const explanation = `the nodes hold ${which} of ${request.namespace}`;
    return { result: "not-enough", ...none, nodes: answers.map((answer) => reportOf(answer, [])), explanation };
  }
  const { verdict, certificate } = first;
  const { signers, missing, cases, explanation } = verdict;
  const head = readHead(verdict.head);
  const nodes = answers.map((answer) => reportOf(answer, remarksOn(answer, answers, question)));
  const found = { signers, missing, cases, nodes, explanation };
  if (verdict.result === "conflict") return { result: "conflict", head, ...found, files: certificate.cases };
  const disagreement = disagreementOf(first, others, trusted);
  if (disagreement !== undefined) return { ...disagreement, ...found, explanation: disagreement.explanation };
  if (request.epoch === "latest" && trusted !== undefined && head.epoch < trusted.epoch) {
    const text = `the newest epoch in the answers is ${head.epoch}, but ${trusted.epoch} was accepted before`;
    return { result: "stale", head, reason: "rolled-back", ...found, explanation: text };
  }
  if (verdict.result === "satisfied") return { result: "satisfied", head, certificate, ...found };
  if (verdict.result === "stale") {
    return {
      result: "stale",
      head,
      reason: "too-old",
      ...found,
      explanation: `${explanation}; the other signatures are too old`,
    };
  }
  return { result: "not-enough", head, ...found };
}

export function readHead({ namespace, origin, epoch, digest }: Head): ReadHead {
  return { namespace, origin, epoch, digest: toHex(digest) };
}

/** What was accepted before counts like one more node's answer, if it answers the question. */
async function readTrusted(
  { epoch, certificate }: TrustEntry,
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<ReadCertificate[]> {
  if (request.epoch !== "latest" && request.epoch !== epoch) return [];
  try {
    return [await readCertificate(certificate, request, modules)];
  } catch (error) {
    throw isCoauditError(error, "CERTIFICATE_INVALID") ? invalidTrust(error.metadata.reason, error) : error;
  }
}

type Disagreement = Pick<NodesDisagree, "result" | "epoch" | "digests" | "explanation">;

/** Undefined if the deciding head is alone in its epoch, or satisfied while the other is not. */
function disagreementOf(
  first: MergedHead,
  others: readonly MergedHead[],
  trusted: TrustEntry | undefined,
): Disagreement | undefined {
  const { head, result, signers } = first.verdict;
  const digests = others.flatMap(({ verdict }) => {
    if (verdict.head.epoch !== head.epoch || verdict.signers.length === 0 || signers.length === 0) return [];
    if (result === "satisfied" && verdict.result !== "satisfied") return [];
    return [{ digest: toHex(verdict.head.digest), signers: verdict.signers.map(({ auditor }) => auditor) }];
  });
  const isOldKnown = trusted === undefined || trusted.epoch !== head.epoch || trusted.digest === toHex(head.digest);
  if (!isOldKnown && result === "satisfied" && !digests.some(({ digest }) => digest === trusted.digest)) {
    digests.push({ digest: trusted.digest, signers: [] });
  }
  if (digests.length === 0) return undefined;
  const mine = { digest: toHex(head.digest), signers: signers.map(({ auditor }) => auditor) };
  return {
    result: "nodes-disagree",
    epoch: head.epoch,
    digests: [mine, ...digests],
    explanation: `there are ${digests.length + 1} digests for epoch ${head.epoch}, and nothing shows which is right: accept none`,
  };
}

function reportOf({ url, read, problem }: NodeAnswer, remarks: readonly NodeRemark[]): NodeReport {
  return {
    url,
    ...(read === undefined ? {} : { head: readHead(read.verdict.head) }),
    ...(problem === undefined ? {} : { problem }),
    remarks,
  };
}

function remarksOn(
  { read }: NodeAnswer,
  answers: readonly NodeAnswer[],
  { request, trusted }: { readonly request: QuorumRequest; readonly trusted: TrustEntry | undefined },
): NodeRemark[] {
  if (read === undefined) return [];
  const { head, uncounted, cases } = read.verdict;
  const remarks: NodeRemark[] = uncounted.map(({ flaw, ...who }) => ({ kind: flaw, ...who }));
  const shown = new Set(cases.map(({ id }) => id));
  const elsewhere = new Set(answers.flatMap((answer) => answer.read?.verdict.cases.map(({ id }) => id) ?? []));
  for (const id of elsewhere) if (!shown.has(id)) remarks.push({ kind: "hides-case", case: id });
  if (request.epoch === "latest" && trusted !== undefined && head.epoch < trusted.epoch) {
    remarks.push({ kind: "rolled-back", epoch: head.epoch });
  }
  return remarks;
}
