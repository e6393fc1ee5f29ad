/**
 * Answers. They are serialised by these schemas, so a field that is not listed here never leaves the node; that is the
 * second lock on "nothing private in any answer".
 */
import Type, { type TSchema } from "typebox";
import { CaseFileSchema, CertificateSchema, SubjectSchema } from "./certificate-schema.ts";

const Epoch: TSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Milliseconds: TSchema = Type.Integer({ description: "unix time in milliseconds" });
const Digest: TSchema = Type.String({ description: "64 lower-case hexadecimal digits" });

const Behind: TSchema = Type.Object({
  reason: Type.String(),
  code: Type.String(),
  message: Type.Optional(Type.String({ description: "for the operator only" })),
  sinceMs: Milliseconds,
  nextAttemptMs: Milliseconds,
});

const Namespace: TSchema = Type.Object({
  namespace: Type.String(),
  origin: Type.String(),
  configuration: Type.String(),
  suite: Type.Integer({ description: "Plexi's ciphersuite of this node's signatures, 1 or 2" }),
  logDirectory: Type.Optional(Type.String({ description: "where anybody can download the audit proofs" })),
  state: Type.String({ description: "initializing, auditing, halted or ended" }),
  halt: Type.Optional(Type.Object({ reason: Type.String(), detail: Type.String(), atMs: Milliseconds })),
  behind: Type.Optional(Behind),
  unguarded: Type.Boolean(),
  unsigned: Type.Optional(
    Type.Object(
      { kind: Type.String({ description: "mark or unmarked" }), mark: Type.Optional(Epoch) },
      { description: "why the newest verified epoch was not signed" },
    ),
  ),
  guard: Type.Object(
    { needed: Type.Integer(), answered: Type.Array(Type.String()), missing: Type.Array(Type.String()) },
    { description: "auditors who said what they hold of this node's key, before which it does not sign" },
  ),
  root: Type.Optional(Type.Object({ epoch: Epoch, digest: Digest, chosen: Type.String() })),
  lastVerified: Type.Optional(Type.Object({ epoch: Epoch, digest: Digest })),
  lastSigned: Type.Optional(Type.Object({ epoch: Epoch, timestampMs: Milliseconds })),
  latestListed: Type.Optional(Epoch),
  unsignedEpochs: Type.Integer(),
  heights: Type.Array(
    Type.Object({
      auditor: Type.String(),
      epoch: Epoch,
      counts: Type.Optional(Type.Boolean({ description: "false: retired, or yet to join" })),
    }),
  ),
  verified: Type.Optional(
    Type.Object(
      { proofs: Type.Integer(), bytes: Type.Integer(), elapsedMs: Type.Number() },
      { description: "audit proofs that were verified since the start, and the time that it took, downloads included" },
    ),
  ),
  unshared: Type.Optional(
    Type.Object(
      { what: Type.String({ description: "namespace or origin" }), theirs: Type.Array(Type.String()) },
      { description: "what no other auditor has, as far as they said, and what they have in its place" },
    ),
  ),
});

const READINESS = {
  ready: Type.Boolean({ description: "it answers readers" }),
  reasons: Type.Array(Type.String(), { description: "why it does not" }),
  warnings: Type.Array(Type.String(), { description: "what a person should look at while it does" }),
};

export const ReadinessAnswer: TSchema = Type.Object(READINESS);

export const AuditAnswer: TSchema = Type.Object({
  ok: Type.Boolean({ description: "it audits and signs, and convicts nobody" }),
  reasons: Type.Array(Type.String()),
});

