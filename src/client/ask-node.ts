/** One question to one node: a certificate that this reader could read, or why there is none. */
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import { type CoauditError, isCoauditError } from "../core/errors.ts";
import { type DecisionModules, type ReadCertificate, readCertificate } from "./merge-answers.ts";
import { invalidAnswer, type NodeClient } from "./node-client.ts";
import type { NodeProblem } from "./results.ts";

export interface NodeAnswer {
  readonly url: string;
  /** Neither this nor a problem if the node holds no head. */
  readonly read?: ReadCertificate;
  readonly problem?: { readonly kind: NodeProblem; readonly message: string };
}

const ABOUT: Readonly<Record<"format" | "namespace" | "epoch" | "origin", NodeProblem>> = {
  format: "malformed",
  namespace: "wrong-namespace",
  epoch: "wrong-epoch",
  origin: "wrong-origin",
};

/** `least`: how many signatures the newest head should have, for nodes to find an epoch by. No digest is ever sent. */
export async function askNode(
  client: NodeClient,
  question: { readonly request: QuorumRequest; readonly least: number; readonly signal: AbortSignal | undefined },
  modules: DecisionModules,
): Promise<NodeAnswer> {
  const { url } = client;
  const { namespace, epoch } = question.request;
  try {
    const path = `/v1/namespaces/${encodeURIComponent(namespace)}/quorum?epoch=${epoch}&min=${question.least}`;
    const { certificate } = ((await client.get(path, question.signal)) ?? {}) as { certificate?: Certificate };
    if (certificate === undefined) throw invalidAnswer(url, "it has no certificate");
    return { url, read: await readCertificate(certificate, question.request, modules) };
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    if (isCoauditError(error, "NODE_REFUSED") && error.metadata.type === "urn:coaudit:problem:head-unknown") {
      return { url };
    }
    return { url, problem: { kind: problemKind(error), message: messageOf(error, url) } };
  }
}

function problemKind(error: CoauditError): NodeProblem {
  if (isCoauditError(error, "CERTIFICATE_INVALID")) return ABOUT[error.metadata.about];
  if (isCoauditError(error, "NODE_ANSWER_INVALID")) return error.metadata.kind ?? "malformed";
  if (isCoauditError(error, "NODE_UNREACHABLE")) return error.metadata.kind === "timeout" ? "timeout" : "unreachable";
  return error.code === "NODE_REFUSED" ? "refused" : "malformed";
}

function messageOf(error: CoauditError, url: string): string {
  return error.message.startsWith(url) ? error.message : `${url}: ${error.message}`;
}
