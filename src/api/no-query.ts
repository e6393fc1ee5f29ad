/** A route that names no query parameters takes none: a misspelt one is an error on every path (docs/api.md). */
import type { FastifyInstance } from "fastify";
import Type from "typebox";

const NO_QUERY = Type.Object({}, { additionalProperties: false, description: "no query parameters" });

/** Before any route. */
export function refuseUnknownQueries(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    route.schema = { ...route.schema, querystring: route.schema?.querystring ?? NO_QUERY };
  });
}
