/**
 * What work costs, in microseconds of the event loop, measured on one core of a busy EPYC 7763 with Node 20 (where two
 * figures stand, idle and busy). A faster core is faster in all of it alike, which is all that a budget needs.
 */
export const PRICE_US = {
  /** OpenSSL's Ed25519, whether the signature is valid or not: 117 to 190. */
  signatureCheck: 160,
  /** `get` of LevelDB, a hit 26, a miss 17. */
  rowRead: 30,
  /** The next row of an iterator over 1,024 of them: 3.9 of processor time, 9 elapsed. */
  rowIterated: 5,
  /** `batch` of one row, not synced: 31 to 34. */
  rowWritten: 40,
  /** `batch` of one row, synced: 146 of processor time; the event loop does not wait for the disk. */
  rowSynced: 150,
  /** A statement decoded, encoded again and compared: 18 for a head of 262 bytes, 1,090 for evidence of 33,924. */
  byteDecoded: 0.07,
  /** One SHA-256: 2.4 to 4.3, and 0.6 to 0.8 ns for each byte. */
  hash: 4,
  byteHashed: 0.001,
} as const;
