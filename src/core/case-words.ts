/** Cases in words (docs/protocol.md 7). */
import type { CaseVerdict } from "./case-file.ts";
import type { CaseClass, CaseSubject } from "./evidence.ts";

const WORDS: Readonly<Record<CaseClass, string>> = {
  "auditor-equivocation":
    "One auditor signed two different statements where it promised to sign one: two digests for one epoch, or two successors of one key.",
  "provider-equivocation": "The provider itself signed two different digests for one epoch.",
  "split-view":
    "Auditors signed different digests for the same epoch, and more of them than the fault bound allows would have to lie if the provider had shown all of them one history.",
  "provider-contradiction":
    "The provider signed one digest for an epoch, and more auditors than the fault bound allows verified another.",
  "forked-listing": "More auditors than the fault bound allows saw the same two audit proofs listed for one epoch.",
  "invalid-epoch":
    "More auditors than the fault bound allows fetched the same audit proof for an epoch, and it does not verify.",
  disagreement:
    "Auditors contradict each other, but no more of them than the fault bound allows to lie: worth a look, proves nothing, not even who is right.",
};

export function classWords(caseClass: string): string {
  return WORDS[caseClass as CaseClass] ?? "This version of coaudit does not know this class.";
}

export function convictsWords(convicts: CaseVerdict["convicts"]): string {
  if (convicts === "nobody") return "nobody";
  if (convicts !== "provider") return `the auditor ${convicts.auditor}`;
  return "the provider, or its publication channel (CDN, proxy or DNS in front of the auditors)";
}

export function subjectText(subject: CaseSubject): string {
  if (subject.kind === "auditor") return `auditor ${subject.auditor}`;
  if (subject.kind === "dissent") return `${subject.namespace}, ${subject.auditor} against the others`;
  const from = subject.kind === "fork" ? "from epoch" : "epoch";
  return `${subject.namespace}, ${from} ${subject.epoch}`;
}
