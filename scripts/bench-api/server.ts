/**
 * One server in a process of its own: `coaudit` (the API), `bare` (a fastify route with the same helmet and rate-limit
 * hooks that answers the same bytes). Over IPC it tells its URL and what it uses, and makes heads arrive.
 */
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import fastify from "fastify";
import { createApi } from "../../src/api/api.ts";
import type { SignedHead } from "../../src/core/head.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { FakeNode } from "../../test/api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../test/support/auditors.ts";

export type ServerKind = "coaudit" | "bare";
export type ServerWord = { readonly url: string } | { readonly rssBytes: number; readonly cpuMs: number };
/** `heads`: how many a second from now on; 0 stops. `usage`: asks for memory and processor time. */
export type ServerOrder = { readonly heads: number } | { readonly usage: true };

const AUDITORS = 10;
const UNLIMITED = 1_000_000_000;
const PATH = `/v1/namespaces/${NAMESPACE}/quorum`;

const node = new FakeNode(makeAuditors(AUDITORS));
const heads = makeAuditors(AUDITORS).map((auditor) => auditor.head(17, digestOf(1, 17)));
node.statements.push(...heads);

async function startCoaudit(): Promise<string> {
  const options = { rateLimit: UNLIMITED, eventStreams: 4_096, eventStreamsPerAddress: 4_096 };
  const { url } = await createApi(options, { node, log: silentLogger, clock: systemClock }).start();
  return url + PATH;
}

async function startBare(): Promise<string> {
  const body = JSON.stringify(await node.quorum(NAMESPACE, "latest", 7));
  const app = fastify({ trustProxy: "loopback" });
  app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    hsts: false,
  });
  app.register(rateLimit, { max: UNLIMITED, timeWindow: 10_000, cache: 5_000 });
  app.register(async (routes) => {
    routes.get(PATH, async (_request, reply) => reply.type("application/json; charset=utf-8").send(body));
  });
  return (await app.listen({ host: "127.0.0.1", port: 0 })) + PATH;
}

let timer: NodeJS.Timeout | undefined;
/** As events of the ledger: cached answers are made anew, and every stream is told. */
function arrive(perSecond: number): void {
  clearInterval(timer);
  if (perSecond === 0) return;
  timer = setInterval(() => {
    const head: SignedHead = { ...(heads[0] as SignedHead), timestampMs: Date.now() };
    node.tell({ type: "head", auditor: "a.example", head, via: "gossip" });
  }, 1000 / perSecond);
}

process.on("message", (order: ServerOrder) => {
  if ("heads" in order) arrive(order.heads);
  else {
    const { user, system } = process.cpuUsage();
    process.send?.({ rssBytes: process.memoryUsage().rss, cpuMs: (user + system) / 1000 } satisfies ServerWord);
  }
});
const url = process.argv[2] === "bare" ? await startBare() : await startCoaudit();
process.send?.({ url } satisfies ServerWord);
