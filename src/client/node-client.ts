/**
 * Queries a node over HTTP. Its answer is only data: bounded, stripped of control characters, checked by whoever uses
 * it.
 */
import { BoundedMap } from "../core/bounded-map.ts";
import { joinBytes } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { startTimer } from "../core/deadline.ts";
import { CoauditError, type ErrorMetadata, errorMessage, isCoauditError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";
import { decodeUtf8, encodeUtf8 } from "../core/utf8.ts";
import { type Body, chunksOf } from "./body.ts";
import { follow } from "./follow.ts";

/** The same as the web's; supplied by tests and by programs with a proxy. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface NodeClientOptions {
  /** http or https, a path prefix allowed, no slash at the end. */
  readonly url: string;
  readonly token?: string;
  /** For the whole answer. Default 10 s: a slower node is of no use to a person who waits. */
  readonly timeoutMs?: number;
}

/** The largest answer, a quorum with 16 cases of 64 KiB in base64, is about 1.5 MiB. */
export const MAX_ANSWER_BYTES: number = 4 * 1024 * 1024;

/** A reader follows a few namespaces; one answer with its cases has tens of KiB. */
const MAX_KEPT = 8;
const MAX_KEPT_CHARACTERS = 256 * 1024;

/** What a proxy says, in a page of its own, when the node behind it is overloaded or does not run. */
export const UNAVAILABLE: readonly number[] = [429, 502, 503, 504];

/** There the browser keeps answers, and a header of one's own would need a node's permission. */
function isPage(): boolean {
  return "location" in globalThis;
}

interface Question {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With one it is a POST. */
  readonly body?: string;
}

export class NodeClient {
  readonly url: string;
  readonly #options: NodeClientOptions;
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  /** Answers by path, to be asked for again only if they have changed. */
  readonly #kept: BoundedMap<string, { readonly etag: string; readonly answer: unknown }> = new BoundedMap(MAX_KEPT);

  constructor(options: NodeClientOptions, modules: { readonly clock: Clock; readonly fetch?: Fetch }) {
    this.url = options.url;
    this.#options = options;
    this.#clock = modules.clock;
    this.#fetch = modules.fetch ?? ((url, init) => fetch(url, init));
  }

