/**
 * /v1/events: heads, quorums and cases as they come (server-sent events, WHATWG HTML 9.2), resumable with
 * Last-Event-ID.
 */
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import Type, { type Static } from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { ConnectionSlots } from "../connection-slots.ts";
import type { EventHub, EventStream } from "../event-hub.ts";
import { knownNamespace } from "./known-namespace.ts";
import { NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

export interface EventOptions {
  readonly eventStreams: number;
  readonly eventStreamsPerAddress: number;
}

/** What a reader may leave unread before it is cut off; it resumes where it was. 2,048 of them are 128 MiB. */
const MAX_UNREAD_BYTES = 65_536;
/** A client waits this long before it reconnects. */
const RETRY_MS = 2_000;
/** As long as browsers remember it. */
const PREFLIGHT_SECONDS = 7_200;

const EventQuery = Type.Object(
  { namespace: Type.Optional(NamespaceParameter) },
  { additionalProperties: false, description: "namespace only" },
);
const EventAnswer = {
  200: {
    description: "events `head`, `quorum` and `case`, first `hello` or `reset`",
    content: { "text/event-stream": { schema: Type.String() } },
  },
};

export function registerEventRoutes(
  app: FastifyInstance,
  options: EventOptions,
  { node, hub }: RouteModules & { readonly hub: EventHub },
): void {
  const { eventStreams, eventStreamsPerAddress } = options;
  const places = new ConnectionSlots({ max: eventStreams, maxPerAddress: eventStreamsPerAddress });

  const quiet = new WeakSet<Socket>();
  // With a listener the server leaves it to us. Quiet is what a stream is for most of the time, but a reader that takes
  // nothing is gone.
  app.server.on("timeout", (socket: Socket) => {
    if (!quiet.has(socket) || socket.writableLength > 0) socket.destroy();
  });

  const enter = (address: string): (() => void) => {
    const taken = places.take(address);
    if (typeof taken === "function") return taken;
    const isFull = taken === "full";
    const limit = isFull ? eventStreams : eventStreamsPerAddress;
    const message = `${limit} event streams are open${isFull ? "" : " from this address"}, which is the limit; close one or ask another node`;
    throw new CoauditError("STREAMS_EXHAUSTED", message, { limit });
  };

  // A page of another site that resumes without EventSource sends a header that needs a preflight.
  app.options("/v1/events", { schema: { hide: true } }, async (_request, reply) =>
    reply
      .code(204)
      .header("access-control-allow-origin", "*")
      .header("access-control-allow-methods", "GET")
      .header("access-control-allow-headers", "last-event-id")
      .header("access-control-max-age", PREFLIGHT_SECONDS)
      .send(),
  );

  app.get<{ Querystring: Static<typeof EventQuery> }>(
    "/v1/events",
    // A HEAD would open a stream as well.
    { exposeHeadRoute: false, schema: { tags: ["heads"], querystring: EventQuery, response: EventAnswer } },
    async (request, reply) => {
      const namespace = request.query.namespace && knownNamespace(request.query.namespace, node);
      const leave = enter(request.ip);
      reply.hijack();
      const { raw } = reply;
      quiet.add(request.raw.socket);
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      const stream: EventStream = {
        namespace,
        write: (frame) => {
          if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
          else raw.write(frame);
        },
        end: () => raw.end(),
      };
      raw.once("close", () => {
        hub.remove(stream);
        leave();
      });
      raw.write(`retry: ${RETRY_MS}\n\n`);
      const lastEventId = request.headers["last-event-id"];
      hub.open(stream, typeof lastEventId === "string" ? lastEventId : undefined);
    },
  );
}
