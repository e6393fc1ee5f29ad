import { describe, expect, it } from "vitest";
import { decodeProof } from "../../src/akd/decode.ts";
import { encodeProof } from "../../src/akd/encode.ts";
import { sortedOrder } from "../../src/akd/order.ts";
import { concat } from "../../src/core/bytes.ts";
import type { CoauditError, ErrorCode } from "../../src/core/errors.ts";
import {
  delimited,
  fullLabel,
  inserted,
  label,
  labelLength,
  labelValue,
  leaf,
  node,
  unchanged,
  value,
  varint,
} from "./support/wire.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const nothing = new Uint8Array(0);
const good = inserted(...leaf(1));

/** What is wrong, the bytes, the code, and what the metadata must say besides. */
const malformed: [string, Uint8Array, ErrorCode, object][] = [
  ["a proof cut in its last value", good.subarray(0, good.length - 1), "PROOF_TRUNCATED", { element: 0 }],
  ["a proof cut behind a tag", concat(good, bytes(0x0a)), "PROOF_TRUNCATED", { offset: good.length + 1, element: 1 }],
  ["a proof cut in a length", concat(good, bytes(0x0a, 0xff)), "PROOF_TRUNCATED", { offset: good.length + 1 }],
  [
    "a label that runs past its element",
    inserted(bytes(0x0a, 60), new Uint8Array(30)),
    "PROOF_LENGTH_OVERRUN",
    { offset: 3 },
  ],
  [
    "a value that runs past its element",
    concat(inserted(leaf(1)[0], bytes(0x12, 32, 1)), good),
    "PROOF_LENGTH_OVERRUN",
    { element: 0 },
  ],
  [
    "zero bytes behind the last element",
    concat(good, bytes(0, 0)),
    "PROOF_TRAILING_BYTES",
    { offset: good.length, element: 1 },
  ],
  ["zero bytes behind a value", inserted(...leaf(1), bytes(0)), "PROOF_TRAILING_BYTES", { element: 0 }],
  [
    "zero bytes behind a label length",
    inserted(label(labelValue(fullLabel(1)), labelLength(256), bytes(0)), value()),
    "PROOF_TRAILING_BYTES",
    {},
  ],
  [
    "a tag not in its shortest form",
    concat(bytes(0x8a, 0), good.subarray(1)),
    "PROOF_VARINT_NOT_MINIMAL",
    { offset: 0 },
  ],
  [
    "an element length not in its shortest form",
    concat(bytes(0x0a, 0xc9, 0), good.subarray(2)),
    "PROOF_VARINT_NOT_MINIMAL",
    { offset: 1 },
  ],
  [
    "a label length not in its shortest form",
    inserted(label(labelValue(fullLabel(1)), bytes(0x10, 0x80, 0x82, 0)), value()),
    "PROOF_VARINT_NOT_MINIMAL",
    {},
  ],
  [
    "a label length of 2^32",
    inserted(label(labelValue(fullLabel(1)), labelLength(2 ** 32)), value()),
    "PROOF_VARINT_TOO_LARGE",
    {},
  ],
  [
    "a number that never ends",
    concat(bytes(0x0a), new Uint8Array(20).fill(0xff)),
    "PROOF_VARINT_TOO_LARGE",
    { offset: 1 },
  ],
  [
    "a number of ten bytes that is small if one drops its high bits",
    concat(bytes(0x0a, 0xc9, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01), good.subarray(2)),
    "PROOF_VARINT_TOO_LARGE",
    { offset: 1 },
  ],
  [
    "an element that is no message",
    concat(bytes(0x08, 1), good),
    "PROOF_WIRE_TYPE",
    { field: "inserted", wireType: 0 },
  ],
  ["an element as a group", concat(bytes(0x13), good), "PROOF_WIRE_TYPE", { field: "unchanged_nodes", wireType: 3 }],
  ["a label that is a number", inserted(bytes(0x08, 1), value()), "PROOF_WIRE_TYPE", { field: "label", wireType: 0 }],
  [
    "a label length that is bytes",
    inserted(label(labelValue(fullLabel(1)), delimited(0x12, bytes(1))), value()),
    "PROOF_WIRE_TYPE",
    { field: "label_len", wireType: 2 },
  ],
  [
    "a value that is a fixed 64",
    inserted(leaf(1)[0], bytes(0x11), new Uint8Array(8)),
    "PROOF_WIRE_TYPE",
    { field: "value", wireType: 1 },
  ],
  ["an element without anything", inserted(nothing), "PROOF_FIELD_MISSING", { field: "label" }],
  ["an element without a label", inserted(value()), "PROOF_FIELD_MISSING", { field: "label" }],
  ["an element without a value", inserted(leaf(1)[0]), "PROOF_FIELD_MISSING", { field: "value" }],
  ["a label without bits", inserted(label(labelLength(256)), value()), "PROOF_FIELD_MISSING", { field: "label_val" }],
  [
    "a label without a length",
    inserted(label(labelValue(fullLabel(1))), value()),
    "PROOF_FIELD_MISSING",
    { field: "label_len" },
  ],
  ["an element with two labels", inserted(leaf(1)[0], ...leaf(2)), "PROOF_FIELD_REPEATED", { field: "label" }],
  ["an element with two values", inserted(...leaf(1), value()), "PROOF_FIELD_REPEATED", { field: "value" }],
  [
    "an element with its label again behind",
    inserted(...leaf(1), leaf(2)[0]),
    "PROOF_FIELD_REPEATED",
    { field: "label" },
  ],
  [
    "a label with its bits twice",
    inserted(label(labelValue(fullLabel(1)), labelValue(fullLabel(1)), labelLength(256)), value()),
    "PROOF_FIELD_REPEATED",
    { field: "label_val" },
  ],
  [
    "a label with two lengths",
    inserted(label(labelValue(fullLabel(1)), labelLength(256), labelLength(256)), value()),
    "PROOF_FIELD_REPEATED",
    { field: "label_len" },
  ],
  ["a value before its label", inserted(value(), leaf(1)[0]), "PROOF_FIELD_ORDER", { field: "label" }],
  [
    "a label length before its bits",
    inserted(label(labelLength(256), labelValue(fullLabel(1))), value()),
    "PROOF_FIELD_ORDER",
    { field: "label_val" },
  ],
  [
    "an inserted element behind an unchanged one",
    concat(unchanged(...leaf(1)), inserted(...leaf(2))),
    "PROOF_FIELD_ORDER",
    { field: "inserted", element: 1 },
  ],
  [
    "a third list",
    concat(good, delimited(0x1a, ...leaf(2))),
    "PROOF_FIELD_UNKNOWN",
    { message: "proof", fieldNumber: 3 },
  ],
  [
    "a third field of an element",
    inserted(...leaf(1), delimited(0x1a, bytes(1))),
    "PROOF_FIELD_UNKNOWN",
    { message: "element", fieldNumber: 3 },
  ],
  [
    "an unknown field before the label",
    inserted(delimited(0x1a, bytes(1)), ...leaf(1)),
    "PROOF_FIELD_UNKNOWN",
    { message: "element", fieldNumber: 3 },
  ],
  [
    "a third field of a label",
    inserted(label(labelValue(fullLabel(1)), labelLength(256), bytes(0x18, 1)), value()),
    "PROOF_FIELD_UNKNOWN",
    { message: "label", fieldNumber: 3 },
  ],
  [
    "a label of 33 bytes",
    inserted(label(labelValue(new Uint8Array(33).fill(1)), labelLength(256)), value()),
    "PROOF_LABEL_TOO_LONG",
    { sizeBytes: 33 },
  ],
  [
    "a label written with a zero byte at its end",
    unchanged(label(labelValue(bytes(0x80, 0)), labelLength(16)), value()),
    "PROOF_LABEL_TRAILING_ZERO",
    { element: 0 },
  ],
  [
    "a zero label that is written out",
    unchanged(label(labelValue(bytes(0)), labelLength(8)), value()),
    "PROOF_LABEL_TRAILING_ZERO",
    {},
  ],
  [
    "a label of length 0",
    unchanged(label(labelValue(nothing), labelLength(0)), value()),
    "PROOF_LABEL_LENGTH",
    { lengthBits: 0 },
  ],
  [
    "a label of length 257",
    unchanged(label(labelValue(fullLabel(1)), labelLength(257)), value()),
    "PROOF_LABEL_LENGTH",
    { lengthBits: 257 },
  ],
  [
    "a label of 7 bits with the eighth set",
    unchanged(label(labelValue(bytes(0x81)), labelLength(7)), value()),
    "PROOF_LABEL_BITS_PAST_LENGTH",
    { lengthBits: 7, label: `81${"00".repeat(31)}` },
  ],
  [
    "a label of 32 bits with one set in the next word",
    unchanged(label(labelValue(bytes(1, 1, 1, 1, 1)), labelLength(32)), value()),
    "PROOF_LABEL_BITS_PAST_LENGTH",
    { lengthBits: 32 },
  ],
  [
    "a label of 255 bits with the last one set",
    inserted(label(labelValue(fullLabel(1)), labelLength(255)), value()),
    "PROOF_LABEL_BITS_PAST_LENGTH",
    { lengthBits: 255 },
  ],
  [
    "an inserted label of 8 bits",
    inserted(...node(1)),
    "PROOF_INSERTED_LABEL_SHORT",
    { lengthBits: 8, label: `01${"00".repeat(31)}` },
  ],
  ["a value of 31 bytes", inserted(leaf(1)[0], value(new Uint8Array(31))), "PROOF_VALUE_SIZE", { sizeBytes: 31 }],
  ["a value of 33 bytes", inserted(leaf(1)[0], value(new Uint8Array(33))), "PROOF_VALUE_SIZE", { sizeBytes: 33 }],
  ["a value of no bytes", inserted(leaf(1)[0], value(nothing)), "PROOF_VALUE_SIZE", { sizeBytes: 0 }],
  [
    "one label twice among the inserted",
    concat(good, inserted(...leaf(2)), good),
    "PROOF_DUPLICATE_LABEL",
    { elements: [0, 2], lists: "inserted/inserted", lengthBits: 256 },
  ],
  [
    "one label twice among the unchanged",
    concat(unchanged(...node(5)), unchanged(...node(6)), unchanged(...node(5))),
    "PROOF_DUPLICATE_LABEL",
    { elements: [0, 2], lists: "unchanged/unchanged", lengthBits: 8 },
  ],
  [
    "one label inserted and unchanged",
    concat(good, unchanged(...leaf(1))),
    "PROOF_DUPLICATE_LABEL",
    { elements: [0, 1], lists: "inserted/unchanged" },
  ],
  [
    "an inserted leaf below an unchanged node",
    concat(inserted(...leaf(1, 2)), unchanged(...node(1, 2))),
    "PROOF_LABEL_PREFIX",
    { elements: [1, 0], lengthBits: 16 },
  ],
  [
    "an unchanged node below another",
    concat(unchanged(...node(1)), unchanged(...node(3)), unchanged(...node(1, 9))),
    "PROOF_LABEL_PREFIX",
    { elements: [0, 2], lengthBits: 8, longerLabel: `0109${"00".repeat(30)}` },
  ],
  [
    "a node of zeros below a node of fewer zeros",
    concat(
      unchanged(label(labelValue(nothing), labelLength(9)), value()),
      unchanged(label(labelValue(nothing), labelLength(3)), value()),
    ),
    "PROOF_LABEL_PREFIX",
    { elements: [1, 0], lengthBits: 3 },
  ],
];

