/** Serves /metrics on a port of its own, so that what is public stays public and this does not become it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ConnectionPlaces } from "../api/connection-places.ts";
import { isSameToken } from "../api/operator-token.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { MetricsConfig } from "../node/config/config-metrics.ts";

/** A scraper has one connection, and a person another. */
const MAX_CONNECTIONS = 16;
const SOCKET_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8_192;

export interface MetricsServerModules {
  /** The metrics as they are now, in one text. */
  readonly read: () => Promise<string>;
  readonly contentType: string;
  readonly log: Logger;
}

export class MetricsServer {
  readonly #options: MetricsConfig;
  readonly #modules: MetricsServerModules;
  readonly #server: Server;
  readonly #answered: Set<Socket> = new Set();
  /** Whoever asks meanwhile gets the same answer: asking often costs nothing more. */
  #reading: Promise<string> | undefined;

  constructor(options: MetricsConfig, modules: MetricsServerModules) {
    this.#options = options;
    this.#modules = modules;
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: SOCKET_TIMEOUT_MS,
      requestTimeout: SOCKET_TIMEOUT_MS,
    };
    this.#server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, (request, response) => {
      void this.#answer(request, response);
    });
    const places = new ConnectionPlaces(MAX_CONNECTIONS, (socket) => this.#answered.has(socket));
    this.#server.on("connection", (socket) => places.enter(socket));
    this.#server.timeout = SOCKET_TIMEOUT_MS;
  }

  /** Resolves with the URL when it listens. Throws METRICS_LISTEN_FAILED. */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => {
        const reason = `the metrics cannot listen on ${host}:${port}: ${errorMessage(cause)}`;
        const message = `${reason}; set metrics.host and metrics.port to an address of this machine and a free port`;
        reject(new CoauditError("METRICS_LISTEN_FAILED", message, { host, port }, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
    const { port: actualPort } = this.#server.address() as AddressInfo;
    return `http://${host.includes(":") ? `[${host}]` : host}:${actualPort}/metrics`;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body is not read; its connection is not used again.
    if (request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined) {
      response.setHeader("connection", "close");
    }
    response.setHeader("cache-control", "no-store").setHeader("x-content-type-options", "nosniff");
    const path = request.url?.split("?", 1)[0];
    if (path !== "/metrics") return say(response, 404, "Metrics are at /metrics.");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return say(response, 405, "Metrics can only be read.");
    }
    if (!this.#isAllowed(request)) {
      response.setHeader("www-authenticate", 'Bearer realm="coaudit metrics"');
      return say(response, 401, "Show the token of metrics.token-file as a bearer token.");
    }
    this.#answered.add(request.socket);
    try {
      this.#reading ??= this.#modules.read().finally(() => {
        this.#reading = undefined;
      });
      const text = await this.#reading;
      response.writeHead(200, { "content-type": this.#modules.contentType });
      response.end(request.method === "HEAD" ? undefined : text);
    } catch (error) {
      this.#modules.log.error({ error: errorMessage(error) }, "the metrics could not be read");
      say(response, 500, "The metrics could not be read; the node's log says why.");
    } finally {
      this.#answered.delete(request.socket);
    }
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const { token } = this.#options;
    if (token === undefined) return true;
    const given = /^Bearer ([^\s]{1,256})$/i.exec(headers.authorization ?? "")?.[1];
    return given !== undefined && isSameToken(given, token);
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
