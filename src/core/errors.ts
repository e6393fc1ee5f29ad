/**
 * One error class for the whole package. Codes are closed: a caller can switch over them, and a message always says
 * what to do.
 *
 * Each room has its own section below; a code names what was wrong, the metadata says where.
 */
export interface ErrorMetadata {
  // core
  NUMBER_OUT_OF_RANGE: { field: string; value: string; min: number; max: number };
  NAME_INVALID: { field: string; value: string; rule: string };
  ENCODING_INVALID: { what: string; offset?: number };
  STATEMENT_TOO_LARGE: { type: string; sizeBytes: number; capBytes: number };
  STATEMENT_NOT_CANONICAL: { type: string; offset?: number };
  KEY_INVALID: { reason: string };
  VKEY_INVALID: { value: string; reason: string };
  ROSTER_INVALID: { reason: string; auditor?: string };
  // about: what is wrong with it; "format" for its shape, else the field that differs from the requested or known one
  CERTIFICATE_INVALID: { reason: string; about: "format" | "namespace" | "epoch" | "origin" };
  CASE_INVALID: { reason: string };
  SETTLEMENT_INVALID: { reason: string };
  REPORT_INVALID: { reason: string };
  // line and column count from 1; 0 for the policy as a whole
  POLICY_INVALID: { line: number; column: number; reason: string };
  BUNDLE_INVALID: { line: number; reason: string };

  // akd: every PROOF_ code is a fact about the bytes of a proof (src/akd/verify.ts, isProofError).
  // offset: bytes from the start of the proof; element: its place in the proof, inserted ones first; label: hex of its
  // 32 bytes
  PROOF_TRUNCATED: { offset: number; element: number };
  PROOF_LENGTH_OVERRUN: { offset: number; element: number };
  PROOF_TRAILING_BYTES: { offset: number; element: number };
  PROOF_VARINT_NOT_MINIMAL: { offset: number; element: number };
  PROOF_VARINT_TOO_LARGE: { offset: number; element: number };
  PROOF_WIRE_TYPE: { offset: number; element: number; field: string; wireType: number };
  PROOF_FIELD_MISSING: { offset: number; element: number; field: string };
  PROOF_FIELD_REPEATED: { offset: number; element: number; field: string };
  PROOF_FIELD_ORDER: { offset: number; element: number; field: string };
  PROOF_FIELD_UNKNOWN: { offset: number; element: number; message: string; fieldNumber: number };
  PROOF_LABEL_TOO_LONG: { offset: number; element: number; sizeBytes: number };
  PROOF_LABEL_TRAILING_ZERO: { offset: number; element: number };
  PROOF_LABEL_LENGTH: { offset: number; element: number; lengthBits: number };
  PROOF_LABEL_BITS_PAST_LENGTH: { offset: number; element: number; label: string; lengthBits: number };
  PROOF_INSERTED_LABEL_SHORT: { offset: number; element: number; label: string; lengthBits: number };
  PROOF_VALUE_SIZE: { offset: number; element: number; sizeBytes: number };
  PROOF_DUPLICATE_LABEL: { elements: [number, number]; lists: string; label: string; lengthBits: number };
  PROOF_LABEL_PREFIX: { elements: [number, number]; label: string; lengthBits: number; longerLabel: string };
  PROOF_EMPTY: { expectedStart: string; expectedEnd: string; emptyDigest: string };
  PROOF_NOTHING_INSERTED: { expectedStart: string; expectedEnd: string };
  PROOF_START_MISMATCH: { expected: string; actual: string };
  PROOF_END_MISMATCH: { expected: string; actual: string };
  VERIFIER_CAP_EXCEEDED: { capBytes: number };
  // akd, keys: every KEY_PROOF_ code is a fact about the bytes of a lookup or history proof (src/akd/keys,
  // isKeyProofError). part: which proof within it, as akd's types.proto names them: update_proofs[2].existence_proof
  KEY_PROOF_TOO_LARGE: { sizeBytes: number; capBytes: number };
  KEY_PROOF_ENCODING: { part: string; offset: number; reason: string };
  KEY_PROOF_VERSION: { part: string; version: number; atEpoch: number };
  KEY_PROOF_EPOCH: { part: string; epoch: number; atEpoch: number };
  KEY_PROOF_VALUE: { part: string; epoch: number };
  KEY_PROOF_RETIRED: { part: string; epoch: number };
  KEY_PROOF_TOMBSTONE: { part: string; version: number };
  KEY_PROOF_VRF: { part: string; version: number; freshness: "stale" | "fresh"; fault: string };
  KEY_PROOF_LABEL: { part: string; version: number; freshness: "stale" | "fresh" };
  KEY_PROOF_PATH: { part: string; reason: string };
  KEY_PROOF_ABSENCE: { part: string; reason: string };
  KEY_PROOF_DIGEST: { part: string; expected: string; computed: string };
  KEY_PROOF_EMPTY: Record<string, never>;
  KEY_PROOF_GAP: { part: string; version: number; newerVersion: number };
  KEY_PROOF_EPOCH_ORDER: { part: string; epoch: number; newerEpoch: number };
  KEY_PROOF_EXTENT: { shown: number; asked: number; newest: number };
  KEY_PROOF_PREVIOUS: { part: string; reason: string };
  KEY_PROOF_MARKERS: { part: string; expected: number; found: number };
  VRF_KEY_INVALID: { reason: string };
  // akd: this machine could not decide; says nothing about the proof
  VERIFIER_OUT_OF_MEMORY: Record<string, never>;
  VERIFIER_WORKER_LOST: { reason: string };

