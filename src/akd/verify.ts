/** Is this audit proof right? The reference verifier: clear, single-threaded, linear but for one sort. */
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError, isCoauditError } from "../core/errors.ts";
import { checkNumber } from "../core/numbers.ts";
import { type ConfigurationName, type TreeHashing, treeHashing } from "./configuration.ts";
import { decodeProof, type ProofElements } from "./decode.ts";
import { sortedOrder } from "./order.ts";
import { rootDigest } from "./trie.ts";

export interface ProofRequest {
  configuration: ConfigurationName;
  /** The epoch that the proof leads to. */
  epoch: number;
  /** The 32-byte digest that the caller verified before; never what the blob's name claims. */
  from: Uint8Array;
  /** The 32-byte digest claimed for `epoch`. */
  to: Uint8Array;
}

/** How many elements the proof has of each kind. */
export interface ProofSummary {
  inserted: number;
  unchanged: number;
}

/**
 * Checks that `to` is the digest of the tree of `from` with leaves added and nothing else changed (the append-only
 * proof of akd 0.13.0, read more strictly: docs/protocol.md). The digest of the unchanged elements must be `from`, that
 * of all elements `to`.
 *
 * Throws a PROOF_ error for every fact about the bytes (isProofError), NUMBER_OUT_OF_RANGE or ENCODING_INVALID for a
 * wrong request. `hashing` is a parameter so that tests can count the work.
 */
export function verifyAppendOnlyProof(
  request: ProofRequest,
  proof: Uint8Array,
  hashing: TreeHashing = treeHashing(request.configuration),
): ProofSummary {
  checkRequest(request);
  const elements = decodeProof(proof);
  const order = sortedOrder(elements);
  checkNotVacuous(request, { inserted: elements.inserted, unchanged: elements.count - elements.inserted }, hashing);

  const inputs = new Uint8Array(elements.count * hashing.inputBytes);
  const leaves = { labels: elements.labels, inputs };
  hashLeaves(hashing, elements, request.epoch, inputs);

  const start = rootDigest(
    hashing,
    leaves,
    order.filter((element) => element >= elements.inserted),
  );
  checkStart(request, start);
  const end = rootDigest(hashing, leaves, order);
  checkEnd(request, end);
  return { inserted: elements.inserted, unchanged: elements.count - elements.inserted };
}

/** True for every PROOF_ code: a fact about the bytes of a proof, not about transport, configuration or the request. */
export function isProofError(error: unknown): error is CoauditError {
  return isCoauditError(error) && error.code.startsWith("PROOF_");
}

/** Throws NUMBER_OUT_OF_RANGE or ENCODING_INVALID. */
export function checkRequest(request: ProofRequest): void {
  checkNumber(request.epoch, "epoch", 1);
  checkDigest(request.from, "from");
  checkDigest(request.to, "to");
}

/** `start`: the digest of the unchanged elements. */
export function checkStart(request: ProofRequest, start: Uint8Array): void {
  if (!equalBytes(start, request.from)) throw mismatch("PROOF_START_MISMATCH", request.from, start);
}

/** `end`: the digest of all elements. */
export function checkEnd(request: ProofRequest, end: Uint8Array): void {
  if (!equalBytes(end, request.to)) throw mismatch("PROOF_END_MISMATCH", request.to, end);
}

function checkDigest(digest: Uint8Array, what: string): void {
  if (digest.length === 32) return;
  throw new CoauditError("ENCODING_INVALID", `${what}: a digest has 32 bytes, not ${digest.length}`, { what });
}

/** Proofs that prove nothing: said by name, since an empty body is also what a broken server sends. */
export function checkNotVacuous(request: ProofRequest, elements: ProofSummary, hashing: TreeHashing): void {
  const expectedStart = toHex(request.from);
  const expectedEnd = toHex(request.to);
  if (elements.inserted + elements.unchanged === 0) {
    const empty = toHex(hashing.digest(hashing.emptyRootValue));
    if (expectedStart === empty && expectedEnd === empty) return;
    const message = "the proof is empty: it is valid only from the digest of the empty tree to itself";
    throw new CoauditError("PROOF_EMPTY", message, { expectedStart, expectedEnd, emptyDigest: empty });
  }
  if (elements.inserted === 0 && expectedStart !== expectedEnd) {
    const message = "the proof inserts nothing, so it cannot lead to another digest";
    throw new CoauditError("PROOF_NOTHING_INSERTED", message, { expectedStart, expectedEnd });
  }
}

/** What each element contributes to its parent; computed once, used by both trees. */
function hashLeaves(hashing: TreeHashing, elements: ProofElements, epoch: number, inputs: Uint8Array): void {
  for (let i = 0; i < elements.count; i++) {
    const given = elements.values.subarray(32 * i, 32 * i + 32);
    const value = i < elements.inserted ? hashing.insertedValue(given, epoch) : given;
    const lengthBits = elements.lengths[i] as number;
    inputs.set(hashing.childInput(value, elements.labels, i, lengthBits), i * hashing.inputBytes);
  }
}

function mismatch(
  code: "PROOF_START_MISMATCH" | "PROOF_END_MISMATCH",
  expected: Uint8Array,
  actual: Uint8Array,
): CoauditError {
  const what =
    code === "PROOF_START_MISMATCH"
      ? "the proof does not start from the digest verified before"
      : "the proof does not lead to the digest claimed";
  const message = `${what}: expected ${toHex(expected)}, computed ${toHex(actual)}`;
  return new CoauditError(code, message, { expected: toHex(expected), actual: toHex(actual) });
}
