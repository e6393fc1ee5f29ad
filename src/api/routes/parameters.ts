/** Parameters that several routes take. A `description` completes "expected ..." in the answer to a wrong one. */
import Type, { type TString } from "typebox";

/** Decimal without leading zeros, at least 1; the limit of 2^53-1 is checked when it is read. */
export const POSITIVE_NUMBER: string = "^[1-9][0-9]{0,15}$";

export const NamespaceParameter: TString = Type.String({
  pattern: "^[A-Za-z0-9._-]{1,128}$",
  description: "a namespace: 1 to 128 of A-Z a-z 0-9 . _ -",
});

export const EpochParameter: TString = Type.String({
  pattern: POSITIVE_NUMBER,
  description: "a whole number from 1 to 2^53-1",
});

export const EpochOrLatest: TString = Type.String({
  pattern: `^latest$|${POSITIVE_NUMBER}`,
  description: 'a whole number from 1 to 2^53-1, or "latest", which is the default',
});

export const MinParameter: TString = Type.String({
  pattern: "^[1-9][0-9]{0,2}$",
  description: "a whole number from 1 to 999",
});
