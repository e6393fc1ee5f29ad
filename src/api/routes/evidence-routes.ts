/** Cases: the list, one with everything needed to check it elsewhere, and the operator's note. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import Type, { type Static, type TObject, type TString } from "typebox";
import { CoauditError } from "../../core/errors.ts";
import type { CaseView } from "../../node/view.ts";
import { DoneAnswer, EvidenceAnswer, EvidenceListAnswer } from "../answers/answers.ts";
import { type SentCase, strangersCase } from "../answers/redact.ts";
import { MAX_LISTED_CASES } from "../options.ts";
import type { RouteModules } from "./route-modules.ts";

const EvidenceQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Union([Type.Literal("open"), Type.Literal("all")], { description: "open, which is the default, or all" }),
    ),
  },
  { additionalProperties: false, description: "state only" },
);

export const CaseParams: TObject<{ id: TString }> = Type.Object({
  id: Type.String({ pattern: "^[0-9a-f]{64}$", description: "the id of a case, 64 lower-case hexadecimal digits" }),
});

const AcknowledgeBody = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 500, description: "a note of 1 to 500 characters" }) },
  { additionalProperties: false, description: 'an object with "note"' },
);

export function registerEvidenceRoutes(app: FastifyInstance, { node, gate }: RouteModules): void {
  const shown = (view: CaseView, request: FastifyRequest): SentCase =>
    gate.isOperator(request) ? view : strangersCase(view);

  app.get<{ Querystring: Static<typeof EvidenceQuery> }>(
    "/v1/evidence",
    {
      config: { hasEtag: true },
      schema: { tags: ["evidence"], querystring: EvidenceQuery, response: { 200: EvidenceListAnswer } },
    },
    async (request) => {
      const { state = "open" } = request.query;
      const cases = node.cases().filter((view) => state === "all" || view.state === "open");
      return { total: cases.length, cases: cases.slice(0, MAX_LISTED_CASES).map((view) => shown(view, request)) };
    },
  );

  app.get<{ Params: Static<typeof CaseParams> }>(
    "/v1/evidence/:id",
    {
      config: { hasEtag: true },
      schema: { tags: ["evidence"], params: CaseParams, response: { 200: EvidenceAnswer } },
    },
    async (request) => {
      const { id } = request.params;
      // An id from an old alert leads to the case into which it was merged.
      const file = node.caseFile(id);
      const view = node.cases().find((candidate) => candidate.id === file?.id);
      if (view === undefined || file === undefined) throw unknownCase(id);
      return { case: shown(view, request), file };
    },
  );

  app.post<{ Params: Static<typeof CaseParams>; Body: Static<typeof AcknowledgeBody> }>(
    "/v1/evidence/:id/acknowledge",
    {
      onRequest: async (request) => gate.check(request),
      schema: {
        tags: ["evidence"],
        security: [{ operator: [] }],
        params: CaseParams,
        body: AcknowledgeBody,
        response: { 200: DoneAnswer },
      },
    },
    async ({ params: { id }, body }) => {
      if (!(await node.acknowledge(id, body.note))) throw unknownCase(id);
      return { done: true };
    },
  );
}

export function unknownCase(id: string): CoauditError<"CASE_UNKNOWN"> {
  const message = `this node has no case ${id}; GET /v1/evidence?state=all lists its cases`;
  return new CoauditError("CASE_UNKNOWN", message, { id });
}
