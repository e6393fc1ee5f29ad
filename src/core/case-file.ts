/** A case as a file: the signed statements themselves, so that anybody can verify it offline with public keys alone. */
import { fromBase64, toBase64, toHex } from "./bytes.ts";
import { type DerivedCase, deriveCases } from "./derive-cases.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { CoauditError } from "./errors.ts";
import { type Assumptions, type CaseClass, type CaseSubject, caseId, convictedBy } from "./evidence.ts";
import type { Evidence, Statement } from "./statement.ts";
import { decodeStatement } from "./statement-codec.ts";
import { verifyStatement } from "./statement-signature.ts";

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

/** A case that holds for a reader. */
export interface HeldCase {
  readonly id: string;
  readonly subject: CaseSubject;
  readonly class: CaseClass;
  readonly convicts: "provider" | "nobody" | { readonly auditor: string };
}

export interface CaseVerdict extends HeldCase {
  /** Statements by keys in the reader's roster, each with valid signatures. */
  readonly statements: readonly Statement[];
  /** Exhibits by keys outside the reader's roster: they prove nothing to this reader. */
  readonly unknownSigners: number;
}

/** 64 KiB of evidence in base64, and room for the rest. */
const MAX_CASE_FILE_EXHIBITS = 128;

const CASE_CLASSES: readonly CaseClass[] = [
  "auditor-equivocation",
  "provider-equivocation",
  "split-view",
  "provider-contradiction",
  "forked-listing",
  "invalid-epoch",
  "disagreement",
];

export function formatCaseFile(
  derived: Pick<DerivedCase, "id" | "subject" | "class">,
  exhibits: readonly Uint8Array[],
): CaseFile {
  const { id, subject } = derived;
  return { format: CASE_FORMAT, id, subject, class: derived.class, exhibits: exhibits.map(toBase64) };
}

/** Throws CASE_INVALID when the text is not a case file. */
export function parseCaseFile(text: string): CaseFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  return checkCaseFile(value);
}

/** The value itself if it has the shape of a case file; its exhibits are not checked. Throws CASE_INVALID. */
export function checkCaseFile(value: unknown): CaseFile {
  const file = (value ?? {}) as Partial<Record<keyof CaseFile, unknown>>;
  if (file.format !== CASE_FORMAT) throw invalid(`its "format" is not ${CASE_FORMAT}`);
  const { exhibits } = file;
  if (!Array.isArray(exhibits) || !exhibits.every((exhibit) => typeof exhibit === "string")) {
    throw invalid('"exhibits" is not a list of base64 texts');
  }
  if (exhibits.length > MAX_CASE_FILE_EXHIBITS) throw invalid(`it holds more than ${MAX_CASE_FILE_EXHIBITS} exhibits`);
  if (!(CASE_CLASSES as readonly unknown[]).includes(file.class)) throw invalid('its "class" is unknown');
  if (!isSubject(file.subject)) throw invalid('its "subject" is malformed');
  if (file.id !== caseId(file.subject)) throw invalid('its "id" does not belong to its "subject"');
  return value as CaseFile;
}

/**
 * Verifies every signature and recomputes the case for this reader. Throws CASE_INVALID when the file is malformed, an
 * exhibit is damaged, a signature of a known key is invalid, or the exhibits do not add up to the case that the file
 * names.
 */
export async function verifyCaseFile(
  file: CaseFile,
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Promise<CaseVerdict> {
  const { statements, unknownSigners } = await verifyExhibits(file, modules);
  // The exhibits are samples of one fork: its first epoch and its strongest, which may be far apart.
  const cases = deriveCases(statements, modules.assumptions, Number.POSITIVE_INFINITY);
  const derived = cases.find(({ id }) => id === file.id) ?? forThisReader(file, statements, cases);
  if (derived === undefined) {
    const hint = unknownSigners > 0 ? `; ${unknownSigners} exhibits are by keys that are not in your roster` : "";
    throw invalid(`its ${statements.length} exhibits do not add up to the case ${file.id}${hint}`);
  }
  return { ...heldCase(derived), statements, unknownSigners };
}

/**
 * What a fork of another reader is to this one: with another roster or fault bound it may begin to convict at another
 * epoch, or be no more than somebody's dissent. It goes under the name of the file.
 */
function forThisReader(
  { id, subject }: CaseFile,
  statements: readonly Statement[],
  cases: readonly DerivedCase[],
): DerivedCase | undefined {
  if (subject.kind !== "fork") return undefined;
  const { namespace, epoch } = subject;
  const digests = statements.flatMap((one) =>
    "digest" in one && one.namespace === namespace && one.epoch === epoch ? [toHex(one.digest)] : [],
  );
  if (new Set(digests).size < 2) return undefined;
  const same = cases.filter((one) => "namespace" in one.subject && one.subject.namespace === namespace);
  const fork = same.find((one) => one.subject.kind === "fork");
  const lead = same.find((one) => one.subject.kind === "dissent");
  const found = fork ?? lead;
  return found === undefined ? undefined : { id, subject, class: found.class, epochs: found.epochs };
}

/**
 * The statements of a case file by keys that this reader knows, each with valid signatures. Throws CASE_INVALID as
 * verifyCaseFile does.
 */
export async function verifyExhibits(
  file: CaseFile,
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Promise<Pick<CaseVerdict, "statements" | "unknownSigners">> {
  const statements: Exclude<Statement, Evidence>[] = [];
  let unknownSigners = 0;
  for (const [index, exhibit] of checkCaseFile(file).exhibits.entries()) {
    const statement = decodeExhibit(exhibit, index);
    if (!isKnownSigner(statement, modules.assumptions)) {
      unknownSigners++;
      continue;
    }
    if (!(await verifyStatement(statement, modules))) throw invalid(`the signature of exhibit ${index} is invalid`);
    statements.push(statement);
  }
  return { statements, unknownSigners };
}

/** A derived case and whom it convicts. */
export function heldCase({ id, subject, class: caseClass }: DerivedCase): HeldCase {
  return { id, subject, class: caseClass, convicts: convictedBy(subject, caseClass) };
}

/** True when the statement is by a key of the reader's roster, or by the namespace's provider. */
export function isKnownSigner(statement: Exclude<Statement, Evidence>, assumptions: Assumptions): boolean {
  switch (statement.type) {
    case "provider-head": {
      const keys = assumptions.providerKeys.get(statement.namespace) ?? [];
      return keys.some((key) => toBase64(key) === toBase64(statement.publicKey));
    }
    case "key-rotation":
      return assumptions.roster.byKey(statement.oldPublicKey) !== undefined;
    default:
      return assumptions.roster.byKey(statement.publicKey) !== undefined;
  }
}

function isSubject(value: unknown): value is CaseSubject {
  if (typeof value !== "object" || value === null) return false;
  const { kind, auditor, namespace, epoch } = value as Record<string, unknown>;
  if (kind === "auditor") return typeof auditor === "string";
  if (kind === "dissent") return typeof auditor === "string" && typeof namespace === "string";
  return (
    (kind === "fork" || kind === "listing" || kind === "proof") &&
    typeof namespace === "string" &&
    Number.isSafeInteger(epoch) &&
    Number(epoch) > 0
  );
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
