/** What this node holds of a namespace: its heads, and how to end a halt. */
import type { FastifyInstance } from "fastify";
import Type, { type Static } from "typebox";
import { parseNumber } from "../../core/numbers.ts";
import { DoneAnswer, HeadsAnswer } from "../answers/answers.ts";
import { knownNamespace } from "./known-namespace.ts";
import { EpochParameter, NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const HeadParams = Type.Object({ ns: NamespaceParameter, epoch: EpochParameter });

const ResumeBody = Type.Object(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      description: "what was checked and by whom, 1 to 500 characters",
    }),
  },
  { additionalProperties: false, description: 'an object with "reason"' },
);

export function registerNamespaceRoutes(app: FastifyInstance, { node, gate }: RouteModules): void {
  app.get<{ Params: Static<typeof HeadParams> }>(
    "/v1/namespaces/:ns/heads/:epoch",
    { config: { hasEtag: true }, schema: { tags: ["heads"], params: HeadParams, response: { 200: HeadsAnswer } } },
    async ({ params }) => {
      const namespace = knownNamespace(params.ns, node);
      const epoch = parseNumber(params.epoch, "epoch", 1);
      return { namespace, epoch, heads: await node.heads(namespace, epoch) };
    },
  );

  app.post<{ Params: Static<typeof NamespaceParams>; Body: Static<typeof ResumeBody> }>(
    "/v1/namespaces/:ns/resume",
    {
      onRequest: async (request) => gate.check(request),
      schema: {
        tags: ["node"],
        security: [{ operator: [] }],
        params: NamespaceParams,
        body: ResumeBody,
        response: { 200: DoneAnswer },
      },
    },
    async ({ params, body }) => {
      await node.resume(knownNamespace(params.ns, node), body.reason);
      return { done: true };
    },
  );
}
