/**
 * Just enough of an assembler to write a WebAssembly module as nested expressions: every function below returns the
 * bytes of an expression or statement, in the binary format of the WebAssembly core specification 2.0 (chapter 5;
 * opcodes in section 5.4).
 */

export type Code = readonly number[];
export type ValueType = "i32" | "v128";

const TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, v128: 0x7b };
const BLOCK_WITHOUT_RESULT = 0x40;

/** A local variable or parameter of a function. */
export interface Local {
  readonly index: number;
}

export function get(local: Local): Code {
  return [0x20, ...unsigned(local.index)];
}

export function set(local: Local, value: Code): Code {
  return [...value, 0x21, ...unsigned(local.index)];
}

export function constant(value: number): Code {
  return [0x41, ...signed(value)];
}

function binary(opcode: number): (a: Code, b: Code) => Code {
  return (a, b) => [...a, ...b, opcode];
}

export const equal: (a: Code, b: Code) => Code = binary(0x46);
export const notEqual: (a: Code, b: Code) => Code = binary(0x47);
export const lessThan: (a: Code, b: Code) => Code = binary(0x49);
export const greaterThan: (a: Code, b: Code) => Code = binary(0x4b);
export const atLeast: (a: Code, b: Code) => Code = binary(0x4f);
export const add: (a: Code, b: Code) => Code = binary(0x6a);
export const subtract: (a: Code, b: Code) => Code = binary(0x6b);
export const multiply: (a: Code, b: Code) => Code = binary(0x6c);
export const and: (a: Code, b: Code) => Code = binary(0x71);
export const or: (a: Code, b: Code) => Code = binary(0x72);
export const shiftLeft: (a: Code, b: Code) => Code = binary(0x74);

export function select(condition: Code, ifTrue: Code, ifFalse: Code): Code {
  return [...ifTrue, ...ifFalse, ...condition, 0x1b];
}

/** Loads may lie at any address; the alignment hint is 0 (one byte) throughout. */
export function loadByte(address: Code, offset = 0): Code {
  return [...address, 0x2d, 0, ...unsigned(offset)];
}

export function loadHalf(address: Code, offset = 0): Code {
  return [...address, 0x2f, 0, ...unsigned(offset)];
}

export function load(address: Code, offset = 0): Code {
  return [...address, 0x28, 0, ...unsigned(offset)];
}

export function store(address: Code, offset: number, value: Code): Code {
  return [...address, ...value, 0x36, 0, ...unsigned(offset)];
}

export function loadVector(address: Code, offset = 0): Code {
  return [...address, 0xfd, ...unsigned(0), 0, ...unsigned(offset)];
}

export function storeVector(address: Code, offset: number, value: Code): Code {
  return [...address, ...value, 0xfd, ...unsigned(11), 0, ...unsigned(offset)];
}

/** Leaves a value where a later store or call of the same expression finds it: statements only concatenate. */
export function sequence(...parts: readonly Code[]): Code {
  return parts.flat();
}

/** A block that `leave` inside a repeat ends, and a loop inside it that goes on until then. */
export function repeat(...body: readonly Code[]): Code {
  const loop = [0x03, BLOCK_WITHOUT_RESULT, ...body.flat(), 0x0c, 0, 0x0b];
  return [0x02, BLOCK_WITHOUT_RESULT, ...loop, 0x0b];
}

/** Ends the repeat whose body this is directly in. */
export function leaveIf(condition: Code): Code {
  return [...condition, 0x0d, 1];
}

export function when(condition: Code, ...body: readonly Code[]): Code {
  return [...condition, 0x04, BLOCK_WITHOUT_RESULT, ...body.flat(), 0x0b];
}

export function giveBack(value: Code): Code {
  return [...value, 0x0f];
}

export function call(functionIndex: number, ...args: readonly Code[]): Code {
  return [...args.flat(), 0x10, ...unsigned(functionIndex)];
}

