/** What `coaudit root` does: a mark in the claims, then the new root, then the end of a halt; each on disk in turn. */
import { defaultAuditorSettings, type VerifiedEpoch } from "../../auditor/options.ts";
import { checkRoot } from "../../auditor/start-point.ts";
import { equalBytes, fromHex, toHex } from "../../core/bytes.ts";
import { counted } from "../../core/counted.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import type { AuditorHead } from "../../core/head.ts";
import { parseNumber } from "../../core/numbers.ts";
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { StatementStore } from "../../ledger/statement-store.ts";
import { LevelStore } from "../../ledger/store/level-store.ts";
import { StoredRoots } from "../../ledger/stored-roots.ts";
import {
  claimsFolder,
  ledgerFolder,
  loadConfig,
  type NamespaceConfig,
  type NodeConfig,
} from "../../node/config/config.ts";
import { rootStore } from "../../node/root-store.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import { openSource } from "../../source/open-source.ts";
import type { CliContext } from "../context.ts";
import { shortHex } from "../text.ts";
import { checkMarks, ownKeysOf } from "./known-epochs.ts";

/** As typed. */
export interface AskedRoot {
  readonly namespace: string;
  readonly epoch: string;
  readonly digest: string;
}

export interface RootFlags {
  readonly config: string;
  readonly iHaveChecked: string;
  readonly node?: readonly string[];
  readonly yesReally?: true;
  readonly json?: true;
}

interface Moved {
  readonly notes: readonly string[];
  /** Why the namespace was halted, and is no more; or still is. */
  readonly halt: { readonly reason: string; readonly isLifted: boolean } | undefined;
}

/**
 * Throws USAGE for a namespace that is not configured, NUMBER_OUT_OF_RANGE, ENCODING_INVALID, AUDITOR_ROOT_INVALID;
 * ROOT_REFUSED for a root below the newest claim, one that the configuration overrules, one that the source does not
 * list, and one against which others signed; CLAIMS_REPAIR_REFUSED for one below a head of this auditor that is known;
 * STORE_LOCKED while the node runs.
 */
export async function moveRoot(asked: AskedRoot, flags: RootFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(flags.config);
  const { namespace } = asked;
  const entry = config.namespaces.find((one) => one.namespace === namespace);
  if (entry === undefined) {
    const known = config.namespaces.map((one) => one.namespace).join(", ") || "none";
    throw new CoauditError("USAGE", `${flags.config} has no namespace ${namespace}; it has: ${known}`, {});
  }
  const root = rootOf(asked, entry);
  const publicKeys = await ownKeysOf(config);
  const book = await ClaimBook.open({ folder: claimsFolder(config), publicKeys }, { random: systemRandom });
  try {
    const moved = await move({ root, entry, config, book }, flags);
    if (flags.json === true) {
      const { notes, halt } = moved;
      const said = { namespace, root: { epoch: root.epoch, digest: toHex(root.digest) }, mark: book.mark(namespace) };
      context.out(JSON.stringify({ ...said, ...(halt === undefined ? {} : { halt }), notes }));
    } else for (const line of movedLines(namespace, root, moved, book.mark(namespace))) context.out(line);
  } finally {
    await book.close();
  }
}

function rootOf({ namespace, epoch, digest }: AskedRoot, { origin, configuration }: NamespaceConfig): VerifiedEpoch {
  const root = { epoch: parseNumber(epoch, "the epoch"), digest: fromHex(digest, "the digest") };
  checkRoot({ ...defaultAuditorSettings, namespace, origin, configuration, root });
  return root;
}

interface Asked {
  readonly root: VerifiedEpoch;
  readonly entry: NamespaceConfig;
  readonly config: NodeConfig;
  readonly book: ClaimBook;
}

/**
 * Crash points: after the mark alone, the node goes on as before and signs less; after the root, it is still halted.
 * The command run again does the rest.
 */
