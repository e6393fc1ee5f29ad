/** What this reader accepted before, as far as it concerns a question. */
import type { CaseFile } from "../core/case-file.ts";
import { type QuorumRequest, verifyCertificate } from "../core/certificate.ts";
import { isCoauditError } from "../core/errors.ts";
import { isWithin } from "../core/settlement.ts";
import { type DecisionModules, type ReadCertificate, readCertificate, withoutCosignature } from "./merge-answers.ts";
import { invalidTrust, type TrustEntry } from "./trust-state.ts";

export interface Memory {
  /** The newest that was accepted. */
  readonly entry?: TrustEntry;
  /** The same, if it is about the epoch that is asked for. */
  readonly read?: ReadCertificate;
  /** An entry that is no longer believed: the reader settled a fork against it. */
  readonly dropped?: TrustEntry;
  /** Convictions that this reader has seen. */
  readonly cases: readonly CaseFile[];
}

/** Throws TRUST_STATE_INVALID. */
export async function recall(
  entry: TrustEntry | undefined,
  cases: readonly CaseFile[],
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<Memory> {
  if (entry === undefined) return { cases };
  try {
    if (await isSettledAgainst(entry, request, modules)) return { cases, dropped: entry };
    if (request.epoch !== "latest" && request.epoch !== entry.epoch) return { cases, entry };
    return { cases, entry, read: await readCertificate(certificateOf(entry, request, modules), request, modules) };
  } catch (error) {
    throw isCoauditError(error, "CERTIFICATE_INVALID") ? invalidTrust(error.metadata.reason, error) : error;
  }
}

/** Late heads were accepted under whatever origin a node had written there: it is the reader's, where it knows one. */
function certificateOf(
  { origin, certificate }: TrustEntry,
  { namespace }: QuorumRequest,
  { assumptions }: DecisionModules,
): TrustEntry["certificate"] {
  const known = assumptions.origins.get(namespace);
  if (origin !== undefined || known === undefined || known === certificate.origin) return certificate;
  return { ...certificate, origin: known, signatures: certificate.signatures.map(withoutCosignature) };
}

/** docs/protocol.md 7.4: within a settlement only the trusted side counts. */
async function isSettledAgainst(entry: TrustEntry, request: QuorumRequest, modules: DecisionModules): Promise<boolean> {
  const { namespace, policy } = request;
  const { epoch } = entry;
  const settlements = modules.assumptions.settlements ?? [];
  if (policy === undefined || !settlements.some((one) => isWithin(one, { namespace, epoch }))) return false;
  const certificate = certificateOf(entry, request, modules);
  const question = { namespace, epoch, policy, nowMs: request.nowMs };
  return (await verifyCertificate(certificate, question, modules)).result !== "satisfied";
}
