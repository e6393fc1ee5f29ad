/** An HTTP server on loopback that answers as a test tells it to, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

export interface ScriptedServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Answers that are under way: neither finished nor given up by the other side. */
  readonly answering: number;
  stop(): Promise<void>;
}

/** `answer` gets the number of the request, from 0. */
export async function startScriptedServer(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  let answering = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://scripted");
    asked.push({ url, headers: request.headers });
    answering++;
    response.once("close", () => answering--);
    answer(request, response, asked.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    get answering() {
      return answering;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function listXml(keys: readonly string[], isTruncated = "false"): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents}</ListBucketResult>`;
}
