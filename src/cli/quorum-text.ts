/** A decision for people and for programs. */
import { toHex } from "../core/bytes.ts";
import { convictsWords, subjectText } from "./case-words.ts";
import type { CliContext } from "./context.ts";
import type { Decision } from "./quorum-ask.ts";
import { type Colors, colorsOf, table } from "./table.ts";
import { counted, shortHex, timeText } from "./text.ts";

export function quorumJson({ request, reader, verdict, nodes }: Decision): object {
  const { namespace, epoch, min } = request;
  const asked = { namespace, min, faultBound: reader.faultBound, auditors: reader.roster.size };
  const reports = nodes.map(({ url, read, problem }) => ({
    url,
    ...(read === undefined ? {} : { epoch: read.certificate.epoch, digest: read.certificate.digest }),
    ...(problem === undefined ? {} : { problem }),
  }));
  if (verdict === undefined) {
    return { result: "not-enough", ...asked, epoch, signers: [], missing: [], cases: [], nodes: reports };
  }
  const { result, head, signers, missing, cases, explanation } = verdict;
  const found = { epoch: head.epoch, origin: head.origin, digest: toHex(head.digest) };
  return {
    result,
    ...asked,
    ...found,
    signers,
    missing,
    cases: cases.map(({ id, class: caseClass, subject, convicts }) => ({ id, class: caseClass, subject, convicts })),
    nodes: reports,
    explanation,
  };
}

export function quorumText(decision: Decision, context: CliContext): string {
  const { request, verdict, nodes } = decision;
  const colors = colorsOf(context);
  const problems = nodes.flatMap(({ problem }) =>
    problem === undefined ? [] : [colors.yellow(`not heard: ${problem}`)],
  );
  if (verdict === undefined) {
    const which = request.epoch === "latest" ? "no signed head" : `no signed head of epoch ${request.epoch}`;
    return [`not-enough: the nodes hold ${which} of ${request.namespace}`, ...problems].join("\n");
  }
  const { result, head, signers, missing, explanation } = verdict;
  const rows = [
    ...signers.map(({ auditor, timestampMs, late }) => [auditor, timeText(timestampMs), late ? "late head" : ""]),
    ...missing.map(({ auditor, reason }) => [auditor, "-", reason]),
  ];
  return [
    `${head.namespace} epoch ${head.epoch}`,
    `digest ${toHex(head.digest)}`,
    "",
    table(["auditor", "signed", ""], rows, colors),
    "",
    ...remarks(decision, colors),
    ...problems,
    `${resultText(result, colors)}: ${explanation}`,
  ].join("\n");
}

function remarks({ verdict, reader, nodes }: Decision, colors: Colors): string[] {
  if (verdict === undefined) return [];
  const { head, cases } = verdict;
  const lines = cases.map(({ id, class: caseClass, subject, convicts }) => {
    const line = `case ${shortHex(id)}: ${caseClass}, ${subjectText(subject)}; convicts ${convictsWords(convicts)}`;
    return convicts === "nobody" ? colors.yellow(line) : colors.red(line);
  });
  if (!reader.origins.has(head.namespace)) {
    const given = `--origin ${head.namespace}=${head.origin}`;
    lines.push(`The roster file names no origin for this namespace, so the nodes' own is taken; fix it with ${given}`);
  }
  const others = new Set(nodes.flatMap(({ read }) => (read === undefined ? [] : [read.certificate.epoch])));
  others.delete(head.epoch);
  if (others.size > 0) lines.push(`${counted(others.size, "other epoch")} answered: ${[...others].join(", ")}`);
  return lines;
}

function resultText(result: string, colors: Colors): string {
  if (result === "satisfied") return colors.green(result);
  return result === "conflict" ? colors.red(result) : colors.yellow(result);
}
