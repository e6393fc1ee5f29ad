/** Signed statements at the limits of what is allowed, and some whose signatures are wrong though they decode. */
import { compareBytes } from "../../../src/core/bytes.ts";
import { cosignedMessage } from "../../../src/core/checkpoint.ts";
import { cosignatureTimeSeconds, type HalfHead, type ProviderHead, type SignedHead } from "../../../src/core/head.ts";
import { encodePlexiMessage } from "../../../src/core/plexi.ts";
import type { AuditorRecord, KeyRotation, Observation, Statement } from "../../../src/core/statement.ts";
import { encodeStatement, type StatementType } from "../../../src/core/statement-codec.ts";
import { auditorRecordMessage, keyRotationMessage, observationMessage } from "../../../src/core/statement-signature.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, PROVIDER, T0, type TestAuditor } from "../auditors.ts";

const [A, B, C] = makeAuditors(3) as [TestAuditor, TestAuditor, TestAuditor];
const MAX = Number.MAX_SAFE_INTEGER;
const LONG_NAMESPACE = `${"n".repeat(125)}._-`;
const LONG_ORIGIN = `!${"o".repeat(126)}~`;

type HeadFields = Partial<Pick<SignedHead, "namespace" | "origin" | "epoch" | "digest" | "timestampMs" | "suite">>;

export function signedHead(auditor: TestAuditor, fields: HeadFields): SignedHead {
  const head = { namespace: NAMESPACE, origin: ORIGIN, epoch: 17, digest: digestOf(1, 17), timestampMs: T0, suite: 1 };
  const claim = { ...head, ...fields } as Omit<SignedHead, "type" | "publicKey" | "plexiSignature">;
  const seconds = cosignatureTimeSeconds(claim.timestampMs);
  return {
    type: "signed-head",
    ...claim,
    publicKey: auditor.key.publicKey,
    plexiSignature: auditor.key.sign(encodePlexiMessage(claim)),
    cosignature: auditor.key.sign(cosignedMessage(claim, seconds)),
  };
}

export function late({ cosignature: _left, ...head }: SignedHead): SignedHead {
  return head;
}

export function halfHead(auditor: TestAuditor, fields: Partial<HalfHead>): HalfHead {
  const specimen = auditor.halfHead(17, digestOf(1, 17));
  const head = { ...specimen, ...fields };
  return { ...head, cosignature: auditor.key.sign(cosignedMessage(head, head.timeSeconds)) };
}

export function signedObservation(auditor: TestAuditor, fields: Partial<Observation> = {}): Observation {
  const zeros = "0".repeat(64);
  const names = [`17/${zeros}/${"1".repeat(64)}`, `17/${zeros}/${"2".repeat(64)}`];
  const specimen = auditor.observation(17, "conflicting-listing", names, [digestOf(1, 1), digestOf(2, 2)]);
  const unsigned = { ...specimen, ...fields };
  return { ...unsigned, signature: auditor.key.sign(observationMessage(unsigned)) };
}

export function signedRecord(
  auditor: TestAuditor,
  peer: TestAuditor,
  fields: Partial<AuditorRecord> = {},
): AuditorRecord {
  const addresses = ["/dns4/a.example/tcp/4101", "/ip4/192.0.2.1/tcp/4101"];
  const specimen = auditor.record(T0, peer, addresses);
  const sighted = { namespace: "z.kt.v1", epoch: 722_605, digest: digestOf(3, 3), chosen: "first-sight" as const };
  const unsigned = { ...specimen, roots: [...specimen.roots, sighted], ...fields };
  const message = auditorRecordMessage(unsigned);
  return { ...unsigned, signature: auditor.key.sign(message), peerSignature: peer.key.sign(message) };
}

export function signedRotation(
  auditor: TestAuditor,
  next: TestAuditor,
  fields: Partial<KeyRotation> = {},
): KeyRotation {
  const specimen = auditor.rotation(next, 100);
  const starts = [...specimen.starts, { namespace: "z.kt.v1", epoch: 200 }];
  const unsigned = { ...specimen, starts, ...fields };
  const message = keyRotationMessage(unsigned);
  return { ...unsigned, oldSignature: auditor.key.sign(message), newSignature: next.key.sign(message) };
}

function providerHead(fields: Partial<ProviderHead>): ProviderHead {
  const unsigned = { ...PROVIDER.providerHead(17, digestOf(1, 17)), ...fields };
  return { ...unsigned, signature: PROVIDER.key.sign(encodePlexiMessage(unsigned)) };
}

