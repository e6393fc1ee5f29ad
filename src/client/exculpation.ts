/**
 * What takes an accusation back (docs/protocol.md 7.3): before observations of a wrong proof decide, all nodes are
 * asked for what auditors signed at both its ends. [a node shows the accusation, and not what its own auditors say
 * against it]
 */
import { fromBase64, toBase64 } from "../core/bytes.ts";
import { type CaseFile, formatCaseFile, type HeldCase } from "../core/case-file.ts";
import { concerns, type QuorumRequest } from "../core/certificate.ts";
import { isCoauditError } from "../core/errors.ts";
import { type SignedHead, verifyHead } from "../core/head.ts";
import { decodeStatement, encodeStatement } from "../core/statement-codec.ts";
import type { DecidedResult } from "./lookup-result.ts";
import type { DecisionModules } from "./merge-answers.ts";
import type { NodeClient } from "./node-client.ts";

/** As many statements as a case file may hold. */
const MAX_HEADS = 128;

/** The case of a wrong proof that decides this conflict; undefined where something else decides, too. */
export function accusationIn(found: DecidedResult, request: QuorumRequest): ProofCase | undefined {
  if (found.result !== "conflict") return undefined;
  const convictions = found.cases.filter((one) => concerns(one, found.head, request));
  return convictions.every(({ subject }) => subject.kind === "proof") ? (convictions[0] as ProofCase) : undefined;
}

type ProofCase = HeldCase & { readonly subject: { readonly kind: "proof"; namespace: string; epoch: number } };

/** The heads of all nodes at both ends of the proof, as one more file of the case. */
export async function headsAgainst(
  accusation: ProofCase,
  nodes: readonly NodeClient[],
  signal: AbortSignal | undefined,
  modules: DecisionModules,
): Promise<CaseFile | undefined> {
  const { namespace, epoch } = accusation.subject;
  const paths = [epoch, epoch - 1]
    .filter((one) => one > 0)
    .map((one) => `/v1/namespaces/${encodeURIComponent(namespace)}/heads/${one}`);
  const texts = await Promise.all(
    nodes.flatMap((node) => paths.map(async (path) => statementsIn(await answerOf(node, path, signal)))),
  );
  const exhibits = new Set<string>();
  for (const text of new Set(texts.flat())) {
    const head = headIn(text);
    if (head === undefined || exhibits.size === MAX_HEADS) continue;
    if (modules.assumptions.roster.byKey(head.publicKey) === undefined || head.namespace !== namespace) continue;
    // One bad signature damages the whole file.
    if (await verifyHead(head, modules)) exhibits.add(toBase64(encodeStatement(head)));
  }
  return exhibits.size === 0 ? undefined : { ...formatCaseFile(accusation, []), exhibits: [...exhibits] };
}

async function answerOf(node: NodeClient, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await node.get(path, signal);
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return undefined;
  }
}

function statementsIn(answer: unknown): string[] {
  const { heads } = (answer ?? {}) as { heads?: unknown };
  if (!Array.isArray(heads)) return [];
  return heads.slice(0, MAX_HEADS).flatMap((one: { statement?: unknown } | null) => {
    const statement = one?.statement;
    return typeof statement === "string" ? [statement] : [];
  });
}

function headIn(text: string): SignedHead | undefined {
  try {
    const statement = decodeStatement(fromBase64(text));
    return statement.type === "signed-head" ? statement : undefined;
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return undefined;
  }
}
