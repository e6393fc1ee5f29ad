/** Asks a node over HTTP. What it answers is only data: bounded, stripped of control characters, checked by whoever uses it. */
import { concat } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { CoauditError, type ErrorMetadata, errorMessage, isCoauditError } from "../core/errors.ts";
import { printable } from "./printable.ts";

/** As the web's own; handed in by tests and by programs with a proxy. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface NodeClientOptions {
  /** http or https, a path prefix allowed, no slash at the end. */
  readonly url: string;
  readonly token?: string;
  /** For the whole answer. Default 10 s: a node that needs longer is not usable by hand. */
  readonly timeoutMs?: number;
}

/** The largest answer, a quorum with 16 cases of 64 KiB in base64, is about 1.5 MiB. */
export const MAX_ANSWER_BYTES: number = 4 * 1024 * 1024;

export class NodeClient {
  readonly url: string;
  readonly #options: NodeClientOptions;
  readonly #clock: Clock;
  readonly #fetch: Fetch;

  constructor(options: NodeClientOptions, modules: { readonly clock: Clock; readonly fetch?: Fetch }) {
    this.url = options.url;
    this.#options = options;
    this.#clock = modules.clock;
    this.#fetch = modules.fetch ?? ((url, init) => fetch(url, init));
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
      const response = await this.#fetch(`${this.url}${path}`, {
        method,
        headers: {
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body }),
        // A redirect would take the token, and the question, to somebody else.
        redirect: "error",
        // A page's cookies are nobody's business, nor is the page.
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: timeout.signal,
      });
      const answer = this.#parse(await this.#read(response, timeout.signal));
      if (response.status !== 200) throw this.#refused(response.status, answer);
      return answer;
    } catch (error) {
      if (isCoauditError(error)) throw error;
      throw unreachable(this.url, reasonOf(error), error, timeout.signal.aborted ? "timeout" : "network");
    } finally {
      done.abort();
    }
  }

  async #read(response: Response, timeout: AbortSignal): Promise<string> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    // Not every browser iterates over a stream.
    const reader = response.body?.getReader();
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done || value === undefined) break;
        sizeBytes += value.length;
        if (sizeBytes > MAX_ANSWER_BYTES)
          throw this.#invalid(`it is larger than ${MAX_ANSWER_BYTES} bytes`, "oversized");
        chunks.push(value);
      }
    } catch (error) {
      void reader?.cancel().catch(() => undefined);
      if (isCoauditError(error) || timeout.aborted) throw error;
      throw this.#invalid(`it ended early: ${reasonOf(error)}`, "truncated", error);
    }
    return new TextDecoder().decode(concat(...chunks));
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text, (_key, value: unknown) => (typeof value === "string" ? printable(value) : value));
    } catch (cause) {
      throw this.#invalid("it is not JSON; is this a coaudit node?", "not-json", cause);
    }
  }

  #refused(status: number, answer: unknown): CoauditError {
    const { detail, type } = (answer ?? {}) as { detail?: unknown; type?: unknown };
    if (typeof detail !== "string" || typeof type !== "string") {
      return this.#invalid(`it has status ${status} and does not say why; is this a coaudit node?`, "malformed");
    }
    return new CoauditError("NODE_REFUSED", `${this.url}: ${detail}`, { url: this.url, status, type });
  }

  #invalid(reason: string, kind: AnswerFlaw, cause?: unknown): CoauditError<"NODE_ANSWER_INVALID"> {
    return invalidAnswer(this.url, reason, cause, kind);
  }
}

type AnswerFlaw = NonNullable<ErrorMetadata["NODE_ANSWER_INVALID"]["kind"]>;

export function invalidAnswer(
  url: string,
  reason: string,
  cause?: unknown,
  kind: AnswerFlaw = "malformed",
): CoauditError<"NODE_ANSWER_INVALID"> {
  const message = `${url}: the answer cannot be used: ${reason}`;
  return new CoauditError("NODE_ANSWER_INVALID", message, { url, reason, kind }, { cause });
}

export function unreachable(
  url: string,
  reason: string,
  cause?: unknown,
  kind: "network" | "timeout" = "network",
): CoauditError<"NODE_UNREACHABLE"> {
  return new CoauditError("NODE_UNREACHABLE", `${url} does not answer: ${reason}`, { url, kind }, { cause });
}

/** fetch says "fetch failed" and hides the reason in the cause; with several addresses there are several. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError) return errorMessage(cause.errors[0]);
  return errorMessage(cause ?? error);
}
