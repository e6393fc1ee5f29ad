/**
 * What keeps a node from answering readers, and what a person should look at. They are not the same: a proxy takes a
 * node that is not ready off the network, and what a provider or other auditors can cause must not take the evidence
 * with it.
 */
import { counted } from "../core/counted.ts";
import type { NamespaceStatus, NodeStatus, Readiness } from "./view.ts";

/** `unreadable`: why what is stored cannot be read. */
export function readinessOf(status: NodeStatus, unreadable: string | undefined): Readiness {
  const reasons = unreadable === undefined ? [] : [`the ledger cannot be read: ${unreadable}`];
  return { ready: reasons.length === 0, reasons, warnings: warningsOf(status) };
}

function warningsOf(status: NodeStatus): string[] {
  const warnings = status.convictions.map(convictionText);
  if (status.boundBroken) warnings.push("more auditors are convicted than the fault bound allows: quorums are refused");
  warnings.push(...status.namespaces.flatMap(ofNamespace));
  const { roster } = status.peers;
  if (roster.length > 0 && !roster.some(({ connected }) => connected)) {
    warnings.push("no auditor of the roster is connected");
  }
  return warnings;
}

/** As `coaudit status` shows it first. */
export function convictionText({ namespace, class: caseClass, epoch }: NodeStatus["convictions"][number]): string {
  return `PROVIDER CONVICTED: ${caseClass} from epoch ${epoch} of ${namespace}`;
}

function ofNamespace(status: NamespaceStatus): string[] {
  const { namespace, state, halt, behind } = status;
  if (state === "halted") return [`${namespace}: halted (${halt?.reason ?? "unknown"})`];
  if (state === "initializing") return [`${namespace}: initializing`];
  const unsigned = unsignedText(status);
  return [
    ...(unsigned === undefined ? [] : [`${namespace}: ${unsigned}`]),
    ...(behind === undefined ? [] : [`${namespace}: behind (${behind.reason}): ${behind.message}`]),
  ];
}

/** Why it verifies and does not sign. */
export function unsignedText({
  unguarded,
  unsigned,
  guard,
}: Pick<NamespaceStatus, "unguarded" | "unsigned" | "guard">): string | undefined {
  if (unguarded) {
    const whose = guard.missing.length === 0 ? "" : `, missing ${guard.missing.join(", ")}`;
    return `unguarded, not signing: ${guard.answered.length} of ${counted(guard.needed, "auditor")} ${guard.needed === 1 ? "has" : "have"} answered${whose}`;
  }
  if (unsigned?.kind === "mark") return `verified, not signed: signs nothing up to epoch ${unsigned.mark}`;
  if (unsigned?.kind === "unmarked") return "verified, not signed: no mark since the claims were repaired";
  return undefined;
}
