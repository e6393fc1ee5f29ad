/**
 * What answers while a node opens what is on its disk, which takes minutes after years: that the process lives, so that
 * nothing restarts it for ever, and that it is not ready.
 */
import { createServer, type Server } from "node:http";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { ConnectionPlaces } from "./connection-places.ts";
import { PROBLEM_CONTENT_TYPE, problem } from "./problem.ts";

const MAX_CONNECTIONS = 64;
const SOCKET_TIMEOUT_MS = 10_000;

export interface StartingApi {
  /** Resolves when the port is free again. */
  stop(): Promise<void>;
}

/** Throws API_LISTEN_FAILED. With port 0 there is nothing to answer at. */
export async function startingApi({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Promise<StartingApi> {
  if (port === 0) return { stop: async () => undefined };
  const limits = { headersTimeout: SOCKET_TIMEOUT_MS, requestTimeout: SOCKET_TIMEOUT_MS };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, (request, response) => {
    response.setHeader("cache-control", "no-store").setHeader("connection", "close");
    if (request.url === "/healthz") {
      response.setHeader("content-type", "text/plain; charset=utf-8").end("ok\n");
      return;
    }
    const reason = "the node is starting: it opens what it stored, and connects to the other auditors";
    if (request.url === "/readyz") {
      const body = JSON.stringify({ ready: false, reasons: ["starting"], warnings: [] });
      response.writeHead(503, { "content-type": "application/json; charset=utf-8" }).end(body);
      return;
    }
    const headers = { "content-type": PROBLEM_CONTENT_TYPE, "retry-after": "5" };
    response.writeHead(503, headers).end(JSON.stringify(problem("starting", reason)));
  });
  server.timeout = SOCKET_TIMEOUT_MS;
  // What is asked here is answered at once.
  const places = new ConnectionPlaces(MAX_CONNECTIONS, () => false);
  server.on("connection", (socket) => places.enter(socket));
  await listen(server, host, port);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailed(host, port, cause)));
    server.listen({ host, port }, () => resolve());
  });
}

export function listenFailed(host: string, port: number, cause: unknown): CoauditError<"API_LISTEN_FAILED"> {
  const reason = `the API cannot listen on ${host}:${port}: ${errorMessage(cause)}`;
  const message = `${reason}; set api.host and api.port to an address of this machine and a free port`;
  return new CoauditError("API_LISTEN_FAILED", message, { host, port }, { cause });
}
