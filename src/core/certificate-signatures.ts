/**
 * The signatures of a certificate, each as this reader counts it: distinct auditors of its roster, none convicted, all
 * signatures valid.
 */
import { fromHex } from "./bytes.ts";
import { checked, invalid, isText } from "./certificate-error.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import type { Assumptions } from "./evidence.ts";
import { type Head, type SignedHead, verifyHead } from "./head.ts";
import { checkNumber } from "./numbers.ts";
import { isInWindow, isMember, type RosterEntry } from "./roster.ts";
import { isVoid } from "./speaking.ts";

/** For the newest head, signatures from further ahead than this are not counted yet. */
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

export interface QuorumSigner {
  readonly auditor: string;
  readonly timestampMs: number;
  readonly late: boolean;
}

/** Why a signature does not count. */
export type SignatureFlaw =
  | "unknown-signer"
  | "duplicate-signer"
  | "convicted"
  | "signed-two"
  | "settled-against"
  | "not-in-roster"
  | "outside-window"
  | "late"
  | "future"
  | "forged"
  | "stale";

/** Why an auditor does not count. */
export const FLAW_WORDS: Readonly<Record<SignatureFlaw | "absent", string>> = {
  absent: "no signature in the certificate",
  "unknown-signer": "no auditor of the roster has this key",
  "duplicate-signer": "already counted",
  convicted: "convicted of signing two digests",
  "signed-two": "signed two digests for this epoch",
  "settled-against": "on another side of a fork than the one that was settled on",
  "not-in-roster": "not in the roster at this epoch",
  "outside-window": "the key was not in use at this epoch",
  late: "a late head does not count for latest",
  future: "signed in the future",
  forged: "a signature is invalid",
  stale: "the signature is too old",
};

export interface UncountedSignature {
  readonly flaw: SignatureFlaw;
  /** As in the reader's roster; absent for a key that it does not have. */
  readonly auditor?: string;
}

export interface CountedSignatures {
  readonly signers: ReadonlyMap<string, QuorumSigner>;
  /** Auditors whose signatures are valid but too old. */
  readonly stale: ReadonlySet<string>;
  /** The last thing that kept an auditor from being counted. */
  readonly flaws: ReadonlyMap<string, SignatureFlaw>;
  /** Valid ones, fresh or stale, one an auditor. */
  readonly valid: readonly CertificateSignature[];
  readonly uncounted: readonly UncountedSignature[];
  /** By auditor, how far the time of a valid signature is ahead of the reader's clock, beyond MAX_CLOCK_SKEW_MS. */
  readonly ahead: ReadonlyMap<string, number>;
}

