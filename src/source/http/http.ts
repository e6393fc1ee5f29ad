/**
 * One HTTP request with the project's rules: injected time, no redirects, no transparent decompression, errors that
 * name host and path.
 */
import type { Clock } from "../../core/clock.ts";
import { startTimer } from "../../core/deadline.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { encodingOf } from "./encoding.ts";
import type { Answer, Line } from "./line.ts";

export interface HttpTimeouts {
  /** From the request to the answer's headers. */
  readonly headerTimeoutMs: number;
  /** Longest wait for the next bytes of a body, counted only while somebody waits for them. */
  readonly idleTimeoutMs: number;
}

export interface HttpModules {
  readonly clock: Clock;
  readonly line: Line;
}

/** What errors say about where they happened. */
export interface Where {
  readonly host: string;
  readonly path: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The next bytes; undefined at the end. A connection that breaks first throws SOURCE_TRUNCATED, silence
   * SOURCE_TIMEOUT.
   */
  next(): Promise<Uint8Array | undefined>;
  /** Releases the connection. Idempotent; needed unless next() returned undefined or threw. */
  close(): void;
}

export function whereOf(url: URL): Where {
  const prefix = url.searchParams.get("prefix");
  return { host: url.host, path: prefix === null ? url.pathname : `${url.pathname}?prefix=${prefix}` };
}

/**
 * Sends a GET and waits for the headers. Returns for a status of 200, 206 and 416; throws SOURCE_UNREACHABLE,
 * SOURCE_TIMEOUT, SOURCE_REDIRECTED, SOURCE_NOT_FOUND, SOURCE_STATUS, SOURCE_RESPONSE_INVALID, SOURCE_ABORTED.
 */
export async function httpGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  timeouts: HttpTimeouts,
  modules: HttpModules,
): Promise<HttpResponse> {
  const where = whereOf(url);
  if (signal.aborted) throw aborted(where);
  const request = new AbortController();
  const onAbort = (): void => request.abort(aborted(where));
  signal.addEventListener("abort", onAbort, { once: true });
  const close = (): void => {
    signal.removeEventListener("abort", onAbort);
    request.abort(aborted(where));
  };
  /** Why it failed: the reason of our own abort (the engine may hand back a mere copy of it), or else `other`. */
  const failure = (other: CoauditError): CoauditError => {
    const reason: unknown = request.signal.reason;
    modules.line.failed();
    close();
    return isCoauditError(reason) ? reason : other;
  };
  const timeout = (phase: "headers" | "body", timeoutMs: number) => (): CoauditError =>
    new CoauditError(
      "SOURCE_TIMEOUT",
      `${where.host} sent no ${phase === "headers" ? "answer" : "further bytes"} for ${timeoutMs} ms (${where.path})`,
      { ...where, phase, timeoutMs },
    );

  const { headerTimeoutMs, idleTimeoutMs } = timeouts;
  let response: Answer;
  try {
    response = await within(modules.clock, headerTimeoutMs, request, timeout("headers", headerTimeoutMs), () =>
      // A decoded body would have another length than Content-Length and Content-Range say.
      modules.line.get(url, { "accept-encoding": "identity", ...headers }, request.signal),
    );
  } catch (error) {
    throw failure(unreachable(where, error));
  }
  const refusal = refusalOf(response, where);
  if (refusal !== undefined) {
    modules.line.failed();
    close();
    throw refusal;
  }

  let receivedBytes = 0;
  return {
    status: response.status,
    headers: response.headers,
    close,
    async next() {
      let chunk: Uint8Array | undefined;
      try {
        const read = async (): Promise<Uint8Array | undefined> => (await response.body.next()).value;
        chunk = await within(modules.clock, idleTimeoutMs, request, timeout("body", idleTimeoutMs), read);
      } catch (cause) {
        const message = `the connection to ${where.host} broke after ${receivedBytes} bytes of ${where.path}`;
        throw failure(new CoauditError("SOURCE_TRUNCATED", message, { ...where, receivedBytes }, { cause }));
      }
      if (chunk !== undefined) {
        receivedBytes += chunk.length;
        return chunk;
      }
      close();
      return chunk;
    },
  };
}

export function aborted(where: Where): CoauditError<"SOURCE_ABORTED"> {
  return new CoauditError("SOURCE_ABORTED", `reading ${where.path} of ${where.host} was cancelled`, where);
}

/**
 * Runs `work`; when `ms` pass first, aborts `request` with `error()`, which makes `work` fail. Leaves no timer behind.
 */
async function within<T>(
  clock: Clock,
  ms: number,
  request: AbortController,
  error: () => CoauditError,
  work: () => Promise<T>,
): Promise<T> {
  const stopTimer = startTimer(clock, ms, () => request.abort(error()));
  try {
    return await work();
  } finally {
    stopTimer();
  }
}

function unreachable(where: Where, error: unknown): CoauditError<"SOURCE_UNREACHABLE"> {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const hint = "check the source's URL and this machine's network";
  const message = `${where.host} cannot be reached (${errorMessage(cause)}); ${hint}`;
  return new CoauditError("SOURCE_UNREACHABLE", message, where, { cause: error });
}

/** Why an answer is unusable, from its status and headers alone. */
function refusalOf({ status, headers }: Answer, where: Where): CoauditError | undefined {
  const what = `${where.host}${where.path}`;
  if (status === 200 || status === 206 || status === 416) {
    const encoding = encodingOf({ "content-encoding": headers.get("content-encoding") ?? "" });
    // Uploads in signed chunks leave it on plain bytes. Whoever finds such a body wrong calls it unread (source.ts).
    if (encoding === undefined || encoding === "aws-chunked") return undefined;
    const reason = `the body is ${encoding}-encoded although no encoding was requested`;
    return new CoauditError("SOURCE_RESPONSE_INVALID", `${what}: ${reason}`, { ...where, reason });
  }
  if (status >= 300 && status < 400) {
    const location = (headers.get("location") ?? "").slice(0, 500);
    return new CoauditError(
      "SOURCE_REDIRECTED",
      `${what} redirects to "${location}", which is not followed: if the log lives there now, make that the source's URL`,
      { ...where, status, location },
    );
  }
  if (status === 404) return new CoauditError("SOURCE_NOT_FOUND", `${where.host} has no ${where.path} (404)`, where);
  const retryAfterMs = retryAfterOf(headers.get("retry-after"));
  const message = `${where.host} answered ${status} for ${where.path}`;
  return new CoauditError("SOURCE_STATUS", message, {
    ...where,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Seconds, as overloaded servers send them; a date would depend on two clocks. */
function retryAfterOf(value: string | null): number | undefined {
  return value !== null && /^[0-9]{1,8}$/.test(value) ? Number(value) * 1000 : undefined;
}
