/**
 * One verdict from the answers of several nodes: signatures for one digest are counted together, and a case that one node shows holds
 * against the answers of all. [a node hides evidence] Heads that contradict each other across answers are evidence themselves.
 */
import { fromHex, toHex } from "../core/bytes.ts";
import { type CaseFile, formatCaseFile, heldCase, verifyExhibits } from "../core/case-file.ts";
import {
  type Certificate,
  type CertificateSignature,
  MAX_CERTIFICATE_CASES,
  type QuorumRequest,
  type QuorumVerdict,
  verifyCertificate,
} from "../core/certificate.ts";
import { deriveCases } from "../core/derive-cases.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { isCoauditError } from "../core/errors.ts";
import type { Reader } from "../core/evidence.ts";
import type { Head, SignedHead } from "../core/head.ts";
import { encodeStatement } from "../core/statement-codec.ts";

export interface DecisionModules {
  readonly reader: Reader;
  readonly verifier: SignatureVerifier;
}

/** A certificate that this reader could read, and what it says alone. */
export interface ReadCertificate {
  readonly certificate: Certificate;
  readonly verdict: QuorumVerdict;
}

/** Throws CERTIFICATE_INVALID: then the node that gave it is not heard. */
export async function readCertificate(
  certificate: Certificate,
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<ReadCertificate> {
  return { certificate, verdict: await verifyCertificate(certificate, request, modules) };
}

/** `read` is not empty. Conflicts come before everything; of several satisfied epochs the newest is taken. */
export async function decideQuorum(
  read: readonly ReadCertificate[],
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<QuorumVerdict> {
  const counted = read.map((entry) => ({ ...entry, signatures: countedSignatures(entry, modules.reader) }));
  const cases = await heldCases(
    [...read.flatMap(({ certificate }) => certificate.cases), ...contradictions(counted, modules.reader)],
    modules,
  );
  const merged = new Map<string, { certificate: Certificate; isStale: boolean }>();
  for (const { certificate, verdict, signatures } of counted) {
    const key = `${certificate.epoch} ${certificate.digest}`;
    const earlier = merged.get(key);
    merged.set(key, {
      certificate: {
        ...certificate,
        signatures: oncePerKey([...(earlier?.certificate.signatures ?? []), ...signatures]),
        cases,
        openCases: cases.length,
      },
      isStale: earlier?.isStale === true || verdict.result === "stale",
    });
  }
  const verdicts: QuorumVerdict[] = [];
  for (const { certificate, isStale } of merged.values()) {
    const verdict = await verifyCertificate(certificate, request, modules);
    // Signatures that are too old were left out above, so that fresh ones of another node take their place.
    verdicts.push(isStale && verdict.result === "not-enough" ? { ...verdict, result: "stale" } : verdict);
  }
  return verdicts.sort(byWeight)[0] as QuorumVerdict;
}

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

/** Only what counted for this reader: a node can't crowd out good signatures with bad ones. */
function countedSignatures({ certificate, verdict }: ReadCertificate, { roster }: Reader): CertificateSignature[] {
  return verdict.signers.flatMap(({ auditor, timestampMs }) => {
    const found = certificate.signatures.find(
      (signature) =>
        signature.timestampMs === timestampMs && roster.byKey(fromHex(signature.publicKey))?.auditor.name === auditor,
    );
    return found ?? [];
  });
}

function oncePerKey(signatures: readonly CertificateSignature[]): CertificateSignature[] {
  const byKey = new Map<string, CertificateSignature>();
  for (const signature of signatures) {
    // A whole head counts where a late one does not.
    const known = byKey.get(signature.publicKey);
    if (known === undefined || known.cosignature === undefined) byKey.set(signature.publicKey, signature);
  }
  return [...byKey.values()];
}

/** Cases that the counted heads of all answers make with each other. */
function contradictions(
  counted: readonly { readonly verdict: QuorumVerdict; readonly signatures: readonly CertificateSignature[] }[],
  reader: Reader,
): CaseFile[] {
  const heads = counted.flatMap(({ verdict, signatures }) => signatures.map((one) => signedHead(one, verdict.head)));
  return [...groupByEpoch(heads).values()].flatMap((ofEpoch) => {
    const exhibits = new Map(
      ofEpoch.map((head) => [toHex(head.publicKey) + toHex(head.digest), encodeStatement(head)]),
    );
    return deriveCases(ofEpoch, reader).map((derived) => formatCaseFile(derived, [...exhibits.values()]));
  });
}

function groupByEpoch(heads: readonly SignedHead[]): Map<number, SignedHead[]> {
  const epochs = new Map<number, SignedHead[]>();
  for (const head of heads) epochs.set(head.epoch, [...(epochs.get(head.epoch) ?? []), head]);
  return epochs;
}

function signedHead(signature: CertificateSignature, head: Head): SignedHead {
  const { timestampMs, suite, publicKey, plexiSignature, cosignature } = signature;
  return {
    type: "signed-head",
    ...head,
    timestampMs,
    suite,
    publicKey: fromHex(publicKey),
    plexiSignature: fromHex(plexiSignature),
    ...(cosignature === undefined ? {} : { cosignature: fromHex(cosignature) }),
  };
}

/** Files that make a case for this reader, those that convict first, as many as a certificate holds. */
async function heldCases(files: readonly CaseFile[], modules: DecisionModules): Promise<CaseFile[]> {
  const held = new Map<string, { file: CaseFile; convicts: number }>();
  for (const file of files) {
    const convicts = await convictions(file, modules);
    if (convicts !== undefined) held.set(file.exhibits.join(" "), { file, convicts });
  }
  return [...held.values()]
    .sort((a, b) => b.convicts - a.convicts)
    .slice(0, MAX_CERTIFICATE_CASES)
    .map(({ file }) => file);
}

/** Undefined for a file that is damaged or makes no case; else how many of its cases convict somebody. */
async function convictions(file: CaseFile, modules: DecisionModules): Promise<number | undefined> {
  try {
    const { statements } = await verifyExhibits(file, modules);
    const cases = deriveCases(statements, modules.reader).map(heldCase);
    return cases.length === 0 ? undefined : cases.filter(({ convicts }) => convicts !== "nobody").length;
  } catch (error) {
    if (isCoauditError(error, "CASE_INVALID")) return undefined;
    throw error;
  }
}
