/** Entry point of the SDK: `coaudit/client`, and all of `coaudit-client`. Nothing here needs Node. */
export { type CaseFile, type HeldCase, parseCaseFile } from "../core/case-file.ts";
export type { Certificate, MissingAuditor } from "../core/certificate.ts";
export type { QuorumSigner, SignatureFlaw } from "../core/certificate-signatures.ts";
export type { Clock, Random } from "../core/clock.ts";
export type { SignatureVerifier } from "../core/ed25519.ts";
export { CoauditError, type ErrorCode, isCoauditError } from "../core/errors.ts";
export { formatPolicy, type Policy, parsePolicy } from "../core/policy.ts";
export { analysePolicy, type PolicyAnalysis, type PolicyConcern, policyConcerns } from "../core/policy-analysis.ts";
export { type BoundPolicy, bindPolicy, rosterOfPolicy } from "../core/policy-evaluation.ts";
export { Roster, type RosterAuditor, type RosterKey } from "../core/roster.ts";
export type { Settlement } from "../core/settlement.ts";
export type { WrongDigestReport } from "../core/wrong-digest.ts";
export type { AskOptions, Shown } from "./arguments.ts";
export type { Fetch } from "./node-client.ts";
export type { QuorumClientModules, QuorumClientOptions } from "./options.ts";
export { QuorumClient } from "./quorum-client.ts";
export type {
  CheckResult,
  ClockInDoubt,
  Conflict,
  LookupResult,
  Message,
  MessageId,
  NoAnswer,
  NodeProblem,
  NodeRemark,
  NodeReport,
  NodesDisagree,
  NotEnough,
  Pending,
  ReadHead,
  Satisfied,
  SentReport,
  Stale,
  WrongDigest,
} from "./results.ts";
export { MESSAGES } from "./texts.ts";
export { memoryTrust, type TrustEntry, type TrustStorage, type WebStorage, webStorageTrust } from "./trust-state.ts";
export type { WatchOptions } from "./watch/watch.ts";
export { webVerifier } from "./web-verifier.ts";
