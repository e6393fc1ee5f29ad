/**
 * One head with every signature that a node holds for it, and the open cases of its namespace. Each reader counts for
 * itself: distinct auditors of its own roster, none convicted, with both signatures valid (docs/protocol.md 10.2).
 */
import { equalBytes, fromHex, toHex } from "./bytes.ts";
import { type CaseFile, type HeldCase, heldCase, verifyExhibits } from "./case-file.ts";
import { checked, invalid, isText } from "./certificate-error.ts";
import {
  type CertificateSignature,
  type CountedSignatures,
  countSignatures,
  FLAW_WORDS,
  type QuorumSigner,
  type SignatureFlaw,
  type UncountedSignature,
} from "./certificate-signatures.ts";
import { counted } from "./counted.ts";
import { deriveCases } from "./derive-cases.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { isCoauditError } from "./errors.ts";
import { type Assumptions, boundAt, isBoundBroken } from "./evidence.ts";
import type { Head, SignedHead } from "./head.ts";
import { checkNamespace, checkOrigin } from "./names.ts";
import { checkNumber } from "./numbers.ts";
import { type BoundPolicy, evaluatePolicy } from "./policy-evaluation.ts";
import { isSilenced, isTrustNone, isWithin, type Settlement } from "./settlement.ts";
import { bindsNamespace } from "./speaking.ts";
import type { Statement } from "./statement.ts";

export { type CertificateSignature, MAX_CLOCK_SKEW_MS, type QuorumSigner } from "./certificate-signatures.ts";

export const CERTIFICATE_FORMAT = "coaudit/certificate/v1";
/** An answer stays small; the number of cases says when there are more. */
export const MAX_CERTIFICATE_CASES = 16;
/** A roster has tens of auditors. */
const MAX_CERTIFICATE_SIGNATURES = 128;

export interface Certificate {
  readonly format: typeof CERTIFICATE_FORMAT;
  readonly namespace: string;
  readonly origin: string;
  readonly epoch: number;
  /** Lower-case hex. */
  readonly digest: string;
  readonly signatures: readonly CertificateSignature[];
  /** Newest first. The absence of a case proves nothing. */
  readonly cases: readonly CaseFile[];
  readonly openCases: number;
}

export function formatCertificate(
  head: Head,
  signatures: readonly { readonly auditor: string; readonly head: SignedHead }[],
  cases: readonly CaseFile[],
  openCases: number,
): Certificate {
  return {
    format: CERTIFICATE_FORMAT,
    namespace: head.namespace,
    origin: head.origin,
    epoch: head.epoch,
    digest: toHex(head.digest),
    signatures: signatures.map(({ auditor, head: { publicKey, timestampMs, suite, plexiSignature, cosignature } }) => ({
      auditor,
      publicKey: toHex(publicKey),
      timestampMs,
      suite,
      plexiSignature: toHex(plexiSignature),
      ...(cosignature === undefined ? {} : { cosignature: toHex(cosignature) }),
    })),
    cases: cases.slice(0, MAX_CERTIFICATE_CASES),
    openCases,
  };
}

interface QuorumQuestion {
  readonly namespace: string;
  /** The epoch that was asked for; "latest" does not count late heads. */
  readonly epoch: number | "latest";
  readonly nowMs: number;
  /** Signatures older than this do not count. Default: no limit. */
  readonly maxAgeMs?: number;
}

/** Which auditors are enough: any `min` of the reader's roster, or those that the reader's policy accepts. */
export type QuorumRule =
  | { readonly min: number; readonly policy?: never }
  | { readonly policy: BoundPolicy; readonly min?: never };

export type QuorumRequest = QuorumQuestion & QuorumRule;

export interface MissingAuditor {
  readonly auditor: string;
  /** In words. */
  readonly reason: string;
  readonly flaw: SignatureFlaw | "absent";
}

export interface QuorumVerdict {
  readonly result: "satisfied" | "not-enough" | "stale" | "conflict";
  readonly head: Head;
  readonly signers: readonly QuorumSigner[];
  /** Auditors that the request could count but that do not count here, and why. */
  readonly missing: readonly MissingAuditor[];
  /** Cases that hold for this reader; a `disagreement` warns, any other refuses. */
  readonly cases: readonly HeldCase[];
  /** What counted, and what would if it were younger, as in the certificate: one per auditor. */
  readonly valid: readonly CertificateSignature[];
  /** The rest of the certificate. */
  readonly uncounted: readonly UncountedSignature[];
  /** By auditor, in milliseconds: valid signatures from ahead of the reader's clock. */
  readonly ahead: ReadonlyMap<string, number>;
  /** One sentence for people. */
  readonly explanation: string;
}

/**
 * Decides for this reader whether the certificate satisfies the request. Throws CERTIFICATE_INVALID for anything
 * malformed, and NUMBER_OUT_OF_RANGE for a request that no signature at all would satisfy.
 */
