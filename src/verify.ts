/**
 * `coaudit/verify`: is this audit proof right? For Node and browsers. The fast verifier uses WebAssembly where there is
 * some.
 */
export { type ConfigurationName, emptyDigest } from "./akd/configuration.ts";
export { FastVerifier, type FastVerifierOptions } from "./akd/fast/fast-verifier.ts";
export { type ProofVerifier, ReferenceVerifier, type ReferenceVerifierOptions } from "./akd/proof-verifier.ts";
export { isProofError, type ProofRequest, type ProofSummary, verifyAppendOnlyProof } from "./akd/verify.ts";
export { CoauditError, type ErrorCode, isCoauditError } from "./core/errors.ts";
