/**
 * What one signer has said where it may say only one thing: its head for an epoch, its rotation of a key. A slot holds
 * one statement, or two that contradict each other, which convict; a third adds nothing. [unbounded memory for a liar's
 * words]
 */
import { equalBytes } from "../core/bytes.ts";
import { ProtoMessage, ProtoWriter } from "../core/wire.ts";

/** Encoded statements, in the order of their arrival. */
export type Slot = readonly Uint8Array[];

export const EMPTY_SLOT: Slot = [];

export function encodeSlot(slot: Slot): Uint8Array {
  const writer = new ProtoWriter();
  for (const statement of slot) writer.element(1, statement);
  return writer.finish();
}

export function decodeSlot(value: Uint8Array | undefined): Slot {
  return value === undefined ? EMPTY_SLOT : new ProtoMessage(value, "slot", [1]).list(1);
}

export interface SlotEntry {
  readonly bytes: Uint8Array;
  /** What the signer may say only once, e.g. the digest. */
  readonly content: Uint8Array;
  /** A statement of the same content replaces one of a lower rank. */
  readonly rank: number;
}

export type SlotChange =
  | { readonly kind: "new" | "upgrade" | "conflict"; readonly slot: Slot }
  | { readonly kind: "known" }
  | { readonly kind: "third" };

/**
 * docs/protocol.md 6.2. What `next` would change in a slot that holds `held`. Pure, so that it can be asked again after
 * every await.
 */
export function changeSlot(held: readonly SlotEntry[], next: SlotEntry): SlotChange {
  const same = held.findIndex(({ content }) => equalBytes(content, next.content));
  const bytes = held.map((entry) => entry.bytes);
  if (same >= 0) {
    if ((held[same]?.rank ?? 0) >= next.rank) return { kind: "known" };
    return { kind: "upgrade", slot: bytes.map((old, index) => (index === same ? next.bytes : old)) };
  }
  if (held.length === 0) return { kind: "new", slot: [next.bytes] };
  if (held.length === 1) return { kind: "conflict", slot: [...bytes, next.bytes] };
  return { kind: "third" };
}
