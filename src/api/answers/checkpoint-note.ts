/** Certificates as C2SP's tools read them: a checkpoint with one cosignature line for each auditor that counts. */
import { fromBase64, fromHex } from "../../core/bytes.ts";
import { formatSignedNote } from "../../core/checkpoint.ts";
import { CoauditError } from "../../core/errors.ts";
import { asCheckpoint, cosignatureTimeSeconds } from "../../core/head.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import type { NodeView, QuorumAnswer } from "../../node/view.ts";

/**
 * Epochs below an auditor's newest one that are searched for a cosignature: it omits them while it is more than 20
 * behind.
 */
const MAX_STEPS = 64;

/**
 * The newest checkpoint (or that of an epoch) with at least `min` cosignatures. Undefined if there is none. Throws
 * QUORUM_CONFLICT: a checkpoint has no room for evidence, so a tool that counts lines would not see it.
 */
export async function checkpointNote(
  namespace: string,
  epoch: number | "latest",
  min: number,
  node: NodeView,
): Promise<string | undefined> {
  const answer = await node.quorum(namespace, epoch, min);
  if (answer === undefined) return undefined;
  if (answer.result === "conflict") {
    const message = `${answer.explanation}; GET /v1/namespaces/${namespace}/quorum and /v1/evidence have the evidence`;
    throw new CoauditError("QUORUM_CONFLICT", message, { namespace, epoch: answer.certificate.epoch });
  }
  const cosignatures = cosignaturesOf(answer);
  if (cosignatures.length < min) return undefined;
  const { origin, digest, epoch: found } = answer.certificate;
  return formatSignedNote({ origin, epoch: found, digest: fromHex(digest) }, cosignatures);
}

/** The newest checkpoint that this auditor cosigned, with its cosignature alone. */
export async function witnessNote(namespace: string, auditor: string, node: NodeView): Promise<string | undefined> {
  const status = node.status().namespaces.find((entry) => entry.namespace === namespace);
  const height = status?.heights.find((entry) => entry.auditor === auditor)?.epoch ?? 0;
  for (let epoch = height; epoch > Math.max(0, height - MAX_STEPS); epoch--) {
    const views = (await node.heads(namespace, epoch)).filter((view) => view.auditor === auditor);
    // Two heads for one epoch: nobody knows which of them it means.
    const [view] = views.length === 1 ? views : [];
    const head = view && decodeStatement(fromBase64(view.statement));
    if (head?.type !== "signed-head" || head.cosignature === undefined) continue;
    const { publicKey, timestampMs, cosignature: signature } = head;
    const timeSeconds = cosignatureTimeSeconds(timestampMs);
    return formatSignedNote(asCheckpoint(head), [{ name: auditor, publicKey, timeSeconds, signature }]);
  }
  return undefined;
}

function cosignaturesOf({ certificate, signers }: QuorumAnswer): Parameters<typeof formatSignedNote>[1] {
  const counted = new Map(signers.map(({ auditor, timestampMs }) => [auditor, timestampMs]));
  return certificate.signatures.flatMap(({ auditor: name, publicKey, timestampMs, cosignature }) => {
    if (cosignature === undefined || counted.get(name) !== timestampMs) return [];
    const timeSeconds = cosignatureTimeSeconds(timestampMs);
    return [{ name, publicKey: fromHex(publicKey), timeSeconds, signature: fromHex(cosignature) }];
  });
}