  /**
   * Throws NODE_UNREACHABLE, NODE_ANSWER_INVALID, and NODE_REFUSED with the problem's detail for every status except
   * 200 and 201.
   */
  get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#answerTo({ path }, signal);
  }

  /** Throws the same. */
  post(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
    return this.#answerTo({ path, body: JSON.stringify(body) }, signal);
  }

  /** What stands at the URL itself, as text: not everything is a node's. Throws the same, but NODE_REFUSED. */
  async text(): Promise<string> {
    const stop = new AbortController();
    return this.#inTime(stop, async () => {
      const response = await this.#request({ path: "", headers: { accept: "text/plain" } }, stop.signal);
      const text = await this.#read(response, stop.signal);
      if (response.status !== 200) throw this.#invalid(`it has status ${response.status}`, "malformed");
      return text;
    });
  }

  /** A stream of server-sent events, until `stop`, which also fires if it does not begin in time. Throws the same. */
  events(path: string, lastEventId: string | undefined, stop: AbortController): Promise<Body> {
    const resume = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return this.#inTime(stop, async () => {
      const response = await this.#request({ path, headers: { accept: "text/event-stream", ...resume } }, stop.signal);
      const { status, body, headers } = response;
      if (status !== 200) throw this.#refused(status, await this.#read(response, stop.signal));
      if (typeof body?.getReader === "function" && /^text\/event-stream\b/i.test(headers.get("content-type") ?? ""))
        return body;
      void body?.cancel().catch(() => undefined);
      throw this.#invalid("it is not an event stream", "malformed");
    });
  }

  async #answerTo(question: Question, signal: AbortSignal | undefined): Promise<unknown> {
    const stop = new AbortController();
    const unlink = follow(signal, stop);
    try {
      return await this.#inTime(stop, () => this.#ask(question, stop.signal));
    } finally {
      unlink();
    }
  }

  /** Fires `stop` when the work takes longer than `timeoutMs`. */
  async #inTime<T>(stop: AbortController, work: () => Promise<T>): Promise<T> {
    const { timeoutMs = 10_000 } = this.#options;
    let isLate = false;
    const stopTimer = startTimer(this.#clock, timeoutMs, () => {
      isLate = true;
      stop.abort(new Error(`no answer in ${timeoutMs} ms`));
    });
    try {
      return await work();
    } catch (error) {
      if (isCoauditError(error)) throw error;
      throw unreachable(this.url, reasonOf(error), error, isLate ? "timeout" : "network");
    } finally {
      stopTimer();
    }
  }

  async #ask(question: Question, stop: AbortSignal): Promise<unknown> {
    const kept = question.body === undefined ? this.#kept.get(question.path) : undefined;
    const headers = { accept: "application/json", ...(kept === undefined ? {} : { "if-none-match": kept.etag }) };
    const response = await this.#request({ headers, ...question }, stop);
    const text = await this.#read(response, stop);
    if (response.status === 304 && kept !== undefined) return kept.answer;
    if (response.status !== 200 && response.status !== 201) throw this.#refused(response.status, text);
    const answer = this.#parse(text);
    const etag = question.body === undefined ? response.headers.get("etag") : undefined;
    if (etag && text.length <= MAX_KEPT_CHARACTERS && !isPage()) this.#kept.set(question.path, { etag, answer });
    return answer;
  }

  #request({ path, headers, body }: Question, signal: AbortSignal): Promise<Response> {
    const { token } = this.#options;
    return this.#fetch(`${this.url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
      // A redirect would take the token, and the question, to somebody else.
      redirect: "error",
      // Neither a page's cookies nor its address concern anybody.
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
  }

  async #read(response: Response, stop: AbortSignal): Promise<string> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    try {
      const { body } = response;
      const stream = typeof body?.getReader === "function" ? chunksOf(body, stop) : this.#wholeBody(response);
      for await (const chunk of stream) {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES)
          throw this.#invalid(`it is larger than ${MAX_ANSWER_BYTES} bytes`, "oversized");
        chunks.push(chunk);
      }
    } catch (error) {
      if (isCoauditError(error) || stop.aborted) throw error;
      throw this.#invalid(`it ended early: ${reasonOf(error)}`, "truncated", error);
    }
    try {
      return decodeUtf8(joinBytes(chunks));
    } catch (cause) {
      throw this.#invalid("it is not UTF-8; is this a coaudit node?", "not-json", cause);
    }
  }

  /**
   * React Native gives no stream: what the node says of the length is looked at before, and the time limits the rest.
   */
  async *#wholeBody(response: Response): AsyncGenerator<Uint8Array, void, void> {
    if (Number(response.headers.get("content-length") ?? 0) > MAX_ANSWER_BYTES) {
      throw this.#invalid(`it is larger than ${MAX_ANSWER_BYTES} bytes`, "oversized");
    }
    yield encodeUtf8(await response.text());
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text, (_key, value: unknown) => (typeof value === "string" ? printable(value) : value));
    } catch (cause) {
      throw this.#invalid("it is not JSON; is this a coaudit node?", "not-json", cause);
    }
  }

  #refused(status: number, text: string): CoauditError {
    const { url } = this;
    const isUnavailable = UNAVAILABLE.includes(status);
    let answer: unknown;
    try {
      answer = this.#parse(text);
    } catch (error) {
      if (!isUnavailable) throw error;
    }
    const { detail, type } = (answer ?? {}) as { detail?: unknown; type?: unknown };
    if (typeof detail !== "string" || typeof type !== "string") {
      if (isUnavailable) {
        const message = `${url} answers with status ${status}: it, or a proxy before it, is overloaded or does not run; try again later`;
        return new CoauditError("NODE_REFUSED", message, { url, status, type: "about:blank" });
      }
      return this.#invalid(`it has status ${status} but no problem details; is this a coaudit node?`, "malformed");
    }
    return new CoauditError("NODE_REFUSED", `${url}: ${detail}`, { url, status, type });
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
  const message = `${url}: unusable answer: ${reason}`;
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
