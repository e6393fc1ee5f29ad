/** A claim book from what is left of a damaged one. */
import { join } from "node:path";
import { compareText, equalBytes } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import { checkNamespace } from "../../core/names.ts";
import { checkNumber } from "../../core/numbers.ts";
import type { Store } from "../store/store.ts";
import { diskFiles } from "./claim-files.ts";
import {
  type ClaimBookModules,
  type ClaimBookOptions,
  CREATING_NAME,
  checkKey,
  createClaims,
  levelStores,
  namesOfBook,
} from "./claim-open.ts";
import { type ClaimRecord, encodeRecord, type Halt, recordKey } from "./claim-record.ts";
import { foreignVersion, readableHeader, type SalvagedSource, salvageFolder } from "./claim-salvage.ts";
import { LEVEL_NAME, LOG_NAME, madeByAnotherVersion } from "./claim-sides.ts";
import { ClaimState } from "./claim-state.ts";
import { putRecord } from "./claims-level.ts";
import type { BookHeader } from "./claims-log.ts";

export interface RepairOptions extends ClaimBookOptions {
  /**
   * Per namespace the newest epoch that this node may have signed, judging by what others hold of it: nothing unclaimed
   * at or below it is ever claimed. Only the operator can know it. Every namespace that the readable records name needs
   * one; a namespace that nobody names is never signed before it gets one. Those that are not configured are kept. [a
   * namespace that is dropped and added again]
   */
  readonly watermarks: Readonly<Record<string, number>>;
}

export interface RepairReport {
  readonly namespaces: readonly RepairedNamespace[];
  /** The names in the folder under which everything that was there is kept. */
  readonly keptAside: readonly string[];
}

export interface RepairedNamespace {
  readonly namespace: string;
  readonly claims: number;
  /** 0 if none was readable. */
  readonly newestEpoch: number;
  /** Nothing unclaimed at or below it is ever claimed. */
  readonly mark: number;
  readonly halt: Halt | undefined;
}

/**
 * Builds a new book from the union of all readable records and keeps the old files aside. A namespace stays halted if
 * any file says that it was. After a crash it starts over: until the last rename the folder opens as damaged, never as
 * a smaller book.
 *
 * Where there is no book at all, it makes one of the watermarks alone. Throws CLAIMS_REPAIR_REFUSED when two readable
 * claims for one slot differ, or a namespace has no watermark; CLAIMS_OTHER_VERSION; CLAIMS_OTHER_KEY; STORE_LOCKED
 * while a node runs on the folder; STORE_FULL, STORE_IO.
 */
export async function repairClaims(options: RepairOptions, modules: ClaimBookModules): Promise<RepairReport> {
  const { folder, watermarks, publicKeys } = options;
  const { files = diskFiles, stores = levelStores } = modules;
  for (const [namespace, epoch] of Object.entries(watermarks)) {
    checkNumber(epoch, `watermark of ${checkNamespace(namespace)}`);
  }
  const names = await namesOfBook(folder, files);
  const foreign = await foreignVersion(folder, files);
  if (foreign !== undefined) throw madeByAnotherVersion(folder, foreign);
  const header = await readableHeader(folder, files);
  if (header !== undefined) checkKey(folder, header, publicKeys);

  if (names.includes(LEVEL_NAME)) await stores.checkUnused(join(folder, LEVEL_NAME));
  const sources = await salvageFolder(folder, files);
  const records = [...unionOfClaims(folder, sources), ...eventsAfter(folder, sources, watermarks)];

  await files.makeFolder(folder);
  const suffix = unusedSuffix(names);
  const keptAside: string[] = [];
  const putAside = async (name: string): Promise<void> => {
    if (!names.includes(name)) return;
    await files.rename(join(folder, name), join(folder, name + suffix));
    await files.syncFolder(folder);
    keptAside.push(name + suffix);
  };
  await putAside(REBUILT_LOG);
  await putAside(REBUILT_LEVEL);
  const store = await stores.open({ folder: join(folder, REBUILT_LEVEL), mode: "create" });
  const state = new ClaimState();
  try {
    await writeAll(records, {
      logPath: join(folder, REBUILT_LOG),
      header: { made: "repair", publicKey: publicKeys[0] },
      store,
      state,
      modules,
    });
  } finally {
    await store.close();
  }
  // Whatever the moment of a crash, one of the two is missing or belongs to another book; and without the flag that
  // means damage.
  await files.remove(join(folder, CREATING_NAME));
  await files.syncFolder(folder);
  await putAside(LEVEL_NAME);
  await files.rename(join(folder, REBUILT_LEVEL), join(folder, LEVEL_NAME));
  await files.syncFolder(folder);
  await putAside(LOG_NAME);
  await files.rename(join(folder, REBUILT_LOG), join(folder, LOG_NAME));
  await files.syncFolder(folder);
  return { namespaces: describe(records, state), keptAside: keptAside.sort(compareText) };
}

const REBUILT_LOG = `${LOG_NAME}.rebuilt`;
const REBUILT_LEVEL = `${LEVEL_NAME}.rebuilt`;
const BATCH_RECORDS = 1_000;