  // source: each means that the source could not be read, none that the provider lied (isTransportError)
  SOURCE_NAME_INVALID: { name: string; rule: string };
  SOURCE_ABORTED: { host: string; path: string };
  SOURCE_UNREACHABLE: { host: string; path: string };
  SOURCE_TIMEOUT: { host: string; path: string; phase: "headers" | "body" | "download"; timeoutMs: number };
  SOURCE_NOT_FOUND: { host: string; path: string };
  SOURCE_STATUS: { host: string; path: string; status: number; retryAfterMs?: number };
  SOURCE_REDIRECTED: { host: string; path: string; status: number; location: string };
  SOURCE_RESPONSE_INVALID: { host: string; path: string; reason: string };
  SOURCE_LISTING_INVALID: { host: string; path: string; reason: string; offset?: number; key?: string };
  SOURCE_TOO_LARGE: { host: string; path: string; capBytes: number; sizeBytes?: number };
  SOURCE_TRUNCATED: { host: string; path: string; receivedBytes: number; expectedBytes?: number };
  SOURCE_CHANGED: { host: string; path: string; receivedBytes: number };
  SOURCE_FOLDER_UNREADABLE: { host: string; path: string };

  // provider
  PROVIDER_LOG_INVALID: { path: string; reason: string; epoch?: number };
  PROVIDER_OPTION_INVALID: { option: string; reason: string };
  PROVIDER_CANNOT_PROVE: { reason: string };

  // ledger: stores. None of these says anything about another auditor.
  STORE_LOCKED: { folder: string };
  STORE_DAMAGED: { folder: string; reason: string };
  STORE_SCHEMA_NEWER: { folder: string; found: number; known: number };
  STORE_FULL: { path: string; operation: string };
  STORE_IO: { path: string; operation: string };
  STORE_CLOSED: { path: string };
  // ledger: statements
  LEDGER_AUDITOR_MISSING: { namespace: string; auditor: string };
  LEDGER_ORIGIN_CHANGED: { namespace: string; bound: string; configured: string };
  // ledger: claims. Epochs are numbers, digests hex, newest... maps a namespace to its newest readable epoch.
  CLAIM_CONFLICT: { namespace: string; epoch: number; claimedDigest: string; askedDigest: string };
  CLAIM_BELOW_MARK: { namespace: string; epoch: number; mark: number };
  CLAIM_UNMARKED: { namespace: string; epoch: number };
  CLAIM_CLOCK_BEHIND: { namespace: string; epoch: number; timestampMs: number; previousMs: number };
  CLAIM_ORIGIN_MISMATCH: { namespace: string; origin: string; boundNamespace: string; boundOrigin: string };
  CLAIM_HALTED: { namespace: string; epoch: number; reason: string };
  CLAIMS_DAMAGED: {
    file: string;
    reason: string;
    offset?: number;
    newestInLog: Record<string, number>;
    newestInLevel: Record<string, number>;
  };
  CLAIMS_LOST: { folder: string };
  CLAIMS_EXIST: { folder: string };
  CLAIMS_OTHER_KEY: { folder: string; madeFor: string };
  CLAIMS_OTHER_VERSION: { folder: string; found: string };
  CLAIMS_UNAVAILABLE: { folder: string; cause: string };
  CLAIMS_REPAIR_REFUSED: { folder: string; reason: string; namespaces: string[] };

