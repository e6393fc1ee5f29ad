/**
 * The fast path of the strict decoder: turns canonical elements into records, and stops at anything else, which the
 * plain decoder then judges.
 */
import {
  DECODED_COUNT,
  DECODED_DESCENT,
  INSERTED_TAG,
  LARGEST_ELEMENT_BYTES,
  MASKS,
  RECORD_BYTES,
  RECORD_LENGTH,
  RECORD_VALUE,
} from "../../src/akd/kernel/layout.ts";
import {
  add,
  and,
  andNotVector,
  andVector,
  anyTrue,
  atLeast,
  type Code,
  call,
  constant,
  equal,
  FunctionBuilder,
  get,
  giveBack,
  greaterThan,
  type Local,
  leaveIf,
  lessThan,
  load,
  loadByte,
  loadHalf,
  loadVector,
  notEqual,
  orVector,
  reorderBytes,
  repeat,
  select,
  set,
  shiftLeft,
  store,
  storeVector,
  subtract,
  when,
} from "./assembler.ts";

/** Reverses the bytes of each word: between the bytes of a label and its words. */
export const SWAP_BYTES: readonly number[] = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

/** descends(a, b): whether record a sorts before record b, by label, then by length. */
export function descendsFunction(): FunctionBuilder {
  const builder = new FunctionBuilder(["i32", "i32"], 1);
  const [a, b] = builder.parameters as [Local, Local];
  const [x, y] = builder.locals("i32", 2) as [Local, Local];
  const words = Array.from({ length: 8 }, (_, index) => 4 * index);
  return builder.body(
    ...words.map((offset): Code => {
      const loads = [...set(x, load(get(a), offset)), ...set(y, load(get(b), offset))];
      return [...loads, ...when(notEqual(get(x), get(y)), giveBack(lessThan(get(x), get(y))))];
    }),
    lessThan(load(get(a), RECORD_LENGTH), load(get(b), RECORD_LENGTH)),
  );
}

/**
 * decode(position, end, record, tag, previous): decodes elements with this tag (0a inserted, 12 unchanged) from
 * `position` on into records, and returns the position of the first element that it did not take: one that is not whole
 * before `end`, has another tag, is not canonical in any way, or, when `previous` is not 0, sorts before the record at
 * `previous` or before the one just written. Writes DECODED_COUNT and DECODED_DESCENT.
 */
export function decodeFunction(descends: number): FunctionBuilder {
  const builder = new FunctionBuilder(["i32", "i32", "i32", "i32", "i32"], 1);
  const [position, end, record, tag, previous] = builder.parameters as [Local, Local, Local, Local, Local];
  const [size, labelSize, tail, length, high, count] = builder.locals("i32", 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [first, second] = builder.locals("v128", 2) as [Local, Local];

  const byteAt = (local: Local, offset: number): Code => loadByte(get(local), offset);
  const mask = (bits: Code, offset: number): Code => loadVector(shiftLeft(bits, constant(5)), MASKS + offset);
  const labelHalf = (offset: number): Code =>
    andVector(
      reorderBytes(loadVector(get(position), offset), SWAP_BYTES),
      mask(shiftLeft(get(labelSize), constant(3)), offset - 6),
    );

  return builder.body(
    store(constant(0), DECODED_DESCENT, constant(0)),
    repeat(
      // tag, size of the element; a position past the end may be subtracted from it without harm, since numbers are
      // unsigned
      leaveIf(lessThan(subtract(get(end), get(position)), constant(2))),
      leaveIf(notEqual(byteAt(position, 0), get(tag))),
      set(size, byteAt(position, 1)),
      leaveIf(greaterThan(get(size), constant(LARGEST_ELEMENT_BYTES - 2))),
      leaveIf(lessThan(subtract(get(end), get(position)), add(get(size), constant(2)))),
      // label: 0a, size; label_val: 0a, size
      leaveIf(notEqual(byteAt(position, 2), constant(0x0a))),
      leaveIf(notEqual(add(byteAt(position, 3), constant(2 + 2 + 32)), get(size))),
      leaveIf(notEqual(byteAt(position, 4), constant(0x0a))),
      set(labelSize, byteAt(position, 5)),
      leaveIf(greaterThan(get(labelSize), constant(32))),
      // label_len: 10, one byte or two
      set(tail, add(get(position), get(labelSize))),
      leaveIf(notEqual(byteAt(tail, 6), constant(0x10))),
      set(length, byteAt(tail, 7)),
      set(high, atLeast(get(length), constant(128))),
      leaveIf(notEqual(byteAt(position, 3), add(get(labelSize), add(get(high), constant(4))))),
      leaveIf(and(get(high), greaterThan(subtract(byteAt(tail, 8), constant(1)), constant(1)))),
      set(
        length,
        select(get(high), add(and(get(length), constant(127)), shiftLeft(byteAt(tail, 8), constant(7))), get(length)),
      ),
      leaveIf(greaterThan(subtract(get(length), constant(1)), constant(255))),
      leaveIf(and(equal(get(tag), constant(INSERTED_TAG)), notEqual(get(length), constant(256)))),
      // a label_val does not end in a zero byte (byte 5 is its size, which is 0 only for the zero label)
      leaveIf(and(notEqual(get(labelSize), constant(0)), equal(byteAt(tail, 5), constant(0)))),
      // value: 12, 20
      set(tail, add(get(tail), get(high))),
      leaveIf(notEqual(loadHalf(get(tail), 8), constant(0x2012))),
      // the bits of the label, none past its length
      set(first, labelHalf(6)),
      set(second, labelHalf(22)),
      leaveIf(
        anyTrue(
          orVector(andNotVector(get(first), mask(get(length), 0)), andNotVector(get(second), mask(get(length), 16))),
        ),
      ),
      storeVector(get(record), 0, get(first)),
      storeVector(get(record), 16, get(second)),
      store(get(record), RECORD_LENGTH, get(length)),
      when(
        notEqual(get(previous), constant(0)),
        store(constant(0), DECODED_DESCENT, call(descends, get(record), get(previous))),
        set(previous, get(record)),
      ),
      leaveIf(load(constant(0), DECODED_DESCENT)),
      storeVector(get(record), RECORD_VALUE, loadVector(get(tail), 10)),
      storeVector(get(record), RECORD_VALUE + 16, loadVector(get(tail), 26)),
      set(position, add(get(position), add(get(size), constant(2)))),
      set(record, add(get(record), constant(RECORD_BYTES))),
      set(count, add(get(count), constant(1))),
    ),
    store(constant(0), DECODED_COUNT, get(count)),
    get(position),
  );
}
