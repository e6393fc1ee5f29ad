/** /v1/status, /healthz, /readyz. */
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { ReadinessAnswer, StatusAnswer } from "../answers/answers.ts";
import { strangersReasons, strangersStatus } from "../answers/redact.ts";
import type { RouteModules } from "./route-modules.ts";

const HEALTH_SCHEMA = {
  tags: ["node"],
  response: { 200: { description: "it lives", content: { "text/plain": { schema: Type.String() } } } },
};

export function registerStatusRoutes(app: FastifyInstance, { node, gate }: RouteModules): void {
  app.get("/v1/status", { schema: { tags: ["node"], response: { 200: StatusAnswer } } }, async (request, reply) => {
    const status = node.status();
    const { ready, reasons } = node.readiness();
    reply.header("cache-control", "no-store");
    if (gate.isOperator(request)) return { ...status, ready, reasons };
    return { ...strangersStatus(status), ready, reasons: strangersReasons(reasons, status) };
  });

  // Whether the process lives says nothing about what it knows: an orchestrator restarts on this one, and routes on
  // /readyz.
  app.get("/healthz", { config: { rateLimit: false }, schema: HEALTH_SCHEMA }, async (_request, reply) => {
    reply.header("cache-control", "no-store").type("text/plain; charset=utf-8");
    return "ok\n";
  });

  app.get(
    "/readyz",
    {
      config: { rateLimit: false },
      schema: { tags: ["node"], response: { 200: ReadinessAnswer, 503: ReadinessAnswer } },
    },
    async (request, reply) => {
      const { ready, reasons } = node.readiness();
      reply.header("cache-control", "no-store").code(ready ? 200 : 503);
      return { ready, reasons: gate.isOperator(request) ? reasons : strangersReasons(reasons, node.status()) };
    },
  );
}
