/** Bytes of gossipsub's RPCs: protobuf with the fields 2 (messages) and 3 (control). */
import { concat } from "../../src/core/bytes.ts";
import { ProtoWriter, varint } from "../../src/core/wire.ts";

/** Prefixed with its length. */
export function framed(rpc: Uint8Array): Uint8Array {
  return concat(varint(rpc.length), rpc);
}

export function messagesRpc(topic: string, messages: readonly Uint8Array[]): Uint8Array {
  const rpc = new ProtoWriter();
  for (const data of messages) rpc.element(2, new ProtoWriter().bytes(2, data).string(4, topic).finish());
  return framed(rpc.finish());
}

export function ihaveRpc(topic: string, ids: readonly Uint8Array[]): Uint8Array {
  const ihave = new ProtoWriter().string(1, topic);
  for (const id of ids) ihave.element(2, id);
  const control = new ProtoWriter().element(1, ihave.finish());
  return framed(new ProtoWriter().element(3, control.finish()).finish());
}
