/**
 * What an RPC costs before any statement in it is looked at; its bytes have wire-price.ts. Estimates, unless they are
 * made of those in prices.ts.
 */
import { readFields } from "../../core/wire.ts";
import { PRICE_US } from "./prices.ts";

/** An RPC of no bytes still has to be read and recognised. */
export const EMPTY_RPC_US = 10;
/** A subscription, with the place in the mesh that may follow from it. */
export const SUBSCRIPTION_US = 50;
/** A message is decoded, hashed three times and looked up. */
const MESSAGE_US = 30 + 3 * PRICE_US.hash;
/** Any entry of a control message: a message id offered or wanted, a topic grafted or pruned. */
const CONTROL_ENTRY_US = 2;
const CONTROL_US = 30;

/** For a message that was seen before. A new one costs its statement on top. */
export function messageUs(sizeBytes: number): number {
  return MESSAGE_US + 3 * sizeBytes * PRICE_US.byteHashed;
}

/** Grows with the number of entries, however small they are. */
export function controlUs(control: Uint8Array): number {
  let entries = 0;
  try {
    for (const { bytes } of readFields(control, "control")) {
      entries += 5;
      if (bytes === undefined) continue;
      for (const _ of readFields(bytes, "control")) entries++;
    }
  } catch {
    // Truncated: gossipsub reads as far and refuses it too.
  }
  return CONTROL_US + entries * CONTROL_ENTRY_US;
}
