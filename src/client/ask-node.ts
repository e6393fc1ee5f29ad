/** One question to one node: what it answered, and what this reader makes of it. */
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import { type CoauditError, isCoauditError } from "../core/errors.ts";
import { type DecisionModules, type ReadCertificate, readCertificate } from "./merge-answers.ts";
import { invalidAnswer, type NodeClient } from "./node-client.ts";
import type { NodeProblem } from "./results.ts";

interface Problem {
  readonly kind: NodeProblem;
  readonly message: string;
}

/** As it came: nothing of it is verified. Neither a certificate nor a problem if the node holds no head. */
export interface RawAnswer {
  readonly url: string;
  readonly certificate?: Certificate;
  readonly problem?: Problem;
}

export interface NodeAnswer {
  readonly url: string;
  /** Neither this nor a problem if the node holds no head. */
  readonly read?: ReadCertificate;
  readonly problem?: Problem;
}

/** What travels. `least`: how many signatures the newest head should have, for nodes to find an epoch by. */
export interface Asked {
  readonly namespace: string;
  readonly epoch: number | "latest";
  readonly least: number;
}

const ABOUT: Readonly<Record<"format" | "namespace" | "epoch" | "origin", NodeProblem>> = {
  format: "malformed",
  namespace: "wrong-namespace",
  epoch: "wrong-epoch",
  origin: "wrong-origin",
};

/** No digest is ever sent. Throws nothing of ours: what is wrong is a problem of the answer. */
export async function askNode(client: NodeClient, asked: Asked, signal: AbortSignal): Promise<RawAnswer> {
  const { url } = client;
  try {
    const path = `/v1/namespaces/${encodeURIComponent(asked.namespace)}/quorum?epoch=${asked.epoch}&min=${asked.least}`;
    const { certificate } = ((await client.get(path, signal)) ?? {}) as { certificate?: Certificate };
    if (certificate === undefined) throw invalidAnswer(url, "it has no certificate");
    return { url, certificate };
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    if (isCoauditError(error, "NODE_REFUSED") && error.metadata.type === "urn:coaudit:problem:head-unknown") {
      return { url };
    }
    return { url, problem: problemOf(error, url) };
  }
}

export async function readAnswer(
  { url, certificate, problem }: RawAnswer,
  request: QuorumRequest,
  modules: DecisionModules,
): Promise<NodeAnswer> {
  if (problem !== undefined) return { url, problem };
  if (certificate === undefined) return { url };
  try {
    return { url, read: await readCertificate(certificate, request, modules) };
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return { url, problem: problemOf(error, url) };
  }
}

function problemOf(error: CoauditError, url: string): Problem {
  return {
    kind: problemKind(error),
    message: error.message.startsWith(url) ? error.message : `${url}: ${error.message}`,
  };
}

function problemKind(error: CoauditError): NodeProblem {
  if (isCoauditError(error, "CERTIFICATE_INVALID")) return ABOUT[error.metadata.about];
  if (isCoauditError(error, "NODE_ANSWER_INVALID")) return error.metadata.kind ?? "malformed";
  if (isCoauditError(error, "NODE_UNREACHABLE")) return error.metadata.kind === "timeout" ? "timeout" : "unreachable";
  return error.code === "NODE_REFUSED" ? "refused" : "malformed";
}
