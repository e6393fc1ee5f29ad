/** What a reader keeps if it was shown a digest other than the one that the auditors saw. */
import { counted } from "../core/counted.ts";
import { REPORT_FORMAT } from "../core/wrong-digest.ts";
import type { Satisfied, WrongDigest } from "./results.ts";

export function wrongDigestReport(found: Satisfied, shownDigest: string, nowMs: number): WrongDigest {
  const { head, certificate, signers } = found;
  const { namespace, origin, epoch, digest } = head;
  const explanation = `${counted(signers.length, "auditor")} signed a different digest for epoch ${epoch} from the one you were shown: do not rely on what you were shown, keep the report, and give it to an auditor`;
  const { certificate: _kept, ...rest } = found;
  return {
    ...rest,
    result: "wrong-digest",
    shownDigest,
    report: {
      format: REPORT_FORMAT,
      namespace,
      ...(origin === undefined ? {} : { origin }),
      epoch,
      shownDigest,
      auditedDigest: digest,
      reportedAtMs: nowMs,
      certificate,
    },
    explanation,
  };
}
