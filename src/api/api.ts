/** The HTTP API of a node: anybody may read, its operator may act. Paths, answers and problems: docs/api.md. */
import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ReportBook } from "../node/report-book.ts";
import type { NodeView } from "../node/view.ts";
import { AnswerCache } from "./answer-cache.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { allowPages, registerPreflight } from "./cross-site.ts";
import { Draining } from "./draining.ts";
import { etagOf, isMatchedBy } from "./etag.ts";
import { EventHub } from "./event-hub.ts";
import { FrontDoor } from "./front-door.ts";
import { refuseUnknownQueries } from "./no-query.ts";
import { registerDescriptions, registerOpenapi } from "./openapi.ts";
import { OperatorGate } from "./operator.ts";
import {
  type ApiOptions,
  DEFAULT_API_OPTIONS,
  KEEP_ALIVE_MS,
  MAX_BODY_BYTES,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_PATH_PARAMETER_LENGTH,
  MAX_RATED_ADDRESSES,
  MAX_URL_LENGTH,
  type OperatedProcess,
} from "./options.ts";
import { invalidParameter } from "./parameter-error.ts";
import { PROBLEM_CONTENT_TYPE, type Problem, problem, problemOf, slugOf } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { registerC2spRoutes } from "./routes/c2sp-routes.ts";
import { registerDashboardRoutes } from "./routes/dashboard-routes.ts";
import { registerEventRoutes } from "./routes/event-routes.ts";
import { registerEvidenceRoutes } from "./routes/evidence-routes.ts";
import { registerNamespaceRoutes } from "./routes/namespace-routes.ts";
import { registerPlexiRoutes } from "./routes/plexi-routes.ts";
import { registerProcessRoutes } from "./routes/process-routes.ts";
import { registerProofRoutes } from "./routes/proof-routes.ts";
import { registerPublishedRoute } from "./routes/published-route.ts";
import { registerPushRoutes } from "./routes/push-routes.ts";
import { registerQuorumRoutes } from "./routes/quorum-routes.ts";
import { registerReportRoutes } from "./routes/report-routes.ts";
import { registerSettlementRoutes } from "./routes/settlement-routes.ts";
import { registerStatusRoutes } from "./routes/status-routes.ts";
import { listenFailed } from "./starting-api.ts";
import { UnreadAnswers } from "./unread-answers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The answer carries a strong ETag; a request that names it gets 304. */
    hasEtag?: boolean;
  }
}

export interface ApiModules {
  readonly node: NodeView;
  readonly log: Logger;
  readonly clock: Clock;
  /** What readers report. Default: nothing is taken. */
  readonly reports?: ReportBook;
  /** Default: none, and then nothing can be asked of it. */
  readonly process?: OperatedProcess;
}

export interface Api {
  /** Resolves when it listens. Throws API_LISTEN_FAILED. */
  start(): Promise<{ readonly url: string }>;
  /**
   * Idempotent. Lets answers in progress finish, cuts off those that take longer than stopGraceMs, and resolves when
   * the port is free.
   */
  stop(): Promise<void>;
  /** How many requests were refused since start, by the last part of the problem's type: a closed list. */
  refusals(): ReadonlyMap<string, number>;
  /** From the next request on. */
  setRateLimit(requests: number): void;
}

export function createApi(options: ApiOptions, modules: ApiModules): Api {
  const settings = { ...DEFAULT_API_OPTIONS, ...options };
  const { host, port, stopGraceMs } = settings;
  const refusals = new Refusals(modules);
  const rate: Rate = { max: settings.rateLimit };
  const app = createServer(settings, rate, { ...modules, refusals });
  const draining = new Draining({ graceMs: stopGraceMs }, modules);
  app.addHook("onRequest", async (_request, reply) => draining.add(reply.raw));
  app.addHook("preClose", () => draining.drain());
  let stopped: Promise<void> | undefined;
  return {
    async start() {
      try {
        await app.listen({ host, port });
      } catch (cause) {
        throw listenFailed(host, port, cause);
      }
      const { port: actualPort } = app.server.address() as AddressInfo;
      return { url: `http://${host.includes(":") ? `[${host}]` : host}:${actualPort}` };
    },
    refusals: () => refusals.totals,
    stop() {
      stopped ??= Promise.resolve(app.close());
      return stopped;
    },
    setRateLimit(requests) {
      rate.max = requests;
    },
  };
}

interface Rate {
  /** Requests of one address in the window. */
  max: number;
}