function vector(opcode: number): (...operands: readonly Code[]) => Code {
  return (...operands) => [...operands.flat(), 0xfd, ...unsigned(opcode)];
}

export const addLanes: (a: Code, b: Code) => Code = vector(0xae);
export const xorVector: (a: Code, b: Code) => Code = vector(0x51);
export const andVector: (a: Code, b: Code) => Code = vector(0x4e);
export const orVector: (a: Code, b: Code) => Code = vector(0x50);
/** a & ~b */
export const andNotVector: (a: Code, b: Code) => Code = vector(0x4f);
export const anyTrue: (a: Code) => Code = vector(0x53);
export const splat: (a: Code) => Code = vector(0x11);

export function shiftLanesLeft(a: Code, bits: number): Code {
  return vector(0xab)(a, constant(bits));
}

export function shiftLanesRight(a: Code, bits: number): Code {
  return vector(0xad)(a, constant(bits));
}

export function replaceLane(a: Code, lane: number, value: Code): Code {
  return [...a, ...value, 0xfd, ...unsigned(0x1c), lane];
}

export function vectorConstant(bytes: readonly number[]): Code {
  return [0xfd, ...unsigned(12), ...bytes];
}

/** Byte i of the result is byte order[i] of `a`. */
export function reorderBytes(a: Code, order: readonly number[]): Code {
  return [...a, ...vectorConstant(order), 0xfd, ...unsigned(14)];
}

/** Word i of the result is word order[i] of `a` followed by `b`. */
export function shuffleWords(a: Code, b: Code, order: readonly number[]): Code {
  return [...a, ...b, 0xfd, ...unsigned(13), ...order.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte))];
}

/** A function under construction: its parameters come first, further locals in the order in which they are made. */
export class FunctionBuilder {
  readonly parameters: readonly Local[];
  readonly #parameterTypes: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #hasResult: 0 | 1;
  #body: Code = [];

  /** Results are numbers (i32) or nothing. */
  constructor(parameterTypes: readonly ValueType[], results: 0 | 1) {
    this.#parameterTypes = parameterTypes;
    this.#hasResult = results;
    this.parameters = parameterTypes.map((_, index) => ({ index }));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.#parameterTypes.length + this.#locals.length - 1 };
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  body(...statements: readonly Code[]): this {
    this.#body = statements.flat();
    return this;
  }

  typeBytes(): Code {
    const results = this.#hasResult === 1 ? [TYPE_BYTES.i32] : [];
    return [
      0x60,
      ...list(this.#parameterTypes.map((type) => [TYPE_BYTES[type]])),
      ...list(results.map((type) => [type])),
    ];
  }

  codeBytes(): Code {
    const locals = list(this.#locals.map((type) => [1, TYPE_BYTES[type]]));
    return sized([...locals, ...this.#body, 0x0b]);
  }
}

export interface ModuleShape {
  /** Where the memory is imported from, and its least size in pages of 64 KiB. */
  readonly memory: { readonly module: string; readonly name: string; readonly pages: number };
  /** In the order of their indices; those with a name are exported. */
  readonly functions: readonly { readonly name?: string; readonly builder: FunctionBuilder }[];
}

export function moduleBytes({ memory, functions }: ModuleShape): Uint8Array {
  const exported = functions.flatMap(({ name }, index) => (name === undefined ? [] : [{ name, index }]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(functions.map(({ builder }) => builder.typeBytes()))),
    ...section(2, list([[...name(memory.module), ...name(memory.name), 0x02, 0x00, ...unsigned(memory.pages)]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(exported.map((entry) => [...name(entry.name), 0x00, ...unsigned(entry.index)]))),
    ...section(10, list(functions.map(({ builder }) => builder.codeBytes()))),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: Code): Code {
  return unsigned(content.length).concat(content);
}

function name(text: string): Code {
  return sized([...new TextEncoder().encode(text)]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

/** Signed LEB128 of a 32-bit number. */
function signed(value: number): number[] {
  value |= 0;
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value & 127];
}
