import { CoauditError } from "./errors.ts";
import { shown } from "./printable.ts";

/** Epochs and timestamps are JavaScript numbers: 0 .. 2^53-1, u64 on the wire (docs/protocol.md 2). */
export const MAX_NUMBER: number = Number.MAX_SAFE_INTEGER;

export function checkNumber(value: number, field: string, min = 0, max: number = MAX_NUMBER): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const limit = max === MAX_NUMBER ? "2^53-1 (9007199254740991)" : String(max);
    throw new CoauditError(
      "NUMBER_OUT_OF_RANGE",
      `${field} ${shown(value)} is not a whole number from ${min} to ${limit}`,
      {
        field,
        value: shown(value),
        min,
        max,
      },
    );
  }
  return value;
}

/** Decimal digits only, no sign, no leading zero: "" and "0x1" are errors, unlike in Number() and BigInt(). */
export function parseNumber(text: string, field: string, min = 0, max: number = MAX_NUMBER): number {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    const limit = max === MAX_NUMBER ? "2^53-1 (9007199254740991)" : String(max);
    throw new CoauditError("NUMBER_OUT_OF_RANGE", `${field} "${text}" is not a whole number from ${min} to ${limit}`, {
      field,
      value: text,
      min,
      max,
    });
  }
  return value;
}
