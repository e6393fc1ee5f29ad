/**
 * Checkpoints in C2SP's format, at this API's own paths, at the distributor's and, as far as that goes, at a witness'.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import Type, { type Static, type TSchema } from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { checkpointNote, witnessNote } from "../answers/checkpoint-note.ts";
import { logIdOf } from "../answers/plexi-views.ts";
import { knownNamespace } from "./known-namespace.ts";
import { EpochOrLatest, MinParameter, NamespaceParameter } from "./parameters.ts";
import type { RouteModules } from "./route-modules.ts";

const Hash = Type.String({ pattern: "^[0-9a-f]{64}$", description: "64 lower-case hexadecimal digits" });
const Auditor = Type.String({ pattern: "^[!-*,-~]{1,128}$", description: "the name of an auditor" });
const NamespaceParams = Type.Object({ ns: NamespaceParameter });
const EpochQuery = Type.Object(
  { epoch: Type.Optional(EpochOrLatest) },
  { additionalProperties: false, description: "epoch only" },
);
const CountParams = Type.Object({ ns: NamespaceParameter, n: MinParameter });
const LogCountParams = Type.Object({ log: Hash, n: MinParameter });
const LogWitnessParams = Type.Object({ log: Hash, witness: Auditor });
const OriginParams = Type.Object({ hash: Hash });

const Note: TSchema = Type.String({ description: "a signed note: origin, epoch, base64 digest, cosignature/v1 lines" });
const NOTE_ANSWER = { 200: { description: "a checkpoint", content: { "text/plain": { schema: Note } } } };
const TAGS = ["c2sp"];
const LIST_ANSWER = { 200: Type.Array(Type.String()) };

export function registerC2spRoutes(app: FastifyInstance, { node, answers }: RouteModules): void {
  const config = { hasEtag: true };

  const sendNewest = async (ns: string, epoch: number | "latest", min: number, reply: FastifyReply) => {
    const namespace = knownNamespace(ns, node);
    const kept = await answers.get(namespace, `note ${epoch} ${min}`, () =>
      checkpointNote(namespace, epoch, min, node),
    );
    if (kept === undefined) throw noCheckpoint(namespace, `at least ${min} cosignatures`, String(epoch));
    return sendNote(reply, kept.text);
  };

  app.get<{ Params: Static<typeof NamespaceParams>; Querystring: Static<typeof EpochQuery> }>(
    "/v1/namespaces/:ns/checkpoint",
    { config, schema: { tags: TAGS, params: NamespaceParams, querystring: EpochQuery, response: NOTE_ANSWER } },
    async ({ params, query: { epoch = "latest" } }, reply) =>
      sendNewest(params.ns, epoch === "latest" ? epoch : parseNumber(epoch, "epoch", 1), 1, reply),
  );

  app.get<{ Params: Static<typeof CountParams> }>(
    "/v1/namespaces/:ns/checkpoint.:n",
    { config, schema: { tags: TAGS, params: CountParams, response: NOTE_ANSWER } },
    async ({ params: { ns, n } }, reply) => sendNewest(ns, "latest", parseNumber(n, "n", 1), reply),
  );

  app.get("/distributor/v0/logs", { config, schema: { tags: TAGS, response: LIST_ANSWER } }, async () =>
    origins()
      .map(({ origin }) => logIdOf(origin))
      .sort(),
  );

  app.get("/distributor/v0/witnesses", { config, schema: { tags: TAGS, response: LIST_ANSWER } }, async () =>
    node.rosterVkeys(),
  );

  app.get<{ Params: Static<typeof LogCountParams> }>(
    "/distributor/v0/logs/:log/checkpoint.:n",
    { config, schema: { tags: TAGS, params: LogCountParams, response: NOTE_ANSWER } },
    async ({ params: { log, n } }, reply) =>
      sendNewest(namespaceOf(log, logIdOf), "latest", parseNumber(n, "n", 1), reply),
  );

  app.get<{ Params: Static<typeof LogWitnessParams> }>(
    "/distributor/v0/logs/:log/byWitness/:witness/checkpoint",
    { config, schema: { tags: TAGS, params: LogWitnessParams, response: NOTE_ANSWER } },
    async ({ params: { log, witness } }, reply) => {
      const namespace = namespaceOf(log, logIdOf);
      return sendNote(reply, await witnessNoteOf(namespace, witness));
    },
  );

  // Where a C2SP witness shows what it cosigned last. It accepts no checkpoints: key directories sign none.
  app.get<{ Params: Static<typeof OriginParams> }>(
    "/tlog-witness/:hash/checkpoint",
    { config, schema: { tags: TAGS, params: OriginParams, response: NOTE_ANSWER } },
    async ({ params: { hash } }, reply) =>
      sendNote(reply, await witnessNoteOf(namespaceOf(hash, originHashOf), node.name)),
  );

  const origins = () => node.status().namespaces;

  /** Throws NAMESPACE_UNKNOWN. */
  function namespaceOf(id: string, idOf: (origin: string) => string): string {
    const found = origins().find(({ origin }) => idOf(origin) === id)?.namespace;
    if (found !== undefined) return found;
    const message = `this node audits no log with the id ${id}; GET /namespaces lists what it audits`;
    throw new CoauditError("NAMESPACE_UNKNOWN", message, { namespace: id });
  }

  async function witnessNoteOf(namespace: string, auditor: string): Promise<string> {
    const kept = await answers.get(namespace, `witness ${auditor}`, () => witnessNote(namespace, auditor, node));
    if (kept === undefined) throw noCheckpoint(namespace, `a cosignature of ${auditor}`, "latest");
    return kept.text;
  }
}

function sendNote(reply: FastifyReply, note: string): FastifyReply {
  return reply.type("text/plain; charset=utf-8").send(note);
}

function originHashOf(origin: string): string {
  return createHash("sha256").update(origin).digest("hex");
}

function noCheckpoint(namespace: string, wanted: string, epoch: string): CoauditError<"HEAD_UNKNOWN"> {
  const message = `this node holds no checkpoint of ${namespace} with ${wanted}; try later or ask for fewer`;
  return new CoauditError("HEAD_UNKNOWN", message, { namespace, epoch });
}
