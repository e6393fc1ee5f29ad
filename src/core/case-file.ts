/** A case as a file: the signed statements themselves, so that anybody checks it offline with public keys alone. */
import { fromBase64, toBase64 } from "./bytes.ts";
import { type DerivedCase, deriveCases } from "./derive-cases.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { CoauditError } from "./errors.ts";
import { type CaseClass, type CaseSubject, convictedBy, type Reader } from "./evidence.ts";
import { type Evidence, type Statement, verifyStatement } from "./statement.ts";
import { decodeStatement } from "./statement-codec.ts";

export const CASE_FORMAT = "coaudit/case/v1";

export interface CaseFile {
  readonly format: typeof CASE_FORMAT;
  /** SHA-256 of the subject, lower-case hex. */
  readonly id: string;
  readonly subject: CaseSubject;
  /** As the writer's roster and fault bound judged it: information, not proof. */
  readonly class: CaseClass;
  /** Encoded statements, base64. */
  readonly exhibits: readonly string[];
}

export interface CaseVerdict {
  readonly id: string;
  readonly subject: CaseSubject;
  readonly class: CaseClass;
  readonly convicts: "provider" | "nobody" | { readonly auditor: string };
  /** Statements by keys in the reader's roster, each with valid signatures. */
  readonly statements: readonly Statement[];
  /** Exhibits by keys that the reader's roster does not hold: they prove nothing to this reader. */
  readonly unknownSigners: number;
}

/** 64 KiB of evidence in base64, and room for the rest. */
const MAX_CASE_FILE_EXHIBITS = 128;

export function formatCaseFile(
  derived: Pick<DerivedCase, "id" | "subject" | "class">,
  exhibits: readonly Uint8Array[],
): CaseFile {
  const { id, subject } = derived;
  return { format: CASE_FORMAT, id, subject, class: derived.class, exhibits: exhibits.map(toBase64) };
}

/** Throws CASE_INVALID when the text is not a case file. */
export function parseCaseFile(text: string): CaseFile {
  let value: Partial<CaseFile> | null;
  try {
    value = JSON.parse(text) as Partial<CaseFile> | null;
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (value === null || typeof value !== "object" || value.format !== CASE_FORMAT) {
    throw invalid(`its "format" is not ${CASE_FORMAT}`);
  }
  const { exhibits } = value;
  if (!Array.isArray(exhibits) || !exhibits.every((exhibit) => typeof exhibit === "string")) {
    throw invalid('"exhibits" is not a list of base64 texts');
  }
  if (exhibits.length > MAX_CASE_FILE_EXHIBITS) throw invalid(`it holds more than ${MAX_CASE_FILE_EXHIBITS} exhibits`);
  if (typeof value.id !== "string" || typeof value.class !== "string" || typeof value.subject !== "object") {
    throw invalid('"id", "class" or "subject" is missing');
  }
  return value as CaseFile;
}

/**
 * Checks every signature and computes the case again for this reader. Throws CASE_INVALID when an exhibit is damaged, a signature of a
 * known key is wrong, or the exhibits do not make the case that the file names.
 */
export async function verifyCaseFile(
  file: CaseFile,
  modules: { reader: Reader; verifier: SignatureVerifier },
): Promise<CaseVerdict> {
  const { reader } = modules;
  const statements: Exclude<Statement, Evidence>[] = [];
  let unknownSigners = 0;
  for (const [index, exhibit] of file.exhibits.entries()) {
    const statement = decodeExhibit(exhibit, index);
    if (!isKnownSigner(statement, reader)) {
      unknownSigners++;
      continue;
    }
    if (!(await verifyStatement(statement, modules))) throw invalid(`the signature of exhibit ${index} is wrong`);
    statements.push(statement);
  }
  const derived = deriveCases(statements, reader).find(({ id }) => id === file.id);
  if (derived === undefined) {
    const hint = unknownSigners > 0 ? `; ${unknownSigners} exhibits are by keys that your roster does not hold` : "";
    throw invalid(`its ${statements.length} exhibits do not make the case ${file.id}${hint}`);
  }
  const { id, subject } = derived;
  const convicts = convictedBy(subject, derived.class);
  return { id, subject, class: derived.class, convicts, statements, unknownSigners };
}

/** True when the statement is by a key of the reader's roster, or by the namespace's provider. */
export function isKnownSigner(statement: Exclude<Statement, Evidence>, reader: Reader): boolean {
  switch (statement.type) {
    case "provider-head": {
      const keys = reader.providerKeys.get(statement.namespace) ?? [];
      return keys.some((key) => toBase64(key) === toBase64(statement.publicKey));
    }
    case "key-rotation":
      return reader.roster.byKey(statement.oldPublicKey) !== undefined;
    default:
      return reader.roster.byKey(statement.publicKey) !== undefined;
  }
}

function decodeExhibit(exhibit: string, index: number): Exclude<Statement, Evidence> {
  let statement: Statement;
  try {
    statement = decodeStatement(fromBase64(exhibit, `exhibit ${index}`));
  } catch (cause) {
    throw invalid(`exhibit ${index} is not a statement`, cause);
  }
  if (statement.type === "evidence") throw invalid(`exhibit ${index} is evidence inside evidence`);
  return statement;
}

function invalid(reason: string, cause?: unknown): CoauditError<"CASE_INVALID"> {
  return new CoauditError("CASE_INVALID", `case file: ${reason}`, { reason }, { cause });
}
