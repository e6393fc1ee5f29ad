/**
 * What a provider may push, with the bearer token of its namespace: that an epoch is ready to be audited, and heads
 * that it signed itself. Neither makes this node sign anything that it has not verified.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { fromHex, toHex } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import { encodePlexiMessage, type PlexiMessage, type PlexiSignatureResponse } from "../../core/plexi.ts";
import type { Outcome } from "../../ledger/outcome.ts";
import type { NodeView } from "../../node/view.ts";
import { PlexiPending, PlexiReport, PlexiSignature } from "../answers/plexi-answers.ts";
import { plexiReport, plexiSignature } from "../answers/plexi-views.ts";
import { bearsToken } from "../operator.ts";
import { knownNamespace } from "./known-namespace.ts";
import { NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const Epoch = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "a whole number from 1 to 2^53-1",
});
const Digest = Type.String({ pattern: "^[0-9a-f]{64}$", description: "64 lower-case hexadecimal digits" });
const Suite = Type.Union([Type.Literal(1), Type.Literal(2)], { description: "1 or 2" });

const EpochBody = Type.Object(
  { epoch: Epoch, digest: Digest },
  { additionalProperties: false, description: "an object with epoch and digest" },
);

const ReportBody = Type.Object(
  {
    version: Type.Optional(Suite),
    ciphersuite: Type.Optional(Suite),
    namespace: NamespaceParameter,
    timestamp: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "unix time in milliseconds" }),
    epoch: Epoch,
    digest: Digest,
    signature: Type.String({ pattern: "^[0-9a-f]{128}$", description: "128 lower-case hexadecimal digits" }),
    key_id: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: 255 }), Type.Null()], { description: "0 to 255, or null" }),
    ),
    serialized_message: Type.Optional(
      Type.Union([Type.String({ pattern: "^([0-9a-f]{2}){1,512}$" }), Type.Null()], {
        description: "hexadecimal digits, or null",
      }),
    ),
  },
  { additionalProperties: false, description: "a Plexi SignatureResponse" },
);

export interface PushOptions {
  readonly pushTokens: ReadonlyMap<string, string>;
  readonly pushWaitMs: number;
}

export function registerPushRoutes(app: FastifyInstance, options: PushOptions, { node, clock }: RouteModules): void {
  const { pushTokens, pushWaitMs } = options;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    const namespace = knownNamespace((request.params as { ns: string }).ns, node);
    checkToken(request, namespace, pushTokens.get(namespace));
  };

  app.post<{ Params: Static<typeof NamespaceParams>; Body: Static<typeof EpochBody> }>(
    "/namespaces/:ns/audits",
    {
      onRequest,
      schema: {
        tags: ["plexi"],
        security: [{ push: [] }],
        params: NamespaceParams,
        body: EpochBody,
        response: { 200: PlexiSignature, 202: PlexiPending },
      },
    },
    async ({ params: { ns }, body: { epoch, digest } }, reply) => {
      const signature = await signatureSoon(ns, epoch, pushWaitMs, { node, clock });
      if (signature === undefined) {
        const location = `/namespaces/${ns}/audits/${epoch}`;
        return reply.code(202).header("location", location).send({ namespace: ns, epoch, status: "pending" });
      }
      if (signature.digest === digest) return signature;
      const message = `${node.name} has signed ${signature.digest} for epoch ${epoch} of ${ns}, from the audit proof that it verified`;
      throw new CoauditError("EPOCH_CONFLICT", message, { namespace: ns, epoch, signedDigest: signature.digest });
    },
  );

  app.post<{ Params: Static<typeof NamespaceParams>; Body: Static<typeof ReportBody> }>(
    "/namespaces/:ns/reports",
    {
      onRequest,
      schema: {
        tags: ["plexi"],
        security: [{ push: [] }],
        params: NamespaceParams,
        body: ReportBody,
        response: { 200: PlexiReport, 201: PlexiReport },
      },
    },
    async ({ params: { ns }, body }, reply) => {
      const message = messageOf(ns, body);
      const keyId = body.key_id ?? undefined;
      const report = { message, signature: fromHex(body.signature), ...(keyId === undefined ? {} : { keyId }) };
      const { outcome, held } = await node.reportProviderHead(report);
      if (held === undefined || !isTaken(outcome)) throw refused(message, outcome);
      return reply.code(outcome === "known" ? 200 : 201).send(plexiReport(held));
    },
  );
}

function checkToken(request: FastifyRequest, namespace: string, token: string | undefined): void {
  if (token === undefined) {
    const message = `nobody may push to ${namespace}: this node reads the provider's log by itself (push-token-file in its configuration)`;
    throw new CoauditError("PUSH_OFF", message, { namespace });
  }
  if (bearsToken(request, token)) return;
  const reason = request.headers.authorization === undefined ? "missing" : "wrong";
  const message = `the bearer token for ${namespace} is ${reason}; the auditor's operator issues one to the provider`;
  throw new CoauditError("PUSH_TOKEN_REFUSED", message, { namespace, reason });
}

/** This node's signature, as soon as the epoch is verified; undefined when that takes longer than `waitMs`. */
async function signatureSoon(
  namespace: string,
  epoch: number,
  waitMs: number,
  { node, clock }: { node: NodeView; clock: Clock },
): Promise<PlexiSignatureResponse | undefined> {
  const signed = new AbortController();
  const stopListening = node.onEvent((event) => {
    if (event.type === "head" && event.auditor === node.name && isAt(event.head, namespace, epoch)) signed.abort();
  });
  try {
    const held = await plexiSignature(namespace, epoch, node);
    if (held !== undefined) return held;
    node.poke(namespace);
    await clock.sleep(waitMs, signed.signal);
    return await plexiSignature(namespace, epoch, node);
  } finally {
    stopListening();
  }
}

