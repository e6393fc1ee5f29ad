/** What the operator asks of the process around the node: to read its configuration again, to log more or less. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { LogLevelAnswer, ReloadAnswer } from "../answers/process-answers.ts";
import type { OperatedProcess } from "../options.ts";
import type { RouteModules } from "./route-modules.ts";

const LEVELS = Type.Union([Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")], {
  description: "debug, info, warn or error",
});

const LogLevelBody = Type.Object(
  { level: LEVELS },
  { additionalProperties: false, description: 'an object with "level"' },
);

const ReloadBody = Type.Object({}, { additionalProperties: false, description: "an empty object" });

export function registerProcessRoutes(app: FastifyInstance, process: OperatedProcess, { gate }: RouteModules): void {
  const operator = {
    onRequest: async (request: FastifyRequest): Promise<void> => gate.check(request),
    security: [{ operator: [] }],
  };

  app.post(
    "/v1/reload",
    {
      onRequest: operator.onRequest,
      schema: { tags: ["node"], security: operator.security, body: ReloadBody, response: { 200: ReloadAnswer } },
    },
    async () => process.reload(),
  );

  app.post<{ Body: Static<typeof LogLevelBody> }>(
    "/v1/log-level",
    {
      onRequest: operator.onRequest,
      schema: { tags: ["node"], security: operator.security, body: LogLevelBody, response: { 200: LogLevelAnswer } },
    },
    async ({ body: { level } }) => ({ before: process.setLogLevel(level), level }),
  );
}
