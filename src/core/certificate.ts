/**
 * One head with every signature that a node holds for it, and the open cases of its namespace. A reader counts for itself: distinct
 * auditors of its own roster, none convicted, with both signatures valid (docs/protocol.md, Quorum).
 */
import { fromHex, toHex } from "./bytes.ts";
import { type CaseFile, type HeldCase, heldCase, verifyExhibits } from "./case-file.ts";
import { deriveCases } from "./derive-cases.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { CoauditError, isCoauditError } from "./errors.ts";
import { isBoundBroken, type Reader } from "./evidence.ts";
import { type Head, type SignedHead, verifyHead } from "./head.ts";
import { checkNamespace, checkOrigin } from "./names.ts";
import { checkNumber } from "./numbers.ts";
import { isInWindow } from "./roster.ts";
import type { Statement } from "./statement.ts";

export const CERTIFICATE_FORMAT = "coaudit/certificate/v1";
/** An answer stays small; the number of cases says when there are more. */
export const MAX_CERTIFICATE_CASES = 16;
/** A roster has tens of auditors. */
const MAX_CERTIFICATE_SIGNATURES = 128;
/** Signatures from further ahead than this are not counted yet. */
export const MAX_CLOCK_SKEW_MS = 300_000;

export interface CertificateSignature {
  /** As the node names it: information. The reader's roster decides by the public key. */
  readonly auditor: string;
  readonly publicKey: string;
  readonly timestampMs: number;
  readonly suite: 1 | 2;
  readonly plexiSignature: string;
  /** Absent on a late head. */
  readonly cosignature?: string;
}

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

export interface QuorumRequest {
  readonly namespace: string;
  /** The epoch that was asked for; "latest" does not count late heads. */
  readonly epoch: number | "latest";
  /** How many distinct auditors must stand behind the head. */
  readonly min: number;
  readonly nowMs: number;
  /** Signatures older than this do not count. Default: no limit. */
  readonly maxAgeMs?: number;
}

export interface QuorumSigner {
  readonly auditor: string;
  readonly timestampMs: number;
  readonly late: boolean;
}

export interface QuorumVerdict {
  readonly result: "satisfied" | "not-enough" | "stale" | "conflict";
  readonly head: Head;
  readonly signers: readonly QuorumSigner[];
  /** Auditors of the reader's roster that do not count here, and why. */
  readonly missing: readonly { readonly auditor: string; readonly reason: string }[];
  /** Cases that hold for this reader; a `disagreement` warns, all others refuse. */
  readonly cases: readonly HeldCase[];
  /** One sentence for people. */
  readonly explanation: string;
}

/**
 * Decides for this reader whether the certificate satisfies the request. Throws CERTIFICATE_INVALID for anything malformed, and
 * NUMBER_OUT_OF_RANGE for a request that no signature at all would satisfy.
 */
export async function verifyCertificate(
  certificate: Certificate,
  request: QuorumRequest,
  modules: { reader: Reader; verifier: SignatureVerifier },
): Promise<QuorumVerdict> {
  const { reader } = modules;
  checkNumber(request.min, "min", 1);
  const head = headOf(certificate);
  checkSubject(head, request, reader);
  const cases = await verifiedCases(certificate, modules);
  const convicted = new Set(cases.flatMap(({ convicts }) => (typeof convicts === "object" ? [convicts.auditor] : [])));
  const { signers, reasons, stale } = await countSigners(certificate, head, request, convicted, modules);
  const missing = reader.roster.names
    .filter((name) => !signers.has(name))
    .map((auditor) => ({ auditor, reason: reasons.get(auditor) ?? "no signature in the certificate" }));
  const verdict = { head, signers: [...signers.values()], missing, cases };
  if (isBoundBroken(convicted.size, reader.faultBound)) {
    const explanation = `${convicted.size} auditors are convicted of signing twice, more than the fault bound ${reader.faultBound}: trust nothing until you review your roster`;
    return { result: "conflict", ...verdict, explanation };
  }
  // What a provider did in another namespace says nothing about this one's heads.
  const conviction = cases.find(
    ({ convicts, subject }) =>
      convicts === "provider" && subject.kind !== "auditor" && subject.namespace === head.namespace,
  );
  if (conviction !== undefined) {
    return { result: "conflict", ...verdict, explanation: describeConviction(conviction, reader) };
  }
  const count = `${signers.size} of ${reader.roster.size} auditors`;
  if (signers.size >= request.min) {
    return {
      result: "satisfied",
      ...verdict,
      explanation: `${count} stand behind this digest, ${request.min} are enough`,
    };
  }
  const result = signers.size + stale >= request.min ? "stale" : "not-enough";
  return { result, ...verdict, explanation: `${count} stand behind this digest, ${request.min} are needed` };
}

