/**
 * The connections to one source. Node's own `http` and not `fetch`, for two reasons: what is kept open can be closed,
 * and a body in chunks that is cut off under `Connection: close` is an error (undici 6 and 7 take it for whole).
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterator<Uint8Array>;
}

/** Sockets that are kept do not keep the process alive. */
const KEPT = { keepAlive: true, maxFreeSockets: 4 } as const;

export class Line {
  readonly #http = new HttpAgent(KEPT);
  readonly #https = new HttpsAgent(KEPT);

  /** Resolves with the headers of the answer; rejects when there is no connection, and when `signal` is aborted. */
  async get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
    for (;;) {
      const [request, answer] = this.#send(url, headers, signal);
      try {
        return await answer;
      } catch (error) {
        // The server closed a kept connection just when it was used again.
        const isStale = request.reusedSocket && (error as { code?: unknown }).code === "ECONNRESET";
        if (!isStale || signal.aborted) throw error;
        this.failed();
      }
    }
  }

  /** The next question uses a new connection: a kept one may lead to a machine that no longer serves the source. */
  failed(): void {
    for (const agent of [this.#http, this.#https]) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  }

  #send(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): [ClientRequest, Promise<Answer>] {
    const isTls = url.protocol === "https:";
    const options = { headers: { "user-agent": "coaudit", ...headers } };
    const request = isTls
      ? httpsRequest(url, { ...options, agent: this.#https })
      : httpRequest(url, { ...options, agent: this.#http });
    const answer = new Promise<Answer>((resolve, reject) => {
      let message: IncomingMessage | undefined;
      // By hand: the option `signal` leaves a body that has arrived and is not read yet whole, and emits an error that
      // nobody can listen for when the request is over.
      const stop = (): void => {
        message?.destroy(signal.reason as Error);
        request.destroy(signal.reason as Error);
      };
      signal.addEventListener("abort", stop, { once: true });
      request.on("close", () => signal.removeEventListener("abort", stop));
      request.on("error", reject);
      request.on("response", (received) => {
        message = received;
        resolve(answerOf(received));
      });
    });
    request.end();
    return [request, answer];
  }
}

function answerOf(message: IncomingMessage): Answer {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  // Without a listener, a body that nobody reads any more would end the process when its connection breaks.
  message.on("error", () => {});
  return { status: message.statusCode ?? 0, headers, body: message[Symbol.asyncIterator]() };
}
