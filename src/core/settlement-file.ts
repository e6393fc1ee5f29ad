/** A settlement as data that people hand on: JSON, and entries of a roster file alike. */
import { CoauditError } from "./errors.ts";
import { checkAuditorName, checkNamespace } from "./names.ts";
import { checkNumber } from "./numbers.ts";
import { type Settlement, TRUST_NONE } from "./settlement.ts";

export const SETTLEMENT_FORMAT = "coaudit/settlement/v1";

export interface SettlementFile extends Settlement {
  readonly format: typeof SETTLEMENT_FORMAT;
}

const DIGEST = /^[0-9a-f]{64}$/;
const MAX_SIDES = 256;
const MAX_AUDITORS = 256;
const MAX_NOTE_CHARACTERS = 500;

export function formatSettlement(settlement: Settlement): SettlementFile {
  return { format: SETTLEMENT_FORMAT, ...settlement };
}

/** Throws SETTLEMENT_INVALID when the text is not a settlement. */
export function parseSettlement(text: string): Settlement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  const { format, ...settlement } = (value ?? {}) as Partial<SettlementFile>;
  if (format !== SETTLEMENT_FORMAT) throw invalid(`its "format" is not ${SETTLEMENT_FORMAT}`);
  return checkSettlement(settlement);
}

/** The value itself, when it is one. Throws SETTLEMENT_INVALID. */
export function checkSettlement(value: unknown): Settlement {
  const fields = ["namespace", "first", "last", "sides", "trust", "note"];
  if (typeof value !== "object" || value === null) throw invalid("it is not an object");
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw invalid(`it has an unknown field "${unknown}"`);
  const { namespace, first, last, sides, trust, note } = value as Partial<Record<keyof Settlement, unknown>>;
  if (typeof namespace !== "string") throw invalid('its "namespace" is not a text');
  if (typeof first !== "number" || typeof last !== "number") throw invalid('"first" and "last" are not both epochs');
  if (typeof note !== "string" || note.length > MAX_NOTE_CHARACTERS) {
    throw invalid(`its "note" is not a text of at most ${MAX_NOTE_CHARACTERS} characters`);
  }
  if (!isSides(sides)) throw invalid('"sides" does not list the names of auditors by digest');
  const parts = { namespace: checked(() => checkNamespace(namespace)), ...checkedEpochs(first, last), sides, note };
  if (Object.keys(sides).length < 2) throw invalid('"sides" has fewer than two digests: nothing parted');
  if (typeof trust !== "string" || (trust !== TRUST_NONE && sides[trust] === undefined)) {
    throw invalid(`its "trust" is neither ${TRUST_NONE} nor one of the digests in "sides"`);
  }
  return { ...parts, trust };
}

function checkedEpochs(first: number, last: number): Pick<Settlement, "first" | "last"> {
  const epochs = checked(() => ({ first: checkNumber(first, "first", 1), last: checkNumber(last, "last", 1) }));
  if (epochs.last < epochs.first) throw invalid(`it ends at epoch ${last}, before it begins at ${first}`);
  return epochs;
}

function isSides(value: unknown): value is Settlement["sides"] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value as Record<string, unknown>);
  const names = entries.flatMap(([, auditors]) => (Array.isArray(auditors) ? auditors : [undefined]));
  if (entries.length > MAX_SIDES || names.length > MAX_AUDITORS) return false;
  if (new Set(names).size !== names.length) return false;
  return entries.every(([digest]) => DIGEST.test(digest)) && names.every((name) => isName(name));
}

function isName(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    checkAuditorName(value);
    return true;
  } catch {
    return false;
  }
}

function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function invalid(reason: string, cause?: unknown): CoauditError<"SETTLEMENT_INVALID"> {
  return new CoauditError("SETTLEMENT_INVALID", `settlement: ${reason}`, { reason }, { cause });
}
