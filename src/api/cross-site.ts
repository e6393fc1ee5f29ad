/**
 * What a page of any site may do: read what is public, and ask or tell by POST what anybody may. No credentials are
 * sent; every other POST is preflighted by the browser, and refused.
 */
import type { FastifyInstance } from "fastify";

const POSTED: readonly string[] = ["/v1/quorum", "/v1/reports"];
/** As long as browsers keep it, at most. */
const PREFLIGHT_SECONDS = 7_200;

/** Before any route. */
export function allowPages(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ method, url }, reply) => {
    const isPosted = POSTED.includes(url.split("?", 1)[0] ?? "");
    if (method !== "GET" && method !== "HEAD" && !isPosted) return;
    reply.header("access-control-allow-origin", "*").header("access-control-expose-headers", "etag, retry-after");
  });
}

/** The browser's question before such a POST. */
export function registerPreflight(app: FastifyInstance): void {
  for (const path of POSTED) {
    app.options(path, { schema: { hide: true } as object }, async (_request, reply) =>
      reply
        .code(204)
        .header("access-control-allow-methods", "POST")
        .header("access-control-allow-headers", "content-type")
        .header("access-control-max-age", PREFLIGHT_SECONDS)
        .send(),
    );
  }
}
