/**
 * What work costs, in microseconds of the event loop. Measured on one core of an EPYC 7763 with Node 20 (a busy
 * machine: the second figure is what the price is rounded up from); another core is faster or slower in all of it
 * alike, which is all that a budget needs.
 */
export const PRICE_US = {
  /** OpenSSL, right or wrong: 117 to 190. */
  signatureCheck: 160,
  /** `get` of LevelDB, a hit 26, a miss 17. */
  rowRead: 30,
  /** The next row of an iterator, over 1,024 of them: 3.9 of the processor, 9 until it is there. */
  rowIterated: 5,
  /** `batch` of one row, not synced: 31 to 34. */
  rowWritten: 40,
  /** `batch` of one row, synced: 146 of the processor; the disk's wait is not the event loop's. */
  rowSynced: 150,
  /** A statement decoded, encoded again and compared: a head of 262 bytes 18, evidence of 33,924 bytes 1,090. */
  byteDecoded: 0.07,
  /** One SHA-256: 2.4 to 4.3, and then 0.6 to 0.8 ns a byte. */
  hash: 4,
  byteHashed: 0.001,
} as const;