  // auditor
  SIGNER_WRONG_KEY: { asked: string; held: string };
  AUDITOR_ROOT_INVALID: { namespace: string; epoch: number; reason: string };
  AUDITOR_NOT_HALTED: { namespace: string };
  ROOT_REFUSED: { namespace: string; epoch: number; reason: string };

  // gossip: the network
  NETWORK_NOT_STARTED: { operation: string };
  NETWORK_UNSUITABLE: { reason: string };
  NETWORK_LISTEN_FAILED: { addresses: string[] };
  NETWORK_ADDRESS_INVALID: { address: string };
  NETWORK_DIAL_FAILED: { addresses: string[] };
  NETWORK_PEER_UNEXPECTED: { expected: string; found: string };
  NETWORK_TOPIC_UNKNOWN: { topic: string };
  NETWORK_MESSAGE_TOO_LARGE: { topic: string; sizeBytes: number; capBytes: number };
  // gossip: requests to one peer
  GOSSIP_FRAME_INVALID: { reason: string };
  FRAME_TOO_LARGE: { sizeBytes?: number; capBytes: number };
  FRAME_MALFORMED: { reason: string };
  REQUEST_PEER_UNREACHABLE: { peer: string; protocol: string };
  REQUEST_PROTOCOL_UNKNOWN: { peer: string; protocol: string };
  REQUEST_TIMEOUT: { peer: string; protocol: string; timeoutMs: number };
  REQUEST_ABORTED: { peer: string; protocol: string };
  REQUEST_FAILED: { peer: string; protocol: string };
  // gossip: head sync
  SYNC_FRAME_INVALID: { frame: string; reason: string };
  SYNC_PEER_MISBEHAVED: { peer: string; reason: string };
  SYNC_PEER_BUSY: { peer: string };
  SYNC_OVER_BUDGET: { peer: string };

  // provider
  TREE_ENTRY_INVALID: { label: string; reason: string };

  // platform: the file's previous content is intact
  FILE_NOT_WRITTEN: { file: string; reason: string };

  // node
  CONFIG_UNREADABLE: { file: string };
  // line and column count from 1; absent if the value is not in the file
  CONFIG_INVALID: { file: string; path: string; found: string; expected: string; line?: number; column?: number };
  KEY_FILE_EXISTS: { file: string };
  KEY_FILE_UNREADABLE: { file: string; reason: string };
  KEY_FILE_EXPOSED: { file: string; mode: string };
  OWN_STATEMENT_REFUSED: { type: string; outcome: string };
  NAMESPACE_UNKNOWN: { namespace: string };
  CONFIG_EXISTS: { file: string };
  RELOAD_REFUSED: { file: string; reason: string };
  /** What another auditor published, or an invitation, says something that cannot be used. */
  RECORD_INVALID: { source: string; reason: string };
  RECORD_NOT_YET: Record<string, never>;

  // alerts: reason says nothing of the token or the path of the URL
  ALERT_NOT_DELIVERED: { receiver: string; reason: string };

