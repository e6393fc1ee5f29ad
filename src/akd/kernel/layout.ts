/**
 * Where things lie in a kernel's memory, and what they look like. Addresses and sizes are in bytes; numbers are
 * little-endian, as WebAssembly has them. Shared by the source of the WebAssembly module, by the JavaScript kernel and
 * by those who call either.
 */

/**
 * One element of a proof: label (eight words as in label.ts), value (32 bytes), length of the label in bits (one word).
 */
export const RECORD_BYTES = 68;
export const RECORD_VALUE = 32;
export const RECORD_LENGTH = 64;

/**
 * What to hash for one interior node: eight words, addresses but for the length. The first tree is the one before the
 * epoch.
 */
export const JOB_BYTES = 32;
export const JOB_LEFT_BEFORE = 0;
export const JOB_RIGHT_BEFORE = 4;
export const JOB_LEFT_AFTER = 8;
export const JOB_RIGHT_AFTER = 12;
/** A label that begins with the node's: any of those below it. */
export const JOB_LABEL = 16;
export const JOB_LENGTH = 20;
export const JOB_RESULT_BEFORE = 24;
export const JOB_RESULT_AFTER = 28;

/**
 * Messages of four hashes at once: 16 vectors, vector i holding word i of each. Words that no hash of a kind uses stay
 * zero.
 */
const MESSAGE_BYTES = 256;
export const LABEL_MESSAGE = 0;
export const VALUE_MESSAGE: number = LABEL_MESSAGE + MESSAGE_BYTES;
export const PARENT_MESSAGE: number = VALUE_MESSAGE + MESSAGE_BYTES;
export const EDGE_MESSAGE: number = PARENT_MESSAGE + MESSAGE_BYTES;
/** Eight vectors. */
export const RESULT: number = EDGE_MESSAGE + MESSAGE_BYTES;
/** MASKS + 32 n: the first n of 256 bits set, as label words, for n from 0 to 256. */
export const MASKS: number = RESULT + 128;
/** How many records the last call of decode wrote. */
export const DECODED_COUNT: number = MASKS + 257 * 32;
/** 1 when the last call of decode stopped before a label that is smaller than the one before it. */
export const DECODED_DESCENT: number = DECODED_COUNT + 4;
/** A record that sorts before every other: label 0, length 0. */
export const ZERO_RECORD: number = DECODED_DESCENT + 4;
/** From here on a kernel's memory is its caller's. */
export const FREE: number = 16 * 1024;

/** Bytes behind the end of what decode is given that it may look at, and that must exist. */
export const DECODE_SLACK_BYTES = 64;
/** The largest canonical element, tag and length included: 2 + (2 + 2 + 32 + 3) + 2 + 32. */
export const LARGEST_ELEMENT_BYTES = 75;
/** The smallest one, whose label is zero. */
export const SMALLEST_ELEMENT_BYTES = 42;
export const INSERTED_TAG = 0x0a;
export const UNCHANGED_TAG = 0x12;

/** BLAKE3's initial value and the order in which each round takes the message words of the round before. */
export const BLAKE3_IV: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
export const BLAKE3_PERMUTATION: readonly number[] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
export const BLAKE3_ROUNDS = 7;
/** CHUNK_START | CHUNK_END | ROOT: an input of at most one block. */
export const BLAKE3_SINGLE_BLOCK_FLAGS = 11;