export const StatusAnswer: TSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  vkey: Type.String(),
  peerId: Type.String(),
  addresses: Type.Array(Type.String()),
  startedAtMs: Milliseconds,
  nowMs: Milliseconds,
  faultBound: Type.Integer(),
  boundBroken: Type.Boolean(),
  convicted: Type.Array(Type.String()),
  convictions: Type.Array(
    Type.Object({
      case: Type.String(),
      namespace: Type.String(),
      class: Type.String(),
      epoch: Epoch,
      acknowledged: Type.Boolean(),
    }),
    { description: "open cases that convict the provider" },
  ),
  namespaces: Type.Array(Namespace),
  peers: Type.Object({
    connected: Type.Integer(),
    roster: Type.Array(
      Type.Object({
        auditor: Type.String(),
        connected: Type.Boolean(),
        lastError: Type.Optional(Type.String({ description: "for the operator only" })),
        nextAttemptMs: Type.Optional(Milliseconds),
      }),
    ),
  }),
  cases: Type.Object({ open: Type.Integer(), unacknowledged: Type.Integer() }),
  statements: Type.Record(Type.String(), Type.Integer()),
  reports: Type.Optional(
    Type.Array(
      Type.Object({
        namespace: Type.String(),
        epoch: Epoch,
        shownDigest: Digest,
        auditedDigest: Digest,
        count: Type.Integer(),
        firstMs: Milliseconds,
        lastMs: Milliseconds,
      }),
      { description: "for the operator only: what readers say that they were shown, the newest 20" },
    ),
  ),
  ...READINESS,
});

export const HeadsAnswer: TSchema = Type.Object({
  namespace: Type.String(),
  epoch: Epoch,
  heads: Type.Array(
    Type.Object({
      auditor: Type.String(),
      type: Type.String({ description: "signed-head, late-head or half-head" }),
      digest: Digest,
      timestampMs: Milliseconds,
      publicKey: Type.String(),
      statement: Type.String({ description: "the statement as signed, base64" }),
    }),
  ),
});

const CaseView: TSchema = Type.Object({
  id: Type.String(),
  subject: SubjectSchema,
  class: Type.String(),
  state: Type.String({ description: "open, explained, settled or merged" }),
  convicts: Type.Union([Type.String(), Type.Object({ auditor: Type.String() })], {
    description: '"provider", "nobody" or an auditor',
  }),
  openedAtMs: Milliseconds,
  changedAtMs: Milliseconds,
  exhibits: Type.Integer(),
  first: Type.Optional(Type.Integer({ description: "of a dissent, its first epoch" })),
  last: Type.Optional(Type.Integer({ description: "of a fork or a dissent, its newest epoch" })),
  count: Type.Optional(Type.Integer({ description: "of a dissent, how many epochs" })),
  acknowledged: Type.Optional(
    Type.Object({ note: Type.Optional(Type.String({ description: "for the operator only" })), atMs: Milliseconds }),
  ),
});

export const EvidenceListAnswer: TSchema = Type.Object({
  total: Type.Integer({ description: "in the requested state; the list holds the newest 1,000" }),
  cases: Type.Array(CaseView),
});

export const EvidenceAnswer: TSchema = Type.Object({ case: CaseView, file: CaseFileSchema });

export const QuorumAnswer: TSchema = Type.Object({
  result: Type.String({ description: "satisfied, not-enough, stale or conflict, as this node reads it" }),
  explanation: Type.String(),
  min: Type.Optional(Type.Integer({ description: "as requested; absent if a policy was requested" })),
  policy: Type.Optional(Type.String({ description: "as asked" })),
  signers: Type.Array(Type.Object({ auditor: Type.String(), timestampMs: Milliseconds, late: Type.Boolean() })),
  missing: Type.Array(
    Type.Object({
      auditor: Type.String(),
      flaw: Type.Optional(Type.String({ description: "what is missing, in one word" })),
      reason: Type.String(),
    }),
  ),
  certificate: CertificateSchema,
});

export const ProblemAnswer: TSchema = Type.Object({
  type: Type.String({ description: "urn:coaudit:problem:..." }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.Optional(Type.String()),
  parameter: Type.Optional(Type.String()),
});

export const QuorumBatchAnswer: TSchema = Type.Object({
  answers: Type.Array(
    Type.Union([Type.Object({ quorum: QuorumAnswer }), Type.Object({ problem: ProblemAnswer })], {
      description: "in the order of the requests",
    }),
  ),
});

export const DoneAnswer: TSchema = Type.Object({ done: Type.Boolean() });

export const SettlementAnswer: TSchema = Type.Object({
  settlement: Type.Object(
    {
      format: Type.String(),
      namespace: Type.String(),
      first: Epoch,
      last: Epoch,
      sides: Type.Record(Type.String(), Type.Array(Type.String()), { description: "names of auditors by digest" }),
      trust: Type.String({ description: "a digest, or none" }),
      note: Type.String(),
    },
    { description: "as a roster file, a reader's options or another operator take it" },
  ),
});
