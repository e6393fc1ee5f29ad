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

  // source

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
