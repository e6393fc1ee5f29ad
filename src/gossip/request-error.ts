/** Why a request got no answer, as every network says it (Network.request). */
import { CoauditError, errorMessage } from "../core/errors.ts";

export interface UnansweredRequest {
  readonly peer: string;
  readonly protocol: string;
  readonly timeoutMs: number;
  /** late: its time ran out. cancelled: by whoever asked. failed: by the peer, or on the way. */
  readonly end: "late" | "cancelled" | "failed";
}

export function requestError(
  { peer, protocol, timeoutMs, end }: UnansweredRequest,
  cause: unknown,
): CoauditError<"REQUEST_TIMEOUT" | "REQUEST_ABORTED" | "REQUEST_FAILED"> {
  const context = { peer, protocol };
  switch (end) {
    case "late": {
      const message = `${peer} did not answer ${protocol} within ${timeoutMs} ms`;
      return new CoauditError("REQUEST_TIMEOUT", message, { ...context, timeoutMs }, { cause });
    }
    case "cancelled": {
      const message = `the request ${protocol} to ${peer} was cancelled`;
      return new CoauditError("REQUEST_ABORTED", message, context, { cause });
    }
    case "failed": {
      const message = `${peer} did not answer ${protocol}: ${errorMessage(cause)}`;
      return new CoauditError("REQUEST_FAILED", message, context, { cause });
    }
  }
}
