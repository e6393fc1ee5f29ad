/** The JSON of Plexi's auditor API, field by field as plexi_core 0.1.2 reads it. */
import Type, { type TSchema } from "typebox";

const Epoch: TSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Hex: TSchema = Type.String({ pattern: "^([0-9a-f]{2})*$", description: "lower-case hexadecimal" });
const Suite: TSchema = Type.Integer({ description: "1: Ed25519 over protobuf, 2: Ed25519 over bincode" });

export const PlexiInfo: TSchema = Type.Object({
  keys: Type.Array(
    Type.Object({
      public_key: Hex,
      not_before: Type.Integer({ description: "unix time in milliseconds of its first signature; 0 for none" }),
    }),
    { description: "no two end in the same byte, which is a signature's key_id" },
  ),
  logs: Type.Array(Hex, { description: "the C2SP log id of each namespace: SHA-256 of `o:` and the origin" }),
});

export const PlexiNamespace: TSchema = Type.Object({
  name: Type.String(),
  log_directory: Type.Union([Type.String(), Type.Null()], { description: "where the audit proofs are" }),
  root: Type.Union([Type.String(), Type.Null()], {
    description: "`epoch/digest` of the first epoch that this auditor signed; null if it has signed none",
  }),
  last_verified_epoch: Type.Optional(Epoch),
  status: Type.String({ description: "Online, Initialization (nothing is signed yet) or Disabled (halted or ended)" }),
  reports_uri: Type.String(),
  audits_uri: Type.String(),
  signature_version: Suite,
  ciphersuite: Suite,
});

export const PlexiNamespaces: TSchema = Type.Object({ namespaces: Type.Array(PlexiNamespace) });

export const PlexiSignature: TSchema = Type.Object({
  version: Suite,
  ciphersuite: Suite,
  namespace: Type.String(),
  timestamp: Type.Integer({ description: "unix time in milliseconds" }),
  epoch: Epoch,
  digest: Hex,
  signature: Hex,
  key_id: Type.Integer({ minimum: 0, maximum: 255, description: "the last byte of the public key" }),
  serialized_message: Type.String({ description: "the signed bytes, hexadecimal" }),
});

export const PlexiLastVerified: TSchema = Type.Object({
  job_id: Type.String({ description: "a UUID, the same for the same epoch" }),
  epoch: Epoch,
  start_hash: Hex,
  end_hash: Hex,
  timestamp: Type.Integer({ description: "unix time in milliseconds" }),
});

export const PlexiReport: TSchema = Type.Object({ id: Type.String({ description: "a UUID" }), report: PlexiSignature });

export const PlexiReports: TSchema = Type.Object({
  reports: Type.Array(PlexiReport, { description: "newest epoch first, at most 100" }),
});

/** Plexi has no words for this: it signs before it verifies. */
export const PlexiPending: TSchema = Type.Object({
  namespace: Type.String(),
  epoch: Epoch,
  status: Type.Literal("pending"),
});
