/**
 * Audit proofs of the newest epochs, for a dashboard that verifies one itself and for peers that cannot reach the
 * provider's CDN. Off unless the configuration says who may download: a proof has 44 MB, and anybody else can ask the
 * provider.
 */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { toBase64, toHex } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { ProofAccess } from "../../node/config/config-api.ts";
import { formatBlobName } from "../../source/source.ts";
import { ConnectionSlots } from "../connection-slots.ts";
import { isMatchedBy } from "../etag.ts";
import { bearsToken, type OperatorGate } from "../operator.ts";
import { knownNamespace } from "./known-namespace.ts";
import { EpochParameter, NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

export interface ProofRouteOptions {
  readonly proofs?: ProofAccess;
  readonly proofDownloads: number;
  readonly proofDownloadsPerAddress: number;
  readonly proofTimeoutMs: number;
}

const ProofParams = Type.Object({ ns: NamespaceParameter, epoch: EpochParameter });
const ProofAnswer = {
  200: {
    description: "the provider's blob, byte for byte as this node verified it",
    headers: {
      "coaudit-blob": { type: "string", description: "the blob's name, <epoch>/<previous digest>/<digest>" },
      "repr-digest": { type: "string", description: "SHA-256 of the bytes (RFC 9530)" },
      etag: { type: "string", description: "the same in hexadecimal digits" },
    },
    content: { "application/octet-stream": { schema: Type.String({ format: "binary" }) } },
  },
  304: { type: "null", description: "unchanged since If-None-Match" },
};

export function registerProofRoutes(
  app: FastifyInstance,
  options: ProofRouteOptions,
  { node, gate, clock }: RouteModules,
): void {
  const { proofs, proofTimeoutMs, proofDownloads: max, proofDownloadsPerAddress: maxPerAddress } = options;
  const places = new ConnectionSlots({ max, maxPerAddress });

  app.get<{ Params: Static<typeof ProofParams> }>(
    "/v1/namespaces/:ns/epochs/:epoch/proof",
    {
      // A HEAD would read the file as well.
      exposeHeadRoute: false,
      onRequest: async (request) => {
        const { ns } = request.params as { ns: string };
        checkAccess(request, knownNamespace(ns, node), proofs, gate);
      },
      schema: {
        tags: ["heads"],
        security: [{ operator: [] }, { proofs: [] }, {}],
        params: ProofParams,
        response: ProofAnswer,
      },
    },
    async (request, reply) => {
      const { ns } = request.params;
      const epoch = parseNumber(request.params.epoch, "epoch", 1);
      const leave = enter(request.ip, places, { max, maxPerAddress });
      const over = new AbortController();
      // It comes in any case: after the last byte, and when the reader goes away.
      reply.raw.once("close", () => {
        leave();
        over.abort();
      });
      const proof = await node.proof(ns, epoch);
      if (proof === undefined) throw notKept(ns, epoch);
      if (over.signal.aborted) return proof.close();
      over.signal.addEventListener("abort", () => void proof.close());

      const etag = `"${toHex(proof.sha256)}"`;
      // As with everything signed, no lifetime is given: a reader revalidates what it keeps.
      const isPublic = proofs?.access === "open";
      reply
        .header("etag", etag)
        .header("cache-control", isPublic ? "no-cache" : "private, no-cache")
        .header("vary", "authorization");
      if (isMatchedBy(etag, request.headers["if-none-match"])) return reply.code(304).send();
      void clock.sleep(proofTimeoutMs, over.signal).then(() => reply.raw.destroy());
      return reply
        .type("application/octet-stream")
        .header("content-length", proof.sizeBytes)
        .header("coaudit-blob", formatBlobName(proof.name))
        .header("repr-digest", `sha-256=:${toBase64(proof.sha256)}:`)
        .header("access-control-expose-headers", "etag, retry-after, coaudit-blob, repr-digest")
        .send(Readable.from(proof.body, { objectMode: false }));
    },
  );
}

/** Throws PROOFS_OFF, PROOFS_TOKEN_REFUSED, and the gate's errors. */
function checkAccess(
  request: FastifyRequest,
  namespace: string,
  proofs: ProofAccess | undefined,
  gate: OperatorGate,
): void {
  if (proofs === undefined) {
    const message = `this node keeps no proofs of ${namespace}; ask the provider's log (api.proofs in the node's configuration)`;
    throw new CoauditError("PROOFS_OFF", message, { namespace });
  }
  if (proofs.access === "operator") gate.check(request);
  if (proofs.access !== "token" || bearsToken(request, proofs.token) || gate.isOperator(request)) return;
  const reason = request.headers.authorization === undefined ? "missing" : "wrong";
  const message = `the bearer token is ${reason}; the auditor's operator issues one to those who may download proofs`;
  throw new CoauditError("PROOFS_TOKEN_REFUSED", message, { reason });
}

/** Returns a function that frees the slot. Throws DOWNLOAD_RUNNING and DOWNLOADS_EXHAUSTED. */
function enter(
  address: string,
  places: ConnectionSlots,
  { max, maxPerAddress }: { readonly max: number; readonly maxPerAddress: number },
): () => void {
  const taken = places.take(address);
  if (typeof taken === "function") return taken;
  if (taken === "full") {
    const message = `${max} downloads are running, which is the limit; try again in a minute or ask another node`;
    throw new CoauditError("DOWNLOADS_EXHAUSTED", message, { limit: max });
  }
  const message = `${maxPerAddress} download to this address is running, which is the limit; try again when it has ended`;
  throw new CoauditError("DOWNLOAD_RUNNING", message, { limit: maxPerAddress });
}

function notKept(namespace: string, epoch: number): CoauditError<"PROOFS_NOT_KEPT"> {
  const message = `the proof of epoch ${epoch} of ${namespace} is not kept here: only those of the newest verified epochs are; ask the provider's log`;
  return new CoauditError("PROOFS_NOT_KEPT", message, { namespace, epoch });
}
