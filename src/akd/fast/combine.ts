/** From the subtrees that neighbouring ranges leave to the digests of the two trees. */
import type { TreeHashing } from "../configuration.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Pacer } from "./pacer.ts";
import {
  OPEN_BORDER,
  PRESENCE,
  type RangeReducer,
  ROOT_BORDER,
  SUBTREE_AFTER,
  SUBTREE_BEFORE,
  SUBTREE_PRESENCE,
  SUBTREE_WORDS,
} from "./range.ts";

export interface Digests {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** `parts` in the order of their labels, together the whole of both trees. */
export async function combineSubtrees(
  parts: readonly Uint32Array[],
  kernel: Kernel,
  reducer: RangeReducer,
  hashing: TreeHashing,
  pacer: Pacer,
): Promise<Digests> {
  let level = parts;
  // each group leaves at most 514 of its subtrees, so that this ends
  while (wordsOf(level) > reducer.capacity * SUBTREE_WORDS) {
    const reduced: Uint32Array[] = [];
    for (const group of groups(level, reducer.capacity * SUBTREE_WORDS)) {
      reduced.push(reducer.reduceSubtrees(load(kernel, reducer, group), OPEN_BORDER));
      await pacer.pause();
    }
    level = reduced;
  }
  return rootDigests(reducer.reduceSubtrees(load(kernel, reducer, level), ROOT_BORDER), hashing);
}

function wordsOf(parts: readonly Uint32Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Parts side by side, at most `capacityWords` together; a part is never as large as that. */
function* groups(parts: readonly Uint32Array[], capacityWords: number): Generator<Uint32Array[]> {
  let group: Uint32Array[] = [];
  for (const part of parts) {
    if (wordsOf(group) + part.length > capacityWords) {
      yield group;
      group = [];
    }
    group.push(part);
  }
  yield group;
}

function load(kernel: Kernel, reducer: RangeReducer, parts: readonly Uint32Array[]): number {
  let at = reducer.inputAddress >>> 2;
  for (const part of parts) {
    kernel.memory.words.set(part, at);
    at += part.length;
  }
  return wordsOf(parts) / SUBTREE_WORDS;
}

/** What is left below the root: at most one subtree on either side. */
function rootDigests(subtrees: Uint32Array, hashing: TreeHashing): Digests {
  const before: [Uint8Array?, Uint8Array?] = [];
  const after: [Uint8Array?, Uint8Array?] = [];
  for (let at = 0; at < subtrees.length; at += SUBTREE_WORDS) {
    const side = (subtrees[at] as number) >>> 31;
    const edge = (word: number): Uint8Array => new Uint8Array(subtrees.slice(at + word, at + word + 8).buffer);
    const presence = subtrees[at + SUBTREE_PRESENCE];
    after[side] = edge(SUBTREE_AFTER);
    if (presence === PRESENCE.same) before[side] = after[side];
    else if (presence === PRESENCE.changed) before[side] = edge(SUBTREE_BEFORE);
  }
  return { before: rootDigest(before, hashing), after: rootDigest(after, hashing) };
}

function rootDigest([left, right]: [Uint8Array?, Uint8Array?], hashing: TreeHashing): Uint8Array {
  if (left === undefined && right === undefined) return hashing.digest(hashing.emptyRootValue);
  return hashing.digest(hashing.parentValue(left ?? hashing.emptyInput, right ?? hashing.emptyInput));
}
