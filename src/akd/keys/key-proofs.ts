/**
 * Lookup and key-history proofs as akd's types.proto writes them, decoded. The names of parts in errors are the names
 * of that file.
 */
import { CoauditError } from "../../core/errors.ts";
import { LABEL_BITS, LABEL_BYTES, LABEL_WORDS, storeLabel } from "../label.ts";
import { type Field, ProofReader } from "./proof-reader.ts";
import { runToEnd } from "./run-to-end.ts";

/** A complete history of 3,000 versions of a directory with a billion entries is about 10 MB; nobody publishes one. */
export const MAX_KEY_PROOF_BYTES: number = 2 ** 20;
export const VRF_PROOF_BYTES = 80;

export interface NodeLabel {
  /**
   * Eight words (label.ts). Zero past the length, but for the placeholder of the root's missing child, whose length is
   * 0.
   */
  readonly words: Uint32Array;
  readonly lengthBits: number;
}

export interface TreeElement {
  readonly label: NodeLabel;
  /** 32 bytes. */
  readonly value: Uint8Array;
}

/** One step of a path: the parent, and its child beside the path. */
export interface PathStep {
  readonly parent: NodeLabel;
  readonly sibling: TreeElement;
  /** On which side of the parent the path goes on. */
  readonly direction: 0 | 1;
}

export interface MembershipProof extends TreeElement {
  readonly part: string;
  /** From the root down. */
  readonly steps: readonly PathStep[];
}

export interface NonMembershipProof {
  readonly part: string;
  readonly label: NodeLabel;
  readonly longestPrefix: NodeLabel;
  readonly children: readonly [TreeElement, TreeElement];
  readonly prefixProof: MembershipProof;
}

/** A leaf of the tree, and the VRF proof that its label is that of a certain version. */
export interface VersionProof<Proof> {
  /** 80 bytes. */
  readonly vrfProof: Uint8Array;
  readonly proof: Proof;
}

export interface UpdateProof {
  readonly part: string;
  readonly epoch: number;
  readonly value: Uint8Array;
  readonly version: number;
  readonly existence: VersionProof<MembershipProof>;
  /** That the version before was retired; absent for version 1. */
  readonly previous?: VersionProof<MembershipProof>;
  readonly commitmentNonce: Uint8Array;
}

export interface LookupProof extends Omit<UpdateProof, "previous"> {
  readonly marker: VersionProof<MembershipProof>;
  /** That this version is not retired. */
  readonly freshness: VersionProof<NonMembershipProof>;
}

export interface HistoryProof {
  /** Newest first. */
  readonly updates: readonly UpdateProof[];
  readonly pastMarkers: readonly VersionProof<MembershipProof>[];
  readonly futureMarkers: readonly VersionProof<NonMembershipProof>[];
}

/** Throws KEY_PROOF_TOO_LARGE and KEY_PROOF_ENCODING. */
export function decodeLookupProof(bytes: Uint8Array): LookupProof {
  const reader = readerOf(bytes);
  const epoch = reader.number(EPOCH);
  const value = reader.bytes(VALUE);
  const version = reader.number(VERSION);
  const existence = versionProof(reader, EXISTENCE_VRF, EXISTENCE, membership);
  const marker = versionProof(reader, MARKER_VRF, MARKER, membership);
  const freshness = versionProof(reader, FRESHNESS_VRF, FRESHNESS, nonMembership);
  const commitmentNonce = reader.bytes(LOOKUP_NONCE);
  reader.finish();
  return { part: "lookup", epoch, value, version, existence, marker, freshness, commitmentNonce };
}

/** Throws KEY_PROOF_TOO_LARGE and KEY_PROOF_ENCODING. */
export function decodeHistoryProof(bytes: Uint8Array): HistoryProof {
  return runToEnd(decodingSteps(bytes));
}

/** The same in steps: a whole MiB takes 18 ms. */
export function* decodingSteps(bytes: Uint8Array): Generator<void, HistoryProof, void> {
  const reader = readerOf(bytes);
  const updates: UpdateProof[] = [];
  for (const one of reader.messages(UPDATES)) {
    updates.push(update(one));
    yield;
  }
  const pastVrfProofs = vrfProofs(reader, PAST_VRF);
  const past = [...reader.messages(PAST)].map(membership);
  const futureVrfProofs = vrfProofs(reader, FUTURE_VRF);
  const future = [...reader.messages(FUTURE)].map(nonMembership);
  reader.finish();
  return {
    updates,
    pastMarkers: paired(reader, pastVrfProofs, past),
    futureMarkers: paired(reader, futureVrfProofs, future),
  };
}

function readerOf(bytes: Uint8Array): ProofReader {
  const sizeBytes = bytes.length;
  if (sizeBytes <= MAX_KEY_PROOF_BYTES) return new ProofReader(bytes);
  const message = `the proof has ${sizeBytes} bytes; ${MAX_KEY_PROOF_BYTES} is the most. Ask for the most recent versions only`;
  throw new CoauditError("KEY_PROOF_TOO_LARGE", message, { sizeBytes, capBytes: MAX_KEY_PROOF_BYTES });
}

