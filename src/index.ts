/**
 * `coaudit`: what a program needs to read what auditors sign. The SDK is `coaudit/client`, the proof verifier
 * `coaudit/verify`.
 */
export { type CaseFile, type CaseVerdict, parseCaseFile, verifyCaseFile } from "./core/case-file.ts";
export {
  type Certificate,
  formatCertificate,
  type QuorumRequest,
  type QuorumVerdict,
  verifyCertificate,
} from "./core/certificate.ts";
export { type Checkpoint, formatVkey, parseSignedNote, parseVkey, type VerifierKey } from "./core/checkpoint.ts";
export { nobleVerifier, type SignatureVerifier } from "./core/ed25519.ts";
export { CoauditError, type ErrorCode, type ErrorMetadata, isCoauditError } from "./core/errors.ts";
export type { Assumptions, CaseClass, CaseSubject } from "./core/evidence.ts";
export { type Head, type SignedHead, verifyHead } from "./core/head.ts";
export { formatPolicy, type Policy, parsePolicy } from "./core/policy.ts";
export { Roster, type RosterAuditor, type RosterKey } from "./core/roster.ts";
export type { Statement } from "./core/statement.ts";
export { decodeStatement, encodeStatement } from "./core/statement-codec.ts";
export { VERSION } from "./version.ts";
