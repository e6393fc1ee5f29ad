/** What `coaudit policy check` does: analyses the policy, draws it as a tree, and says what it survives. */
import { parseNumber } from "../../core/numbers.ts";
import { type Policy, type PolicyMember, thresholdText } from "../../core/policy.ts";
import { analysePolicy, type PolicyAnalysis, policyConcerns } from "../../core/policy-analysis.ts";
import { bindPolicy, rosterOfPolicy } from "../../core/policy-evaluation.ts";
import { defaultFaultBound, ZERO_BOUND } from "../../core/roster.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { type Colors, colorsOf } from "../table.ts";
import { counted, printable } from "../text.ts";
import { inPolicyFile, loadPolicyFile } from "./policy-file.ts";

export interface PolicyCheckFlags {
  readonly faults?: string;
  readonly json?: true;
}

interface CheckedPolicy {
  readonly policy: Policy;
  readonly analysis: PolicyAnalysis;
  readonly faultBound: number;
  /** Witnesses outside the quorum. */
  readonly idle: readonly string[];
}

/** It accepts everything, so nobody has to lie and nobody can be absent. */
const NOBODY: PolicyAnalysis = { auditors: 0, forgers: [], blockers: [], common: [] };

/** Sets the exit code. Throws CONFIG_UNREADABLE, POLICY_INVALID, NUMBER_OUT_OF_RANGE. */
export async function checkPolicy(file: string, flags: PolicyCheckFlags, context: CliContext): Promise<void> {
  const checked = readPolicy(file, await loadPolicyFile(file), flags);
  const colors = colorsOf(context);
  context.out(flags.json === true ? JSON.stringify(policyJson(checked)) : policyText(checked, colors));
  context.exitCode = isForgeable(checked) ? EXIT.no : EXIT.yes;
}

function readPolicy(file: string, policy: Policy, flags: PolicyCheckFlags): CheckedPolicy {
  const faults = flags.faults === undefined ? undefined : parseNumber(flags.faults, "--faults", 0, 255);
  if (policy.quorum === "none") return { policy, analysis: NOBODY, faultBound: faults ?? 0, idle: [] };
  const bound = inPolicyFile(file, () => bindPolicy(policy, rosterOfPolicy(policy)));
  const used = new Set(witnessesOf(policy.quorum));
  return {
    policy,
    analysis: analysePolicy(bound),
    faultBound: faults ?? defaultFaultBound(bound.auditors.length),
    idle: policy.witnesses.map(({ name }) => name).filter((name) => !used.has(name)),
  };
}

function isForgeable({ policy, analysis, faultBound }: CheckedPolicy): boolean {
  return policy.quorum === "none" || policyConcerns(analysis, faultBound).includes("forged-by-f");
}

function policyJson(checked: CheckedPolicy): object {
  const { policy, analysis, faultBound, idle } = checked;
  return {
    result: isForgeable(checked) ? "forgeable" : "holds",
    faultBound,
    ...analysis,
    concerns: policy.quorum === "none" ? ["forged-by-f"] : policyConcerns(analysis, faultBound),
    idleWitnesses: idle,
    quorum: policy.quorum === "none" ? "none" : treeJson(policy.quorum),
  };
}

function treeJson(member: PolicyMember): object {
  if (member.kind === "witness") return { witness: member.name, auditor: member.vkey.name };
  return { group: member.name, threshold: member.threshold, members: member.members.map(treeJson) };
}

function policyText(checked: CheckedPolicy, colors: Colors): string {
  const { policy, analysis, faultBound, idle } = checked;
  if (policy.quorum === "none") {
    return `${colors.red("fails")}: "quorum none" accepts every head, even an unsigned one; name a witness or a group`;
  }
  const lines = [`A head is accepted when ${words(policy.quorum)}.`, "", ...drawn(policy.quorum), ""];
  lines.push(
    `${counted(analysis.auditors, "auditor")}; ${faultBound} of them may lie or be absent (f)`,
    `forged by    ${setText(analysis.forgers)}, if all of them lie`,
    `blocked by   ${setText(analysis.blockers)}, if all of them are absent`,
    analysis.common.length === 0
      ? "two digests  two quorums can have nobody in common: two digests of one epoch can be accepted although no auditor signs both"
      : `two digests  ${setText(analysis.common)}, if all of them sign both: no two quorums have fewer in common`,
    "",
  );
  if (faultBound === 0) lines.push(colors.yellow(ZERO_BOUND));
  if (idle.length > 0)
    lines.push(colors.yellow(`not part of the quorum: ${idle.map((name) => printable(name)).join(", ")}`));
  return [...lines, ...judgement(checked, colors)].join("\n");
}

function judgement(checked: CheckedPolicy, colors: Colors): string[] {
  const { analysis, faultBound } = checked;
  const concerns = policyConcerns(analysis, faultBound);
  const lines: string[] = [];
  if (concerns.includes("quorums-share-f")) {
    const share = counted(analysis.common.length, "auditor");
    lines.push(
      `${colors.yellow("warning")}: two quorums can share only ${share}, no more than the ${faultBound} that may lie: raise the thresholds until they share at least ${faultBound + 1}`,
    );
  }
  if (concerns.includes("blocked-by-f")) {
    const away = counted(analysis.blockers.length, "absent auditor");
    lines.push(
      `${colors.yellow("warning")}: ${away} ${analysis.blockers.length === 1 ? "makes" : "make"} every head unacceptable`,
    );
  }
  lines.push(
    isForgeable(checked)
      ? `${colors.red("fails")}: ${counted(analysis.forgers.length, "liar")} alone ${analysis.forgers.length === 1 ? "satisfies" : "satisfy"} it, and f is ${faultBound}`
      : `${colors.green("holds")}: ${counted(faultBound, "liar")} cannot satisfy it; that takes ${analysis.forgers.length}`,
  );
  return lines;
}

function setText(names: readonly string[]): string {
  return `${names.length} (${names.map((name) => printable(name)).join(", ")})`;
}

function words(member: PolicyMember): string {
  if (member.kind === "witness") return `${printable(member.name)} signed it`;
  const { threshold, members } = member;
  const [only] = members;
  if (members.length === 1 && only !== undefined) return words(only);
  const isFlat = members.every(({ kind }) => kind === "witness");
  const list = members.map((one) => (isFlat ? printable(one.name) : `(${words(one)})`)).join(", ");
  const signed = isFlat ? "signed it" : "hold";
  if (threshold === members.length) return `all of ${list} ${signed}`;
  return `at least ${threshold} of ${list} ${signed}`;
}

/** The tree, one line per name. */
function drawn(member: PolicyMember, first = "", rest = ""): string[] {
  if (member.kind === "witness") {
    const as = member.vkey.name === member.name ? "" : `  ${member.vkey.name}`;
    return [`${first}${printable(member.name)}${as}`];
  }
  const { name, threshold, members } = member;
  return [
    `${first}${printable(name)}: ${thresholdText(threshold, members.length)} of ${members.length}`,
    ...members.flatMap((one, index) => {
      const isLast = index === members.length - 1;
      return drawn(one, `${rest}${isLast ? "└─ " : "├─ "}`, `${rest}${isLast ? "   " : "│  "}`);
    }),
  ];
}

function witnessesOf(member: PolicyMember): string[] {
  return member.kind === "witness" ? [member.name] : member.members.flatMap(witnessesOf);
}
