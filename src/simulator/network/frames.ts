/**
 * How many bytes gossipsub's frames take on a stream: protobuf RPC, its numbers all below 16, behind a varint length.
 */
import { MESSAGE_ID_SIZE_BYTES } from "../../gossip/message-id.ts";

const SUBSCRIBE_FLAG_BYTES = 2;
/** Field 3, and 60 s. */
const BACKOFF_BYTES = 2;

/** `topicBytes`: of the topic's name. */
export function messageFrameBytes(dataBytes: number, topicBytes: number): number {
  return framed(field(field(dataBytes) + field(topicBytes)));
}

export function subscribeFrameBytes(topics: readonly string[]): number {
  return framed(sum(topics, (topic) => field(SUBSCRIBE_FLAG_BYTES + field(topic.length))));
}

export function graftPruneFrameBytes(grafts: readonly string[], prunes: readonly string[]): number {
  const graftBytes = sum(grafts, (topic) => field(field(topic.length)));
  return framed(field(graftBytes + sum(prunes, (topic) => field(field(topic.length) + BACKOFF_BYTES))));
}

/** By topic, none empty. */
export function ihaveFrameBytes(
  lists: readonly (readonly { readonly message: { readonly topic: string } }[])[],
): number {
  let bytes = 0;
  for (const list of lists) bytes += field(field(list[0]?.message.topic.length ?? 0) + list.length * ID_BYTES);
  return framed(field(bytes));
}

/** IWANT and IDONTWANT. */
export function idsFrameBytes(count: number): number {
  return framed(field(field(count * ID_BYTES)));
}

/** A length-delimited field. */
function field(length: number): number {
  return 1 + framed(length);
}

function framed(length: number): number {
  let bytes = 1 + length;
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function sum<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}

const ID_BYTES = field(MESSAGE_ID_SIZE_BYTES);
