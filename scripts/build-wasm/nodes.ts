/**
 * Hashing leaves and nodes of a tree in configuration whatsapp_v1, four at a time: the words of four inputs are
 * gathered from where they lie into vectors, and the hash of a label stays in vectors on its way into the hash of an
 * edge.
 */
import {
  EDGE_MESSAGE,
  JOB_BYTES,
  JOB_LABEL,
  JOB_LEFT_AFTER,
  JOB_LEFT_BEFORE,
  JOB_LENGTH,
  JOB_RESULT_AFTER,
  JOB_RESULT_BEFORE,
  JOB_RIGHT_AFTER,
  JOB_RIGHT_BEFORE,
  LABEL_MESSAGE,
  MASKS,
  PARENT_MESSAGE,
  RECORD_BYTES,
  RECORD_LENGTH,
  RECORD_VALUE,
  RESULT,
  VALUE_MESSAGE,
} from "../../src/akd/kernel/layout.ts";
import {
  add,
  andVector,
  atLeast,
  type Code,
  call,
  constant,
  FunctionBuilder,
  get,
  type Local,
  leaveIf,
  lessThan,
  load,
  loadVector,
  multiply,
  reorderBytes,
  repeat,
  replaceLane,
  select,
  sequence,
  set,
  shiftLeft,
  shuffleWords,
  splat,
  storeVector,
  subtract,
} from "./assembler.ts";
import { SWAP_BYTES } from "./decode.ts";

const LANES = [0, 1, 2, 3] as const;
/** Where the second of two hashed words-of-eight goes in a message. */
const SECOND_HALF = 128;
const BLOCK_BYTES = 64;
const LABEL_INPUT_BYTES = 36;
const INSERTED_INPUT_BYTES = 40;

/** leaves(records, count, results): the edge of each record, 32 bytes one after the other. */
export function leavesFunction(compress: number): FunctionBuilder {
  return leafFunction(compress, (lanes) => lanes.gather(lanes.at, RECORD_VALUE, EDGE_MESSAGE));
}

/** The same for inserted records, whose values are first bound to the epoch that stands in VALUE_MESSAGE. */
export function insertedLeavesFunction(compress: number): FunctionBuilder {
  return leafFunction(compress, (lanes) =>
    sequence(
      lanes.gather(lanes.at, RECORD_VALUE, VALUE_MESSAGE),
      hash(compress, VALUE_MESSAGE, EDGE_MESSAGE, INSERTED_INPUT_BYTES),
    ),
  );
}

function leafFunction(compress: number, value: (lanes: Lanes) => Code): FunctionBuilder {
  const builder = new FunctionBuilder(["i32", "i32", "i32"], 0);
  const [records, count, results] = builder.parameters as [Local, Local, Local];
  const lanes = new Lanes(builder);
  const item = builder.local("i32");
  return builder.body(
    groupsOfFour(builder, count, (index) =>
      sequence(
        ...LANES.flatMap((lane) => [
          set(item, index(lane)),
          set(lanes.of(lanes.at, lane), add(get(records), multiply(get(item), constant(RECORD_BYTES)))),
          set(lanes.of(lanes.result, lane), add(get(results), shiftLeft(get(item), constant(5)))),
        ]),
        value(lanes),
        lanes.gatherLabels(lanes.at, 0, (lane) => load(get(lanes.of(lanes.at, lane)), RECORD_LENGTH)),
        hash(compress, LABEL_MESSAGE, EDGE_MESSAGE + SECOND_HALF, LABEL_INPUT_BYTES),
        hash(compress, EDGE_MESSAGE, RESULT, BLOCK_BYTES),
        lanes.scatter(lanes.result),
      ),
    ),
  );
}

/**
 * nodes(list, count, jobs): of each job whose index is in the list, the edge of the node in the tree after the epoch.
 */
export function nodesFunction(compress: number): FunctionBuilder {
  return jobFunction(compress, [{ left: JOB_LEFT_AFTER, right: JOB_RIGHT_AFTER, result: JOB_RESULT_AFTER }]);
}

/** The same in both trees, which share the hash of the label. */
export function twinsFunction(compress: number): FunctionBuilder {
  return jobFunction(compress, [
    { left: JOB_LEFT_BEFORE, right: JOB_RIGHT_BEFORE, result: JOB_RESULT_BEFORE },
    { left: JOB_LEFT_AFTER, right: JOB_RIGHT_AFTER, result: JOB_RESULT_AFTER },
  ]);
}

function jobFunction(
  compress: number,
  trees: readonly { left: number; right: number; result: number }[],
): FunctionBuilder {
  const builder = new FunctionBuilder(["i32", "i32", "i32"], 0);
  const [list, count, jobs] = builder.parameters as [Local, Local, Local];
  const lanes = new Lanes(builder);
  const job = builder.locals("i32", 4);
  const field = (target: readonly Local[], offset: number): Code =>
    sequence(...LANES.map((lane) => set(lanes.of(target, lane), load(get(lanes.of(job, lane)), offset))));
  return builder.body(
    groupsOfFour(builder, count, (index) =>
      sequence(
        ...LANES.map((lane) => {
          const listed = load(add(get(list), shiftLeft(index(lane), constant(2))));
          return set(lanes.of(job, lane), add(get(jobs), multiply(listed, constant(JOB_BYTES))));
        }),
        field(lanes.at, JOB_LABEL),
        lanes.gatherLabels(lanes.at, 0, (lane) => load(get(lanes.of(job, lane)), JOB_LENGTH)),
        hash(compress, LABEL_MESSAGE, EDGE_MESSAGE + SECOND_HALF, LABEL_INPUT_BYTES),
        ...trees.map(({ left, right, result }) =>
          sequence(
            field(lanes.at, left),
            lanes.gather(lanes.at, 0, PARENT_MESSAGE),
            field(lanes.at, right),
            lanes.gather(lanes.at, 0, PARENT_MESSAGE + SECOND_HALF),
            hash(compress, PARENT_MESSAGE, EDGE_MESSAGE, BLOCK_BYTES),
            hash(compress, EDGE_MESSAGE, RESULT, BLOCK_BYTES),
            field(lanes.result, result),
            lanes.scatter(lanes.result),
          ),
        ),
      ),
    ),
  );
}

