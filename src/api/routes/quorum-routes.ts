/** Certificates: one by one, and several in one answer. */

import type { FastifyInstance, FastifyReply } from "fastify";
import Type, { type Static } from "typebox";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { Enough } from "../../node/view.ts";
import type { CachedAnswer } from "../answer-cache.ts";
import { QuorumAnswer, QuorumBatchAnswer } from "../answers/answers.ts";
import { problemOf } from "../problem.ts";
import { knownNamespace } from "./known-namespace.ts";
import { EpochOrLatest, NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

/** A reader follows a few directories; each answer may hold 16 cases. */
const MAX_BATCH = 16;

const Min = Type.String({
  pattern: "^[1-9][0-9]{0,2}$",
  description: "a whole number from 1 to 999; the default is floor(2n/3)+1 of the n auditors in the node's roster",
});
const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const PolicyName = Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$", description: "the name of a policy of this node" });
const QuorumQuery = Type.Object(
  { epoch: Type.Optional(EpochOrLatest), min: Type.Optional(Min), policy: Type.Optional(PolicyName) },
  { additionalProperties: false, description: "epoch, min and policy only" },
);

const BatchEntry = Type.Object(
  {
    namespace: NamespaceParameter,
    epoch: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), Type.Literal("latest")], {
        description: 'a whole number from 1 to 2^53-1, or "latest", which is the default',
      }),
    ),
    min: Type.Optional(Type.Integer({ minimum: 1, maximum: 999, description: "a whole number from 1 to 999" })),
    policy: Type.Optional(PolicyName),
  },
  { additionalProperties: false, description: "an object with namespace, epoch, and min or policy" },
);
const BatchBody = Type.Object(
  {
    requests: Type.Array(BatchEntry, {
      minItems: 1,
      maxItems: MAX_BATCH,
      description: `a list of 1 to ${MAX_BATCH} requests`,
    }),
  },
  { additionalProperties: false, description: 'an object with "requests"' },
);

/** One object: fastify keeps what it compiles by identity. */
const QUORUM_SCHEMA: { [key: string]: unknown } = { ...QuorumAnswer };

interface Asked {
  readonly namespace: string;
  readonly epoch: number | "latest";
}

interface QuorumRequest extends Asked {
  readonly enough: Enough;
}

export function registerQuorumRoutes(app: FastifyInstance, { node, answers }: RouteModules): void {
  /** Throws PARAMETER_INVALID. */
  const enoughOf = ({ namespace, epoch }: Asked, min: number | undefined, policy: string | undefined): Enough => {
    if (policy === undefined) return min ?? node.defaultMin(namespace, epoch);
    if (min === undefined) return { policy };
    const [found, expected] = [`"${policy}" together with min`, "one of the two"];
    const message = `parameter "policy": found ${found}, expected ${expected}`;
    throw new CoauditError("PARAMETER_INVALID", message, { parameter: "policy", found, expected });
  };

  /** Throws HEAD_UNKNOWN, POLICY_UNKNOWN. */
  const ask = async ({ namespace, epoch, enough }: QuorumRequest, reply: FastifyReply): Promise<CachedAnswer> => {
    const kept = await answers.get(
      namespace,
      `quorum ${epoch} ${typeof enough === "number" ? enough : `by ${enough.policy}`}`,
      async () => {
        const answer = await node.quorum(namespace, epoch, enough);
        // By the schema, in a batch too: a field that is not listed there never leaves the node.
        return answer && reply.serializeInput({ ...answer }, QUORUM_SCHEMA);
      },
    );
    if (kept !== undefined) return kept;
    const which = epoch === "latest" ? "no epoch" : `epoch ${epoch}`;
    throw new CoauditError("HEAD_UNKNOWN", `this node holds no signed head of ${which} of ${namespace}; try later`, {
      namespace,
      epoch: String(epoch),
    });
  };

  app.get<{ Params: Static<typeof NamespaceParams>; Querystring: Static<typeof QuorumQuery> }>(
    "/v1/namespaces/:ns/quorum",
    {
      config: { hasEtag: true },
      schema: { tags: ["heads"], params: NamespaceParams, querystring: QuorumQuery, response: { 200: QuorumAnswer } },
    },
    async ({ params, query }, reply) => {
      const namespace = knownNamespace(params.ns, node);
      const epoch =
        query.epoch === undefined || query.epoch === "latest" ? "latest" : parseNumber(query.epoch, "epoch", 1);
      const min = query.min === undefined ? undefined : parseNumber(query.min, "min", 1);
      const { text, etag } = await ask(
        { namespace, epoch, enough: enoughOf({ namespace, epoch }, min, query.policy) },
        reply,
      );
      return reply.header("etag", etag).type("application/json; charset=utf-8").send(text);
    },
  );

  app.post<{ Body: Static<typeof BatchBody> }>(
    "/v1/quorum",
    { schema: { tags: ["heads"], body: BatchBody, response: { 200: QuorumBatchAnswer } } },
    async ({ body }, reply) => {
      const parts = await Promise.all(
        body.requests.map(async ({ namespace, epoch = "latest", min, policy }) => {
          const enough = enoughOf({ namespace, epoch }, min, policy);
          try {
            const { text } = await ask({ namespace: knownNamespace(namespace, node), epoch, enough }, reply);
            return `{"quorum":${text}}`;
          } catch (error) {
            if (!isCoauditError(error, "NAMESPACE_UNKNOWN", "HEAD_UNKNOWN", "POLICY_UNKNOWN")) throw error;
            return `{"problem":${JSON.stringify(problemOf(error))}}`;
          }
        }),
      );
      reply.header("cache-control", "no-store").type("application/json; charset=utf-8");
      return reply.send(`{"answers":[${parts.join(",")}]}`);
    },
  );
}