function createServer(
  settings: typeof DEFAULT_API_OPTIONS & ApiOptions,
  rate: Rate,
  modules: ApiModules & { readonly refusals: Refusals },
): FastifyInstance {
  const { rateWindowMs, socketTimeoutMs, connectionsPerAddress, requestsPerSecond } = settings;
  const { refusals } = modules;
  const limits = { connections: MAX_CONNECTIONS, connectionsPerAddress, requestsPerSecond };
  const doorOptions = { ...limits, socketTimeoutMs, keepAliveTimeoutMs: KEEP_ALIVE_MS };
  const door = new FrontDoor(doorOptions, { ...modules, refusals });
  const unread = new UnreadAnswers(settings.maxUnreadBytes);
  // Node looks for late requests every 30 s unless told otherwise.
  const http = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: socketTimeoutMs, connectionsCheckingInterval: 1_000 };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    // A reader that accepts nothing, or a writer that sends nothing, for the socket's time is disconnected.
    serverFactory: (handle) => door.server(http, handle),
    forceCloseConnections: true,
    // A proxy names the whole target (RFC 9112, 3.2.2).
    rewriteUrl: ({ url = "/" }) => url.replace(/^https?:\/\/[^/?#]*(?=\/)/i, ""),
    // While a stop waits for answers, the node behind the API is still complete.
    return503OnClosing: false,
    // A proxy on this machine names the client, for the rate limit; strangers cannot.
    trustProxy: "loopback",
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    // Nothing is guessed or dropped: "0x1" is not 1, and a misspelt parameter is an error, not ignored.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    schemaErrorFormatter: invalidParameter,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, refusals),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, { door, refusals }),
  });
  // Another site's page can make a browser post plain text, but not JSON, without a preflight.
  app.removeContentTypeParser("text/plain");
  app.register(helmet, {
    // Answers are data: no page may frame them, and nothing in them may run. TLS, and so HSTS, is the proxy's.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    hsts: false,
  });
  app.register(rateLimit, {
    max: () => rate.max,
    timeWindow: rateWindowMs,
    cache: MAX_RATED_ADDRESSES,
    errorResponseBuilder: (_request, { ttl }) => {
      const retryAfterSeconds = Math.ceil(ttl / 1000);
      const message = `more than ${rate.max} requests in ${rateWindowMs / 1000} s; try again in ${retryAfterSeconds} s`;
      return new CoauditError("RATE_LIMITED", message, { retryAfterSeconds });
    },
  });
  allowPages(app);
  app.addHook("onRequest", async (request, reply) => {
    if (request.raw.url !== undefined && request.raw.url.length > MAX_URL_LENGTH) {
      const detail = `path and query have ${request.raw.url.length} characters, at most ${MAX_URL_LENGTH} are allowed`;
      await send(reply, problem("uri-too-long", detail), refusals);
    }
  });
  app.addHook("onSend", async (request, reply, payload) => validate(request, reply, payload));
  app.addHook("onSend", async ({ method }, reply, payload) => {
    if (method !== "HEAD" && typeof payload === "string") unread.add(reply.raw, payload.length);
    return payload;
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, refusals));
  const gate = new OperatorGate(settings);
  const answers = new AnswerCache(modules);
  const hub = new EventHub(settings, modules);
  app.addHook("onClose", async () => {
    answers.close();
    refusals.close();
  });
  // Before waiting for answers in progress: a stream never ends by itself.
  app.addHook("preClose", async () => hub.close());
  registerOpenapi(app);
  refuseUnknownQueries(app);
  // In a plugin of their own: the rate limit applies only to routes registered after it.
  app.register(async (routes) => {
    const routeModules = { ...modules, gate, answers, reports: modules.reports };
    registerStatusRoutes(routes, routeModules);
    registerPublishedRoute(routes, routeModules);
    registerNamespaceRoutes(routes, routeModules);
    registerQuorumRoutes(routes, routeModules);
    registerEvidenceRoutes(routes, routeModules);
    registerReportRoutes(routes, routeModules);
    registerSettlementRoutes(routes, routeModules);
    if (modules.process !== undefined) registerProcessRoutes(routes, modules.process, routeModules);
    registerPlexiRoutes(routes, routeModules);
    registerPushRoutes(routes, settings, routeModules);
    registerProofRoutes(routes, settings, routeModules);
    registerC2spRoutes(routes, routeModules);
    registerDashboardRoutes(routes, settings.dashboard, modules);
    registerEventRoutes(routes, settings, { ...routeModules, hub });
    registerPreflight(routes);
    registerDescriptions(routes);
    routes.setNotFoundHandler({ preHandler: routes.rateLimit() }, async (request, reply) => {
      const { method, url } = request;
      const path = url.split("?", 1)[0] ?? "";
      const message = `there is no ${method} ${path.slice(0, 200)}; docs/api.md lists the paths`;
      await send(reply, problemOf(new CoauditError("ROUTE_UNKNOWN", message, { method, path })), refusals);
    });
  });
  return app;
}

function answerError(error: Error, request: FastifyRequest, reply: FastifyReply, refusals: Refusals): FastifyReply {
  const answer = problemOf(error);
  if (answer.status === 500 && !isBrokenOff(request)) refusals.failed(error, request.url);
  if (answer.status === 401) reply.header("www-authenticate", 'Bearer realm="coaudit"');
  return send(reply, answer, refusals);
}

/** The sender went away, or was cut off, before the whole body was there: not a fault of this node. */
function isBrokenOff({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

function send(reply: FastifyReply, answer: Problem, refusals: Refusals): FastifyReply {
  refusals.count(slugOf(answer));
  return reply
    .code(answer.status)
    .header("cache-control", "no-store")
    .type(PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify as (payload: unknown) => string)
    .send(answer);
}

/** An operator sees more than a stranger, so a shared cache must keep the two apart. */
function validate(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (request.routeOptions.config.hasEtag !== true || reply.statusCode !== 200) return payload;
  if (typeof payload !== "string") return payload;
  const given = reply.getHeader("etag");
  const etag = typeof given === "string" ? given : etagOf(payload);
  reply.header("etag", etag).header("cache-control", "no-cache").header("vary", "authorization");
  if (!isMatchedBy(etag, request.headers["if-none-match"])) return payload;
  reply.code(304).removeHeader("content-type").removeHeader("content-length");
  return null;
}