async function move({ root, entry, config, book }: Asked, flags: RootFlags): Promise<Moved> {
  const { namespace } = entry;
  const isSure = flags.yesReally === true;
  checkAgainstClaims(root, entry, book);
  const known = { nodes: flags.node ?? [], isSure, claimed: book.mark(namespace) };
  const notes = await checkMarks({ [namespace]: root.epoch }, config, known);
  const doubt = await doubtOf(root, entry);
  if (doubt !== undefined) {
    if (!isSure) throw refused(namespace, root, `${doubt}; if you know better, add --yes-really`);
    notes.push(doubt);
  }
  const store = await LevelStore.open({ folder: ledgerFolder(config) });
  try {
    const { same, other } = await whoSigned(root, entry, config, new StatementStore(store));
    const isAlone = (names: readonly string[]): boolean => names.every((name) => name === config.name);
    if (!isSure && isAlone(same) && !isAlone(other)) {
      const reason = `${other.join(", ")} signed another digest for epoch ${root.epoch}, and none of the others this one; if you know better, add --yes-really`;
      throw refused(namespace, root, reason);
    }
    if (same.length > 0) notes.push(`${counted(same.length, "auditor")} signed this digest: ${same.join(", ")}`);
    if (other.length > 0) notes.push(`signed another digest for epoch ${root.epoch}: ${other.join(", ")}`);
    const detail = `root ${root.epoch} ${toHex(root.digest)}: ${flags.iHaveChecked}`;
    const atMs = systemClock.now();
    await book.setMark(namespace, { epoch: root.epoch, by: "person", detail, atMs });
    await rootStore(new StoredRoots(store)).set({ namespace, ...root, chosen: "pinned" });
    const halt = book.haltOf(namespace);
    if (halt === undefined) return { notes, halt };
    // Whether somebody else holds the key has nothing to do with where the audit goes on.
    const isLifted = halt.reason !== "own-key-conflict";
    if (isLifted) await book.clearHalt(namespace, { detail, atMs });
    return { notes, halt: { reason: halt.reason, isLifted } };
  } finally {
    await store.close();
  }
}

function checkAgainstClaims(root: VerifiedEpoch, { namespace, root: pinned }: NamespaceConfig, book: ClaimBook): void {
  const newest = book.newest(namespace)?.epoch;
  if (newest !== undefined && root.epoch < newest) {
    throw refused(namespace, root, `epoch ${newest} was claimed, so give that one or a later one`);
  }
  if (pinned === undefined || pinned.epoch <= (newest ?? -1)) return;
  const reason = `the configuration pins the root at epoch ${pinned.epoch}, above every claim: correct or remove that line instead`;
  throw refused(namespace, root, reason);
}

/** A slip of the hand here would make everything that the log shows look like a lie. */
async function doubtOf(root: VerifiedEpoch, entry: NamespaceConfig): Promise<string | undefined> {
  if (root.epoch === 0) return undefined;
  const { source: log, allowPlainHttp } = entry;
  try {
    const source = await openSource({ log, allowPlainHttp });
    const { names, host } = await source.listing(root.epoch, new AbortController().signal);
    if (names.some(({ current }) => equalBytes(current, root.digest))) return undefined;
    const others = names.map(({ current }) => shortHex(toHex(current))).join(", ");
    return `${host} lists ${others === "" ? "nothing" : `another digest (${others})`} for epoch ${root.epoch}`;
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    return `the source could not be asked for epoch ${root.epoch}: ${errorMessage(error)}`;
  }
}

async function whoSigned(
  { epoch, digest }: VerifiedEpoch,
  { namespace }: NamespaceConfig,
  config: NodeConfig,
  statements: StatementStore,
): Promise<{ readonly same: readonly string[]; readonly other: readonly string[] }> {
  const [same, other]: [string[], string[]] = [[], []];
  for (const name of config.roster.roster.names) {
    const slot = await statements.headSlot(namespace, name, epoch);
    for (const { statement } of statements.statementsOf<AuditorHead>(slot)) {
      (equalBytes(statement.digest, digest) ? same : other).push(name);
    }
  }
  return { same, other };
}

function movedLines(namespace: string, { epoch, digest }: VerifiedEpoch, moved: Moved, mark: number): string[] {
  const lines = [
    ...moved.notes,
    `${namespace}: the audit goes on from epoch ${epoch}, digest ${toHex(digest)}; signs only above epoch ${mark}`,
  ];
  if (moved.halt === undefined) return lines;
  const { reason, isLifted } = moved.halt;
  const still = `still halted (${reason}): resume it, with \`coaudit resume ${namespace}\`, once you know who else has this key`;
  return [...lines, isLifted ? `the halt (${reason}) is lifted` : still];
}

function refused(namespace: string, { epoch }: VerifiedEpoch, reason: string): CoauditError<"ROOT_REFUSED"> {
  const message = `the root of ${namespace} was not changed: ${reason}`;
  return new CoauditError("ROOT_REFUSED", message, { namespace, epoch, reason });
}