function isAt(head: { namespace: string; epoch: number }, namespace: string, epoch: number): boolean {
  return head.namespace === namespace && head.epoch === epoch;
}

/**
 * Throws PARAMETER_INVALID if the body is about something other than the path, or its fields differ from its message.
 */
function messageOf(namespace: string, body: Static<typeof ReportBody>): PlexiMessage {
  if (body.namespace !== namespace) throw wrongField("namespace", body.namespace, namespace);
  const suite = body.version ?? body.ciphersuite;
  if (suite === undefined) throw wrongField("version", "nothing", "1 or 2, here or in ciphersuite");
  const { timestamp: timestampMs, epoch, digest } = body;
  const message: PlexiMessage = { suite, namespace, timestampMs, epoch, digest: fromHex(digest) };
  const serialized = body.serialized_message ?? undefined;
  if (serialized !== undefined && serialized !== toHex(encodePlexiMessage(message))) {
    throw wrongField("serialized_message", serialized.slice(0, 80), "the message built from the other fields");
  }
  return message;
}

function isTaken(outcome: Outcome): boolean {
  return outcome === "accepted" || outcome === "accepted-conflict" || outcome === "known";
}

const REASONS: Partial<Record<Outcome, string>> = {
  "unknown-key": "none of the provider's keys in this node's configuration has this key_id",
  "bad-signature": "the signature is not by the provider's key over this message",
  "third-digest": "the node already holds two other digests by the provider for this epoch, which convict it",
  early: "its timestamp is more than five minutes in the future",
  "too-far-ahead": "no auditor is anywhere near this epoch yet",
};

function refused({ namespace, epoch }: PlexiMessage, outcome: Outcome): CoauditError<"REPORT_REFUSED"> {
  const message = `the report on epoch ${epoch} of ${namespace} was not accepted: ${REASONS[outcome] ?? outcome}`;
  return new CoauditError("REPORT_REFUSED", message, { namespace, epoch, outcome });
}

function wrongField(parameter: string, found: string, expected: string): CoauditError<"PARAMETER_INVALID"> {
  const message = `field "${parameter}": found ${JSON.stringify(found)}, expected ${expected}`;
  return new CoauditError("PARAMETER_INVALID", message, { parameter, found, expected });
}
