/**
 * Connections to a server at a time. When all are taken, the oldest on which nothing is being answered makes room for
 * the newest. [a few silent connections, and a node that is well looks dead to whoever watches it]
 */
import type { Socket } from "node:net";

export class ConnectionPlaces {
  readonly #max: number;
  readonly #isAnswered: (socket: Socket) => boolean;
  /** In the order in which they came. */
  readonly #sockets: Set<Socket> = new Set();

  constructor(max: number, isAnswered: (socket: Socket) => boolean) {
    this.#max = max;
    this.#isAnswered = isAnswered;
  }

  /** One of those that are there, or the newcomer, is destroyed when there is no place left. */
  enter(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#sockets.size > this.#max) this.#leaving(socket).destroy();
  }

  #leaving(newest: Socket): Socket {
    for (const socket of this.#sockets) if (!socket.destroyed && !this.#isAnswered(socket)) return socket;
    return newest;
  }
}
