/**
 * Plexi's auditor API at the root of the server, so that whatever works with Cloudflare's auditor works with this one.
 */
import type { FastifyInstance } from "fastify";
import Type, { type Static } from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { NamespaceStatus, NodeView } from "../../node/view.ts";
import {
  PlexiInfo,
  PlexiLastVerified,
  PlexiNamespace,
  PlexiNamespaces,
  PlexiReports,
  PlexiSignature,
} from "../answers/plexi-answers.ts";
import { logIdOf, plexiLastVerified, plexiNamespace, plexiReport, plexiSignature } from "../answers/plexi-views.ts";
import { namespaceStatus } from "./known-namespace.ts";
import { EpochParameter, NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const AuditParams = Type.Object({ ns: NamespaceParameter, epoch: EpochParameter });
/** Reports in one answer: providers write them when an auditor is down, so there are few. */
const MAX_REPORTS = 100;

export function registerPlexiRoutes(app: FastifyInstance, { node }: RouteModules): void {
  app.get(
    "/info",
    { config: { hasEtag: true }, schema: { tags: ["plexi"], response: { 200: PlexiInfo } } },
    async () => {
      const keys = await node.ownKeys();
      return {
        keys: keys.map(({ publicKey, notBeforeMs }) => ({ public_key: publicKey, not_before: notBeforeMs })),
        logs: node.status().namespaces.map(({ origin }) => logIdOf(origin)),
      };
    },
  );

  app.get(
    "/namespaces",
    { config: { hasEtag: true }, schema: { tags: ["plexi"], response: { 200: PlexiNamespaces } } },
    async () => ({
      namespaces: await Promise.all(node.status().namespaces.map((status) => plexiNamespace(status, node))),
    }),
  );

  app.get<{ Params: Static<typeof NamespaceParams> }>(
    "/namespaces/:ns",
    {
      config: { hasEtag: true },
      schema: { tags: ["plexi"], params: NamespaceParams, response: { 200: PlexiNamespace } },
    },
    async ({ params }) => plexiNamespace(namespaceStatus(params.ns, node), node),
  );

  app.get<{ Params: Static<typeof AuditParams> }>(
    "/namespaces/:ns/audits/:epoch",
    { config: { hasEtag: true }, schema: { tags: ["plexi"], params: AuditParams, response: { 200: PlexiSignature } } },
    async ({ params }) => {
      const status = namespaceStatus(params.ns, node);
      const epoch = parseNumber(params.epoch, "epoch", 1);
      const signature = await plexiSignature(params.ns, epoch, node);
      if (signature !== undefined) return signature;
      throw notSigned(status, epoch, node);
    },
  );

  app.get<{ Params: Static<typeof NamespaceParams> }>(
    "/namespaces/:ns/last-verified-epoch",
    {
      config: { hasEtag: true },
      schema: { tags: ["plexi"], params: NamespaceParams, response: { 200: PlexiLastVerified } },
    },
    async ({ params }) => {
      const last = await plexiLastVerified(namespaceStatus(params.ns, node), node);
      if (last !== undefined) return last;
      const message = `this auditor has signed no epoch of ${params.ns} yet; try later`;
      throw new CoauditError("HEAD_UNKNOWN", message, { namespace: params.ns, epoch: "latest" });
    },
  );

  app.get<{ Params: Static<typeof NamespaceParams> }>(
    "/namespaces/:ns/reports",
    {
      config: { hasEtag: true },
      schema: { tags: ["plexi"], params: NamespaceParams, response: { 200: PlexiReports } },
    },
    async ({ params }) => {
      const { namespace } = namespaceStatus(params.ns, node);
      return { reports: (await node.providerHeads(namespace, MAX_REPORTS)).map(plexiReport) };
    },
  );
}

/** Plexi answers 404 for all of these; the reason is in `detail`. */
function notSigned(status: NamespaceStatus, epoch: number, node: NodeView): CoauditError<"HEAD_UNKNOWN"> {
  const { namespace, root, latestListed = 0, lastVerified, halt } = status;
  const why =
    root !== undefined && epoch <= root.epoch
      ? `its audit begins after epoch ${root.epoch}`
      : lastVerified !== undefined && epoch <= lastVerified.epoch
        ? "it is verified but not signed yet; try again soon"
        : halt !== undefined
          ? `the audit halted (${halt.reason}) after epoch ${lastVerified?.epoch ?? 0}`
          : epoch <= latestListed
            ? "it is published but not verified yet; try again soon"
            : "the provider has not published it";
  return new CoauditError("HEAD_UNKNOWN", `${node.name} has not signed epoch ${epoch} of ${namespace}: ${why}`, {
    namespace,
    epoch: String(epoch),
  });
}