const field = (number: number, name: string): Field => ({ number, name });
const EPOCH = field(1, "epoch");
const VALUE = field(2, "value");
const VERSION = field(3, "version");
const EXISTENCE_VRF = field(4, "existence_vrf_proof");
const EXISTENCE = field(5, "existence_proof");
const MARKER_VRF = field(6, "marker_vrf_proof");
const MARKER = field(7, "marker_proof");
const FRESHNESS_VRF = field(8, "freshness_vrf_proof");
const FRESHNESS = field(9, "freshness_proof");
const LOOKUP_NONCE = field(10, "commitment_nonce");
const PREVIOUS_VRF = field(6, "previous_version_vrf_proof");
const PREVIOUS = field(7, "previous_version_proof");
const UPDATE_NONCE = field(8, "commitment_nonce");
const UPDATES = field(1, "update_proofs");
const PAST_VRF = field(2, "past_marker_vrf_proofs");
const PAST = field(3, "existence_of_past_marker_proofs");
const FUTURE_VRF = field(4, "future_marker_vrf_proofs");
const FUTURE = field(5, "non_existence_of_future_marker_proofs");
const LABEL = field(1, "label");
const HASH = field(2, "hash_val");
const SIBLINGS = field(3, "sibling_proofs");
const STEP_SIBLING = field(2, "siblings");
const DIRECTION = field(3, "direction");
const LONGEST_PREFIX = field(2, "longest_prefix");
const CHILDREN = field(3, "longest_prefix_children");
const PREFIX_PROOF = field(4, "longest_prefix_membership_proof");
const LABEL_VALUE = field(1, "label_val");
const LABEL_LENGTH = field(2, "label_len");

function update(reader: ProofReader): UpdateProof {
  const epoch = reader.number(EPOCH);
  const value = reader.bytes(VALUE);
  const version = reader.number(VERSION);
  const existence = versionProof(reader, EXISTENCE_VRF, EXISTENCE, membership);
  const previousVrfProof = reader.optionalBytes(PREVIOUS_VRF);
  const previousReader = reader.optionalMessage(PREVIOUS);
  if ((previousVrfProof === undefined) !== (previousReader === undefined))
    throw reader.invalid("of the two proofs about the version before, one is missing");
  const previous =
    previousVrfProof === undefined || previousReader === undefined
      ? undefined
      : { vrfProof: vrfProof(reader, PREVIOUS_VRF, previousVrfProof), proof: membership(previousReader) };
  const commitmentNonce = reader.bytes(UPDATE_NONCE);
  reader.finish();
  const { part } = reader;
  return { part, epoch, value, version, existence, ...(previous && { previous }), commitmentNonce };
}

function versionProof<Proof>(
  reader: ProofReader,
  vrfField: Field,
  proofField: Field,
  read: (reader: ProofReader) => Proof,
): VersionProof<Proof> {
  const bytes = vrfProof(reader, vrfField, reader.bytes(vrfField));
  return { vrfProof: bytes, proof: read(reader.message(proofField)) };
}

function vrfProofs(reader: ProofReader, vrfField: Field): Uint8Array[] {
  return Array.from(reader.byteStrings(vrfField), (bytes) => vrfProof(reader, vrfField, bytes));
}

function vrfProof(reader: ProofReader, { name }: Field, bytes: Uint8Array): Uint8Array {
  if (bytes.length === VRF_PROOF_BYTES) return bytes;
  throw reader.invalid(`${name}: a VRF proof has ${VRF_PROOF_BYTES} bytes, not ${bytes.length}`);
}

function paired<Proof>(
  reader: ProofReader,
  vrfProofs: readonly Uint8Array[],
  proofs: readonly Proof[],
): VersionProof<Proof>[] {
  if (vrfProofs.length !== proofs.length)
    throw reader.invalid(`${vrfProofs.length} VRF proofs for ${proofs.length} markers`);
  return proofs.map((proof, index) => ({ vrfProof: vrfProofs[index] as Uint8Array, proof }));
}

function membership(reader: ProofReader): MembershipProof {
  const label = nodeLabel(reader.message(LABEL));
  const value = reader.fixed(HASH, 32);
  const steps = [...reader.messages(SIBLINGS)].map(pathStep);
  reader.finish();
  return { part: reader.part, label, value, steps };
}

function pathStep(reader: ProofReader): PathStep {
  const parent = nodeLabel(reader.message(LABEL));
  const sibling = element(reader.message(STEP_SIBLING));
  const direction = reader.number(DIRECTION);
  if (direction !== 0 && direction !== 1) throw reader.invalid(`direction ${direction} is neither 0 nor 1`);
  reader.finish();
  return { parent, sibling, direction };
}

function nonMembership(reader: ProofReader): NonMembershipProof {
  const label = nodeLabel(reader.message(LABEL));
  const longestPrefix = nodeLabel(reader.message(LONGEST_PREFIX));
  const children = [...reader.messages(CHILDREN)].map(element);
  const [left, right] = children;
  if (left === undefined || right === undefined || children.length !== 2)
    throw reader.invalid(`${children.length} longest_prefix_children instead of 2`);
  const prefixProof = membership(reader.message(PREFIX_PROOF));
  reader.finish();
  return { part: reader.part, label, longestPrefix, children: [left, right], prefixProof };
}

function element(reader: ProofReader): TreeElement {
  const label = nodeLabel(reader.message(LABEL));
  const value = reader.fixed(field(2, "value"), 32);
  reader.finish();
  return { label, value };
}

/** Bits past the length are looked at where the label is used: the placeholder of a missing child has some. */
function nodeLabel(reader: ProofReader): NodeLabel {
  const bytes = reader.bytes(LABEL_VALUE);
  if (bytes.length > LABEL_BYTES)
    throw reader.invalid(`label_val has ${bytes.length} bytes; ${LABEL_BYTES} is the most`);
  if (bytes.at(-1) === 0) throw reader.invalid("label_val is written with zero bytes at its end");
  const lengthBits = reader.number(LABEL_LENGTH);
  if (lengthBits > LABEL_BITS) throw reader.invalid(`label_len ${lengthBits} is past ${LABEL_BITS}`);
  reader.finish();
  const words = new Uint32Array(LABEL_WORDS);
  storeLabel(words, 0, bytes);
  return { words, lengthBits };
}
