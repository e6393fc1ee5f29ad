/**
 * The dashboard: a page at "/" and its files under /dashboard/. They are the same bytes for everybody, read and packed
 * once, so that a stranger who asks for them costs no disk and no processor, and who does not read them no memory.
 */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { etagOf, isMatchedBy } from "../etag.ts";
import { isFromThisMachine } from "../operator.ts";
import type { DashboardOptions } from "../options.ts";

/**
 * Nothing from elsewhere, nothing inline. WebAssembly may be compiled, for the visitor who verifies an audit proof with
 * it.
 */
export const DASHBOARD_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const PAGE = "index.html";
/** The build names every other file after its contents. */
const FOR_EVER = "public, max-age=31536000, immutable";

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
  readonly etag: string;
}

/** Without options there is no page, and "/" is a path like any other that does not exist. */
export function registerDashboardRoutes(
  app: FastifyInstance,
  options: DashboardOptions | undefined,
  { log }: { readonly log: Logger },
): void {
  const files = options === undefined ? undefined : readFiles(options.folder, log);
  const page = files?.get(PAGE);
  if (options === undefined || files === undefined || page === undefined) return;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (options.access === "open" || isFromThisMachine(request)) return;
    const message =
      "this node shows its dashboard on its own machine only; its operator can show it to everybody with api.dashboard: open";
    throw new CoauditError("DASHBOARD_NOT_LOCAL", message, {});
  };
  app.get("/", { onRequest, schema: { hide: true } as object }, async (request, reply) =>
    sendFile(page, "no-cache", request, reply),
  );
  app.get<{ Params: { file: string } }>(
    "/dashboard/:file",
    { onRequest, schema: { hide: true } as object },
    async (request, reply) => {
      const file = files.get(request.params.file);
      if (file === undefined || file === page) return reply.callNotFound();
      return sendFile(file, FOR_EVER, request, reply);
    },
  );
}

function sendFile(file: PageFile, cacheControl: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .header("content-security-policy", DASHBOARD_POLICY)
    .header("cache-control", cacheControl)
    .header("etag", `W/${file.etag}`)
    .header("vary", "accept-encoding");
  if (isMatchedBy(file.etag, request.headers["if-none-match"])) return reply.code(304).send();
  reply.type(file.type);
  const isPacked = /(^|[\s,])gzip([\s,]|$)/.test(request.headers["accept-encoding"] ?? "");
  return isPacked ? reply.header("content-encoding", "gzip").send(file.packed) : reply.send(file.plain);
}

/** By name. A node that is not built, as in a test, has none. */
function readFiles(folder: string, log: Logger): Map<string, PageFile> | undefined {
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFile(join(folder, name))]));
  } catch (error) {
    log.warn({ folder, error: errorMessage(error) }, "the dashboard is not there: build it, or set api.dashboard: off");
    return undefined;
  }
}

function readFile(path: string): PageFile {
  const plain = readFileSync(path);
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  return { type, plain, packed: gzipSync(plain, { level: 9 }), etag: etagOf(plain.toString("base64")) };
}
