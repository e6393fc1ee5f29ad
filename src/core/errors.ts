/**
 * One error class for the whole package. Codes are closed: a caller can switch over them, and a message always says what to do.
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
  CERTIFICATE_INVALID: { reason: string };
  CASE_INVALID: { reason: string };

  // akd

  // source: all of them say that the source could not be read, none that the provider lied (isTransportError)
  SOURCE_NAME_INVALID: { name: string; rule: string };
  SOURCE_ABORTED: { host: string; path: string };
  SOURCE_UNREACHABLE: { host: string; path: string };
  SOURCE_TIMEOUT: { host: string; path: string; phase: "headers" | "body" | "download"; timeoutMs: number };
  SOURCE_NOT_FOUND: { host: string; path: string };
  SOURCE_STATUS: { host: string; path: string; status: number };
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

  // ledger

  // auditor

  // gossip

  // node

  // api, cli
  USAGE: { option?: string };
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

/** True when `error` is ours and, if codes are given, carries one of them. */
export function isCoauditError<Code extends ErrorCode>(error: unknown, ...codes: Code[]): error is CoauditError<Code> {
  return error instanceof CoauditError && (codes.length === 0 || codes.includes(error.code as Code));
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