/** By namespace and epoch. Two readable records of one slot that differ in any field are for people to examine. */
function unionOfClaims(folder: string, sources: readonly SalvagedSource[]): ClaimRecord[] {
  const union = new Map<string, ClaimRecord & { type: "claim" }>();
  const originOf = new Map<string, string>();
  const namespaceOf = new Map<string, string>();
  for (const { name, records } of sources) {
    for (const record of records) {
      if (record.type !== "claim") continue;
      const { namespace, origin, epoch } = record;
      const slot = `${namespace} ${epoch}`;
      const other = union.get(slot);
      if (other !== undefined && !equalBytes(encodeRecord(other), encodeRecord(record))) {
        throw refused(folder, `two claims for epoch ${epoch} of ${namespace} differ (one of them in ${name})`, [
          namespace,
        ]);
      }
      if ((originOf.get(namespace) ?? origin) !== origin || (namespaceOf.get(origin) ?? namespace) !== namespace) {
        throw refused(folder, `namespace ${namespace} and origin ${origin} are not one-to-one`, [namespace]);
      }
      union.set(slot, record);
      originOf.set(namespace, origin);
      namespaceOf.set(origin, namespace);
    }
  }
  return [...union.values()].sort((a, b) => compareText(a.namespace, b.namespace) || a.epoch - b.epoch);
}

/**
 * One watermark per namespace, the highest known, its halt if one of the sources ends with one, and the last word on
 * the clock.
 */
function eventsAfter(
  folder: string,
  sources: readonly SalvagedSource[],
  watermarks: Readonly<Record<string, number>>,
): ClaimRecord[] {
  const marks = new Map(Object.entries(watermarks));
  const named = new Set(sources.flatMap(({ records }) => records.map((record) => record.namespace)));
  const without = [...named].filter((namespace) => !marks.has(namespace)).sort(compareText);
  if (without.length > 0) throw refused(folder, "give --watermark NAMESPACE=EPOCH for each of these", without);
  if (marks.size === 0)
    throw refused(
      folder,
      "no record is readable: give --watermark NAMESPACE=EPOCH for every namespace that this auditor ever signed for",
      [],
    );

  const halts = new Map<string, ClaimRecord & { type: "halt" }>();
  const clocks = new Map<string, ClaimRecord & { type: "clock" }>();
  for (const { records } of sources) {
    const last = new Map<string, ClaimRecord>();
    for (const record of records) {
      if (record.type === "watermark" || record.type === "mark")
        marks.set(record.namespace, Math.max(record.epoch, marks.get(record.namespace) ?? 0));
      else if (record.type === "clock") {
        if (record.epoch >= (clocks.get(record.namespace)?.epoch ?? 0)) clocks.set(record.namespace, record);
      } else if (record.type !== "claim") last.set(record.namespace, record);
    }
    for (const [namespace, record] of last) {
      if (record.type === "halt" && record.atMs >= (halts.get(namespace)?.atMs ?? 0)) halts.set(namespace, record);
    }
  }
  return [...marks.keys()].sort(compareText).flatMap((namespace): ClaimRecord[] => {
    const halt = halts.get(namespace);
    const watermark: ClaimRecord = { type: "watermark", namespace, epoch: marks.get(namespace) ?? 0 };
    const clock = clocks.get(namespace);
    return [watermark, ...(halt === undefined ? [] : [halt]), ...(clock === undefined ? [] : [clock])];
  });
}

async function writeAll(
  records: readonly ClaimRecord[],
  {
    logPath,
    header,
    store,
    state,
    modules,
  }: {
    logPath: string;
    header: BookHeader;
    store: Store;
    state: ClaimState;
    modules: ClaimBookModules;
  },
): Promise<void> {
  const log = await createClaims(logPath, header, { ...modules, store });
  try {
    for (let first = 0; first < records.length; first += BATCH_RECORDS) {
      const batch = records.slice(first, first + BATCH_RECORDS).map((record) => {
        const payload = encodeRecord(record);
        const key = recordKey(record, state.eventsOf(record.namespace));
        state.apply(record);
        return { key, payload };
      });
      await log.append(...batch.map(({ payload }) => payload));
      await store.batch(
        batch.map(({ key, payload }) => putRecord(key, payload)),
        { sync: true },
      );
    }
  } finally {
    await log.close();
  }
}

function describe(records: readonly ClaimRecord[], state: ClaimState): RepairedNamespace[] {
  return state.namespaces().map((namespace) => ({
    namespace,
    claims: records.filter((record) => record.type === "claim" && record.namespace === namespace).length,
    newestEpoch: state.newest(namespace)?.epoch ?? 0,
    mark: state.mark(namespace),
    halt: state.haltOf(namespace),
  }));
}

/** A name that no earlier repair used. */
function unusedSuffix(names: readonly string[]): string {
  let number = 1;
  while (names.some((name) => name.endsWith(`.aside-${number}`))) number += 1;
  return `.aside-${number}`;
}

function refused(folder: string, reason: string, namespaces: string[]): CoauditError<"CLAIMS_REPAIR_REFUSED"> {
  const which = namespaces.length === 0 ? "" : `: ${namespaces.join(", ")}`;
  return new CoauditError(
    "CLAIMS_REPAIR_REFUSED",
    `${folder} was not repaired, and nothing was changed: ${reason}${which}`,
    { folder, reason, namespaces },
  );
}
