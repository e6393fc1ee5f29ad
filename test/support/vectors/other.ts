/** Message ids, case ids, the bytes that one key signs, and certificates with the answers of readers. */
import { concat, toHex, u64be, utf8 } from "../../../src/core/bytes.ts";
import { formatCaseFile } from "../../../src/core/case-file.ts";
import { formatCertificate, type QuorumRequest } from "../../../src/core/certificate.ts";
import { cosignedMessage, formatSignedNote, formatVkey } from "../../../src/core/checkpoint.ts";
import { deriveCases } from "../../../src/core/derive-cases.ts";
import { type CaseSubject, caseId } from "../../../src/core/evidence.ts";
import { cosignatureTimeSeconds, type SignedHead } from "../../../src/core/head.ts";
import { encodePlexiMessage } from "../../../src/core/plexi.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { auditorRecordMessage, keyRotationMessage, observationMessage } from "../../../src/core/statement-signature.ts";
import { messageId } from "../../../src/gossip/message-id.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../../../src/gossip/topics.ts";
import { assumptionsOf, digestOf, makeAuditors, NAMESPACE, ORIGIN, T0, type TestAuditor } from "../auditors.ts";
import { type Json, rawMessage, toJson } from "./format.ts";
import { late, signedHead, signedObservation, signedRecord, signedRotation } from "./specimens.ts";
import { exampleHead } from "./statements.ts";

const AUDITORS = makeAuditors(5) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor];
const [A, B, C, D, E] = AUDITORS;
const DISSENT: CaseSubject = { kind: "dissent", namespace: NAMESPACE, auditor: A.name };

export function messageIdVectors(): Json[] {
  const inputs: [string, string, Uint8Array][] = [
    ["a head on its topic", namespaceTopic(NAMESPACE), exampleHead()],
    ["the same bytes on the topic of records", RECORDS_TOPIC, exampleHead()],
    ["nothing", namespaceTopic("n"), new Uint8Array()],
    ["where a topic without its length would run into the data", namespaceTopic("na"), utf8("b")],
    ["the same without the length in front", namespaceTopic("n"), utf8("ab")],
  ];
  return inputs.map(([name, topic, data]) => ({ name, topic, hex: toHex(data), id: toHex(messageId(topic, data)) }));
}

export function caseIdVectors(): Json[] {
  const preimage = (kind: bigint, name: string, rest: { epoch?: bigint; auditor?: string } = {}): Uint8Array => {
    const fields = [
      { field: 1, value: kind },
      { field: 2, value: utf8(name) },
      ...(rest.epoch === undefined ? [] : [{ field: 3, value: rest.epoch }]),
      ...(rest.auditor === undefined ? [] : [{ field: 4, value: utf8(rest.auditor) }]),
    ];
    return concat(utf8("coaudit/case/v1\0"), rawMessage(fields));
  };
  const inputs: [CaseSubject, Uint8Array][] = [
    [{ kind: "fork", namespace: NAMESPACE, epoch: 17 }, preimage(1n, NAMESPACE, { epoch: 17n })],
    [{ kind: "fork", namespace: NAMESPACE, epoch: 722_605 }, preimage(1n, NAMESPACE, { epoch: 722_605n })],
    [{ kind: "auditor", auditor: A.name }, preimage(2n, A.name)],
    [{ kind: "listing", namespace: NAMESPACE, epoch: 17 }, preimage(3n, NAMESPACE, { epoch: 17n })],
    [{ kind: "proof", namespace: NAMESPACE, epoch: 17 }, preimage(4n, NAMESPACE, { epoch: 17n })],
    [DISSENT, preimage(5n, NAMESPACE, { auditor: A.name })],
  ];
  return inputs.map(([subject, hashed]) => ({
    name: `${subject.kind}${"epoch" in subject ? ` at ${subject.epoch}` : ""}`,
    subject: toJson(subject),
    hex: toHex(hashed),
    id: caseId(subject),
  }));
}