  // api: errors that answer a request (src/api/problem.ts gives each its status)
  API_LISTEN_FAILED: { host: string; port: number };
  METRICS_LISTEN_FAILED: { host: string; port: number };
  PARAMETER_INVALID: { parameter: string; found: string; expected: string };
  ROUTE_UNKNOWN: { method: string; path: string };
  HEAD_UNKNOWN: { namespace: string; epoch: string };
  CASE_UNKNOWN: { id: string };
  CASE_NOT_SETTLEABLE: { id: string; reason: string };
  RATE_LIMITED: { retryAfterSeconds: number };
  QUORUM_CONFLICT: { namespace: string; epoch: number };
  POLICY_UNKNOWN: { policy: string };
  STREAMS_EXHAUSTED: { limit: number };
  PUSH_OFF: { namespace: string };
  PUSH_TOKEN_REFUSED: { namespace: string; reason: "missing" | "wrong" };
  EPOCH_CONFLICT: { namespace: string; epoch: number; signedDigest: string };
  // Not PROOF_: those mean that a proof is wrong.
  PROOFS_OFF: { namespace: string };
  PROOFS_TOKEN_REFUSED: { reason: "missing" | "wrong" };
  PROOFS_NOT_KEPT: { namespace: string; epoch: number };
  DOWNLOAD_RUNNING: { limit: number };
  DOWNLOADS_EXHAUSTED: { limit: number };
  REPORTS_OFF: Record<string, never>;
  REPORT_REFUSED: { namespace: string; epoch: number; outcome: string };
  OPERATOR_TOKEN_REFUSED: { reason: "missing" | "wrong" };
  OPERATOR_NOT_LOCAL: { reason: string };
  DASHBOARD_NOT_LOCAL: Record<never, never>;
  OPERATOR_TOKEN_UNREADABLE: { file: string };
  // simulator: runs. found: names of files
  RUN_FOLDER_OCCUPIED: { folder: string; found: string[] };
  RUN_FOLDER_BUSY: { folder: string };
  RUN_STOPPED: { atPercent: number };

  // client
  NODE_UNREACHABLE: { url: string; kind?: "network" | "timeout" };
  NODE_ANSWER_INVALID: { url: string; reason: string; kind?: "oversized" | "truncated" | "not-json" | "malformed" };
  TRUST_STATE_INVALID: { reason: string };
  KEY_STATE_INVALID: { reason: string };
  // The signal that the caller gave was aborted; the cause is its reason.
  QUESTION_ABORTED: Record<string, never>;
  // jobs: job is the id that the asker gave it
  JOB_FAILED: { job: string; reason: string };
  JOB_CRASHED: { job: string; reason: string };
  JOB_WITHDRAWN: { job: string };
  JOB_ANSWER_INVALID: { job: string; reason: string };
  // url: without the password
  QUEUE_PACKAGE_MISSING: { packages: string[] };
  QUEUE_UNREACHABLE: { url: string; reason: string };
  QUEUE_VERSION: { own: string; theirs: string };
  QUEUE_JOB_REFUSED: { reason: string };
  // simulator: sweeps
  SWEEP_DIFFERS: { folder: string; differs: string[] };
  SWEEP_JOURNAL_DAMAGED: { file: string; line: number };
  SWEEP_INCOMPLETE: { done: number; worlds: number; failed: number };
  // simulator: files of a run or a sweep, and packages that only its reports need
  SIMULATION_RESULT_INVALID: { file: string; reason: string };
  SIMULATION_RESULT_NOT_WRITTEN: { file: string; reason: string };
  REPORT_PACKAGE_MISSING: { packages: string[] };
  REPORT_FONT_MISSING: Record<string, never>;
  // cli
  USAGE: { option?: string };
  NODE_REFUSED: { url: string; status: number; type: string };
}

export type ErrorCode = keyof ErrorMetadata;

export class CoauditError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CoauditError";
  readonly code: Code;
  readonly metadata: ErrorMetadata[Code];

  constructor(code: Code, message: string, metadata: ErrorMetadata[Code], options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.metadata = metadata;
  }
}

/** True when `error` is ours and, if codes are given, has one of them. */
export function isCoauditError<Code extends ErrorCode>(error: unknown, ...codes: Code[]): error is CoauditError<Code> {
  return error instanceof CoauditError && (codes.length === 0 || codes.includes(error.code as Code));
}

/** The text of anything that was thrown; never empty: Node's error of several failed attempts has none. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error) || "an unknown error";
  if (error.message !== "") return error.message;
  const { errors, code } = error as { errors?: unknown; code?: unknown };
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (first !== undefined && first !== error) return errorMessage(first);
  return typeof code === "string" ? code : error.name;
}
