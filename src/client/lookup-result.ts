/** Combines the nodes' answers, and what was accepted before, into one result (docs/protocol.md 10.2). */
import { toHex } from "../core/bytes.ts";
import type { CaseFile } from "../core/case-file.ts";
import type { QuorumRequest } from "../core/certificate.ts";
import { counted } from "../core/counted.ts";
import { boundAt } from "../core/evidence.ts";
import type { Head } from "../core/head.ts";
import type { NodeAnswer } from "./ask-node.ts";
import type { Memory } from "./memory.ts";
import { type Beside, type DecisionModules, type HeldFile, type MergedHead, mergeAnswers } from "./merge-answers.ts";
import type { ClockInDoubt, NodeRemark, NodeReport, NodesDisagree, ReadHead, Untold } from "./results.ts";

/** `pending` is decided later: that takes a look at newer epochs. */
export type DecidedResult = Exclude<Untold, { result: "pending" }>;

export interface LookupQuestion {
  readonly request: QuorumRequest;
  readonly memory: Memory;
  /**
   * "answers": what was accepted before is one more answer. "contradicts": it can only make the result stricter, since
   * what is judged is one certificate. [a certificate without a signature is satisfied, from memory]
   */
  readonly role: "answers" | "contradicts";
  /** Heads that take an accusation back. */
  readonly against?: CaseFile | undefined;
}

/** A result, and what of it is not for the caller. */
export interface Decision {
  readonly found: DecidedResult;
  /** The files of every case that somebody showed, those that convict first. */
  readonly held: readonly HeldFile[];
  /** `found.head.origin` may be pinned. */
  readonly isOriginProven: boolean;
}

export async function lookupResult(
  answers: readonly NodeAnswer[],
  question: LookupQuestion,
  modules: DecisionModules,
): Promise<Decision> {
  const { request, memory, role, against } = question;
  const read = answers.flatMap((answer) => answer.read ?? []);
  const none = { signers: [], missing: [], cases: [], unheard: [] };
  const undecided = (found: DecidedResult): Decision => ({ found, held: [], isOriginProven: false });
  if (answers.every(({ problem }) => problem !== undefined)) {
    const reasons = answers.map(({ problem }) => problem?.message).join("; ");
    const explanation =
      answers.length === 0 ? "no node was asked: `nodes` is empty" : `no node gave a usable answer: ${reasons}`;
    const nodes = answers.map((answer) => reportOf(answer, []));
    return undecided({ result: "no-answer", ...none, nodes, explanation });
  }
  const known = memory.read === undefined ? [] : [memory.read];
  const judged = role === "answers" ? [...read, ...known] : read;
  const beside: Beside = {
    certificates: role === "contradicts" ? known : [],
    cases: memory.cases,
    against,
  };
  const [first, ...others] = judged.length === 0 ? [] : await mergeAnswers(judged, beside, request, modules);
  if (first === undefined) {
    const which = request.epoch === "latest" ? "no signed head" : `no signed head of epoch ${request.epoch}`;
    const explanation = `the nodes hold ${which} of ${request.namespace}`;
    const nodes = answers.map((answer) => reportOf(answer, []));
    return undecided({ result: "not-enough", ...none, nodes, explanation });
  }
  const { held, isOriginProven } = first;
  const found = decide({ first, others, answers }, question, modules);
  return { found, held, isOriginProven };
}

function decide(
  { first, others, answers }: { first: MergedHead; others: readonly MergedHead[]; answers: readonly NodeAnswer[] },
  question: LookupQuestion,
  modules: DecisionModules,
): DecidedResult {
  const { request, memory } = question;
  const { verdict, certificate, isOriginProven } = first;
  const { signers, missing, cases, explanation } = verdict;
  const { origin, ...unproven } = readHead(verdict.head);
  const head = { ...unproven, ...(isOriginProven && origin !== undefined ? { origin } : {}) };
  const nodes = answers.map((answer) => reportOf(answer, remarksOn(answer, answers, question)));
  const clock = clockInDoubt(first, answers, modules);
  const said = { signers, missing, cases, nodes, unheard: [], ...(clock === undefined ? {} : { clockInDoubt: clock }) };
  const found = { ...said, explanation: clock === undefined ? explanation : `${explanation}; ${clock.advice}` };
  if (verdict.result === "conflict") return { result: "conflict", head, ...found, files: certificate.cases };
  const disagreement = disagreementOf(first, others, memory);
  if (disagreement !== undefined) return { ...disagreement, ...found, explanation: disagreement.explanation };
  if (request.epoch === "latest" && memory.entry !== undefined && head.epoch < memory.entry.epoch) {
    const text = `the newest epoch in the answers is ${head.epoch}, but ${memory.entry.epoch} was accepted before`;
    return { result: "stale", head, reason: "rolled-back", ...found, explanation: text };
  }
  if (verdict.result === "satisfied") return { result: "satisfied", head, certificate, ...found, explanation };
  if (verdict.result === "stale") {
    const text = `${explanation}; the other signatures are too old`;
    return { result: "stale", head, reason: "too-old", ...found, explanation: text };
  }
  return { result: "not-enough", head, ...found };
}

export function readHead({ namespace, origin, epoch, digest }: Head): ReadHead {
  return { namespace, origin, epoch, digest: toHex(digest) };
}

/**
 * Signatures of more auditors than may lie are ahead of this clock: at least one of them is honest, and so the clock is
 * slow by at least what the most honest of the boldest f + 1 say.
 */
function clockInDoubt(
  { verdict }: MergedHead,
  answers: readonly NodeAnswer[],
  { assumptions }: DecisionModules,
): ClockInDoubt | undefined {
  const { namespace, epoch } = verdict.head;
  const convicted = new Set(
    verdict.cases.flatMap(({ convicts }) => (typeof convicts === "object" ? [convicts.auditor] : [])),
  );
  const ahead = new Map<string, number>();
  for (const { read } of answers) {
    for (const [auditor, ms] of read?.verdict.ahead ?? []) {
      if (!convicted.has(auditor)) ahead.set(auditor, Math.max(ms, ahead.get(auditor) ?? 0));
    }
  }
  const { faultBound } = boundAt(namespace, epoch, convicted, assumptions);
  const behindMs = [...ahead.values()].sort((a, b) => b - a)[faultBound];
  if (behindMs === undefined) return undefined;
  const minutes = Math.floor(behindMs / 60_000);
  const advice = `the clock of this device is at least ${counted(minutes, "minute")} slow: set it, and ask again`;
  return { behindMs, advice };
}

type Disagreement = Pick<NodesDisagree, "result" | "epoch" | "digests" | "explanation">;

/** Undefined if the deciding head is alone in its epoch, or satisfied while the other is not. */
function disagreementOf(
  first: MergedHead,
  others: readonly MergedHead[],
  { entry: trusted }: Memory,
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
  { request, memory: { entry } }: LookupQuestion,
): NodeRemark[] {
  if (read === undefined) return [];
  const { head, uncounted, cases } = read.verdict;
  const remarks: NodeRemark[] = uncounted.map(({ flaw, ...who }) => ({ kind: flaw, ...who }));
  const shown = new Set(cases.map(({ id }) => id));
  const elsewhere = new Set(answers.flatMap((answer) => answer.read?.verdict.cases.map(({ id }) => id) ?? []));
  for (const id of elsewhere) if (!shown.has(id)) remarks.push({ kind: "hides-case", case: id });
  if (request.epoch === "latest" && entry !== undefined && head.epoch < entry.epoch) {
    remarks.push({ kind: "rolled-back", epoch: head.epoch });
  }
  return remarks;
}
