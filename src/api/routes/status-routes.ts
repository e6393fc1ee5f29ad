/** /v1/status, /healthz, /readyz, /auditz. */
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { AuditAnswer, ReadinessAnswer, StatusAnswer } from "../answers/answers.ts";
import { strangersReadiness, strangersStatus } from "../answers/redact.ts";
import type { RouteModules } from "./route-modules.ts";

const HEALTH_SCHEMA = {
  tags: ["node"],
  response: { 200: { description: "it lives", content: { "text/plain": { schema: Type.String() } } } },
};

const SHOWN_REPORTS = 20;

export function registerStatusRoutes(app: FastifyInstance, { node, gate, reports }: RouteModules): void {
  app.get("/v1/status", { schema: { tags: ["node"], response: { 200: StatusAnswer } } }, async (request, reply) => {
    const status = node.status();
    const readiness = await node.readiness();
    reply.header("cache-control", "no-store");
    if (gate.isOperator(request)) {
      const reported = reports === undefined ? {} : { reports: reports.list().slice(0, SHOWN_REPORTS) };
      return { ...status, ...readiness, ...reported };
    }
    return { ...strangersStatus(status), ...strangersReadiness(readiness, status) };
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
      const readiness = await node.readiness();
      reply.header("cache-control", "no-store").code(readiness.ready ? 200 : 503);
      return gate.isOperator(request) ? readiness : strangersReadiness(readiness, node.status());
    },
  );

  // For people's monitors, never for a proxy: what is said here, others can cause.
  app.get(
    "/auditz",
    { config: { rateLimit: false }, schema: { tags: ["node"], response: { 200: AuditAnswer, 503: AuditAnswer } } },
    async (request, reply) => {
      const readiness = await node.readiness();
      const { reasons, warnings } = gate.isOperator(request) ? readiness : strangersReadiness(readiness, node.status());
      const ok = reasons.length + warnings.length === 0;
      reply.header("cache-control", "no-store").code(ok ? 200 : 503);
      return { ok, reasons: [...reasons, ...warnings] };
    },
  );
}
