/**
 * What a reader keeps that was shown another digest than the auditors saw. What the auditors saw is proven in it; that
 * somebody was shown anything else is the reader's word, over which there is no signature.
 */
import { fromHex } from "./bytes.ts";
import { type Certificate, headOfCertificate } from "./certificate.ts";
import { CoauditError, errorMessage } from "./errors.ts";
import { checkNumber } from "./numbers.ts";

export const REPORT_FORMAT = "coaudit/wrong-digest/v1";

/** A file to keep and to show to auditors. The digest in it was never sent anywhere. */
export interface WrongDigestReport {
  readonly format: typeof REPORT_FORMAT;
  readonly namespace: string;
  /** Absent where nothing signed proves it. */
  readonly origin?: string;
  readonly epoch: number;
  readonly shownDigest: string;
  readonly auditedDigest: string;
  readonly reportedAtMs: number;
  readonly certificate: Certificate;
}

/** The value as a report that agrees with itself; no signature is verified here. Throws REPORT_INVALID. */
export function checkReport(value: unknown): WrongDigestReport {
  const report = (value ?? {}) as WrongDigestReport;
  const { format, namespace, origin, epoch, shownDigest, auditedDigest, reportedAtMs, certificate } = report;
  if (format !== REPORT_FORMAT) throw invalid(`its "format" is not ${REPORT_FORMAT}`);
  const head = checked(() => headOfCertificate(certificate));
  checked(() => checkNumber(reportedAtMs, "reportedAtMs"));
  if (typeof shownDigest !== "string" || !/^[0-9a-f]{64}$/.test(shownDigest)) {
    throw invalid('its "shownDigest" is not 64 lower-case hexadecimal digits');
  }
  const isAbout = namespace === head.namespace && epoch === head.epoch && auditedDigest === certificate.digest;
  if (!isAbout || (origin !== undefined && origin !== head.origin)) {
    throw invalid("its certificate is about something else than the report");
  }
  if (fromHex(shownDigest).every((byte, index) => byte === head.digest[index])) {
    throw invalid("the digest that was shown is the one that the auditors saw: nothing is wrong");
  }
  return report;
}

/**
 * Without cases: a node judges by its own, keeps seven fields of a report and no evidence from strangers, and with them
 * a report would be larger than it takes. The reader's file keeps them.
 */
export function slimReport(report: WrongDigestReport): WrongDigestReport {
  return { ...report, certificate: { ...report.certificate, cases: [], openCases: 0 } };
}

function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    throw invalid(errorMessage(cause), cause);
  }
}

function invalid(reason: string, cause?: unknown): CoauditError<"REPORT_INVALID"> {
  return new CoauditError("REPORT_INVALID", `report of a wrong digest: ${reason}`, { reason }, { cause });
}