/** Everything that the key of a.example signs; no two of the messages can be mistaken for each other. */
export function signedMessageVectors(): Json[] {
  const head = { namespace: NAMESPACE, origin: ORIGIN, epoch: 17, digest: digestOf(1, 17), timestampMs: T0 + 999 };
  const seconds = cosignatureTimeSeconds(head.timestampMs);
  const messages: [string, Uint8Array][] = [
    ["Plexi message, suite 1", encodePlexiMessage({ ...head, suite: 1 })],
    ["Plexi message, suite 2", encodePlexiMessage({ ...head, suite: 2 })],
    ["C2SP cosignature/v1", cosignedMessage(head, seconds)],
    ["observation", observationMessage(signedObservation(A))],
    ["auditor record", auditorRecordMessage(signedRecord(A, B))],
    ["key rotation", keyRotationMessage(signedRotation(A, C))],
  ];
  const cosignature = { name: A.name, publicKey: A.key.publicKey, timeSeconds: seconds };
  const note = formatSignedNote(head, [{ ...cosignature, signature: A.key.sign(cosignedMessage(head, seconds)) }]);
  return [
    {
      name: "the key",
      seed: toHex(new Uint8Array(32).fill(1)),
      publicKey: toHex(A.key.publicKey),
      auditor: A.name,
      vkey: formatVkey({ name: A.name, publicKey: A.key.publicKey }),
      plexiKeyId: A.key.publicKey[31] ?? 0,
    },
    ...messages.map(([name, message]) => ({ name, hex: toHex(message), signature: toHex(A.key.sign(message)) })),
    { name: "signed note of the cosignature", note, noteBlobTime: toHex(u64be(seconds)) },
  ];
}

/** A certificate, a request and a reader (all five auditors, f = 1), and what the reader decides. */
export function certificateVectors(): Json[] {
  const request = { namespace: NAMESPACE, epoch: 17, min: 3, nowMs: T0 + 60_000 } as const;
  const heads = (...auditors: TestAuditor[]): SignedHead[] => auditors.map((auditor) => signedHead(auditor, {}));
  const fork = (epoch: number): SignedHead[] => [
    ...[A, B, C].map((auditor) => auditor.head(epoch, digestOf(1, epoch))),
    ...[D, E].map((auditor) => auditor.head(epoch, digestOf(2, epoch))),
  ];
  const twice = [D.head(5, digestOf(1, 5)), D.halfHead(5, digestOf(2, 5))];
  const vectors: [string, SignedHead[], (readonly Statement[])[], QuorumRequest, string][] = [
    ["four of five", heads(A, B, C, D), [], request, "satisfied"],
    ["two of five", heads(A, B), [], request, "not-enough"],
    ["four, too old", heads(A, B, C, D), [], { ...request, maxAgeMs: 1000 }, "stale"],
    ["late heads, epoch chosen", heads(A, B, C).map(late), [], request, "satisfied"],
    ["late heads, newest asked for", heads(A, B, C).map(late), [], { ...request, epoch: "latest" }, "not-enough"],
    ["five, and the provider convicted at a later epoch", heads(A, B, C, D, E), [fork(30)], request, "satisfied"],
    ["the same, newest asked for", heads(A, B, C, D, E), [fork(30)], { ...request, epoch: "latest" }, "conflict"],
    ["five, and the provider convicted at an earlier epoch", heads(A, B, C, D, E), [fork(12)], request, "conflict"],
    ["three, one of them convicted", heads(A, B, D), [twice], request, "not-enough"],
  ];
  return vectors.map(([name, signed, cases, asked, result]) => {
    const head = { namespace: NAMESPACE, origin: ORIGIN, epoch: 17, digest: digestOf(1, 17) };
    const signatures = signed.map((one) => {
      const auditor = AUDITORS.find(({ key }) => toHex(key.publicKey) === toHex(one.publicKey));
      return { auditor: auditor?.name ?? "", head: one };
    });
    const files = cases.map((statements) => {
      const [derived] = deriveCases(statements, assumptionsOf(AUDITORS));
      if (derived === undefined) throw new Error(`${name}: the exhibits make no case`);
      return formatCaseFile(derived, statements.map(encodeStatement));
    });
    const certificate = toJson(formatCertificate(head, signatures, files, files.length));
    return { name, request: toJson(asked), result, certificate };
  });
}
