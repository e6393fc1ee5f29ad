/** A bare socket to a server. */
import { connect, type Socket } from "node:net";

export interface Dialled {
  readonly socket: Socket;
  /** All text that came. */
  readonly received: () => string;
  readonly closed: Promise<void>;
}

export async function dial(url: URL, localAddress = "127.0.0.1"): Promise<Dialled> {
  const socket = connect({ port: Number(url.port), host: url.hostname, localAddress });
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, received: () => text, closed };
}
