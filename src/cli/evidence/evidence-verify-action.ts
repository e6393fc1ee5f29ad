/** `coaudit evidence verify`: a case from a file, verified with the reader's own roster and nothing else. */
import { toHex } from "../../core/bytes.ts";
import { parseCaseFile, verifyCaseFile } from "../../core/case-file.ts";
import { classWords, convictsWords, subjectText } from "../../core/case-words.ts";
import { isCoauditError } from "../../core/errors.ts";
import { defaultFaultBound } from "../../core/roster.ts";
import type { Statement } from "../../core/statement.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import { readTextFile } from "../../platform/text-file.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { refuseOtherKinds } from "../reader/file-kind.ts";
import { assumptionsOf, type ReaderFlags } from "../reader/reader-flags.ts";
import { counted } from "../text.ts";
import { caseSides } from "./case-sides.ts";

export interface VerifyFlags extends ReaderFlags {
  readonly json?: true;
}

/** What an accusation of a wrong proof depends on (docs/protocol.md 7.3). */
interface HeadsAgainst {
  /** The digests to which the accused proofs lead. */
  readonly digests: readonly string[];
  /** How many heads for these the file holds. */
  readonly inFile: number;
}

/**
 * Sets the exit code: yes when the case holds; no when it does not, or rests on what heads outside the file may take
 * back. Throws CONFIG_UNREADABLE.
 */
export async function verifyCase(file: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const assumptions = await assumptionsOf(flags);
  const text = await readTextFile(file);
  refuseOtherKinds(text, "case");
  try {
    const verdict = await verifyCaseFile(parseCaseFile(text), { assumptions, verifier: new NativeVerifier() });
    const { id, subject, class: caseClass, convicts, statements, unknownSigners } = verdict;
    const unless = caseClass === "invalid-epoch" ? headsAgainst(statements) : undefined;
    // Heads that are not in the file may take the accusation back: nobody should act on it alone.
    if (unless !== undefined) context.exitCode = EXIT.no;
    if (flags.json === true) {
      const reserved = unless === undefined ? {} : { unlessHeadsFor: unless.digests, headsForThem: unless.inFile };
      const shown = { valid: true, id, class: caseClass, subject, convicts, ...reserved };
      context.out(JSON.stringify({ ...shown, statements: statements.length, unknownSigners }));
      return;
    }
    const bound = assumptions.faultBound ?? defaultFaultBound(assumptions.roster.size);
    const unknown = unknownSigners === 0 ? "" : `; ${unknownSigners} more by keys outside the roster are ignored`;
    context.out(
      [
        `valid: case ${id}`,
        `${caseClass}: ${subjectText(subject)}`,
        "",
        classWords(caseClass),
        `For this roster of ${assumptions.roster.size} with fault bound ${bound} it convicts ${convictsWords(convicts)}${unless === undefined ? "." : ","}`,
        ...(unless === undefined ? [] : [reservation(unless)]),
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

function headsAgainst(statements: readonly Statement[]): HeadsAgainst {
  const digests = new Set<string>();
  for (const one of statements) {
    if (one.type !== "observation" || one.kind !== "invalid-proof") continue;
    for (const name of one.blobNames) digests.add(name.split("/")[2] ?? "");
  }
  const inFile = statements.filter((one) => one.type === "signed-head" && digests.has(toHex(one.digest))).length;
  return { digests: [...digests], inFile };
}

function reservation({ digests, inFile }: HeadsAgainst): string {
  const here = inFile === 0 ? "none" : inFile === 1 ? "one" : String(inFile);
  return `unless auditors hold heads for ${digests.join(" or ")}: ${here} in this file. Ask nodes with coaudit quorum --epoch.`;
}
