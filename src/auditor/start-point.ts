/** Where the audit of a namespace continues, or begins. */
import type { ConfigurationName } from "../akd/configuration.ts";
import { emptyDigest } from "../akd/configuration.ts";
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { RecordedRoot } from "../core/statement.ts";
import type { EpochSource } from "../source/source.ts";
import type { Examiner } from "./look/examiner.ts";
import type { ResolvedOptions, VerifiedEpoch } from "./options.ts";
import type { Claims, RootStore } from "./ports.ts";
import type { Trouble } from "./trouble.ts";

export type StartPoint =
  /** `frontier` is the last verified epoch and its digest: from the newest claim, or the root. */
  | { readonly kind: "found"; readonly frontier: VerifiedEpoch; readonly root: RecordedRoot }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

export interface StartModules {
  readonly source: EpochSource;
  readonly examiner: Examiner;
  readonly claims: Claims;
  readonly roots: RootStore;
  readonly log: Logger;
}

/** The root of a log that is audited from its first epoch on. */
export function emptyTreeRoot(configuration: ConfigurationName): VerifiedEpoch {
  return { epoch: 0, digest: emptyDigest(configuration) };
}

/** Throws AUDITOR_ROOT_INVALID for a pinned root that cannot be one. */
export function checkRoot({ namespace, configuration, root }: ResolvedOptions): void {
  if (root === undefined) return;
  const refuse = (reason: string): CoauditError<"AUDITOR_ROOT_INVALID"> =>
    new CoauditError("AUDITOR_ROOT_INVALID", `the root pinned for ${namespace} cannot be right: ${reason}`, {
      namespace,
      epoch: root.epoch,
      reason,
    });
  if (root.digest.length !== 32) throw refuse(`its digest has ${root.digest.length} bytes, not 32`);
  const empty = emptyDigest(configuration);
  if (root.epoch === 0 && !equalBytes(root.digest, empty)) {
    throw refuse(`at epoch 0 the tree is empty, and the digest of an empty ${configuration} tree is ${toHex(empty)}`);
  }
}

/**
 * The newest claim is the last verified digest, so the audit continues from it, whatever the source lists by now. Only
 * a root pinned above it skips what is in between, as the operator asked, and a root that was stored at or above it
 * with `coaudit root`: those claims were made of another history. Without claims the audit begins at the pinned root,
 * or the one stored at first sight, or the newest listed epoch, which is stored before it is used. The root itself is
 * never signed.
 */
export async function findStart(
  options: ResolvedOptions,
  modules: StartModules,
  signal: AbortSignal,
): Promise<StartPoint> {
  const { namespace, root: pinned } = options;
  const { claims, roots, log } = modules;
  const newestClaim = claims.newest(namespace);
  const stored = await roots.get(namespace);
  signal.throwIfAborted();
  if (newestClaim !== undefined && (pinned === undefined || pinned.epoch <= newestClaim.epoch)) {
    const contradiction = pinned && (await contradictionOf({ namespace, ...pinned }, stored, claims));
    signal.throwIfAborted();
    if (contradiction !== undefined) return { kind: "trouble", trouble: contradiction };
    if (stored !== undefined && stored.epoch >= newestClaim.epoch)
      return { kind: "found", frontier: stored, root: stored };
    const frontier = { epoch: newestClaim.epoch, digest: newestClaim.digest };
    // Claims without a stored root came from elsewhere: what lies before them was not verified by this node.
    const root: RecordedRoot = stored ?? {
      namespace,
      ...(pinned ?? frontier),
      chosen: pinned ? "pinned" : "first-sight",
    };
    if (stored === undefined) await roots.set(root);
    return { kind: "found", frontier, root };
  }
  if (pinned !== undefined) {
    const root: RecordedRoot = { namespace, ...pinned, chosen: "pinned" };
    if (newestClaim !== undefined) {
      const skipped = { from: newestClaim.epoch, to: pinned.epoch };
      log.warn(
        { namespace, ...skipped },
        "the pinned root is above the newest claim: the epochs in between are not audited",
      );
    }
    await roots.set(root);
    return { kind: "found", frontier: pinned, root };
  }
  if (stored !== undefined) return { kind: "found", frontier: stored, root: stored };
  return firstSight(namespace, modules, signal);
}

/**
 * A pinned root for whose epoch this node holds another digest. What lies below a root to which a person moved the
 * audit is of a history that was left. [a line that was copied from another log is ignored without a word]
 */
async function contradictionOf(
  { namespace, epoch, digest }: VerifiedEpoch & { readonly namespace: string },
  stored: RecordedRoot | undefined,
  claims: Claims,
): Promise<Trouble | undefined> {
  // The empty tree has the digest that the configuration gives it.
  if (epoch === 0 || (stored !== undefined && stored.epoch > epoch)) return undefined;
  const held = stored?.epoch === epoch ? stored.digest : (await claims.get(namespace, epoch))?.digest;
  if (held === undefined || equalBytes(held, digest)) return undefined;
  const line = `the root in the configuration names ${toHex(digest)} for epoch ${epoch}`;
  const message = `${line}, and this node's data ${toHex(held)}: correct that line, or, if the line is right, move the audit with "coaudit root"`;
  return { reason: "configuration", code: "ROOT_CONTRADICTED", message };
}

async function firstSight(
  namespace: string,
  { source, examiner, roots, log }: StartModules,
  signal: AbortSignal,
): Promise<StartPoint> {
  const epoch = await source.latest(signal);
  signal.throwIfAborted();
  if (epoch === undefined) {
    return cannotStart("NOTHING_LISTED", "the source lists no epoch yet: is this the log's URL?");
  }
  const { names, host } = await examiner.list(epoch, signal);
  const [name] = names;
  if (name === undefined) {
    return cannotStart("NOT_LISTED", `${host} listed epoch ${epoch} a moment ago and no longer does`);
  }
  if (names.length > 1) {
    const message = `${host} lists ${names.length} blobs for epoch ${epoch}, so none can be taken as the root: pin one`;
    return cannotStart("ROOT_AMBIGUOUS", message);
  }
  const root: RecordedRoot = { namespace, epoch, digest: name.current, chosen: "first-sight" };
  await roots.set(root);
  signal.throwIfAborted();
  log.info(
    { namespace, epoch, digest: toHex(name.current), host },
    "took the newest listed epoch as root at first sight",
  );
  return { kind: "found", frontier: root, root };
}

function cannotStart(code: string, message: string): StartPoint {
  return { kind: "trouble", trouble: { reason: "source", code, message } };
}
