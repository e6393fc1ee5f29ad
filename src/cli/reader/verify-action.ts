/** What `coaudit verify` does: reads the file, and verifies it as what it is. */
import type { Certificate } from "../../core/certificate.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { readTextFile } from "../../platform/text-file.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { refuseOtherKinds } from "./file-kind.ts";
import { type QuestionSubject, questionOf, type VerifyFileFlags } from "./question.ts";
import { quorumJson, quorumText } from "./quorum-text.ts";
import { RESULT_EXITS } from "./result-exits.ts";

/** Sets the exit code. Throws USAGE, CONFIG_UNREADABLE, POLICY_INVALID and the like. */
export async function verifyFile(
  kind: string,
  file: string,
  flags: VerifyFileFlags,
  context: CliContext,
): Promise<void> {
  switch (kind) {
    case "certificate":
      return verifyCertificateFile(file, flags, context);
    case "report":
      return (await import("./verify-report-action.ts")).verifyReport(file, flags, context);
    case "head":
      return (await import("./verify-head-action.ts")).verifyHeadFile(await readTextFile(file), flags, context);
    case "case":
      return (await import("../evidence/evidence-verify-action.ts")).verifyCase(file, flags, context);
    default:
      throw new CoauditError("USAGE", `"${kind}" is not one of certificate, report, head, case`, { option: "kind" });
  }
}

async function verifyCertificateFile(file: string, flags: VerifyFileFlags, context: CliContext): Promise<void> {
  const text = await readTextFile(file);
  refuseOtherKinds(text, "certificate");
  try {
    const certificate = certificateIn(text);
    const epoch: number | "latest" = flags.maxAge === undefined ? certificate.epoch : "latest";
    // Whatever else it asks, the certificate is about its own epoch.
    const question = await questionOf(flags, subjectOf(certificate));
    const found = await question.client.verify(certificate, epoch);
    const asked = { ...question, namespace: certificate.namespace, epoch, found };
    context.out(flags.json === true ? JSON.stringify(quorumJson(asked)) : quorumText(asked, context));
    context.exitCode = RESULT_EXITS[found.result];
  } catch (error) {
    if (!isCoauditError(error, "CERTIFICATE_INVALID")) throw error;
    const { code, message } = error;
    context.out(flags.json === true ? JSON.stringify({ valid: false, code, message }) : `not valid: ${message}`);
    context.exitCode = EXIT.no;
  }
}

/** Nothing is checked yet: of what is no certificate the question is never answered. */
function subjectOf({ namespace, epoch }: Certificate): QuestionSubject {
  return {
    namespace: typeof namespace === "string" ? namespace : "",
    epoch: Number.isSafeInteger(epoch) && epoch > 0 ? epoch : "latest",
  };
}

/** A certificate, or a quorum answer, which holds one. Its shape is checked later. */
function certificateIn(text: string): Certificate {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notOne("it is not JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw notOne("it is not an object");
  const { certificate = value } = value as { certificate?: unknown };
  if (typeof certificate !== "object" || certificate === null) throw notOne("it is not an object");
  return certificate as Certificate;
}

function notOne(reason: string, cause?: unknown): CoauditError<"CERTIFICATE_INVALID"> {
  return new CoauditError("CERTIFICATE_INVALID", `certificate: ${reason}`, { reason, about: "format" }, { cause });
}
