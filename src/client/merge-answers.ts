/**
 * One verdict from the answers of several nodes (docs/protocol.md 10.2): signatures for one digest are counted
 * together, and a case shown by one node applies to the answers of all. [a node hides evidence] Heads that contradict
 * each other across answers are evidence themselves.
 */
import { compareText, fromHex, toHex } from "../core/bytes.ts";
import { type CaseFile, formatCaseFile, type HeldCase, heldCase, verifyExhibits } from "../core/case-file.ts";
import {
  type Certificate,
  type CertificateSignature,
  isEnough,
  MAX_CERTIFICATE_CASES,
  type MissingAuditor,
  type QuorumRequest,
  type QuorumVerdict,
  verifyCertificate,
} from "../core/certificate.ts";
import { signedHeadOf } from "../core/certificate-signatures.ts";
import { deriveCases } from "../core/derive-cases.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Assumptions } from "../core/evidence.ts";
import type { SignedHead } from "../core/head.ts";
import { encodeStatement } from "../core/statement-codec.ts";

export interface DecisionModules {
  readonly assumptions: Assumptions;
  readonly verifier: SignatureVerifier;
}

/** A certificate that this reader could read, and what it proves alone. */
export interface ReadCertificate {
  readonly certificate: Certificate;
  readonly verdict: QuorumVerdict;
}

/**
 * 16 answers of 16 cases of 128 statements would keep a page without WebCrypto busy for minutes; an honest case holds
 * two statements an auditor. Cases come newest first; the rest is ignored, as if it had not been sent.
 */
const MAX_ANSWER_EXHIBITS = 512;

