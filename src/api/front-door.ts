/**
 * What stands between a socket and the routes: how many connections an address may have, how many questions one
 * connection may have open, and requests that two servers would read in two ways. Node parses everything that a
 * connection sends in one piece, up to 1,700 short questions in 64 KiB, before the first one is answered.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { BoundedMap } from "../core/bounded-map.ts";
import type { Clock } from "../core/clock.ts";
import { plainHost, sourceRange } from "../core/source-range.ts";
import { ConnectionPlaces } from "./connection-places.ts";
import { PROBLEM_CONTENT_TYPE, type Problem, problem } from "./problem.ts";
import type { Refusals } from "./refusals.ts";
import { RequestBudget } from "./request-budget.ts";

export interface FrontDoorOptions {
  /** Open connections of all. */
  readonly connections: number;
  /** Open connections of one address; those of this machine, where the proxy is, are not counted. */
  readonly connectionsPerAddress: number;
  /** Of all other machines together. */
  readonly requestsPerSecond: number;
  readonly keepAliveTimeoutMs: number;
  readonly socketTimeoutMs: number;
}

export interface FrontDoorModules {
  readonly clock: Pick<Clock, "now" | "elapsedMs">;
  readonly refusals: Refusals;
}

/** Questions without an answer on one connection. Clients ask one at a time, and proxies do not pipeline. */
const MAX_OPEN_QUESTIONS = 8;
/** For whom asked more than that: to parse 500 questions takes a few milliseconds, and connections cost nothing. */
const CLOSED_FOR_MS = 10_000;
/** Sources that are remembered as closed to; the oldest is forgotten first. */
const MAX_CLOSED = 4_096;
/** Where the proxy is: everybody behind it shares this address. */
const PROXY_ADDRESSES: readonly string[] = ["127.0.0.1", "::1"];

export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #modules: FrontDoorModules;
  readonly #budget: RequestBudget;
  /** Answers that are due, by connection. */
  readonly #conversations: WeakMap<Socket, Set<ServerResponse>> = new WeakMap();
  /** By source; at most as many as there are connections. */
  readonly #connections: Map<string, number> = new Map();
  /** Unix milliseconds until which a source is not let in. */
  readonly #closedUntil: BoundedMap<string, number> = new BoundedMap(MAX_CLOSED);

  constructor(options: FrontDoorOptions, modules: FrontDoorModules) {
    this.#options = options;
    this.#modules = modules;
    this.#budget = new RequestBudget(options, modules);
  }

  /** As fastify would make it, with this door before `handle`. */
  server(http: ServerOptions, handle: RequestListener): Server {
    const { keepAliveTimeoutMs, socketTimeoutMs } = this.#options;
    // Node refuses a request without a host by itself, and not in this API's words.
    const server = createServer({ ...http, requireHostHeader: false }, (request, response) =>
      this.#ask(request, response, handle),
    );
    server.keepAliveTimeout = keepAliveTimeoutMs;
    server.requestTimeout = socketTimeoutMs;
    server.timeout = socketTimeoutMs;
    const isAnswered = (socket: Socket): boolean => (this.#conversations.get(socket)?.size ?? 0) > 0;
    const places = new ConnectionPlaces(this.#options.connections, isAnswered);
    server.on("connection", (socket: Socket) => {
      if (this.#enter(socket)) places.enter(socket);
    });
    return server;
  }

  /**
   * Whether something may be written to a connection that broke the rules of HTTP: not where it would be read as the
   * answer to a question that was put before, and not into an answer that has begun.
   */
  mayTell(socket: Socket): boolean {
    const open = [...(this.#conversations.get(socket) ?? [])];
    const [newest] = open;
    if (newest === undefined) return true;
    return open.length === 1 && !newest.req.complete && !newest.headersSent;
  }

  /** False when it was refused. */
  #enter(socket: Socket): boolean {
    const source = sourceOf(socket);
    if (source === undefined) return true;
    const open = this.#connections.get(source) ?? 0;
    if (open >= this.#options.connectionsPerAddress || this.#isClosed(source)) {
      this.#modules.refusals.count("too-many-connections");
      socket.destroy();
      return false;
    }
    this.#connections.set(source, open + 1);
    socket.once("close", () => {
      const left = (this.#connections.get(source) ?? 1) - 1;
      if (left > 0) this.#connections.set(source, left);
      else this.#connections.delete(source);
    });
    return true;
  }

  #ask(request: IncomingMessage, response: ServerResponse, handle: RequestListener): void {
    const { socket } = request;
    // The rest of what came in one piece with the question that was one too many.
    if (socket.destroyed) return;
    const open = this.#conversations.get(socket) ?? this.#converse(socket);
    if (open.size >= MAX_OPEN_QUESTIONS) {
      this.#modules.refusals.count("too-many-questions");
      this.#close(sourceOf(socket));
      socket.destroy();
      return;
    }
    open.add(response);
    response.once("close", () => open.delete(response));
    const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
    if (hosts > 1 || (hosts === 0 && request.httpVersion !== "1.0")) {
      this.#modules.refusals.count("request-malformed");
      refuse(response, problem("request-malformed", `the request has ${hosts} Host headers instead of one`));
      return;
    }
    const asker = askerOf(request);
    if (asker !== undefined && !this.#budget.take(asker, request.url)) {
      this.#modules.refusals.count("busy");
      response.setHeader("retry-after", "1");
      refuse(
        response,
        problem("busy", "this node is asked more than it answers; try again in 1 s, or ask another node"),
      );
      return;
    }
    handle(request, response);
  }

  /** Node says no "close" of an answer that was ready before its turn came: each would be remembered for ever. */
  #converse(socket: Socket): Set<ServerResponse> {
    const open: Set<ServerResponse> = new Set();
    this.#conversations.set(socket, open);
    socket.once("close", () =>
      queueMicrotask(() => {
        for (const response of open) response.emit("close");
      }),
    );
    return open;
  }

  #close(source: string | undefined): void {
    if (source !== undefined) this.#closedUntil.set(source, this.#modules.clock.now() + CLOSED_FOR_MS);
  }

  #isClosed(source: string): boolean {
    const untilMs = this.#closedUntil.get(source);
    if (untilMs === undefined) return false;
    if (untilMs > this.#modules.clock.now()) return true;
    this.#closedUntil.delete(source);
    return false;
  }
}

function refuse(response: ServerResponse, answer: Problem): void {
  const body = JSON.stringify(answer);
  const headers = { "content-type": PROBLEM_CONTENT_TYPE, "content-length": Buffer.byteLength(body) };
  response.writeHead(answer.status, { ...headers, "cache-control": "no-store", connection: "close" }).end(body);
}

/**
 * Undefined for somebody on this machine, a monitor or the operator, who is answered however many others ask. Of whom a
 * proxy names, the last is the one that it saw itself.
 */
function askerOf({ socket, headers }: IncomingMessage): string | undefined {
  const source = sourceOf(socket);
  if (source !== undefined) return source;
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().at(-1);
  return forwarded === undefined ? undefined : sourceRange(lastIn(forwarded));
}

function lastIn(forwarded: string): string {
  return forwarded.slice(forwarded.lastIndexOf(",") + 1).trim();
}

/** Undefined for a proxy on this machine. */
function sourceOf({ remoteAddress = "" }: Socket): string | undefined {
  return PROXY_ADDRESSES.includes(plainHost(remoteAddress)) ? undefined : sourceRange(remoteAddress);
}
