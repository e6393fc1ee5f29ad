/** Every way to change one field of a decoded proof, however deep it lies. */

/** Copies of `value`, each with one difference; none that is deeply equal to it. */
export function fieldMutations<T>(value: T): T[] {
  return mutationsOf(value) as T[];
}

function mutationsOf(value: unknown): unknown[] {
  if (typeof value === "number")
    return [value + 1, Math.max(0, value - 1), value * 2 + 1].filter((one) => one !== value);
  if (value instanceof Uint8Array) return byteMutations(value);
  if (value instanceof Uint32Array) return wordMutations(value);
  if (Array.isArray(value)) return listMutations(value);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, member]) =>
      key === "part" ? [] : mutationsOf(member).map((changed) => ({ ...value, [key]: changed })),
    );
  }
  return [];
}

/** The size stays where the encoding fixes it; a value may also be empty or longer. */
function byteMutations(bytes: Uint8Array): Uint8Array[] {
  const first = bytes.slice();
  first[0]! ^= 1;
  const last = bytes.slice();
  last[last.length - 1]! ^= 0x80;
  return [first, last, new Uint8Array(bytes.length)];
}

function wordMutations(words: Uint32Array): Uint32Array[] {
  const first = words.slice();
  first[0]! ^= 0x80000000;
  const last = words.slice();
  last[7]! ^= 1;
  return [first, last];
}

function listMutations(list: readonly unknown[]): unknown[][] {
  const changed = list.flatMap((member, index) =>
    mutationsOf(member).map((one) => [...list.slice(0, index), one, ...list.slice(index + 1)]),
  );
  if (list.length === 0) return changed;
  const reordered = list.length > 1 ? [list.toReversed()] : [];
  return [
    ...changed,
    list.slice(1),
    list.slice(0, -1),
    [...list, list.at(-1)],
    [list[0], ...list],
    ...reordered,
  ].filter((one) => one.length > 0 || list.length > 0);
}
