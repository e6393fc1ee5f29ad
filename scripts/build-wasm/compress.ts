/** BLAKE3's compression of four one-block inputs at once: lane i of every vector belongs to input i. */
import {
  BLAKE3_IV,
  BLAKE3_PERMUTATION,
  BLAKE3_ROUNDS,
  BLAKE3_SINGLE_BLOCK_FLAGS,
} from "../../src/akd/kernel/layout.ts";
import {
  addLanes,
  type Code,
  constant,
  FunctionBuilder,
  get,
  type Local,
  loadVector,
  orVector,
  reorderBytes,
  set,
  shiftLanesLeft,
  shiftLanesRight,
  splat,
  storeVector,
  vectorConstant,
  xorVector,
} from "./assembler.ts";

/**
 * compress(message, result, sizeBytes): 16 vectors of message words in, eight vectors of hash words out.
 *
 * All seven rounds are written out: with 16 vectors of state there is no register left for a loop to keep message words
 * in, and reading them from fixed places costs nothing.
 */
export function compressFunction(): FunctionBuilder {
  const builder = new FunctionBuilder(["i32", "i32", "i32"], 0);
  const [message, result, sizeBytes] = builder.parameters as [Local, Local, Local];
  const state = builder.locals("v128", 16);
  const s = (index: number): Local => state[index] as Local;

  const statements: Code[] = [];
  for (let i = 0; i < 8; i++) statements.push(set(s(i), iv(i)));
  for (let i = 0; i < 4; i++) statements.push(set(s(8 + i), iv(i)));
  statements.push(
    set(s(12), splat(constant(0))),
    set(s(13), splat(constant(0))),
    set(s(14), splat(get(sizeBytes))),
    set(s(15), splat(constant(BLAKE3_SINGLE_BLOCK_FLAGS))),
  );

  let order = Array.from({ length: 16 }, (_, index) => index);
  for (let round = 0; round < BLAKE3_ROUNDS; round++) {
    const word = (index: number): Code => loadVector(get(message), 16 * (order[index] as number));
    statements.push(
      ...quarters(
        COLUMNS.map((quarter) => quarter.map(s)),
        word,
        0,
      ),
    );
    statements.push(
      ...quarters(
        DIAGONALS.map((quarter) => quarter.map(s)),
        word,
        8,
      ),
    );
    order = BLAKE3_PERMUTATION.map((from) => order[from] as number);
  }
  for (let i = 0; i < 8; i++) {
    statements.push(storeVector(get(result), 16 * i, xorVector(get(s(i)), get(s(8 + i)))));
  }
  return builder.body(...statements);
}

const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
];
const DIAGONALS = [
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** The four mixings of half a round, interleaved step by step, so that the processor always finds independent work. */
function quarters(lines: readonly (readonly Local[])[], word: (index: number) => Code, firstWord: number): Code[] {
  const all = (step: (a: Local, b: Local, c: Local, d: Local, index: number) => Code): Code[] =>
    lines.map(([a, b, c, d], index) => step(a as Local, b as Local, c as Local, d as Local, index));
  return [
    ...all((a, b, _c, _d, i) => set(a, addLanes(addLanes(get(a), get(b)), word(firstWord + 2 * i)))),
    ...all((a, _b, _c, d) => set(d, reorderBytes(xorVector(get(d), get(a)), ROTATE_16))),
    ...all((_a, _b, c, d) => set(c, addLanes(get(c), get(d)))),
    ...all((_a, b, c) => rotated(b, xorVector(get(b), get(c)), 12)),
    ...all((a, b, _c, _d, i) => set(a, addLanes(addLanes(get(a), get(b)), word(firstWord + 2 * i + 1)))),
    ...all((a, _b, _c, d) => set(d, reorderBytes(xorVector(get(d), get(a)), ROTATE_8))),
    ...all((_a, _b, c, d) => set(c, addLanes(get(c), get(d)))),
    ...all((_a, b, c) => rotated(b, xorVector(get(b), get(c)), 7)),
  ];
}

/** Rotations to the right by whole bytes are one instruction. */
const ROTATE_16 = [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13];
const ROTATE_8 = [1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12];

function rotated(target: Local, value: Code, bits: number): Code {
  return [
    ...set(target, value),
    ...set(target, orVector(shiftLanesRight(get(target), bits), shiftLanesLeft(get(target), 32 - bits))),
  ];
}

function iv(index: number): Code {
  const word = BLAKE3_IV[index] as number;
  const bytes = [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
  return vectorConstant([...bytes, ...bytes, ...bytes, ...bytes]);
}