export async function verifyCertificate(
  certificate: Certificate,
  request: QuorumRequest,
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Promise<QuorumVerdict> {
  const { assumptions } = modules;
  if (request.min !== undefined) checkNumber(request.min, "min", 1);
  const head = headOfCertificate(certificate);
  // docs/protocol.md 10.2 row 1
  checkSubject(head, request, assumptions);
  // docs/protocol.md 10.2 row 2
  const statements = await verifiedStatements(certificate, modules);
  const cases = deriveCases(statements, assumptions).map(heldCase);
  const convicted = new Set(cases.flatMap(({ convicts }) => (typeof convicts === "object" ? [convicts.auditor] : [])));
  const settlement = settlementOf(head, cases, assumptions);
  const members = assumptions.roster.membersAt(head.namespace, head.epoch);
  const silenced = new Set(settlement === undefined ? [] : members.filter((name) => isSilenced(settlement, name)));
  const signedTwo = signersOfAnother(head, statements, assumptions);
  const subject = { head, request, convicted, signedTwo, silenced };
  // docs/protocol.md 10.2 row 3
  const tally = await countSignatures(certificate.signatures, subject, modules);
  const { valid, uncounted, ahead } = tally;
  const signers = [...tally.signers.values()];
  const verdict = { head, signers, missing: missingOf(tally, request, members), cases, valid, uncounted, ahead };
  // docs/protocol.md 10.2 row 4, from here on.
  const bound = boundAt(head.namespace, head.epoch, convicted, assumptions);
  if (isBoundBroken(bound.convicted, bound.faultBound)) {
    const explanation = `${counted(bound.convicted, "auditor")} convicted of signing two digests, more than the fault bound ${bound.faultBound}: trust nothing until you review your roster`;
    return { result: "conflict", ...verdict, explanation };
  }
  if (settlement !== undefined && isTrustNone(settlement)) {
    const explanation = `you settled the fork of ${settlement.namespace} at epochs ${settlement.first} to ${settlement.last} and trust none of its sides`;
    return { result: "conflict", ...verdict, explanation };
  }
  const conviction = cases.find((one) => concerns(one, head, request));
  if (conviction !== undefined) {
    return { result: "conflict", ...verdict, explanation: describeConviction(conviction, bound.faultBound) };
  }
  const names = new Set(tally.signers.keys());
  if (isEnough(names, request))
    return { result: "satisfied", ...verdict, explanation: countText(names, request, members) };
  const result = isEnough(new Set([...names, ...tally.stale]), request) ? "stale" : "not-enough";
  return { result, ...verdict, explanation: countText(names, request, members) };
}

/**
 * A case that convicts the provider refuses its own epoch and all above it, and whatever is newest; an explicit epoch
 * below it is answered, with the case as a warning. What a provider did in another namespace says nothing about this
 * one's heads.
 */
export function concerns(
  { convicts, subject }: HeldCase,
  head: Pick<Head, "namespace" | "epoch">,
  request: Pick<QuorumQuestion, "epoch">,
): boolean {
  if (convicts !== "provider" || !("epoch" in subject) || subject.namespace !== head.namespace) return false;
  return request.epoch === "latest" || head.epoch >= subject.epoch;
}

/** The reader's settlement of this epoch, unless the statements of the certificate open it again. */
function settlementOf(
  head: Head,
  cases: readonly HeldCase[],
  { settlements = [] }: Assumptions,
): Settlement | undefined {
  const settlement = settlements.find((one) => isWithin(one, head));
  const isOpened = cases.some(
    ({ subject, convicts }) =>
      settlement !== undefined &&
      convicts === "provider" &&
      subject.kind === "fork" &&
      isWithin(settlement, { namespace: subject.namespace, epoch: subject.epoch }),
  );
  return isOpened ? undefined : settlement;
}

/** At an epoch for which an auditor signed two digests it counts for neither, forgiven or not. */
function signersOfAnother(head: Head, statements: readonly Statement[], assumptions: Assumptions): Set<string> {
  const others = statements.filter(
    (one) =>
      (one.type === "signed-head" || one.type === "half-head") &&
      one.namespace === head.namespace &&
      one.epoch === head.epoch &&
      !equalBytes(one.digest, head.digest) &&
      bindsNamespace(one, assumptions),
  );
  return new Set(
    others.flatMap((one) => ("publicKey" in one ? (assumptions.roster.byKey(one.publicKey)?.auditor.name ?? []) : [])),
  );
}

/** True when these auditors are enough by this rule. */
export function isEnough(auditors: ReadonlySet<string>, rule: QuorumRule): boolean {
  return rule.min !== undefined ? auditors.size >= rule.min : evaluatePolicy(rule.policy, auditors);
}

function countText(signers: ReadonlySet<string>, request: QuorumRequest, members: readonly string[]): string {
  const enough = isEnough(signers, request);
  const min = request.min ?? flatThreshold(request.policy);
  const count = min === undefined ? countedIn(signers, request) : signers.size;
  const of = request.policy?.auditors.length ?? members.length;
  const stand = `${count} of ${counted(of, "auditor")} signed this digest`;
  if (min === undefined)
    return `${stand}, ${enough ? "and the policy accepts them" : "and the policy asks for others"}`;
  return `${stand}, ${min} ${min === 1 ? "is" : "are"} ${enough ? "enough" : "needed"}`;
}

function countedIn(signers: ReadonlySet<string>, request: QuorumRequest): number {
  return request.policy?.auditors.filter((name) => signers.has(name)).length ?? signers.size;
}

/** The number that a policy of one group asks for. */
function flatThreshold({ tree, auditors }: BoundPolicy): number | undefined {
  if (tree.kind === "auditor") return 1;
  return tree.members.length === auditors.length && tree.members.every(({ kind }) => kind === "auditor")
    ? tree.threshold
    : undefined;
}

function missingOf(counted: CountedSignatures, request: QuorumRequest, members: readonly string[]): MissingAuditor[] {
  const asked = request.policy?.auditors ?? members;
  return asked
    .filter((name) => !counted.signers.has(name))
    .map((auditor) => {
      const flaw = counted.flaws.get(auditor) ?? "absent";
      return { auditor, reason: FLAW_WORDS[flaw], flaw };
    });
}

function describeConviction({ id, class: caseClass, subject }: HeldCase, faultBound: number): string {
  const where = subject.kind === "auditor" ? subject.auditor : subjectPlace(subject);
  const why =
    caseClass === "provider-equivocation"
      ? "the provider signed two digests for one epoch"
      : `more auditors than the fault bound ${faultBound} would have to lie to explain it`;
  return `${caseClass} in ${where} (case ${id.slice(0, 16)}): ${why}`;
}

function subjectPlace(subject: Exclude<HeldCase["subject"], { kind: "auditor" }>): string {
  if (subject.kind === "dissent") return `${subject.namespace} by ${subject.auditor}`;
  return `${subject.namespace} at epoch ${subject.epoch}`;
}

/** What a certificate is about, none of it proven. Throws CERTIFICATE_INVALID. */
export function headOfCertificate(certificate: Certificate): Head {
  if (certificate?.format !== CERTIFICATE_FORMAT) throw invalid(`its "format" is not ${CERTIFICATE_FORMAT}`);
  if (!Array.isArray(certificate.signatures) || certificate.signatures.length > MAX_CERTIFICATE_SIGNATURES) {
    throw invalid(`"signatures" is not a list of at most ${MAX_CERTIFICATE_SIGNATURES}`);
  }
  if (!Array.isArray(certificate.cases) || certificate.cases.length > MAX_CERTIFICATE_CASES) {
    throw invalid(`"cases" is not a list of at most ${MAX_CERTIFICATE_CASES}`);
  }
  // A certificate is JSON from elsewhere, whatever its type says, and a regular expression takes null for "null".
  const { namespace, origin, epoch, digest: hex } = certificate;
  if (![namespace, origin, hex].every(isText) || typeof epoch !== "number") {
    throw invalid("its namespace, origin or digest is not a text, or its epoch is not a number");
  }
  const digest = checked(() => fromHex(hex, "digest"));
  if (digest.length !== 32) throw invalid(`its digest has ${digest.length} bytes, expected 32`);
  return checked(() => ({
    namespace: checkNamespace(namespace),
    origin: checkOrigin(origin),
    epoch: checkNumber(epoch, "epoch", 1),
    digest,
  }));
}

function checkSubject(head: Head, request: QuorumRequest, assumptions: Assumptions): void {
  if (head.namespace !== request.namespace)
    throw invalid(`it is about ${head.namespace}, not ${request.namespace}`, "namespace");
  if (request.epoch !== "latest" && head.epoch !== request.epoch) {
    throw invalid(`it is about epoch ${head.epoch}, not ${request.epoch}`, "epoch");
  }
  const origin = assumptions.origins.get(head.namespace);
  if (origin !== undefined && origin !== head.origin)
    throw invalid(`its origin is ${head.origin}, not ${origin}`, "origin");
}

/**
 * All attached statements together make the cases for this reader, whatever the node made of them: with another roster
 * or fault bound a fork begins at another epoch and so has another id.
 */
async function verifiedStatements(
  certificate: Certificate,
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const file of certificate.cases) {
    try {
      statements.push(...(await verifyExhibits(file, modules)).statements);
    } catch (error) {
      // A damaged file is no reason to distrust the head: a node could attach nonsense to any answer.
      if (!isCoauditError(error, "CASE_INVALID")) throw error;
    }
  }
  return statements;
}
