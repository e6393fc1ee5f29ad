import { defaultMin } from "../api/default-min.ts";
import type { Certificate, QuorumRequest, QuorumVerdict } from "../core/certificate.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import type { Reader } from "../core/evidence.ts";
import { checkNamespace } from "../core/names.ts";
import { parseNumber } from "../core/numbers.ts";
import { NativeVerifier } from "../node/native-ed25519.ts";
import { systemClock } from "../node/system.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-codes.ts";
import { invalidAnswer, NodeClient } from "./node-client.ts";
import { nodeUrl } from "./node-target.ts";
import { type DecisionModules, decideQuorum, type ReadCertificate, readCertificate } from "./quorum-decision.ts";
import { quorumJson, quorumText } from "./quorum-text.ts";
import { type ReaderFlags, readerOf } from "./reader-flags.ts";

export interface QuorumFlags extends ReaderFlags {
  readonly node: readonly string[];
  readonly namespace: string;
  readonly epoch: string;
  readonly min?: string;
  readonly maxAge?: string;
  readonly json?: true;
}

type CountingRequest = Extract<QuorumRequest, { readonly min: number }>;

/** What came of asking one node. */
export interface NodeReport {
  readonly url: string;
  readonly read?: ReadCertificate;
  readonly problem?: string;
}

export interface Decision {
  readonly request: CountingRequest;
  readonly reader: Reader;
  /** Undefined when the nodes that answered hold no head. */
  readonly verdict: QuorumVerdict | undefined;
  readonly nodes: readonly NodeReport[];
}

/** A certificate is verified with two signatures an auditor; more nodes than this add nothing but waiting. */
const MAX_NODES = 16;

const EXITS: Readonly<Record<QuorumVerdict["result"], number>> = {
  satisfied: EXIT.yes,
  "not-enough": EXIT.no,
  stale: EXIT.no,
  conflict: EXIT.conflict,
};

/** Sets the exit code. Throws USAGE and the like for wrong options, and NODE_UNREACHABLE when no answer could be used. */
export async function askQuorum(flags: QuorumFlags, context: CliContext): Promise<void> {
  if (flags.node.length > MAX_NODES) throw usage("--node", `at most ${MAX_NODES} nodes are asked`);
  const urls = [...new Set(flags.node.map(nodeUrl))];
  const reader = await readerOf(flags);
  const request = requestOf(flags, reader);
  const modules = { reader, verifier: new NativeVerifier() };
  const nodes = await Promise.all(urls.map((url) => askNode(url, request, modules)));
  const read = nodes.flatMap((node) => node.read ?? []);
  if (read.length === 0 && nodes.every(({ problem }) => problem !== undefined)) {
    const reasons = nodes.map(({ problem }) => problem).join("; ");
    throw new CoauditError("NODE_UNREACHABLE", `no node gave a usable answer: ${reasons}`, { url: urls.join(" ") });
  }
  const verdict = read.length === 0 ? undefined : await decideQuorum(read, request, modules);
  const decision = { request, reader, verdict, nodes };
  context.out(flags.json === true ? JSON.stringify(quorumJson(decision)) : quorumText(decision, context));
  context.exitCode = verdict === undefined ? EXIT.no : EXITS[verdict.result];
}

function requestOf(flags: QuorumFlags, reader: Reader): CountingRequest {
  const min =
    flags.min === undefined ? defaultMin(reader.roster.size) : parseNumber(flags.min, "--min", 1, reader.roster.size);
  return {
    namespace: checkNamespace(flags.namespace),
    epoch: flags.epoch === "latest" ? "latest" : parseNumber(flags.epoch, "--epoch", 1),
    min,
    nowMs: systemClock.now(),
    ...(flags.maxAge === undefined ? {} : { maxAgeMs: parseNumber(flags.maxAge, "--max-age", 1, 2 ** 31) * 1000 }),
  };
}

/** A node that fails, or whose answer does not verify, is reported and not heard. */
async function askNode(url: string, request: CountingRequest, modules: DecisionModules): Promise<NodeReport> {
  const { namespace, epoch, min } = request;
  const client = new NodeClient({ url }, { clock: systemClock });
  try {
    const path = `/v1/namespaces/${encodeURIComponent(namespace)}/quorum?epoch=${epoch}&min=${min}`;
    const { certificate } = ((await client.get(path)) ?? {}) as { certificate?: Certificate };
    if (certificate === undefined) throw invalidAnswer(url, "it has no certificate");
    return { url, read: await readCertificate(certificate, request, modules) };
  } catch (error) {
    if (isCoauditError(error, "NODE_REFUSED") && error.metadata.type === "urn:coaudit:problem:head-unknown")
      return { url };
    if (isCoauditError(error, "CERTIFICATE_INVALID")) return { url, problem: `${url}: ${error.message}` };
    if (isCoauditError(error)) return { url, problem: errorMessage(error) };
    throw error;
  }
}

function usage(option: string, reason: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${reason}`, { option });
}