/**
 * compressions(groups): nothing but compressions, four a group, one after the other: what all else is measured against.
 */
export function compressionsFunction(compress: number): FunctionBuilder {
  const builder = new FunctionBuilder(["i32"], 0);
  const [groups] = builder.parameters as [Local];
  return builder.body(
    repeat(
      leaveIf(lessThan(get(groups), constant(1))),
      hash(compress, PARENT_MESSAGE, EDGE_MESSAGE, BLOCK_BYTES),
      set(groups, subtract(get(groups), constant(1))),
    ),
  );
}

function hash(compress: number, message: number, result: number, sizeBytes: number): Code {
  return call(compress, constant(message), constant(result), constant(sizeBytes));
}

/**
 * Runs `body` for items 0 to count-1, four at a time; lanes that are left over in the last group repeat its last item.
 */
function groupsOfFour(builder: FunctionBuilder, count: Local, body: (index: (lane: number) => Code) => Code): Code {
  const next = builder.local("i32");
  const last = builder.local("i32");
  const index = (lane: number): Code => {
    const item = add(get(next), constant(lane));
    return select(lessThan(item, get(last)), item, get(last));
  };
  return sequence(
    set(last, subtract(get(count), constant(1))),
    repeat(leaveIf(atLeast(get(next), get(count))), body(index), set(next, add(get(next), constant(4)))),
  );
}

/**
 * The addresses that the four lanes work on, and the ways between rows (the words of one input) and vectors (one word
 * of each).
 */
class Lanes {
  readonly at: readonly Local[];
  readonly result: readonly Local[];
  readonly #rows: readonly Local[];
  readonly #pairs: readonly Local[];

  constructor(builder: FunctionBuilder) {
    this.at = builder.locals("i32", 4);
    this.result = builder.locals("i32", 4);
    this.#rows = builder.locals("v128", 4);
    this.#pairs = builder.locals("v128", 4);
  }

  of(locals: readonly Local[], lane: number): Local {
    return locals[lane] as Local;
  }

  /** 32 bytes at `offset` from each lane's address into eight vectors of a message. */
  gather(addresses: readonly Local[], offset: number, message: number): Code {
    return sequence(
      ...[0, 16].map((half) =>
        sequence(
          ...LANES.map((lane) =>
            set(this.of(this.#rows, lane), loadVector(get(this.of(addresses, lane)), offset + half)),
          ),
          this.#transpose((word, value) => storeVector(constant(message + 16 * word), 4 * half, value)),
        ),
      ),
    );
  }

  /**
   * The label at `offset` from each lane's address, cut to that lane's length in bits, as the message u32be(length) ||
   * label.
   */
  gatherLabels(addresses: readonly Local[], offset: number, length: (lane: number) => Code): Code {
    const lengths = LANES.reduce<Code>((vector, lane) => replaceLane(vector, lane, length(lane)), splat(constant(0)));
    const row = (lane: number, half: number): Code => {
      const words = loadVector(get(this.of(addresses, lane)), offset + half);
      const mask = loadVector(shiftLeft(length(lane), constant(5)), MASKS + half);
      return reorderBytes(andVector(words, mask), SWAP_BYTES);
    };
    return sequence(
      storeVector(constant(LABEL_MESSAGE), 0, reorderBytes(lengths, SWAP_BYTES)),
      ...[0, 16].map((half) =>
        sequence(
          ...LANES.map((lane) => set(this.of(this.#rows, lane), row(lane, half))),
          this.#transpose((word, value) => storeVector(constant(LABEL_MESSAGE + 16 + 16 * word), 4 * half, value)),
        ),
      ),
    );
  }

  /** The eight vectors at RESULT as 32 bytes to each lane's address. */
  scatter(addresses: readonly Local[]): Code {
    return sequence(
      ...[0, 16].map((half) =>
        sequence(
          ...LANES.map((word) => set(this.of(this.#rows, word), loadVector(constant(RESULT + 16 * word), 4 * half))),
          this.#transpose((lane, value) => storeVector(get(this.of(addresses, lane)), half, value)),
        ),
      ),
    );
  }

  /** Hands out the columns of the four rows, in order. */
  #transpose(take: (column: number, value: Code) => Code): Code {
    const row = (index: number): Code => get(this.of(this.#rows, index));
    const pair = (index: number): Code => get(this.of(this.#pairs, index));
    return sequence(
      set(this.of(this.#pairs, 0), shuffleWords(row(0), row(1), [0, 4, 1, 5])),
      set(this.of(this.#pairs, 1), shuffleWords(row(2), row(3), [0, 4, 1, 5])),
      set(this.of(this.#pairs, 2), shuffleWords(row(0), row(1), [2, 6, 3, 7])),
      set(this.of(this.#pairs, 3), shuffleWords(row(2), row(3), [2, 6, 3, 7])),
      take(0, shuffleWords(pair(0), pair(1), [0, 1, 4, 5])),
      take(1, shuffleWords(pair(0), pair(1), [2, 3, 6, 7])),
      take(2, shuffleWords(pair(2), pair(3), [0, 1, 4, 5])),
      take(3, shuffleWords(pair(2), pair(3), [2, 3, 6, 7])),
    );
  }
}
