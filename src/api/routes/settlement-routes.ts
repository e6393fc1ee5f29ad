/** Settling forks, on the operator's word (docs/protocol.md 7.4). */
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { checkSettlement, formatSettlement } from "../../core/settlement-file.ts";
import { DoneAnswer, SettlementAnswer } from "../answers/answers.ts";
import { CaseParams, unknownCase } from "./evidence-routes.ts";
import { NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const SettleBody = Type.Object(
  {
    trust: Type.String({ minLength: 1, maxLength: 64, description: "a digest, the first digits of one, or none" }),
    note: Type.String({ minLength: 1, maxLength: 500, description: "a note of 1 to 500 characters" }),
  },
  { additionalProperties: false, description: 'an object with "trust" and "note"' },
);

const WithdrawBody = Type.Object(
  { namespace: NamespaceParameter, first: Type.Integer({ minimum: 1, description: "the first epoch of the fork" }) },
  { additionalProperties: false, description: 'an object with "namespace" and "first"' },
);

export function registerSettlementRoutes(app: FastifyInstance, { node, gate }: RouteModules): void {
  const operator = {
    onRequest: async (request: FastifyRequest): Promise<void> => gate.check(request),
    security: [{ operator: [] }],
  };

  app.post<{ Params: Static<typeof CaseParams>; Body: Static<typeof SettleBody> }>(
    "/v1/evidence/:id/settle",
    {
      onRequest: operator.onRequest,
      schema: {
        tags: ["evidence"],
        security: operator.security,
        params: CaseParams,
        body: SettleBody,
        response: { 200: SettlementAnswer },
      },
    },
    async ({ params: { id }, body }) => {
      const settlement = await node.settle(id, body);
      if (settlement === undefined) throw unknownCase(id);
      return { settlement: formatSettlement(settlement) };
    },
  );

  app.post<{ Body: Record<string, unknown> }>(
    "/v1/settlements",
    {
      onRequest: operator.onRequest,
      schema: { tags: ["evidence"], security: operator.security, response: { 200: DoneAnswer } },
    },
    async ({ body }) => {
      const { format: _format, ...settlement } = body ?? {};
      await node.adoptSettlement(checkSettlement(settlement));
      return { done: true };
    },
  );

  app.post<{ Body: Static<typeof WithdrawBody> }>(
    "/v1/settlements/withdraw",
    {
      onRequest: operator.onRequest,
      schema: { tags: ["evidence"], security: operator.security, body: WithdrawBody, response: { 200: DoneAnswer } },
    },
    async ({ body: { namespace, first } }) => {
      if (await node.withdrawSettlement(namespace, first)) return { done: true };
      const reason = `nothing was settled on this node for ${namespace} at epoch ${first}; a settlement of its roster file ends when its lines are removed`;
      throw new CoauditError("SETTLEMENT_INVALID", reason, { reason });
    },
  );
}
