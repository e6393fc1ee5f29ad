/** Builds the certificate for an epoch and reads it as this node's own roster would. */
import { equalBytes, fromBase64, toHex } from "../core/bytes.ts";
import { formatCaseFile } from "../core/case-file.ts";
import {
  type Certificate,
  formatCertificate,
  headOfCertificate,
  isEnough,
  MAX_CERTIFICATE_CASES,
  type QuorumRule,
  type QuorumVerdict,
  verifyCertificate,
} from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { CoauditError } from "../core/errors.ts";
import { defaultQuorumAt } from "../core/evidence.ts";
import type { SignedHead } from "../core/head.ts";
import type { BoundPolicy } from "../core/policy-evaluation.ts";
import { isSilenced, isWithin } from "../core/settlement.ts";
import { isVoid, speakerOf } from "../core/speaking.ts";
import type { CaseRecord } from "../ledger/cases/case-record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Enough, QuorumAnswer } from "./view.ts";

/**
 * Downwards from the highest epoch that enough auditors reached; a gap is at most a few epochs of stripped or late
 * heads.
 */
const MAX_LATEST_STEPS = 256;

export interface QuorumModules {
  readonly policies: ReadonlyMap<string, BoundPolicy>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
}

interface Candidate {
  readonly epoch: number;
  readonly digest: string;
  readonly heads: readonly { readonly auditor: string; readonly head: SignedHead }[];
}

/** Undefined if no head is held for the epoch, or at all. Throws POLICY_UNKNOWN. */
export async function answerQuorum(
  request: { readonly namespace: string; readonly epoch: number | "latest"; readonly enough: Enough },
  modules: QuorumModules,
): Promise<QuorumAnswer | undefined> {
  const { namespace, epoch, enough } = request;
  const rule: QuorumRule =
    typeof enough === "number" ? { min: enough } : { policy: policyNamed(enough.policy, modules.policies) };
  const { ledger, clock, verifier } = modules;
  const origin = ledger.assumptions.origins.get(namespace);
  const candidate =
    epoch === "latest" ? await latest(namespace, rule, ledger) : await strongest(namespace, epoch, false, ledger);
  const [first] = candidate?.heads ?? [];
  if (origin === undefined || candidate === undefined || first === undefined) return undefined;
  const cases = openCasesOf(namespace, ledger);
  const certificate = formatCertificate(
    { namespace, origin, epoch: candidate.epoch, digest: first.head.digest },
    candidate.heads,
    cases.slice(0, MAX_CERTIFICATE_CASES).map((record) => caseFileOf(record, ledger)),
    cases.length,
  );
  const { result, explanation, signers, missing } = await verifyCertificate(
    certificate,
    { namespace, epoch, ...rule, nowMs: clock.now() },
    { assumptions: { ...ledger.assumptions, settlements: ledger.settlementsThatHold() }, verifier },
  );
  const asked = typeof enough === "number" ? { min: enough } : enough;
  return { result, explanation, ...asked, signers, missing, certificate };
}

/** Somebody else's certificate, as this node's own roster reads it. Throws CERTIFICATE_INVALID. */
export function judgeCertificate(
  certificate: Certificate,
  { ledger, clock, verifier }: Omit<QuorumModules, "policies">,
): Promise<QuorumVerdict> {
  const { namespace, epoch } = headOfCertificate(certificate);
  const min = defaultQuorumAt(namespace, epoch, ledger.assumptions);
  return verifyCertificate(
    certificate,
    { namespace, epoch, min, nowMs: clock.now() },
    { assumptions: { ...ledger.assumptions, settlements: ledger.settlementsThatHold() }, verifier },
  );
}

export function caseFileOf(record: CaseRecord, ledger: Ledger): ReturnType<typeof formatCaseFile> {
  return formatCaseFile(
    record,
    ledger.exhibitsOf(record).map((exhibit) => fromBase64(exhibit)),
  );
}

/** Open cases that say something about this namespace, the weightiest first: a certificate has room for a few. */
function openCasesOf(namespace: string, ledger: Ledger): CaseRecord[] {
  return ledger
    .cases()
    .filter(
      ({ state, subject }) => state === "open" && (subject.kind === "auditor" || subject.namespace === namespace),
    );
}

/** The newest epoch with enough whole heads for one digest; if there is none, the newest epoch with any. */
async function latest(namespace: string, rule: QuorumRule, ledger: Ledger): Promise<Candidate | undefined> {
  const names = ledger.assumptions.roster.names;
  const heights = names.map((auditor) => ledger.height(namespace, auditor)).sort((a, b) => b - a);
  const reached = (epoch: number): Set<string> =>
    new Set(names.filter((auditor) => epoch > 0 && ledger.height(namespace, auditor) >= epoch));
  const top = heights.find((epoch) => isEnough(reached(epoch), rule)) ?? 0;
  for (let epoch = top; epoch > Math.max(0, top - MAX_LATEST_STEPS); epoch--) {
    const candidate = await strongest(namespace, epoch, true, ledger);
    if (candidate !== undefined && isEnough(new Set(candidate.heads.map(({ auditor }) => auditor)), rule))
      return candidate;
  }
  for (const epoch of heights) {
    const candidate = epoch > 0 ? await strongest(namespace, epoch, true, ledger) : undefined;
    if (candidate !== undefined) return candidate;
  }
  return undefined;
}

function policyNamed(name: string, policies: ReadonlyMap<string, BoundPolicy>): BoundPolicy {
  const policy = policies.get(name);
  if (policy !== undefined) return policy;
  const known = [...policies.keys()].sort().join(", ") || "none";
  throw new CoauditError("POLICY_UNKNOWN", `this node has no policy ${name}; it has: ${known}`, { policy: name });
}

/**
 * The digest of the epoch with most heads that count, then with most heads; the smaller one in case of a tie, so that
 * the answer is stable.
 */
async function strongest(
  namespace: string,
  epoch: number,
  wholeOnly: boolean,
  ledger: Ledger,
): Promise<Candidate | undefined> {
  const { heads } = await ledger.epochView(namespace, epoch);
  const byDigest = new Map<string, { auditor: string; head: SignedHead }[]>();
  for (const { auditor, head } of heads) {
    if (head.type === "half-head" || (wholeOnly && head.cosignature === undefined)) continue;
    // At an epoch for which it signed two digests an auditor counts for neither.
    if (heads.some((other) => other.auditor === auditor && !equalBytes(other.head.digest, head.digest))) continue;
    const digest = toHex(head.digest);
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), { auditor, head }]);
  }
  const counting = (all: Candidate["heads"]): number => all.filter((one) => counts(one, ledger)).length;
  const sorted = [...byDigest].sort(
    ([a, x], [b, y]) => counting(y) - counting(x) || y.length - x.length || (a < b ? -1 : 1),
  );
  const [best] = sorted;
  return best === undefined ? undefined : { epoch, digest: best[0], heads: best[1] };
}

/** Whether the node itself would count the head; what it is sent with is for each reader to count. */
function counts({ auditor, head }: Candidate["heads"][number], ledger: Ledger): boolean {
  const { assumptions, convicted } = ledger;
  if (speakerOf(head, assumptions) === undefined || isVoid(auditor, head, convicted, assumptions)) return false;
  return !ledger.settlementsThatHold().some((one) => isWithin(one, head) && isSilenced(one, auditor));
}
