/**
 * What taking a statement costs: the worst case, read off its first byte and its size before anything is parsed, and
 * the real cost afterwards, by its outcome.
 */
import { MAX_EXHIBITS, STATEMENT_TYPES, type StatementType } from "../../core/statement-codec.ts";
import { readFields } from "../../core/wire.ts";
import type { Outcome } from "../../ledger/outcome.ts";
import { PRICE_US } from "./prices.ts";

/** Signatures to verify for each type. A carrier has none of its own. */
const SIGNATURES: Readonly<Record<StatementType, number>> = {
  "signed-head": 2,
  "half-head": 1,
  "provider-head": 1,
  observation: 1,
  evidence: 0,
  "auditor-record": 2,
  "key-rotation": 2,
};

const TYPE_OF_FIRST_BYTE: ReadonlyMap<number, StatementType> = new Map(
  Object.entries(STATEMENT_TYPES).map(([type, { field }]) => [field * 8 + 2, type as StatementType]),
);

/** Looking a statement up: its slot is read and decoded. */
const LOOKED_UP_US = PRICE_US.rowRead + 20;
/** Storing it: the slot is read again, then the heads of the epoch, and the row is written. */
const STORED_US = PRICE_US.rowRead + 6 * PRICE_US.rowRead + PRICE_US.rowSynced;

/** Refused without reading a row or checking a signature. */
const REFUSED_AT_SIGHT: ReadonlySet<Outcome> = new Set(["unknown-key", "unknown-namespace"]);
/** Refused after a look-up, without checking a signature. */
const LOOKED_UP: ReadonlySet<Outcome> = new Set(["known", "third-digest", "convicted-signer", "superseded"]);

/** The most that receiving these bytes as a statement can cost. Never throws, whatever they are. */
export function worstCaseUs(data: Uint8Array): number {
  const type = typeOf(data);
  if (type === undefined || data.length > STATEMENT_TYPES[type].capBytes) return decodedUs(data.length);
  if (type !== "evidence") return decodedUs(data.length) + keptUs(type);
  let totalUs = decodedUs(data.length);
  for (const exhibit of exhibitsOf(data)) totalUs += worstCaseUs(exhibit);
  return totalUs;
}

/** What one statement did cost. A carrier costs its own decoding; its exhibits are counted one by one. */
export function costUs(type: StatementType | undefined, sizeBytes: number, outcome: Outcome): number {
  const costUs = decodedUs(sizeBytes);
  if (type === undefined || type === "evidence" || outcome === "malformed" || REFUSED_AT_SIGHT.has(outcome))
    return costUs;
  return costUs + (LOOKED_UP.has(outcome) ? LOOKED_UP_US : keptUs(type));
}

function typeOf(data: Uint8Array): StatementType | undefined {
  return TYPE_OF_FIRST_BYTE.get(data[0] ?? 0);
}

function keptUs(type: StatementType): number {
  return SIGNATURES[type] * PRICE_US.signatureCheck + LOOKED_UP_US + STORED_US;
}

/** Decoding it, encoding it again and comparing. */
function decodedUs(sizeBytes: number): number {
  return 10 + sizeBytes * PRICE_US.byteDecoded;
}

/** As many as can be read: what cannot be decoded is not received either. A carrier in a carrier is malformed. */
function exhibitsOf(carrier: Uint8Array): Uint8Array[] {
  const exhibits: Uint8Array[] = [];
  try {
    for (const { bytes: body } of readFields(carrier, "evidence")) {
      for (const { bytes } of readFields(body ?? new Uint8Array(), "evidence")) {
        if (bytes === undefined || typeOf(bytes) === "evidence" || exhibits.length === MAX_EXHIBITS) return exhibits;
        exhibits.push(bytes);
      }
    }
  } catch {
    // Truncated: the decoder refuses the whole.
  }
  return exhibits;
}