/** Valid statements that a careless decoder refuses. */
export function boundaryStatements(type: StatementType): [string, Statement][] {
  const smallest = { namespace: "n", origin: "o", epoch: 1, timestampMs: 0 };
  const largest = { namespace: LONG_NAMESPACE, origin: LONG_ORIGIN, epoch: MAX, timestampMs: MAX };
  const eight = Array.from({ length: 8 }, (_, i) => i + 1);
  const sixteen = Array.from({ length: 16 }, (_, i) => String(i + 10));
  switch (type) {
    case "signed-head":
      return [
        ["late: no cosignature", late(signedHead(A, {}))],
        ["suite 2", signedHead(A, { suite: 2 })],
        ["the smallest values: epoch 1, time 0", signedHead(A, smallest)],
        ["the largest values", signedHead(A, { ...largest, suite: 2 })],
        ["a digest of zeros", signedHead(A, { digest: new Uint8Array(32) })],
        ["a time of 999 ms, cosigned as second 0", signedHead(A, { timestampMs: 999 })],
      ];
    case "half-head":
      return [
        [
          "the smallest values: epoch 1, time 0",
          halfHead(A, { namespace: "n", origin: "o", epoch: 1, timeSeconds: 0 }),
        ],
        [
          "the largest values",
          halfHead(A, {
            namespace: LONG_NAMESPACE,
            origin: LONG_ORIGIN,
            epoch: MAX,
            timeSeconds: Math.floor(MAX / 1000),
          }),
        ],
      ];
    case "provider-head":
      return [
        ["suite 2", providerHead({ suite: 2 })],
        ["the smallest values: epoch 1, time 0", providerHead({ namespace: "n", epoch: 1, timestampMs: 0 })],
        ["the largest values", providerHead({ namespace: LONG_NAMESPACE, epoch: MAX, timestampMs: MAX })],
      ];
    case "observation":
      return [
        ...(["invalid-proof", "chain-mismatch", "withheld"] as const).map((kind): [string, Statement] => [
          `kind ${kind}`,
          signedObservation(A, { kind }),
        ]),
        [
          "no names, no hashes, no host, no code, time 0",
          signedObservation(A, { blobNames: [], bodyHashes: [], host: "", errorCode: "", timestampMs: 0 }),
        ],
        [
          "lists and texts as long as they may be",
          signedObservation(A, {
            ...largest,
            blobNames: eight.map((n) => `${n}`.repeat(150)),
            bodyHashes: eight.map((n) => new Uint8Array(32).fill(n)),
            host: " ~".repeat(128),
            errorCode: "E".repeat(64),
          }),
        ],
      ];
    case "evidence":
      return [
        ["one exhibit", { type: "evidence", exhibits: [encodeStatement(A.head(17, digestOf(1, 17)))] }],
        [
          "one exhibit of each type, with signers that need not be known",
          {
            type: "evidence",
            exhibits: [
              signedHead(A, {}),
              halfHead(B, {}),
              providerHead({}),
              signedObservation(A),
              signedRecord(A, B),
              signedRotation(A, C),
            ]
              .map(encodeStatement)
              .sort(compareBytes),
          },
        ],
      ];
    case "auditor-record":
      return [
        ["no address, no root, sequence 0", signedRecord(A, B, { multiaddrs: [], roots: [], sequence: 0 })],
        [
          "sixteen addresses and roots",
          signedRecord(A, B, {
            multiaddrs: sixteen.map((n) => n.repeat(20)),
            roots: sixteen.map((namespace) => ({ namespace, epoch: MAX, digest: digestOf(1, 1), chosen: "pinned" })),
          }),
        ],
      ];
    case "key-rotation":
      return [
        ["no start, time 0", signedRotation(A, C, { starts: [], timestampMs: 0 })],
        ["sixteen starts", signedRotation(A, C, { starts: sixteen.map((namespace) => ({ namespace, epoch: MAX })) })],
      ];
  }
}

/** They decode, and whoever knows the key must refuse them. */
export function wronglySigned(type: StatementType): [string, Statement][] {
  const head = signedHead(A, {});
  switch (type) {
    case "signed-head":
      return [
        ["Plexi's signature by another key", { ...head, plexiSignature: signedHead(B, {}).plexiSignature }],
        ["Plexi's signature over another namespace", { ...head, namespace: "other.kt.v1" }],
        ["the cosignature over another origin", { ...head, origin: "other.kt/v1" }],
        [
          "the cosignature of another second",
          { ...signedHead(A, { timestampMs: T0 + 1000 }), cosignature: head.cosignature! },
        ],
        ["signed as suite 2, shown as suite 1", { ...signedHead(A, { suite: 2 }), suite: 1 }],
        // An order that OpenSSL's cofactored cousins accept: S + L.
        ["S of the cosignature not below L", { ...head, cosignature: plusOrder(head.cosignature!) }],
        ["a key of low order and a signature of zeros", { ...late(head), ...lowOrder() }],
      ];
    case "half-head":
      return [["over another time", { ...halfHead(A, {}), timeSeconds: 1 }]];
    case "provider-head":
      return [["over another digest", { ...providerHead({}), digest: digestOf(2, 17) }]];
    case "observation":
      return [["over another kind", { ...signedObservation(A), kind: "withheld" }]];
    case "evidence":
      return [];
    case "auditor-record":
      return [
        ["the network key did not sign", { ...signedRecord(A, B), peerSignature: signedRecord(A, B).signature }],
        ["the auditor key did not sign", { ...signedRecord(A, B), signature: signedRecord(A, B).peerSignature }],
      ];
    case "key-rotation":
      return [
        ["the new key did not sign", { ...signedRotation(A, C), newSignature: signedRotation(A, C).oldSignature }],
        ["the old key did not sign", { ...signedRotation(A, C), oldSignature: signedRotation(A, C).newSignature }],
      ];
  }
}

const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with S + L: equal modulo the order, refused by the strict rule. */
function plusOrder(signature: Uint8Array): Uint8Array {
  const changed = signature.slice();
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i] as number);
  s += L;
  for (let i = 32; i < 64; i++, s >>= 8n) changed[i] = Number(s & 255n);
  return changed;
}

/** The neutral element as key and as R, S = 0: the equation holds for every message. */
function lowOrder(): { publicKey: Uint8Array; plexiSignature: Uint8Array } {
  const neutral = new Uint8Array(32);
  neutral[0] = 1;
  const plexiSignature = new Uint8Array(64);
  plexiSignature.set(neutral);
  return { publicKey: neutral, plexiSignature };
}
