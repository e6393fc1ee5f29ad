/**
 * The published shape of a certificate (JSON Schema 2020-12; docs/certificate.schema.json holds the same, and a test
 * compares the two). A certificate may come from anywhere, so the schema says nothing about what is true:
 * docs/protocol.md 10.2 does.
 */
import Type, { type TSchema } from "typebox";
import { CASE_FORMAT } from "../../core/case-file.ts";
import { CERTIFICATE_FORMAT, MAX_CERTIFICATE_CASES } from "../../core/certificate.ts";

const Epoch: TSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const hex = (bytes: number): string => `^[0-9a-f]{${bytes * 2}}$`;
const Auditor: TSchema = Type.String({ minLength: 1, maxLength: 128, description: "the name of an auditor" });

/** Has two shapes, so its optional fields are side by side. */
export const SubjectSchema: TSchema = Type.Object({
  kind: Type.String({ description: "fork, auditor, listing, proof or dissent" }),
  namespace: Type.Optional(Type.String()),
  epoch: Type.Optional(Epoch),
  auditor: Type.Optional(Type.String()),
});

export const CaseFileSchema: TSchema = Type.Object({
  format: Type.Literal(CASE_FORMAT),
  id: Type.String({ pattern: hex(32) }),
  subject: SubjectSchema,
  class: Type.String({ description: "as this node sees it; every reader recomputes it" }),
  exhibits: Type.Array(Type.String({ description: "an encoded statement, base64" })),
});

export const CertificateSchema: TSchema = Type.Object({
  format: Type.Literal(CERTIFICATE_FORMAT),
  namespace: Type.String({ pattern: "^[A-Za-z0-9._-]{1,128}$" }),
  origin: Type.String({ minLength: 1, maxLength: 128, description: "the origin line of the log's checkpoints" }),
  epoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  digest: Type.String({ pattern: hex(32), description: "the root of the directory at this epoch" }),
  signatures: Type.Array(
    Type.Object({
      auditor: Auditor,
      publicKey: Type.String({ pattern: hex(32), description: "decides who signed, by the reader's own roster" }),
      timestampMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "unix time" }),
      suite: Type.Integer({ minimum: 1, maximum: 2, description: "Plexi's ciphersuite: 1 protobuf, 2 bincode" }),
      plexiSignature: Type.String({ pattern: hex(64), description: "Ed25519 over Plexi's message" }),
      cosignature: Type.Optional(
        Type.String({ pattern: hex(64), description: "Ed25519 over cosignature/v1; absent on a late head" }),
      ),
    }),
    { maxItems: 128 },
  ),
  cases: Type.Array(CaseFileSchema, {
    maxItems: MAX_CERTIFICATE_CASES,
    description:
      "open cases, convictions of the provider first, then of auditors, then leads; the absence of cases proves nothing",
  }),
  openCases: Type.Integer({ minimum: 0, description: "total number of open cases" }),
});

/** As it is published. */
export function certificateJsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:coaudit:schema:certificate:v1",
    title: "coaudit certificate, version 1",
    description: "One head of a key directory with every signature that a node holds for it.",
    ...(JSON.parse(JSON.stringify(CertificateSchema)) as object),
  };
}
