/** HTTP as no client speaks it: endless requests whose answers nobody reads, bodies that never arrive. */
import type { Socket } from "node:net";
import type { Attack, AttackContext } from "../attack.ts";
import { again, paced, pause } from "../pause.ts";
import { closed, rawSocket } from "../raw-sockets.ts";

const CONNECTIONS_EACH = 3;
const PIPELINED = 500;

export const unreadGets: Attack = {
  name: "unread-gets",
  title: "500 pipelined GETs on 3 connections a stranger, no answer read",
  run: (context) =>
    each(context, CONNECTIONS_EACH, async (socket) => {
      socket.pause();
      say(context, socket, "GET /openapi.json HTTP/1.1\r\nhost: flood\r\n\r\n".repeat(PIPELINED), PIPELINED);
      await Promise.race([closed(socket), pause(30_000, context.signal)]);
      socket.destroy();
    }),
};

export const slowPosts: Attack = {
  name: "slow-posts",
  title: "POSTs on 3 connections a stranger whose bodies drip or are cut off",
  run: (context) =>
    each(context, CONNECTIONS_EACH, async (socket) => {
      socket.resume();
      const head = "host: flood\r\ncontent-type: application/json\r\ncontent-length: 8000\r\n\r\n";
      say(context, socket, `POST /v1/quorum HTTP/1.1\r\n${head}`, 1);
      const isCut = Math.random() < 0.5;
      await paced(1, AbortSignal.any([context.signal, AbortSignal.timeout(isCut ? 500 : 20_000)]), () => {
        if (socket.destroyed) throw new Error("closed");
        socket.write(" ");
      });
      socket.destroy();
    }),
};

function each(
  { ...context }: AttackContext,
  connections: number,
  live: (socket: Socket) => Promise<void>,
): Promise<void> {
  const { strangers, signal, target } = context;
  const one = (stranger: number): Promise<void> =>
    again(signal, async () => live(await rawSocket(context, target.apiPort, stranger)));
  const all = Array.from({ length: strangers * connections }, (_, index) => one(index % strangers));
  return Promise.all(all).then(() => {});
}

function say({ tally }: AttackContext, socket: Socket, text: string, requests: number): void {
  tally.units += requests;
  tally.bytes += text.length;
  socket.write(text);
}
