/** A node as Plexi's clients see an auditor. */
import { createHash } from "node:crypto";
import { fromBase64, utf8 } from "../../core/bytes.ts";
import type { SignedHead } from "../../core/head.ts";
import { type PlexiSignatureResponse, plexiSignatureResponse } from "../../core/plexi.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import type { HeadView, NamespaceStatus, NodeView, ProviderHeadView } from "../../node/view.ts";

export interface PlexiNamespaceView {
  readonly name: string;
  readonly log_directory: string | null;
  readonly root: string | null;
  readonly last_verified_epoch?: number;
  readonly status: "Online" | "Initialization" | "Disabled";
  readonly reports_uri: string;
  readonly audits_uri: string;
  readonly signature_version: number;
  readonly ciphersuite: number;
}

/**
 * `root` is the first epoch that was signed, not the root of the audit: the plexi command looks for the signature of
 * the epoch before every other epoch, and panics if there is none.
 */
export async function plexiNamespace(status: NamespaceStatus, node: NodeView): Promise<PlexiNamespaceView> {
  const { namespace, state, suite, logDirectory } = status;
  const first = await firstSignedHead(namespace, node);
  const last = lastSignedEpoch(status, node.name);
  const isOver = state === "halted" || state === "ended";
  return {
    name: namespace,
    log_directory: logDirectory ?? null,
    root: first === undefined ? null : `${first.epoch}/${first.digest}`,
    ...(last === undefined ? {} : { last_verified_epoch: last }),
    status: isOver ? "Disabled" : first === undefined ? "Initialization" : "Online",
    reports_uri: `/namespaces/${namespace}/reports`,
    audits_uri: `/namespaces/${namespace}/audits`,
    signature_version: suite,
    ciphersuite: suite,
  };
}

/**
 * The newest epoch with this node's signature; an epoch that is verified but not signed yet cannot be shown to anybody.
 */
export function lastSignedEpoch({ lastSigned, heights }: NamespaceStatus, name: string): number | undefined {
  // Before the first epoch of this run: from the ledger.
  return lastSigned?.epoch ?? (heights.find(({ auditor }) => auditor === name)?.epoch || undefined);
}

/** This node's own signature over an epoch. */
export async function plexiSignature(
  namespace: string,
  epoch: number,
  node: NodeView,
): Promise<PlexiSignatureResponse | undefined> {
  const own = (await node.heads(namespace, epoch)).filter(({ auditor }) => auditor === node.name);
  const head = own.map(signedHeadOf).find((signed) => signed !== undefined);
  return head && plexiSignatureResponse(head, head.publicKey, head.plexiSignature);
}

export function plexiReport({ message, publicKey, signature }: ProviderHeadView): {
  id: string;
  report: PlexiSignatureResponse;
} {
  const report = plexiSignatureResponse(message, publicKey, signature);
  return { id: uuidOf("report", report.namespace, String(report.epoch), report.digest), report };
}

export interface PlexiLastVerifiedView {
  readonly job_id: string;
  readonly epoch: number;
  readonly start_hash: string;
  readonly end_hash: string;
  readonly timestamp: number;
}

export async function plexiLastVerified(
  status: NamespaceStatus,
  node: NodeView,
): Promise<PlexiLastVerifiedView | undefined> {
  const { namespace, root } = status;
  const epoch = lastSignedEpoch(status, node.name);
  const last = epoch === undefined ? undefined : await plexiSignature(namespace, epoch, node);
  if (last === undefined) return undefined;
  const before = await plexiSignature(namespace, last.epoch - 1, node);
  const start = before?.digest ?? (root?.epoch === last.epoch - 1 ? root.digest : undefined);
  if (start === undefined) return undefined;
  return {
    job_id: uuidOf("audit", namespace, String(last.epoch), last.digest),
    epoch: last.epoch,
    start_hash: start,
    end_hash: last.digest,
    timestamp: last.timestamp,
  };
}

/** The id of a log at C2SP distributors and witnesses. */
export function logIdOf(origin: string): string {
  return createHash("sha256").update(`o:${origin}`).digest("hex");
}

async function firstSignedHead(
  namespace: string,
  node: NodeView,
): Promise<{ epoch: number; digest: string } | undefined> {
  const first = await node.firstSigned(namespace);
  const epoch = first && signedHeadOf(first)?.epoch;
  return first === undefined || epoch === undefined ? undefined : { epoch, digest: first.digest };
}

function signedHeadOf({ statement }: HeadView): SignedHead | undefined {
  const head = decodeStatement(fromBase64(statement));
  return head.type === "signed-head" ? head : undefined;
}

/**
 * A UUID (RFC 9562, version 8) derived from what it identifies, so that every answer and every restart give the same.
 */
function uuidOf(...parts: readonly string[]): string {
  const bytes = createHash("sha256")
    .update(utf8(["coaudit/plexi-id/v1", ...parts].join("\0")))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
