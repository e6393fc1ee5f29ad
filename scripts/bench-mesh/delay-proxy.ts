/** A TCP proxy that holds every chunk back for a while, both ways: a long wire on one machine. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class DelayProxy {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(targetPort: number, delayMs: number): Promise<DelayProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const proxy = new DelayProxy(server);
    server.on("connection", (near) => {
      const far = connect({ port: targetPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
      proxy.#relay(near, far, delayMs);
      proxy.#relay(far, near, delayMs);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(from: Socket, to: Socket, delayMs: number): void {
    this.#sockets.add(from);
    // Timers of one length fire in the order in which they were set, so the bytes stay in order.
    const later = (act: () => void): void => void setTimeout(act, delayMs);
    from.on("data", (chunk) => later(() => to.writable && to.write(chunk)));
    from.on("end", () => later(() => to.end()));
    from.on("error", () => later(() => to.destroy()));
    from.on("close", () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
  }
}
