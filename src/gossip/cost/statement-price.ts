/**
 * What it costs to take a statement: at worst, read off its first bytes before anything else, and afterwards, by what
 * became of it.
 */
import { MAX_EXHIBITS, STATEMENT_TYPES, type StatementType } from "../../core/statement-codec.ts";
import { readFields } from "../../core/wire.ts";
import type { Outcome } from "../../ledger/outcome.ts";
import { PRICE_US } from "./prices.ts";

/** Signatures of each type that are verified, and none of a carrier's own. */
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

/** A statement that is looked up: its slot is read and what it holds is decoded. */
const LOOKED_UP_US = PRICE_US.rowRead + 20;
/** One that is stored: the slot again, all heads of the epoch, and the write. */
const STORED_US = PRICE_US.rowRead + 6 * PRICE_US.rowRead + PRICE_US.rowSynced;

/** Looked at before any signature, and nothing was read for it. */
const REFUSED_AT_SIGHT: ReadonlySet<Outcome> = new Set(["unknown-key", "unknown-namespace"]);
/** Looked up, and no signature was checked. */
const LOOKED_UP: ReadonlySet<Outcome> = new Set(["known", "third-digest", "convicted-signer", "superseded"]);

/** The most that these bytes can cost whoever receives them as a statement. Never throws, whatever they are. */
export function worstCaseUs(data: Uint8Array): number {
  const type = typeOf(data);
  if (type === undefined || data.length > STATEMENT_TYPES[type].capBytes) return decodedUs(data.length);
  if (type !== "evidence") return decodedUs(data.length) + keptUs(type);
  let totalUs = decodedUs(data.length);
  for (const exhibit of exhibitsOf(data)) totalUs += worstCaseUs(exhibit);
  return totalUs;
}

/** What one statement cost; a carrier costs its own decoding, and its exhibits what each of them did. */
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

/** Decoded, encoded again and compared. */
function decodedUs(sizeBytes: number): number {
  return 10 + sizeBytes * PRICE_US.byteDecoded;
}

/**
 * As far as they can be made out: what can't be decoded is not received either. A carrier in a carrier is malformed.
 */
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
