/** Questions to one node: what it answered, and what this reader makes of it. */
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import { CoauditError, isCoauditError } from "../core/errors.ts";
import { type DecisionModules, type ReadCertificate, readCertificate } from "./merge-answers.ts";
import { invalidAnswer, type NodeClient, UNAVAILABLE } from "./node-client.ts";
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

/**
 * Questions that are put to one node at the same moment travel as one: an app that has been away for a day asks about
 * thousands of epochs. No digest is ever sent.
 */
export class NodeQuestions {
  readonly #client: NodeClient;
  #waiting: Waiting[] = [];

  constructor(client: NodeClient) {
    this.#client = client;
  }

  /** Rejects with nothing of ours: what is wrong is a problem of the answer. */
  ask(asked: Asked, signal: AbortSignal): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, signal, resolve, reject });
      // Whatever else is asked before this thread lets go is asked at the same moment.
      if (this.#waiting.length === 1) void Promise.resolve().then(() => this.#send());
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < waiting.length; first += MAX_BATCH) {
      const batch = waiting.slice(first, first + MAX_BATCH);
      void (batch.length === 1 ? this.#sendAlone(batch) : this.#sendTogether(batch));
    }
  }

  async #sendAlone(batch: readonly Waiting[]): Promise<void> {
    await Promise.all(
      batch.map(({ asked, signal, resolve, reject }) => askAlone(this.#client, asked, signal).then(resolve, reject)),
    );
  }

  async #sendTogether(batch: readonly Waiting[]): Promise<void> {
    const { url } = this.#client;
    try {
      const parts = await askTogether(this.#client, batch);
      for (const [index, { resolve }] of batch.entries()) resolve(partOf(parts[index], url));
    } catch (error) {
      if (isCoauditError(error) && isFinal(error)) {
        for (const { resolve } of batch) resolve({ url, problem: problemOf(error, url) });
        return;
      }
      // 16 answers with many cases are larger than one may be; an older node or a proxy takes no such question.
      await this.#sendAlone(batch);
    }
  }
}

/** One by one it would be asked more, and it is hanging or asked too much already. */
function isFinal(error: CoauditError): boolean {
  if (isCoauditError(error, "NODE_REFUSED")) return UNAVAILABLE.includes(error.metadata.status);
  return problemKind(error) === "timeout";
}

interface Waiting {
  readonly asked: Asked;
  readonly signal: AbortSignal;
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** As many as a node answers in one. */
const MAX_BATCH = 16;

async function askAlone(client: NodeClient, asked: Asked, signal: AbortSignal): Promise<RawAnswer> {
  const { url } = client;
  try {
    const path = `/v1/namespaces/${encodeURIComponent(asked.namespace)}/quorum?epoch=${asked.epoch}&min=${asked.least}`;
    return certificateIn(await client.get(path, signal), url);
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return failed(error, url);
  }
}

/** Given up when nobody waits for any of them. */
async function askTogether(client: NodeClient, batch: readonly Waiting[]): Promise<readonly unknown[]> {
  const requests = batch.map(({ asked: { namespace, epoch, least } }) => ({ namespace, epoch, min: least }));
  const stop = new AbortController();
  const giveUp = (): void => {
    if (batch.every(({ signal }) => signal.aborted)) stop.abort();
  };
  for (const { signal } of batch) signal.addEventListener("abort", giveUp);
  giveUp();
  try {
    const { answers } = ((await client.post("/v1/quorum", { requests }, stop.signal)) ?? {}) as { answers?: unknown };
    if (!Array.isArray(answers) || answers.length !== batch.length) {
      throw invalidAnswer(client.url, `it does not have ${batch.length} answers`);
    }
    return answers;
  } finally {
    for (const { signal } of batch) signal.removeEventListener("abort", giveUp);
  }
}

function partOf(part: unknown, url: string): RawAnswer {
  const { quorum, problem } = (part ?? {}) as { quorum?: unknown; problem?: { type?: unknown; detail?: unknown } };
  try {
    if (problem === undefined || problem === null) return certificateIn(quorum, url);
    const { type, detail } = problem;
    if (typeof type !== "string" || typeof detail !== "string") throw invalidAnswer(url, "it has no certificate");
    throw new CoauditError("NODE_REFUSED", `${url}: ${detail}`, { url, status: 404, type });
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return failed(error, url);
  }
}

/** Throws NODE_ANSWER_INVALID. */
function certificateIn(answer: unknown, url: string): RawAnswer {
  const { certificate } = (answer ?? {}) as { certificate?: Certificate };
  if (certificate === undefined) throw invalidAnswer(url, "it has no certificate");
  return { url, certificate };
}

function failed(error: CoauditError, url: string): RawAnswer {
  const isUnknown = isCoauditError(error, "NODE_REFUSED") && error.metadata.type === "urn:coaudit:problem:head-unknown";
  return isUnknown ? { url } : { url, problem: problemOf(error, url) };
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