function rejection(proof: Uint8Array): CoauditError {
  try {
    sortedOrder(decodeProof(proof));
  } catch (error) {
    return error as CoauditError;
  }
  throw new Error("the proof was accepted");
}

describe("the decoder", () => {
  it.each(malformed)("refuses %s", (_name, proof, code, metadata) => {
    const error = rejection(proof);
    expect(error.code).toBe(code);
    expect(error.metadata).toMatchObject(metadata);
  });

  it("names every mistake of the wire and of the labels with a code of its own", () => {
    expect(new Set(malformed.map(([, , code]) => code)).size).toBe(18);
  });

  it("refuses every proof that is cut short within an element", () => {
    const proof = concat(good, unchanged(...node(3)));
    for (let size = 1; size < proof.length; size++) {
      if (size === good.length) continue;
      expect(rejection(proof.subarray(0, size)).code).toBe("PROOF_TRUNCATED");
    }
  });

  it("reads labels, lengths, values and the two lists as they stand", () => {
    const proof = concat(
      inserted(label(labelValue(fullLabel(0x80)), labelLength(256)), value(new Uint8Array(32).fill(1))),
      unchanged(label(labelValue(nothing), labelLength(3)), value(new Uint8Array(32).fill(2))),
    );
    const elements = decodeProof(proof);
    expect([elements.count, elements.inserted]).toEqual([2, 1]);
    expect([...elements.lengths.subarray(0, 2)]).toEqual([256, 3]);
    expect([...elements.labels.subarray(0, 16)]).toEqual([0x80000000, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([elements.values[31], elements.values[32]]).toEqual([1, 2]);
  });

  it("reads back what the encoder writes, from proofs at an odd place in a larger buffer too", () => {
    const zeros = new Uint8Array(32);
    const written = encodeProof(
      [{ label: fullLabel(9), lengthBits: 256, value: zeros }],
      [{ label: zeros, lengthBits: 1, value: zeros }],
    );
    const larger = new Uint8Array(written.length + 3);
    larger.set(written, 3);
    expect(decodeProof(larger.subarray(3))).toEqual(decodeProof(written));
  });

  it("reads an empty proof as no elements", () => {
    expect(decodeProof(nothing).count).toBe(0);
  });

  it("has numbers of one byte up to 127 and of two from 128, as the wire has", () => {
    expect([varint(127).length, varint(128).length]).toEqual([1, 2]);
  });
});
