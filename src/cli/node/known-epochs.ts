/**
 * Whether a mark that a person gives can be right: the newest epoch of each namespace for which anybody is known to
 * have a head of this auditor, and the newest epoch that is known at all.
 */
import { existsSync } from "node:fs";
import { SeedSigner } from "../../auditor/signer.ts";
import { NodeClient } from "../../client/node-client.ts";
import { fromBase64 } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { verifyHead } from "../../core/head.ts";
import { checkNamespace } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import { diskFiles } from "../../ledger/claims/claim-files.ts";
import { salvageFolder } from "../../ledger/claims/claim-salvage.ts";
import { StatementStore } from "../../ledger/statement-store.ts";
import { LevelStore } from "../../ledger/store/level-store.ts";
import { claimsFolder, ledgerFolder, type NodeConfig } from "../../node/config/config.ts";
import { readKeyFile } from "../../node/config/key-file.ts";
import { keysOf } from "../../node/own-key.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../platform/native-ed25519.ts";
import { systemClock } from "../../platform/system.ts";
import { nodeUrl } from "./node-target.ts";

/** As typed. */
export interface AskedMark {
  readonly namespace: string;
  readonly epoch: string;
}

/** A day and a half of epochs every 30 s: a slip of the hand, not a guess to be safe. */
const MAX_AHEAD_EPOCHS = 4_096;

/** By namespace, the highest of repeated ones. Throws NAME_INVALID, NUMBER_OUT_OF_RANGE. */
export function readMarks(asked: readonly AskedMark[]): Readonly<Record<string, number>> {
  const marks: Record<string, number> = {};
  for (const { namespace, epoch } of asked) {
    checkNamespace(namespace);
    const mark = parseNumber(epoch, `the epoch of ${namespace}`);
    marks[namespace] = Math.max(mark, marks[namespace] ?? 0);
  }
  return marks;
}

/** The auditor's keys, the one in use first. Throws KEY_FILE_UNREADABLE, KEY_FILE_EXPOSED. */
export async function ownKeysOf(config: NodeConfig): Promise<[Uint8Array, ...Uint8Array[]]> {
  const { publicKey } = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile)));
  return keysOf(config.name, config.roster.roster, publicKey);
}

/**
 * Answers with what a person should know. Throws CLAIMS_REPAIR_REFUSED for a mark below a head of this auditor that
 * its ledger holds or that a node shows, signed, and for one far above everything that is known, unless `isSure`;
 * STORE_LOCKED while the node runs.
 */
export async function checkMarks(
  marks: Readonly<Record<string, number>>,
  config: NodeConfig,
  { nodes, isSure, claimed = 0 }: { nodes: readonly string[]; isSure: boolean; claimed?: number },
): Promise<string[]> {
  const notes: string[] = [];
  const folder = claimsFolder(config);
  const salvaged = new Map<string, number>();
  for (const { records } of await salvageFolder(folder, diskFiles)) {
    for (const record of records) {
      if (record.type === "halt" || record.type === "resume" || record.type === "clock") continue;
      salvaged.set(record.namespace, Math.max(record.epoch, salvaged.get(record.namespace) ?? 0));
    }
  }
  for (const [namespace, mark] of Object.entries(marks)) {
    const held = await inLedger(namespace, config);
    const shown = await Promise.all(nodes.map((url) => shownBy(nodeUrl(url), namespace, config, notes)));
    const own = Math.max(held.own, ...shown);
    if (mark < own) {
      throw refused(
        folder,
        `a head of this auditor for epoch ${own} of ${namespace} is known, so a mark of ${mark} would let it sign what it signed before: give ${own} or more`,
        namespace,
      );
    }
    const known = Math.max(own, held.any, claimed, salvaged.get(namespace) ?? 0);
    if (mark - known > MAX_AHEAD_EPOCHS && !isSure) {
      throw refused(
        folder,
        `${mark} is more than ${MAX_AHEAD_EPOCHS} above everything that is known of ${namespace} (${known}), and nothing up to it would ever be signed: correct the number, or add --yes-really`,
        namespace,
      );
    }
    if (!config.namespaces.some((entry) => entry.namespace === namespace)) {
      notes.push(`${namespace} is not configured here: its mark is kept for the day on which it is`);
    }
  }
  return notes;
}

/** The newest epochs, of this auditor and of anybody, that the ledger holds; 0 without a ledger. */
async function inLedger(namespace: string, config: NodeConfig): Promise<{ own: number; any: number }> {
  const folder = ledgerFolder(config);
  if (!existsSync(folder)) return { own: 0, any: 0 };
  const store = await LevelStore.open({ folder, mode: "existing" });
  try {
    const statements = new StatementStore(store);
    const newest = await Promise.all(
      config.roster.roster.names.map(async (name) => (await statements.newestEpoch(namespace, name)) ?? 0),
    );
    return { own: (await statements.newestEpoch(namespace, config.name)) ?? 0, any: Math.max(0, ...newest) };
  } finally {
    await store.close();
  }
}

/** The newest head of this auditor that the node can show; its word without a signature is nothing. */
async function shownBy(url: string, namespace: string, config: NodeConfig, notes: string[]): Promise<number> {
  const client = new NodeClient({ url }, { clock: systemClock });
  try {
    const said = await client.get("/v1/status");
    const epoch = heightIn(said, namespace, config.name);
    if (epoch === 0) return 0;
    const heads = await client.get(`/v1/namespaces/${encodeURIComponent(namespace)}/heads/${epoch}`);
    if (await isShown(heads, { namespace, epoch }, config)) return epoch;
    notes.push(`${url} says epoch ${epoch} of ${namespace} and shows no signed head of it: not counted`);
    return 0;
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    notes.push(`nothing was heard from ${url} about ${namespace}: ${errorMessage(error)}`);
    return 0;
  }
}

function heightIn(status: unknown, namespace: string, name: string): number {
  const { namespaces } = (status ?? {}) as { namespaces?: unknown };
  const entries = (Array.isArray(namespaces) ? namespaces : []) as { namespace?: unknown; heights?: unknown }[];
  const heights = entries.find((entry) => entry?.namespace === namespace)?.heights;
  const own = (Array.isArray(heights) ? (heights as { auditor?: unknown; epoch?: unknown }[]) : []).find(
    (entry) => entry?.auditor === name,
  );
  return Number.isSafeInteger(own?.epoch) ? Number(own?.epoch) : 0;
}

async function isShown(
  answer: unknown,
  { namespace, epoch }: { namespace: string; epoch: number },
  config: NodeConfig,
): Promise<boolean> {
  const { heads } = (answer ?? {}) as { heads?: unknown };
  const verifier = new NativeVerifier();
  for (const head of (Array.isArray(heads) ? heads : []) as { statement?: unknown }[]) {
    if (typeof head?.statement !== "string") continue;
    try {
      const statement = decodeStatement(fromBase64(head.statement));
      if (statement.type !== "signed-head" && statement.type !== "half-head") continue;
      if (statement.namespace !== namespace || statement.epoch !== epoch) continue;
      if (config.roster.roster.byKey(statement.publicKey)?.auditor.name !== config.name) continue;
      if (await verifyHead(statement, { verifier })) return true;
    } catch (error) {
      if (!isCoauditError(error)) throw error;
    }
  }
  return false;
}

function refused(folder: string, reason: string, namespace: string): CoauditError<"CLAIMS_REPAIR_REFUSED"> {
  return new CoauditError("CLAIMS_REPAIR_REFUSED", `${folder} was not changed: ${reason}`, {
    folder,
    reason,
    namespaces: [namespace],
  });
}
