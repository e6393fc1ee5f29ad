/** Answers to what is not even HTTP, written straight to the socket. */
import type { Socket } from "node:net";
import type { FrontDoor } from "./front-door.ts";
import { PROBLEM_CONTENT_TYPE, type ProblemSlug, problem } from "./problem.ts";
import type { Refusals } from "./refusals.ts";

const SLUGS: Readonly<Record<string, ProblemSlug>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  { door, refusals }: { readonly door: FrontDoor; readonly refusals: Refusals },
): void {
  const slug = SLUGS[error.code ?? ""] ?? "request-malformed";
  refusals.count(error.code === "ECONNRESET" ? "broken-off" : slug);
  if (error.code === "ECONNRESET" || !socket.writable || !door.mayTell(socket)) {
    socket.destroy();
    return;
  }
  const answer = problem(slug, "the connection is closed; try again with HTTP/1.1");
  const body = JSON.stringify(answer);
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.title}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
