/** /.well-known/coaudit.json: what this auditor publishes of itself, for `coaudit roster add`. */
import type { FastifyInstance } from "fastify";
import { CoauditError } from "../../core/errors.ts";
import { PUBLISHED_PATH, PublishedSchema } from "../../node/published/published.ts";
import type { RouteModules } from "./route-modules.ts";

export function registerPublishedRoute(app: FastifyInstance, { node }: RouteModules): void {
  const config = { hasEtag: true };
  app.get(
    PUBLISHED_PATH,
    { config, schema: { tags: ["node"], response: { 200: PublishedSchema } } },
    async (_request, reply) => {
      const document = node.published();
      if (document === undefined) {
        throw new CoauditError("RECORD_NOT_YET", "this node has not signed its record yet; ask again in a minute", {});
      }
      return reply.send(document);
    },
  );
}