/** Throws CERTIFICATE_INVALID: the node's answer is then not used. */
export async function readCertificate(
  certificate: Certificate,
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<ReadCertificate> {
  const bounded = withBoundedCases(certificate);
  return { certificate: bounded, verdict: await verifyCertificate(bounded, request, modules) };
}

/** A file that makes a case for this reader. */
export interface HeldFile {
  readonly file: CaseFile;
  /** Those of its cases that convict somebody, by this file alone. */
  readonly convicts: readonly HeldCase[];
}

/** One digest of one epoch, with the signatures of all answers. */
export interface MergedHead {
  readonly certificate: Certificate;
  readonly verdict: QuorumVerdict;
  /** The reader knows the origin, or whole heads that name it satisfy the request by themselves. */
  readonly isOriginProven: boolean;
  /** The files of `certificate.cases`, those that convict first. */
  readonly held: readonly HeldFile[];
}

/** What speaks beside the answers: it can contradict them, and never makes them stronger. */
export interface Beside {
  readonly certificates: readonly ReadCertificate[];
  readonly cases: readonly CaseFile[];
  /** Heads that take an accusation back: no case by themselves. */
  readonly against: CaseFile | undefined;
}

/** `read` is not empty. Every head in the answers, the deciding one first; each holds the cases of all answers. */
export async function mergeAnswers(
  read: readonly ReadCertificate[],
  beside: Beside,
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<readonly MergedHead[]> {
  const all = [...read, ...beside.certificates];
  const attached = [...all.flatMap(({ certificate }) => certificate.cases), ...beside.cases];
  const { against } = beside;
  // A file that is held and not in the certificate would be taken for one that heads took back.
  const room = MAX_CERTIFICATE_CASES - (against === undefined ? 0 : 1);
  const made = await heldFiles([...attached, ...contradictions(all, modules.assumptions)], modules);
  const held = weightiest(made, room);
  const files = held.map(({ file }) => file);
  const cases = against === undefined ? files : [against, ...files];
  const merged = new Map<string, ReadCertificate[]>();
  for (const one of read) {
    const key = headKey(one.certificate);
    merged.set(key, [...(merged.get(key) ?? []), one]);
  }
  const heads: MergedHead[] = [];
  for (const ofThis of merged.values()) {
    const certificate = { ...underOneOrigin(ofThis, request, modules.assumptions), cases, openCases: cases.length };
    const verdict = await verifyCertificate(certificate, request, modules);
    const whole = new Set(verdict.signers.filter(({ late }) => !late).map(({ auditor }) => auditor));
    const isKnown = modules.assumptions.origins.has(request.namespace);
    heads.push({
      certificate,
      verdict: { ...verdict, missing: withFlaws(verdict.missing, ofThis) },
      isOriginProven: isKnown || isEnough(whole, request),
      held,
    });
  }
  return heads.sort((a, b) => byWeight(a.verdict, b.verdict));
}

/**
 * The signatures of all answers for one digest, under one origin. No signature covers the origin of a late head, so
 * what the node wrote there is not believed: the whole heads decide, and one that names another origin counts for the
 * digest alone, as a late head. [a node renames the origin, and answers that agree are told as disagreeing]
 */
function underOneOrigin(
  read: readonly ReadCertificate[],
  request: QuorumRequest,
  { roster }: Assumptions,
): Certificate {
  const claimed = new Map<string, { claims: number; whole: Set<string> }>();
  for (const { certificate, verdict } of read) {
    const claim = claimed.get(certificate.origin) ?? { claims: 0, whole: new Set<string>() };
    claimed.set(certificate.origin, claim);
    claim.claims++;
    for (const { publicKey, cosignature } of verdict.valid) {
      const signer = roster.byKey(fromHex(publicKey));
      if (cosignature !== undefined && signer !== undefined) claim.whole.add(signer.auditor.name);
    }
  }
  const weight = ([, { whole }]: [string, { whole: ReadonlySet<string> }]): number =>
    Number(isEnough(whole, request)) * MAX_WEIGHT + whole.size;
  const [best] = [...claimed].sort(
    (a, b) => weight(b) - weight(a) || b[1].claims - a[1].claims || compareText(a[0], b[0]),
  );
  const [first] = read as [ReadCertificate];
  const origin = best?.[0] ?? first.certificate.origin;
  const signatures = read.flatMap(({ certificate, verdict }) =>
    certificate.origin === origin ? verdict.valid : verdict.valid.map(withoutCosignature),
  );
  const digest = toHex(first.verdict.head.digest);
  return { ...first.certificate, origin, digest, signatures: bestPerKey(signatures) };
}

/** More than a roster has auditors. */
const MAX_WEIGHT = 1_000;

/** What is left speaks for the namespace, the epoch and the digest. */
export function withoutCosignature({ cosignature: _left, ...late }: CertificateSignature): CertificateSignature {
  return late;
}

/** Conflicts come first; of several satisfied epochs the newest is taken. */
const WEIGHTS: Readonly<Record<QuorumVerdict["result"], number>> = {
  conflict: 3,
  satisfied: 2,
  stale: 1,
  "not-enough": 0,
};

function byWeight(a: QuorumVerdict, b: QuorumVerdict): number {
  const newer = b.head.epoch - a.head.epoch;
  const stronger = b.signers.length - a.signers.length;
  return WEIGHTS[b.result] - WEIGHTS[a.result] || (a.result === "satisfied" ? newer || stronger : stronger || newer);
}

function headKey({ epoch, digest }: Certificate): string {
  return `${epoch} ${digest.toLowerCase()}`;
}

/** Bad signatures are not merged; the reason why an auditor does not count is kept. */
function withFlaws(missing: readonly MissingAuditor[], read: readonly ReadCertificate[]): MissingAuditor[] {
  const known = read.flatMap(({ verdict }) => verdict.missing.filter(({ flaw }) => flaw !== "absent"));
  return missing.map((one) =>
    one.flaw === "absent" ? (known.find(({ auditor }) => auditor === one.auditor) ?? one) : one,
  );
}

/** Only signatures that this reader found valid come here: a node cannot crowd out good ones with bad ones. */
function bestPerKey(signatures: readonly CertificateSignature[]): CertificateSignature[] {
  const byKey = new Map<string, CertificateSignature>();
  for (const signature of signatures) {
    const key = signature.publicKey.toLowerCase();
    const known = byKey.get(key);
    if (known === undefined || isBetter(signature, known)) byKey.set(key, signature);
  }
  return [...byKey.values()];
}

/** A whole head counts where a late one does not, a younger one where an old one does not. */
function isBetter(one: CertificateSignature, other: CertificateSignature): boolean {
  const whole = Number(one.cosignature !== undefined) - Number(other.cosignature !== undefined);
  return whole > 0 || (whole === 0 && one.timestampMs > other.timestampMs);
}

function withBoundedCases(certificate: Certificate): Certificate {
  // verifyCertificate refuses the wrong shape, with the reason.
  if (!Array.isArray(certificate?.cases)) return certificate;
  let left = MAX_ANSWER_EXHIBITS;
  const cases = certificate.cases.filter((file: Partial<CaseFile> | null) => {
    left -= Array.isArray(file?.exhibits) ? file.exhibits.length : 0;
    return left >= 0;
  });
  return { ...certificate, cases };
}

/** Cases that the valid heads of all answers make with each other. */
function contradictions(read: readonly ReadCertificate[], assumptions: Assumptions): CaseFile[] {
  const heads = read.flatMap(({ verdict }) => verdict.valid.map((one) => signedHeadOf(one, verdict.head)));
  return [...groupByEpoch(heads).values()].flatMap((ofEpoch) => {
    const exhibits = new Map(
      ofEpoch.map((head) => [toHex(head.publicKey) + toHex(head.digest), encodeStatement(head)]),
    );
    return deriveCases(ofEpoch, assumptions).map((derived) => formatCaseFile(derived, [...exhibits.values()]));
  });
}

function groupByEpoch(heads: readonly SignedHead[]): Map<number, SignedHead[]> {
  const epochs = new Map<number, SignedHead[]>();
  for (const head of heads) epochs.set(head.epoch, [...(epochs.get(head.epoch) ?? []), head]);
  return epochs;
}

/** Files that make a case for this reader. */
async function heldFiles(files: readonly CaseFile[], modules: DecisionModules): Promise<HeldFile[]> {
  const held = new Map<string, HeldFile>();
  for (const file of files) {
    const convicts = await convictions(file, modules);
    if (convicts !== undefined) held.set(exhibitsOf(file), { file, convicts });
  }
  return [...held.values()];
}

/** One file is another with the same statements, whatever it says of them. */
export function exhibitsOf({ exhibits }: CaseFile): string {
  return exhibits.join(" ");
}

/**
 * As many as there is room for: those that convict the provider, then those that convict an auditor whom no earlier one
 * does. [one auditor that lies in 16 epochs pushes out what is known of all others]
 */
export function weightiest(held: readonly HeldFile[], room: number = MAX_CERTIFICATE_CASES): HeldFile[] {
  const ranked = [...held].sort(
    (a, b) => Number(isAgainstProvider(b)) - Number(isAgainstProvider(a)) || b.convicts.length - a.convicts.length,
  );
  const convicted = new Set<string>();
  const [first, more]: [HeldFile[], HeldFile[]] = [[], []];
  for (const one of ranked) {
    const names = one.convicts.flatMap(({ convicts }) => (typeof convicts === "object" ? [convicts.auditor] : []));
    const isFirst = isAgainstProvider(one) || names.some((name) => !convicted.has(name));
    (isFirst ? first : more).push(one);
    for (const name of names) convicted.add(name);
  }
  return [...first, ...more].slice(0, room);
}

function isAgainstProvider({ convicts }: HeldFile): boolean {
  return convicts.some((one) => one.convicts === "provider");
}

/** Undefined for a file that is damaged or makes no case. */
async function convictions(file: CaseFile, modules: DecisionModules): Promise<HeldCase[] | undefined> {
  try {
    const { statements } = await verifyExhibits(file, modules);
    const cases = deriveCases(statements, modules.assumptions).map(heldCase);
    return cases.length === 0 ? undefined : cases.filter(({ convicts }) => convicts !== "nobody");
  } catch (error) {
    if (isCoauditError(error, "CASE_INVALID")) return undefined;
    throw error;
  }
}
