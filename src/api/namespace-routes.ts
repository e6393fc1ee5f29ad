/** What this node holds of a namespace: heads, quorums, and the way out of a halt. */
import type { FastifyInstance } from "fastify";
import Type, { type Static } from "typebox";
import { CoauditError } from "../core/errors.ts";
import { parseNumber } from "../core/numbers.ts";
import type { NodeView } from "../node/node-view.ts";
import { DoneAnswer, HeadsAnswer, QuorumAnswer } from "./answers.ts";
import { defaultMin } from "./default-min.ts";
import { knownNamespace } from "./known-namespace.ts";
import { EpochParameter, NamespaceParameter, POSITIVE_NUMBER } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const HeadParams = Type.Object({ ns: NamespaceParameter, epoch: EpochParameter });

const QuorumQuery = Type.Object(
  {
    epoch: Type.Optional(
      Type.String({
        pattern: `^latest$|${POSITIVE_NUMBER}`,
        description: 'a whole number from 1 to 2^53-1, or "latest", which is the default',
      }),
    ),
    min: Type.Optional(
      Type.String({
        pattern: "^[1-9][0-9]{0,2}$",
        description:
          "a whole number from 1 to 999; the default is floor(2n/3)+1 of the n auditors in the node's roster",
      }),
    ),
  },
  { additionalProperties: false, description: "epoch and min only" },
);

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
    { config: { hasEtag: true }, schema: { params: HeadParams, response: { 200: HeadsAnswer } } },
    async ({ params }) => {
      const namespace = knownNamespace(params.ns, node);
      const epoch = parseNumber(params.epoch, "epoch", 1);
      return { namespace, epoch, heads: await node.heads(namespace, epoch) };
    },
  );

  app.get<{ Params: Static<typeof NamespaceParams>; Querystring: Static<typeof QuorumQuery> }>(
    "/v1/namespaces/:ns/quorum",
    {
      config: { hasEtag: true },
      schema: { params: NamespaceParams, querystring: QuorumQuery, response: { 200: QuorumAnswer } },
    },
    async ({ params, query }) => {
      const namespace = knownNamespace(params.ns, node);
      const { epoch: epochText = "latest" } = query;
      const epoch = epochText === "latest" ? epochText : parseNumber(epochText, "epoch", 1);
      const min = query.min === undefined ? defaultMin(rosterSize(namespace, node)) : parseNumber(query.min, "min", 1);
      const answer = await node.quorum(namespace, epoch, min);
      if (answer !== undefined) return answer;
      const which = epoch === "latest" ? "no epoch" : `epoch ${epoch}`;
      throw new CoauditError("HEAD_UNKNOWN", `this node holds no signed head of ${which} of ${namespace}; ask later`, {
        namespace,
        epoch: epochText,
      });
    },
  );

  app.post<{ Params: Static<typeof NamespaceParams>; Body: Static<typeof ResumeBody> }>(
    "/v1/namespaces/:ns/resume",
    {
      onRequest: async (request) => gate.check(request),
      schema: { params: NamespaceParams, body: ResumeBody, response: { 200: DoneAnswer } },
    },
    async ({ params, body }) => {
      await node.resume(knownNamespace(params.ns, node), body.reason);
      return { done: true };
    },
  );
}

/** Heights name every auditor of the roster, the node's own name included. */
function rosterSize(namespace: string, node: NodeView): number {
  return node.status().namespaces.find((entry) => entry.namespace === namespace)?.heights.length ?? 1;
}
