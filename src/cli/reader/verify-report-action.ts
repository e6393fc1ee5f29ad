/** What `coaudit verify report` does: what of a report is proven, what is its reader's word, and what to do with it. */
import type { CheckResult } from "../../client/results.ts";
import { isCoauditError } from "../../core/errors.ts";
import { printable } from "../../core/printable.ts";
import { checkReport, type WrongDigestReport } from "../../core/wrong-digest.ts";
import { readTextFile } from "../../platform/text-file.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { colorsOf } from "../table.ts";
import { timeText } from "../text.ts";
import { refuseOtherKinds } from "./file-kind.ts";
import { questionOf, type VerifyFileFlags } from "./question.ts";
import { quorumJson, quorumText } from "./quorum-text.ts";
import { RESULT_EXITS } from "./result-exits.ts";

/** Sets the exit code. Throws USAGE, CONFIG_UNREADABLE, POLICY_INVALID and the like. */
export async function verifyReport(file: string, flags: VerifyFileFlags, context: CliContext): Promise<void> {
  const text = await readTextFile(file);
  refuseOtherKinds(text, "report");
  try {
    const report = checkReport(parsed(text));
    const { namespace, epoch, certificate } = report;
    const question = await questionOf(flags, { namespace, epoch });
    const found = await question.client.verify(certificate, epoch);
    const asked = { ...question, namespace, epoch, found };
    const { shownDigest, reportedAtMs } = report;
    context.out(
      flags.json === true
        ? JSON.stringify({ ...quorumJson(asked), shownDigest, reportedAtMs })
        : `${quorumText(asked, context)}\n\n${saidText(report, found, context)}`,
    );
    context.exitCode = RESULT_EXITS[found.result];
  } catch (error) {
    if (!isCoauditError(error, "REPORT_INVALID", "CERTIFICATE_INVALID")) throw error;
    const { code, message } = error;
    context.out(
      flags.json === true ? JSON.stringify({ valid: false, code, message }) : `not valid: ${printable(message)}`,
    );
    context.exitCode = EXIT.no;
  }
}

function saidText(report: WrongDigestReport, { result }: CheckResult, context: CliContext): string {
  const { shownDigest, reportedAtMs } = report;
  const colors = colorsOf(context);
  if (result !== "satisfied") return "The certificate in it does not satisfy your policy, so the report shows nothing.";
  return [
    `proven:  the auditors above saw ${report.auditedDigest}`,
    colors.yellow(
      `not proven: that somebody was shown ${shownDigest}, as the report of ${timeText(reportedAtMs)} says`,
    ),
    "",
    "If you are the one who was shown it: keep the file, compare keys with your contacts in person, and give the file to several",
    "auditors. If it was given to you: ask whether others were shown the same digest, and ask the provider for the audit proof.",
  ].join("\n");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
