import { toHex, u16be, utf8 } from "../core/bytes.ts";
import { nativeSha256 } from "../platform/native-sha256.ts";

export const MESSAGE_ID_SIZE_BYTES = 20;

/**
 * SHA-256(u16be len(topic) || topic || data), the first 20 bytes (docs/protocol.md 5).
 * [the same bytes sent on another topic first poison the seen-cache: so the topic is part of the id]
 */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = utf8(topic);
  return nativeSha256(u16be(name.length), name, data).slice(0, MESSAGE_ID_SIZE_BYTES);
}

export function messageIdText(topic: string, data: Uint8Array): string {
  return toHex(messageId(topic, data));
}
