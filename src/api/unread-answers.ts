/** Answers that are made and not yet taken by the system's buffers: so many bytes in all, however many do not read. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

export class UnreadAnswers {
  readonly #maxBytes: number;
  /** Who has taken nothing for the longest comes first. */
  readonly #bySocket: Map<Socket, number> = new Map();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Counts an answer from now until it is taken. Where all are too many, whoever has not read for the longest goes. */
  add(response: ServerResponse, sizeBytes: number): void {
    // A pipelined answer has a socket only when its turn comes; its request has one from the start.
    const { socket } = response.req;
    if (socket.destroyed) return;
    if (!this.#bySocket.has(socket)) socket.once("close", () => this.#forget(socket));
    this.#account(socket, sizeBytes);
    response.once("finish", () => this.#taken(socket, sizeBytes));
    for (const idle of [...this.#bySocket.keys()]) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(idle);
      idle.destroy();
    }
  }

  #taken(socket: Socket, sizeBytes: number): void {
    const left = (this.#bySocket.get(socket) ?? 0) - sizeBytes;
    if (!this.#bySocket.has(socket)) return;
    // It reads: it goes to the end of the line.
    this.#bySocket.delete(socket);
    this.#bySocket.set(socket, left);
    this.#bytes -= sizeBytes;
  }

  #account(socket: Socket, sizeBytes: number): void {
    this.#bySocket.set(socket, (this.#bySocket.get(socket) ?? 0) + sizeBytes);
    this.#bytes += sizeBytes;
  }

  #forget(socket: Socket): void {
    this.#bytes -= this.#bySocket.get(socket) ?? 0;
    this.#bySocket.delete(socket);
  }
}
