/** A result for people and for programs. */
import { type CheckResult, headOfResult, type NodeRemark } from "../../client/results.ts";
import { convictsWords, subjectText } from "../../core/case-words.ts";
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { type Colors, colorsOf, table } from "../table.ts";
import { ageText, counted, printable, shortHex, timeText } from "../text.ts";
import type { Question } from "./question.ts";

export interface Asked extends Question {
  readonly namespace: string;
  readonly epoch: number | "latest";
  readonly found: CheckResult;
}

export function quorumJson({ namespace, epoch, min, client, found }: Asked): object {
  const { result, signers, missing, cases, nodes, unheard, clockInDoubt, notStored, explanation } = found;
  const head = headOfResult(found);
  return {
    result,
    namespace,
    ...(min === undefined ? {} : { min }),
    faultBound: client.faultBound,
    auditors: client.policy.auditors.length,
    epoch: answeredEpoch(found) ?? epoch,
    ...(head === undefined
      ? {}
      : { digest: head.digest, ...(head.origin === undefined ? {} : { origin: head.origin }) }),
    ...(found.result === "wrong-digest" ? { shownDigest: found.shownDigest, report: found.report } : {}),
    ...(found.result === "stale" ? { reason: found.reason } : {}),
    ...(found.result === "pending" && found.acceptedEpoch !== undefined ? { acceptedEpoch: found.acceptedEpoch } : {}),
    ...(found.result === "nodes-disagree" ? { digests: found.digests } : {}),
    signers,
    missing,
    cases: cases.map(({ id, class: caseClass, subject, convicts }) => ({ id, class: caseClass, subject, convicts })),
    nodes: nodes.map(({ url, head: answered, problem, remarks }) => ({
      url,
      ...(answered === undefined ? {} : { epoch: answered.epoch, digest: answered.digest }),
      ...(problem === undefined ? {} : { problem }),
      remarks,
    })),
    unheard,
    ...(clockInDoubt === undefined ? {} : { clockInDoubt }),
    ...(notStored === undefined ? {} : { notStored }),
    explanation,
  };
}

export function quorumText(asked: Asked, context: CliContext): string {
  const { namespace, epoch, found } = asked;
  const { result, signers, missing, explanation } = found;
  const colors = colorsOf(context);
  const head = headOfResult(found);
  const digests = found.result === "nodes-disagree" ? found.digests : [];
  const newestMs =
    epoch === "latest" && head !== undefined && signers.length > 0
      ? Math.max(...signers.map((one) => one.timestampMs))
      : undefined;
  const elsewhere = new Set(digests.slice(1).flatMap((one) => one.signers));
  const rows = [
    ...signers.map(({ auditor, timestampMs, late }) => [auditor, timeText(timestampMs), late ? "late head" : ""]),
    ...missing.map(({ auditor, reason }) => [auditor, "-", elsewhere.has(auditor) ? "signed another digest" : reason]),
  ];
  return [
    `${namespace} epoch ${answeredEpoch(found) ?? epoch}`,
    ...(head === undefined ? [] : [`digest ${head.digest}`]),
    ...(newestMs === undefined ? [] : [`signed ${ageText(systemClock.now() - newestMs)} ago`]),
    ...(found.result === "wrong-digest" ? [colors.red(`shown  ${found.shownDigest}`)] : []),
    ...digests.map((one) => colors.red(`digest ${one.digest}  ${one.signers.join(", ") || "accepted before"}`)),
    "",
    ...(rows.length === 0 ? [] : [table(["auditor", "signed", ""], rows, colors), ""]),
    ...remarks(asked, colors),
    `${resultText(result, colors)}: ${printable(explanation)}`,
  ].join("\n");
}

function answeredEpoch(found: CheckResult): number | undefined {
  if (found.result === "pending" || found.result === "nodes-disagree") return found.epoch;
  return headOfResult(found)?.epoch;
}

/** One or two words, coloured by what to do about it. */
export function resultText(result: CheckResult["result"], colors: Colors): string {
  if (result === "satisfied") return colors.green(result);
  return result === "conflict" || result === "wrong-digest" || result === "nodes-disagree"
    ? colors.red(result)
    : colors.yellow(result);
}

function remarks({ found, assumptions, namespace }: Asked, colors: Colors): string[] {
  const head = headOfResult(found);
  const lines = found.cases.map(({ id, class: caseClass, subject, convicts }) => {
    const line = `case ${shortHex(id)}: ${caseClass}, ${subjectText(subject)}; convicts ${convictsWords(convicts)}`;
    return convicts === "nobody" ? colors.yellow(line) : colors.red(line);
  });
  if (head?.origin !== undefined && !assumptions.origins.has(namespace)) {
    const given = `--origin ${namespace}=${head.origin}`;
    lines.push(`The auditors' heads name the origin, since nothing you gave does; pin it with ${given}`);
  }
  if (found.notStored !== undefined) lines.push(colors.yellow(`not remembered: ${printable(found.notStored)}`));
  if (found.unheard.length > 0)
    lines.push(`not heard in time: ${found.unheard.map((url) => printable(url)).join(", ")}`);
  const others = new Set(found.nodes.flatMap((node) => (node.head === undefined ? [] : [node.head.epoch])));
  others.delete(answeredEpoch(found) ?? 0);
  if (others.size > 0) lines.push(`${counted(others.size, "other epoch")} in answers: ${[...others].join(", ")}`);
  for (const node of found.nodes) {
    if (node.problem !== undefined) lines.push(colors.yellow(`unusable answer: ${printable(node.problem.message)}`));
    const odd = node.remarks.filter(({ kind }) => kind === "hides-case" || kind === "rolled-back" || kind === "forged");
    for (const remark of odd) lines.push(colors.yellow(`${node.url} ${remarkText(remark)}`));
  }
  return lines;
}

function remarkText(remark: NodeRemark): string {
  if (remark.kind === "hides-case") return `does not show case ${shortHex(remark.case)}`;
  if (remark.kind === "rolled-back") return `answers with epoch ${remark.epoch}, older than one accepted before`;
  return `sent an invalid signature for ${remark.auditor ?? "an unknown key"}`;
}
