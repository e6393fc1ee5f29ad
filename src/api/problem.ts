/**
 * Errors as RFC 9457 problem details: `type` is stable, `detail` says what to do, `code` is the CoauditError's.
 *
 * This is the one place that maps error codes to statuses.
 */
import { type ErrorCode, isCoauditError } from "../core/errors.ts";

export const PROBLEM_CONTENT_TYPE = "application/problem+json";
const TYPE_PREFIX = "urn:coaudit:problem:";

export interface Problem {
  /** `urn:coaudit:problem:<slug>` */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code?: ErrorCode;
  /** For parameter-invalid: its name. */
  readonly parameter?: string;
}

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

export type ProblemSlug =
  | "parameter-invalid"
  | "request-malformed"
  | "token-required"
  | "not-local"
  | "route-unknown"
  | "namespace-unknown"
  | "head-unknown"
  | "case-unknown"
  | "case-not-settleable"
  | "policy-unknown"
  | "request-timeout"
  | "not-halted"
  | "quorum-conflict"
  | "push-off"
  | "proofs-off"
  | "proof-unknown"
  | "download-running"
  | "too-many-downloads"
  | "starting"
  | "epoch-conflict"
  | "reports-off"
  | "report-refused"
  | "reload-refused"
  | "body-too-large"
  | "uri-too-long"
  | "media-type-unsupported"
  | "too-many-requests"
  | "headers-too-large"
  | "busy"
  | "too-many-streams"
  | "internal";

/** Every type of problem; docs/api.md explains them. */
export const PROBLEMS: Readonly<Record<ProblemSlug, ProblemKind>> = {
  "parameter-invalid": { status: 400, title: "A parameter is not valid" },
  "request-malformed": { status: 400, title: "The request is malformed" },
  "token-required": { status: 401, title: "A bearer token is required" },
  "not-local": { status: 403, title: "Operator actions are accepted only on the node's own machine" },
  "push-off": { status: 403, title: "Nobody may push to this namespace" },
  "reports-off": { status: 403, title: "This node takes no reports" },
  "proofs-off": { status: 403, title: "This node keeps no proofs for others" },
  "route-unknown": { status: 404, title: "Nothing is at this path" },
  "namespace-unknown": { status: 404, title: "This node does not audit that namespace" },
  "head-unknown": { status: 404, title: "No signed head is held" },
  "case-unknown": { status: 404, title: "There is no such case" },
  "policy-unknown": { status: 404, title: "This node has no such policy" },
  "proof-unknown": { status: 404, title: "The proof of this epoch is not kept" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "case-not-settleable": { status: 409, title: "The case cannot be settled" },
  "not-halted": { status: 409, title: "The namespace is not halted" },
  "quorum-conflict": { status: 409, title: "Evidence stands against this checkpoint" },
  "epoch-conflict": { status: 409, title: "Another digest was signed for this epoch" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "uri-too-long": { status: 414, title: "The path and query are too long" },
  "media-type-unsupported": { status: 415, title: "The body is not JSON" },
  "reload-refused": { status: 422, title: "The configuration cannot be used, and nothing was changed" },
  "report-refused": { status: 422, title: "The report cannot be accepted" },
  "too-many-requests": { status: 429, title: "Too many requests from this address" },
  "download-running": { status: 429, title: "A download to this address is running" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  "too-many-streams": { status: 503, title: "Too many event streams are open" },
  starting: { status: 503, title: "The node is starting" },
  busy: { status: 503, title: "The node is asked more than it answers" },
  "too-many-downloads": { status: 503, title: "Too many downloads are running" },
  internal: { status: 500, title: "The node failed to answer" },
};

const BY_CODE: Partial<Record<ErrorCode, ProblemSlug>> = {
  PARAMETER_INVALID: "parameter-invalid",
  NUMBER_OUT_OF_RANGE: "parameter-invalid",
  OPERATOR_TOKEN_REFUSED: "token-required",
  OPERATOR_NOT_LOCAL: "not-local",
  DASHBOARD_NOT_LOCAL: "not-local",
  QUORUM_CONFLICT: "quorum-conflict",
  STREAMS_EXHAUSTED: "too-many-streams",
  POLICY_UNKNOWN: "policy-unknown",
  PUSH_OFF: "push-off",
  PUSH_TOKEN_REFUSED: "token-required",
  PROOFS_OFF: "proofs-off",
  PROOFS_TOKEN_REFUSED: "token-required",
  PROOFS_NOT_KEPT: "proof-unknown",
  DOWNLOAD_RUNNING: "download-running",
  DOWNLOADS_EXHAUSTED: "too-many-downloads",
  EPOCH_CONFLICT: "epoch-conflict",
  REPORTS_OFF: "reports-off",
  REPORT_INVALID: "parameter-invalid",
  REPORT_REFUSED: "report-refused",
  RELOAD_REFUSED: "reload-refused",
  RECORD_NOT_YET: "starting",
  ROUTE_UNKNOWN: "route-unknown",
  NAMESPACE_UNKNOWN: "namespace-unknown",
  HEAD_UNKNOWN: "head-unknown",
  CASE_UNKNOWN: "case-unknown",
  CASE_NOT_SETTLEABLE: "case-not-settleable",
  SETTLEMENT_INVALID: "parameter-invalid",
  AUDITOR_NOT_HALTED: "not-halted",
  RATE_LIMITED: "too-many-requests",
};

/** Fastify's own complaints about a request, by status. */
const BY_STATUS: Readonly<Record<number, ProblemSlug>> = {
  400: "request-malformed",
  413: "body-too-large",
  414: "uri-too-long",
  415: "media-type-unsupported",
};

/** The last part of its type: one of a closed list. */
export function slugOf({ type }: Problem): string {
  return type.slice(TYPE_PREFIX.length);
}

export function problem(slug: ProblemSlug, detail: string): Problem {
  const { status, title } = PROBLEMS[slug];
  return { type: `${TYPE_PREFIX}${slug}`, title, status, detail };
}

/**
 * What the client may know about an error: nothing about an unexpected one, since its message may name files of this
 * machine.
 */
export function problemOf(error: unknown): Problem {
  if (isCoauditError(error)) {
    const slug = BY_CODE[error.code];
    if (slug === undefined) return internal();
    const parameter = parameterOf(error);
    return {
      ...problem(slug, error.message),
      code: error.code,
      ...(parameter === undefined ? {} : { parameter }),
    };
  }
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  const slug = typeof statusCode === "number" ? BY_STATUS[statusCode] : undefined;
  const isFastifys = typeof code === "string" && code.startsWith("FST_");
  if (slug === undefined || !isFastifys) return internal();
  return problem(slug, `${(error as unknown as Error).message}; docs/api.md says what each path accepts`);
}

function parameterOf(error: Error): string | undefined {
  if (isCoauditError(error, "PARAMETER_INVALID")) return error.metadata.parameter;
  if (isCoauditError(error, "NUMBER_OUT_OF_RANGE")) return error.metadata.field;
  return undefined;
}

function internal(): Problem {
  return problem("internal", "internal error; the node's log has the details");
}