/** Throws CERTIFICATE_INVALID for a signature that is malformed. */
export async function countSignatures(
  signatures: readonly CertificateSignature[],
  subject: {
    readonly head: Head;
    readonly request: { readonly epoch: number | "latest"; readonly nowMs: number; readonly maxAgeMs?: number };
    readonly convicted: ReadonlySet<string>;
    /** Auditors that are known to have signed another digest for this very epoch. */
    readonly signedTwo: ReadonlySet<string>;
    /** Auditors whom the reader's settlement of this epoch silences. */
    readonly silenced: ReadonlySet<string>;
  },
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Promise<CountedSignatures> {
  const { head, request, convicted } = subject;
  const { roster } = modules.assumptions;
  const signers = new Map<string, QuorumSigner>();
  const valid = new Map<string, CertificateSignature>();
  const flaws = new Map<string, SignatureFlaw>();
  const uncounted: UncountedSignature[] = [];
  const ahead = new Map<string, number>();
  for (const auditor of convicted) {
    if (isVoid(auditor, head, convicted, modules.assumptions)) flaws.set(auditor, "convicted");
  }
  const statements = signatures.map((signature) => signedHeadOf(signature, head));
  const checks = startChecks(statements, subject, modules);
  for (const [index, signature] of signatures.entries()) {
    const signed = statements[index] ?? signedHeadOf(signature, head);
    const entry = roster.byKey(signed.publicKey);
    if (entry === undefined) {
      uncounted.push({ flaw: "unknown-signer" });
      continue;
    }
    const { name } = entry.auditor;
    if (signers.has(name)) {
      uncounted.push({ flaw: "duplicate-signer", auditor: name });
      continue;
    }
    let flaw = flawBefore(signed, entry, subject, modules.assumptions) ?? (await flawOf(signed, checks, modules));
    const aheadMs = signed.timestampMs - request.nowMs;
    if (flaw === undefined && aheadMs > MAX_CLOCK_SKEW_MS) {
      ahead.set(name, Math.max(aheadMs, ahead.get(name) ?? 0));
      // [a reader whose clock is slow hears "not audited yet" where it was shown a wrong digest]
      if (request.epoch === "latest") flaw = "future";
    }
    const isStale = request.maxAgeMs !== undefined && request.nowMs - signed.timestampMs > request.maxAgeMs;
    if (flaw === undefined && !isStale) {
      signers.set(name, { auditor: name, timestampMs: signed.timestampMs, late: signed.cosignature === undefined });
    } else {
      flaws.set(name, flaw ?? "stale");
      uncounted.push({ flaw: flaw ?? "stale", auditor: name });
    }
    if (flaw === undefined) valid.set(name, signature);
  }
  const stale = new Set([...valid.keys()].filter((name) => !signers.has(name)));
  return { signers, stale, flaws, valid: [...valid.values()], uncounted, ahead };
}

/** The statement behind a signature of a certificate, not yet verified. Throws CERTIFICATE_INVALID. */
export function signedHeadOf(signature: CertificateSignature, head: Head): SignedHead {
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

/**
 * The first statement of each auditor, all at once: WebCrypto works on several cores, and each await alone costs as
 * much as its signature. Further ones are checked only if the first was no good. [a hundred good signatures of one
 * auditor keep a page busy]
 */
function startChecks(
  statements: readonly SignedHead[],
  subject: Parameters<typeof flawBefore>[2],
  modules: { assumptions: Assumptions; verifier: SignatureVerifier },
): Map<SignedHead, Promise<boolean>> {
  const first = new Map<string, SignedHead>();
  for (const signed of statements) {
    const entry = modules.assumptions.roster.byKey(signed.publicKey);
    if (entry === undefined || first.has(entry.auditor.name)) continue;
    if (flawBefore(signed, entry, subject, modules.assumptions) === undefined) first.set(entry.auditor.name, signed);
  }
  return new Map([...first.values()].map((signed) => [signed, verifyHead(signed, modules)]));
}

async function flawOf(
  signed: SignedHead,
  checks: ReadonlyMap<SignedHead, Promise<boolean>>,
  modules: { verifier: SignatureVerifier },
): Promise<"forged" | undefined> {
  return (await (checks.get(signed) ?? verifyHead(signed, modules))) ? undefined : "forged";
}

/** docs/protocol.md 10.2 row 3, as far as it can be decided without a signature check. */
function flawBefore(
  signed: SignedHead,
  { auditor, key }: RosterEntry,
  {
    head,
    request,
    convicted,
    signedTwo,
    silenced,
  }: {
    readonly head: Head;
    readonly request: { readonly epoch: number | "latest"; readonly nowMs: number };
    readonly convicted: ReadonlySet<string>;
    readonly signedTwo: ReadonlySet<string>;
    readonly silenced: ReadonlySet<string>;
  },
  assumptions: Assumptions,
): SignatureFlaw | undefined {
  if (isVoid(auditor.name, head, convicted, assumptions)) return "convicted";
  if (!isMember(auditor, head.namespace, head.epoch)) return "not-in-roster";
  if (signedTwo.has(auditor.name)) return "signed-two";
  if (silenced.has(auditor.name)) return "settled-against";
  if (!isInWindow(key, head.namespace, head.epoch)) return "outside-window";
  return signed.cosignature === undefined && request.epoch === "latest" ? "late" : undefined;
}
