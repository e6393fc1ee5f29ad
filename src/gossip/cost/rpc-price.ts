/** What the wire costs, before any statement in it is looked at. Estimates, beside what prices.ts measured. */
import { readFields } from "../../core/wire.ts";
import { PRICE_US } from "./prices.ts";

/** Bytes that arrive on a stream are deciphered, counted and copied. An estimate, like all prices in this file. */
export const BYTE_RECEIVED_US = 0.015;
/** A connection that comes in: noise, two protocols to agree on, and what libp2p keeps of it. Estimated. */
export const HANDSHAKE_US = 1500;
/** A frame of no bytes costs what it costs to find that out, and a little for having been sent. */
export const EMPTY_RPC_US = 10;
/** A subscription, and the place in the mesh that may follow. */
export const SUBSCRIPTION_US = 50;
/** A message: decoded, hashed three times, looked up. */
const MESSAGE_US = 30 + 3 * PRICE_US.hash;
/** Whatever a control message lists: a message id that somebody has or wants, a topic that is grafted or pruned. */
const CONTROL_ENTRY_US = 2;
const CONTROL_US = 30;

/** Of a message that was seen before; a new one costs what its statement does on top. */
export function messageUs(sizeBytes: number): number {
  return MESSAGE_US + 3 * sizeBytes * PRICE_US.byteHashed;
}

/** By the number of entries, however small they are. */
export function controlUs(control: Uint8Array): number {
  let entries = 0;
  try {
    for (const { bytes } of readFields(control, "control")) {
      entries += 5;
      if (bytes === undefined) continue;
      for (const _ of readFields(bytes, "control")) entries++;
    }
  } catch {
    // Truncated: gossipsub refuses it too, after having read as much.
  }
  return CONTROL_US + entries * CONTROL_ENTRY_US;
}
