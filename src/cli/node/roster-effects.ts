/**
 * What a roster would make of the statements that a node's data folder holds: judged as the node would at its next
 * start, over a copy in memory, so that nothing on disk changes.
 */
import { existsSync } from "node:fs";
import { isCoauditError } from "../../core/errors.ts";
import { type CaseSubject, convictedBy } from "../../core/evidence.ts";
import type { AuditorHead } from "../../core/head.ts";
import { NOW_EPOCH, type Roster } from "../../core/roster.ts";
import type { CaseRecord } from "../../ledger/cases/case-record.ts";
import { Ledger } from "../../ledger/ledger.ts";
import { StatementStore } from "../../ledger/statement-store.ts";
import { LevelStore } from "../../ledger/store/level-store.ts";
import { ScratchStore } from "../../ledger/store/scratch-store.ts";
import { ledgerFolder, type NodeConfig } from "../../node/config/config.ts";
import type { RosterFinding } from "../../node/config/roster-review.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import { systemClock } from "../../platform/system.ts";

/** As the node judged the case last, and as it would with this roster: a class, or why it is not open. */
export interface ChangedCase {
  readonly id: string;
  readonly subject: CaseSubject;
  /** Absent: there is no such case. */
  readonly before?: string;
  readonly after?: string;
  /** With this roster it refuses quorums. */
  readonly convictsProvider: boolean;
}

export interface RosterEffects {
  readonly findings: readonly RosterFinding[];
  /** Those that convict the provider first. */
  readonly cases: readonly ChangedCase[];
}

/** Throws STORE_LOCKED while the node runs, and the store's other errors. */
export async function effectsOf(config: NodeConfig): Promise<RosterEffects> {
  const folder = ledgerFolder(config);
  if (!existsSync(folder)) return { findings: [], cases: [] };
  const store = await LevelStore.open({ folder, mode: "existing" });
  try {
    const statements = new StatementStore(store);
    const { roster } = config.roster;
    const findings: RosterFinding[] = [];
    for (const { namespace } of config.namespaces) {
      findings.push(...(await heldFindings(namespace, config, statements)));
    }
    if (findings.some(({ level }) => level === "error")) return { findings, cases: [] };
    const before = new Map<string, CaseRecord>();
    for await (const record of statements.cases()) before.set(record.id, record);
    const ledger = await openOver(store, config);
    if (!(ledger instanceof Ledger)) return { findings: [...findings, ledger], cases: [] };
    findings.push(...trustFindings(roster, ledger.convicted));
    return { findings, cases: changed(before, ledger.cases()) };
  } finally {
    await store.close();
  }
}

/** As the node would open it. */
async function openOver(store: LevelStore, config: NodeConfig): Promise<Ledger | RosterFinding> {
  const { namespaces, roster, faultBound, providerKeys } = config;
  try {
    return await Ledger.open(
      { namespaces, roster: roster.roster, faultBound, providerKeys, settlements: roster.settlements },
      { store: new ScratchStore(store), clock: systemClock, verifier: new NativeVerifier() },
    );
  } catch (error) {
    if (!isCoauditError(error, "LEDGER_ORIGIN_CHANGED")) throw error;
    return { level: "error", kind: "origin-changed", message: error.message };
  }
}

/** Whose heads are held, against who is listed with which keys. */
async function heldFindings(
  namespace: string,
  { name: ownName, roster: { roster } }: NodeConfig,
  statements: StatementStore,
): Promise<RosterFinding[]> {
  const held = await statements.auditorsHeld(namespace);
  const findings = (await Promise.all(held.map((name) => signerFindings(name, namespace, roster, statements)))).flat();
  if (held.length === 0) return findings;
  const newcomers = roster
    .membersAt(namespace, NOW_EPOCH)
    .filter(
      (name) => name !== ownName && !held.includes(name) && roster.byName(name)?.joined?.[namespace] === undefined,
    );
  for (const name of newcomers) {
    const message = `no head of ${name} is held in ${namespace}, and it has no \`joined\`: it counts as missing at all old epochs`;
    findings.push({ level: "warning", kind: "joined-missing", message });
  }
  return findings;
}

async function signerFindings(
  name: string,
  namespace: string,
  roster: Roster,
  statements: StatementStore,
): Promise<RosterFinding[]> {
  if (roster.byName(name) === undefined) {
    const message = `heads of ${name} are held in ${namespace}, and the roster no longer lists it: put its entry back and end it with \`retired: { ${namespace}: EPOCH }\``;
    return [{ level: "error", kind: "auditor-missing", message }];
  }
  const newest = (await statements.newestEpoch(namespace, name)) ?? 0;
  for (const epoch of new Set([await oldestEpoch(namespace, name, statements), newest])) {
    const slot = await statements.headSlot(namespace, name, epoch);
    for (const { statement } of statements.statementsOf<AuditorHead>(slot)) {
      const owner = roster.byKey(statement.publicKey)?.auditor.name;
      if (owner === name) continue;
      const where = owner === undefined ? "the roster lists no more" : `the roster lists under ${owner}`;
      const message = `${name} signed epoch ${epoch} of ${namespace} with a key that ${where}: put it back under ${name}, with its window closed`;
      return [{ level: "warning", kind: "key-moved", message }];
    }
  }
  return [];
}

async function oldestEpoch(namespace: string, name: string, statements: StatementStore): Promise<number> {
  for await (const [epoch] of statements.headSlots(namespace, name, 0, NOW_EPOCH)) return epoch;
  return 0;
}

function trustFindings(roster: Roster, convicted: ReadonlySet<string>): RosterFinding[] {
  return roster.auditors.flatMap(({ name, trustedUntil, retired }): RosterFinding[] => {
    const isConvicted = convicted.has(name);
    if (trustedUntil !== undefined && !isConvicted) {
      const message = `trusted-until of ${name} has no effect: it is not convicted of anything here`;
      return [{ level: "note", kind: "trusted-until-unused", message }];
    }
    if (!isConvicted || trustedUntil !== undefined || retired !== undefined) return [];
    const message = `${name} is convicted of signing two digests and counts nowhere: retire it, or say up to which epoch you trust it`;
    return [{ level: "warning", kind: "convicted", message }];
  });
}

function changed(before: ReadonlyMap<string, CaseRecord>, after: readonly CaseRecord[]): ChangedCase[] {
  const now = new Map(after.map((record) => [record.id, record]));
  const cases: ChangedCase[] = [];
  for (const id of new Set([...before.keys(), ...now.keys()])) {
    const [was, is] = [before.get(id), now.get(id)];
    const subject = (is ?? was)?.subject;
    if (subject === undefined || textOf(was) === textOf(is)) continue;
    cases.push({
      id,
      subject,
      ...(was === undefined ? {} : { before: textOf(was) }),
      ...(is === undefined ? {} : { after: textOf(is) }),
      convictsProvider: is?.state === "open" && convictedBy(is.subject, is.class) === "provider",
    });
  }
  return cases.sort((a, b) => Number(b.convictsProvider) - Number(a.convictsProvider));
}

function textOf(record: CaseRecord | undefined): string {
  if (record === undefined) return "-";
  return record.state === "open" ? record.class : record.state;
}
