/** Nodes whose streams of events a test writes by hand, and a clock on which their hours pass in moments. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LookupResult } from "../../../src/client/results.ts";
import type { Certificate } from "../../../src/core/certificate.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { type Liars, NOW_MS } from "../lying-nodes.ts";

/** So many times as fast as the machine's. */
export function fastClock(speed: number): Clock {
  const startMs = systemClock.now();
  return {
    now: () => NOW_MS + (systemClock.now() - startMs) * speed,
    elapsedMs: () => systemClock.elapsedMs() * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}

export class StreamingNode {
  url = "";
  /** What it answers when it is asked. */
  certificate: Certificate;
  questions = 0;
  /** Of each stream that was asked for. */
  readonly lastEventIds: (string | undefined)[] = [];
  readonly open: Set<ServerResponse> = new Set();
  #onStream: (response: ServerResponse, request: IncomingMessage) => void;

  /** `onStream` is what it does with who asks for a stream; without it, the stream stays quiet. */
  static async start(
    liars: Liars,
    certificate: Certificate,
    onStream?: (response: ServerResponse, request: IncomingMessage) => void,
  ): Promise<StreamingNode> {
    const node = new StreamingNode(certificate, onStream ?? ((response) => startStream(response)));
    node.url = await liars.listening((request, response) => node.#answer(request, response));
    return node;
  }

  private constructor(
    certificate: Certificate,
    onStream: (response: ServerResponse, request: IncomingMessage) => void,
  ) {
    this.certificate = certificate;
    this.#onStream = onStream;
  }

  write(text: string): void {
    for (const response of this.open) response.write(text);
  }

  hint(id: string, event = "head"): void {
    this.write(`id: ${id}\nevent: ${event}\ndata: {}\n\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (!request.url?.startsWith("/v1/events")) {
      this.questions++;
      response.end(JSON.stringify({ certificate: this.certificate }));
      return;
    }
    const lastEventId = request.headers["last-event-id"];
    this.lastEventIds.push(typeof lastEventId === "string" ? lastEventId : undefined);
    this.open.add(response);
    response.on("close", () => this.open.delete(response));
    response.on("error", () => {});
    this.#onStream(response, request);
  }
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  response.write("retry: 2000\n\n");
}

/** Gathers what a watch yields while a test goes on. */
export class Watching {
  readonly seen: LookupResult[] = [];
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(watch: (signal: AbortSignal) => AsyncGenerator<LookupResult, void, void>) {
    this.ended = this.#gather(watch(this.#stop.signal));
  }

  get epochs(): (number | undefined)[] {
    return this.seen.map((result) => ("head" in result ? result.head?.epoch : undefined));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #gather(results: AsyncGenerator<LookupResult, void, void>): Promise<void> {
    for await (const result of results) this.seen.push(result);
  }
}
