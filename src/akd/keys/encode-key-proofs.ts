/** Writes key proofs in the one form that key-proofs.ts accepts: that of the akd crate. For whoever serves them. */

import { ProtoWriter } from "../../core/wire.ts";
import { LABEL_BITS, LABEL_BYTES, writePrefix } from "../label.ts";
import type {
  HistoryProof,
  LookupProof,
  MembershipProof,
  NodeLabel,
  NonMembershipProof,
  PathStep,
  TreeElement,
  UpdateProof,
} from "./key-proofs.ts";

export function encodeLookupProof(proof: Omit<LookupProof, "part">): Uint8Array {
  const { epoch, value, version, existence, marker, freshness, commitmentNonce } = proof;
  return new ProtoWriter()
    .presentUint(1, epoch)
    .element(2, value)
    .presentUint(3, version)
    .element(4, existence.vrfProof)
    .element(5, membership(existence.proof))
    .element(6, marker.vrfProof)
    .element(7, membership(marker.proof))
    .element(8, freshness.vrfProof)
    .element(9, nonMembership(freshness.proof))
    .element(10, commitmentNonce)
    .finish();
}

export function encodeHistoryProof({ updates, pastMarkers, futureMarkers }: HistoryProof): Uint8Array {
  const writer = new ProtoWriter();
  for (const one of updates) writer.element(1, update(one));
  for (const { vrfProof } of pastMarkers) writer.element(2, vrfProof);
  for (const { proof } of pastMarkers) writer.element(3, membership(proof));
  for (const { vrfProof } of futureMarkers) writer.element(4, vrfProof);
  for (const { proof } of futureMarkers) writer.element(5, nonMembership(proof));
  return writer.finish();
}

function update({ epoch, value, version, existence, previous, commitmentNonce }: UpdateProof): Uint8Array {
  const writer = new ProtoWriter()
    .presentUint(1, epoch)
    .element(2, value)
    .presentUint(3, version)
    .element(4, existence.vrfProof)
    .element(5, membership(existence.proof));
  if (previous !== undefined) writer.element(6, previous.vrfProof).element(7, membership(previous.proof));
  return writer.element(8, commitmentNonce).finish();
}

function membership({ label, value, steps }: Omit<MembershipProof, "part">): Uint8Array {
  const writer = new ProtoWriter().element(1, nodeLabel(label)).element(2, value);
  for (const step of steps) writer.element(3, pathStep(step));
  return writer.finish();
}

function pathStep({ parent, sibling, direction }: PathStep): Uint8Array {
  return new ProtoWriter()
    .element(1, nodeLabel(parent))
    .element(2, element(sibling))
    .presentUint(3, direction)
    .finish();
}

function nonMembership({ label, longestPrefix, children, prefixProof }: NonMembershipProof): Uint8Array {
  const writer = new ProtoWriter().element(1, nodeLabel(label)).element(2, nodeLabel(longestPrefix));
  for (const child of children) writer.element(3, element(child));
  return writer.element(4, membership(prefixProof)).finish();
}

function element({ label, value }: TreeElement): Uint8Array {
  return new ProtoWriter().element(1, nodeLabel(label)).element(2, value).finish();
}

function nodeLabel({ words, lengthBits }: NodeLabel): Uint8Array {
  const bytes = new Uint8Array(LABEL_BYTES);
  writePrefix(words, 0, LABEL_BITS, bytes, 0);
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return new ProtoWriter()
    .element(1, bytes.subarray(0, last + 1))
    .presentUint(2, lengthBits)
    .finish();
}
