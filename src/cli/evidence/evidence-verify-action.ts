/** `coaudit evidence verify`: a case from a file, verified with the reader's own roster and nothing else. */
import { readFile } from "node:fs/promises";
import { parseCaseFile, verifyCaseFile } from "../../core/case-file.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { assumptionsOf, type ReaderFlags } from "../reader/reader-flags.ts";
import { counted } from "../text.ts";
import { caseSides } from "./case-sides.ts";
import { classWords, convictsWords, subjectText } from "./case-words.ts";

export interface VerifyFlags extends ReaderFlags {
  readonly json?: true;
}

/** Sets the exit code: yes when the case holds, no when it does not. Throws USAGE for a file that cannot be read. */
export async function verifyCase(file: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const assumptions = await assumptionsOf(flags);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CoauditError("USAGE", errorMessage(cause), {}, { cause });
  });
  try {
    const verdict = await verifyCaseFile(parseCaseFile(text), { assumptions, verifier: new NativeVerifier() });
    const { id, subject, class: caseClass, convicts, statements, unknownSigners } = verdict;
    if (flags.json === true) {
      const shown = { valid: true, id, class: caseClass, subject, convicts };
      context.out(JSON.stringify({ ...shown, statements: statements.length, unknownSigners }));
      return;
    }
    const unknown = unknownSigners === 0 ? "" : `; ${unknownSigners} more by keys outside the roster are ignored`;
    context.out(
      [
        `valid: case ${id}`,
        `${caseClass}: ${subjectText(subject)}`,
        "",
        classWords(caseClass),
        `For this roster of ${assumptions.roster.size} with fault bound ${assumptions.faultBound} it convicts ${convictsWords(convicts)}.`,
        `${counted(statements.length, "statement")}, all signatures valid${unknown}.`,
        "",
        ...caseSides(statements, (publicKey) => assumptions.roster.byKey(publicKey)?.auditor.name),
      ].join("\n"),
    );
  } catch (error) {
    if (!isCoauditError(error, "CASE_INVALID")) throw error;
    const { code, message } = error;
    context.out(flags.json === true ? JSON.stringify({ valid: false, code, message }) : `not valid: ${message}`);
    context.exitCode = EXIT.no;
  }
}
