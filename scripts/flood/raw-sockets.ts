/** Bare TCP connections, each stranger with a source address of its own: all of 127/8 is this machine's. */
import { connect, type Socket } from "node:net";
import type { AttackContext } from "./attack.ts";

export async function rawSocket({ signal, tally }: AttackContext, port: number, stranger: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: sourceOf(stranger) });
  socket.on("error", () => {});
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("close", () => reject(new Error("refused")));
  });
  tally.connections++;
  return socket;
}

/** Strangers come from hosts of their own, and none of them from an auditor's. */
export function sourceOf(stranger: number): string {
  return `127.0.${1 + (stranger >> 7)}.${1 + (stranger & 127)}`;
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });
}
