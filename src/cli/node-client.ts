/** Asks a node over HTTP. What it answers is only data: bounded, stripped of control characters, checked by whoever uses it. */
import type { Clock } from "../core/clock.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { printable } from "./text.ts";

export interface NodeClientOptions {
  /** http or https, a path prefix allowed, no slash at the end. */
  readonly url: string;
  readonly token?: string;
  /** For the whole answer. Default 10 s: a node that needs longer is not usable by hand. */
  readonly timeoutMs?: number;
}

/** The largest answer, a quorum with 16 cases of 64 KiB in base64, is about 1.5 MiB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export class NodeClient {
  readonly url: string;
  readonly #options: NodeClientOptions;
  readonly #clock: Clock;

  constructor(options: NodeClientOptions, modules: { readonly clock: Clock }) {
    this.url = options.url;
    this.#options = options;
    this.#clock = modules.clock;
  }

  /** Throws NODE_UNREACHABLE, NODE_ANSWER_INVALID, and NODE_REFUSED with the problem's detail for every status but 200. */
  get(path: string): Promise<unknown> {
    return this.#ask("GET", path);
  }

  /** Throws the same. */
  post(path: string, body: object): Promise<unknown> {
    return this.#ask("POST", path, JSON.stringify(body));
  }

  async #ask(method: string, path: string, body?: string): Promise<unknown> {
    const { token, timeoutMs = 10_000 } = this.#options;
    const [timeout, done] = [new AbortController(), new AbortController()];
    void this.#clock.sleep(timeoutMs, done.signal).then(() => timeout.abort(new Error(`no answer in ${timeoutMs} ms`)));
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body }),
        // A redirect would take the token, and the question, to somebody else.
        redirect: "error",
        signal: timeout.signal,
      });
      const answer = this.#parse(await this.#read(response));
      if (response.status !== 200) throw this.#refused(response.status, answer);
      return answer;
    } catch (error) {
      if (isCoauditError(error)) throw error;
      throw unreachable(this.url, reasonOf(error), error);
    } finally {
      done.abort();
    }
  }

  async #read(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ANSWER_BYTES) throw this.#invalid(`it is larger than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text, (_key, value: unknown) => (typeof value === "string" ? printable(value) : value));
    } catch (cause) {
      throw this.#invalid("it is not JSON; is this a coaudit node?", cause);
    }
  }

  #refused(status: number, answer: unknown): CoauditError {
    const { detail, type } = (answer ?? {}) as { detail?: unknown; type?: unknown };
    if (typeof detail !== "string" || typeof type !== "string") {
      return this.#invalid(`it has status ${status} and does not say why; is this a coaudit node?`);
    }
    return new CoauditError("NODE_REFUSED", `${this.url}: ${detail}`, { url: this.url, status, type });
  }

  #invalid(reason: string, cause?: unknown): CoauditError<"NODE_ANSWER_INVALID"> {
    return invalidAnswer(this.url, reason, cause);
  }
}

export function invalidAnswer(url: string, reason: string, cause?: unknown): CoauditError<"NODE_ANSWER_INVALID"> {
  return new CoauditError(
    "NODE_ANSWER_INVALID",
    `${url}: the answer cannot be used: ${reason}`,
    { url, reason },
    { cause },
  );
}

export function unreachable(url: string, reason: string, cause?: unknown): CoauditError<"NODE_UNREACHABLE"> {
  return new CoauditError("NODE_UNREACHABLE", `${url} does not answer: ${reason}`, { url }, { cause });
}

/** fetch says "fetch failed" and hides the reason in the cause; with several addresses there are several. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError) return errorMessage(cause.errors[0]);
  return errorMessage(cause ?? error);
}
