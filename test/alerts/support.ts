/** Servers that are told, and alerts to tell. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Alert } from "../../src/alerts/alert.ts";
import { T0 } from "../support/auditors.ts";

export interface Told {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Takes what it is told; `status` is its answer, "hang" is none. */
export class AlertServer {
  readonly told: Told[] = [];
  status: number | "hang" = 200;
  /** What is answered by 400, whatever the status is. */
  refuses: (body: string) => boolean = () => false;
  readonly accepted: Told[] = [];
  /** Requests that hang. */
  open = 0;
  #server: Server | undefined;

  async start(port = 0): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = "", url: path = "", headers } = request;
      const told = { method, path, headers, body: Buffer.concat(chunks).toString() };
      this.told.push(told);
      if (this.status === "hang") {
        this.open++;
        response.once("close", () => this.open--);
        return;
      }
      if (this.refuses(told.body)) {
        response.writeHead(400).end();
        return;
      }
      this.accepted.push(told);
      response.writeHead(this.status, this.status === 302 ? { location: "/elsewhere" } : {}).end("x".repeat(100_000));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
    });
  }

  /** The bodies as JSON. */
  json<T = Record<string, unknown>>(): T[] {
    return this.told.map(({ body }) => JSON.parse(body) as T);
  }
}

export function makeAlert(changes: Partial<Alert> = {}): Alert {
  return {
    key: "halted:test.v1",
    kind: "halted",
    severity: "critical",
    namespace: "test.v1",
    node: "a.example",
    state: "firing",
    startedAtMs: T0,
    summary: "test.v1 is halted (invalid-proof)",
    what: "epoch 17 does not verify",
    act: "Act now: compare with the other auditors.",
    how: ["coaudit status --config coaudit.yaml"],
    ...changes,
  };
}
