/** What a reader keeps if it was shown a digest other than the one that the auditors saw. */
import { counted } from "../core/counted.ts";
import { REPORT_FORMAT, type Satisfied, type WrongDigest } from "./results.ts";

export function wrongDigestReport(found: Satisfied, shownDigest: string, nowMs: number): WrongDigest {
  const { head, certificate, signers, missing, cases, nodes } = found;
  const explanation = `${counted(signers.length, "auditor")} signed another digest for epoch ${head.epoch} than the one you were shown: do not rely on what you were shown, keep the report, and give it to an auditor`;
  return {
    result: "wrong-digest",
    head,
    shownDigest,
    report: {
      format: REPORT_FORMAT,
      namespace: head.namespace,
      origin: head.origin,
      epoch: head.epoch,
      shownDigest,
      auditedDigest: head.digest,
      reportedAtMs: nowMs,
      certificate,
    },
    ...{ signers, missing, cases, nodes, explanation },
  };
}
