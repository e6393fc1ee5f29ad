/** The description of the API, built from the same schemas that validate its parameters and serialise its answers. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { VERSION } from "../version.ts";
import { ProblemAnswer } from "./answers/answers.ts";
import { certificateJsonSchema } from "./answers/certificate-schema.ts";
import { PROBLEM_CONTENT_TYPE } from "./problem.ts";

export const OPENAPI_PATH = "/openapi.json";
export const CERTIFICATE_SCHEMA_PATH = "/v1/schemas/certificate.json";

const TAGS = [
  { name: "node", description: "what the node is doing, and its health" },
  { name: "heads", description: "signed heads, certificates, events" },
  { name: "evidence", description: "cases" },
  { name: "plexi", description: "as Plexi's auditor API" },
  { name: "c2sp", description: "checkpoints with cosignatures, as C2SP tools read them" },
];

const PROBLEM = {
  description: "a problem (RFC 9457); docs/api.md explains its types",
  content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemAnswer } },
};

/** Before any route. */
export function registerOpenapi(app: FastifyInstance): void {
  app.addHook("onRoute", ({ schema }) => {
    if (schema?.response === undefined || schema.hide === true) return;
    schema.response = { ...schema.response, default: PROBLEM };
  });
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "coaudit",
        version: VERSION,
        description:
          "What a node holds is signed by others: a reader verifies heads, certificates and cases with its own roster. " +
          `Every error is a problem detail (RFC 9457, ${PROBLEM_CONTENT_TYPE}).`,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: TAGS,
      components: {
        securitySchemes: {
          operator: { type: "http", scheme: "bearer", description: "admin.token in the node's data folder" },
          proofs: {
            type: "http",
            scheme: "bearer",
            description: "the token in the file that api.proofs.token-file names",
          },
          push: { type: "http", scheme: "bearer", description: "the token in the file that push-token-file names" },
        },
      },
    },
  });
}

/** After the routes: their description, built once. */
export function registerDescriptions(app: FastifyInstance): void {
  let text: string | undefined;
  app.get(OPENAPI_PATH, { config: { hasEtag: true }, schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply.type("application/json; charset=utf-8").send(text);
  });

  const schema = JSON.stringify(certificateJsonSchema(), undefined, 2);
  app.get(CERTIFICATE_SCHEMA_PATH, { config: { hasEtag: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.type("application/schema+json; charset=utf-8").send(schema),
  );
}