function describeConviction({ id, class: caseClass, subject }: HeldCase, reader: Reader): string {
  const where = subject.kind === "auditor" ? subject.auditor : `${subject.namespace} at epoch ${subject.epoch}`;
  const why =
    caseClass === "provider-equivocation"
      ? "the provider signed two digests for one epoch"
      : `to explain it by lying auditors, more than the fault bound ${reader.faultBound} would have to lie`;
  return `${caseClass} in ${where} (case ${id.slice(0, 16)}): ${why}`;
}

function headOf(certificate: Certificate): Head {
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

function checkSubject(head: Head, request: QuorumRequest, reader: Reader): void {
  if (head.namespace !== request.namespace) throw invalid(`it is about ${head.namespace}, not ${request.namespace}`);
  if (request.epoch !== "latest" && head.epoch !== request.epoch) {
    throw invalid(`it is about epoch ${head.epoch}, not ${request.epoch}`);
  }
  const origin = reader.origins.get(head.namespace);
  if (origin !== undefined && origin !== head.origin) throw invalid(`its origin is ${head.origin}, not ${origin}`);
}

/**
 * The cases that all attached statements together make for this reader, whatever the node made of them: with another roster a fork begins
 * at another epoch and so has another id.
 */
async function verifiedCases(
  certificate: Certificate,
  modules: { reader: Reader; verifier: SignatureVerifier },
): Promise<HeldCase[]> {
  const statements: Statement[] = [];
  for (const file of certificate.cases) {
    try {
      statements.push(...(await verifyExhibits(file, modules)).statements);
    } catch (error) {
      // A file that is damaged is no reason to distrust the head: a node could attach nonsense to any answer.
      if (!isCoauditError(error, "CASE_INVALID")) throw error;
    }
  }
  return deriveCases(statements, modules.reader).map(heldCase);
}

async function countSigners(
  certificate: Certificate,
  head: Head,
  request: QuorumRequest,
  convicted: ReadonlySet<string>,
  modules: { reader: Reader; verifier: SignatureVerifier },
): Promise<{ signers: Map<string, QuorumSigner>; reasons: Map<string, string>; stale: number }> {
  const { roster } = modules.reader;
  const signers = new Map<string, QuorumSigner>();
  const reasons = new Map<string, string>();
  const stale = new Set<string>();
  for (const signature of certificate.signatures) {
    const signed = signedHeadOf(signature, head);
    const entry = roster.byKey(signed.publicKey);
    if (entry === undefined || signers.has(entry.auditor.name)) continue;
    const { name, trustedUntil = 0 } = entry.auditor;
    const late = signed.cosignature === undefined;
    if (convicted.has(name) && head.epoch > trustedUntil) reasons.set(name, "convicted of signing two digests");
    else if (!isInWindow(entry.key, head.namespace, head.epoch))
      reasons.set(name, "the key was not in use at this epoch");
    else if (late && request.epoch === "latest") reasons.set(name, "a late head does not count for latest");
    else if (signed.timestampMs > request.nowMs + MAX_CLOCK_SKEW_MS) reasons.set(name, "signed in the future");
    else if (!(await verifyHead(signed, modules))) reasons.set(name, "a signature is wrong");
    else if (request.maxAgeMs !== undefined && request.nowMs - signed.timestampMs > request.maxAgeMs) {
      stale.add(name);
      reasons.set(name, "the signature is too old");
    } else signers.set(name, { auditor: name, timestampMs: signed.timestampMs, late });
  }
  for (const name of signers.keys()) stale.delete(name);
  return { signers, reasons, stale: stale.size };
}

function signedHeadOf(signature: CertificateSignature, head: Head): SignedHead {
  const { suite, timestampMs, publicKey, plexiSignature, cosignature } = signature ?? {};
  if (suite !== 1 && suite !== 2) throw invalid("a signature is of an unknown suite");
  if (typeof timestampMs !== "number") throw invalid("the time of a signature is not a number");
  if (![publicKey, plexiSignature].every(isText) || (cosignature !== undefined && !isText(cosignature))) {
    throw invalid("a key or a signature is not a text");
  }
  return checked(() => ({
    type: "signed-head",
    ...head,
    timestampMs: checkNumber(timestampMs, "timestamp"),
    suite,
    publicKey: fromHex(publicKey, "public key"),
    plexiSignature: fromHex(plexiSignature, "Plexi signature"),
    ...(cosignature === undefined ? {} : { cosignature: fromHex(cosignature, "cosignature") }),
  }));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** What the callback returns; what is wrong with a value in a certificate is wrong with the certificate. */
function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw isCoauditError(cause) ? invalid(cause.message, cause) : cause;
  }
}

function invalid(reason: string, cause?: unknown): CoauditError<"CERTIFICATE_INVALID"> {
  return new CoauditError("CERTIFICATE_INVALID", `certificate: ${reason}`, { reason }, { cause });
}
