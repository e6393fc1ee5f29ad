/**
 * The asking side, in a process of its own: `requests URL connections ms`, or `streams URL count ms`. Prints one line
 * of JSON.
 */
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";

export interface RequestFigures {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytes: number;
  readonly errors: number;
}

export interface StreamFigures {
  readonly open: number;
  readonly heads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/**
 * Keeps one request under way on each connection. Over bare sockets, because an HTTP client costs more than the server
 * and would be what is measured on two cores.
 */
async function requests(url: string, connections: number, durationMs: number): Promise<RequestFigures> {
  const { hostname, port, pathname } = new URL(url);
  const question = Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  const latencies: number[] = [];
  let bytes = 0;
  let errors = 0;
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), hostname);
      let beginMs = 0;
      let received: Buffer[] = [];
      let missing = Number.NaN;
      const next = (): void => {
        if (performance.now() >= endMs) {
          socket.destroy();
          resolve();
          return;
        }
        received = [];
        missing = Number.NaN;
        beginMs = performance.now();
        socket.write(question);
      };
      socket.on("data", (chunk: Buffer) => {
        if (Number.isNaN(missing)) {
          received.push(chunk);
          const text = Buffer.concat(received).toString("latin1");
          const headers = text.indexOf("\r\n\r\n");
          if (headers < 0) return;
          bytes = Number(/content-length: (\d+)/i.exec(text)?.[1]);
          if (!text.startsWith("HTTP/1.1 200")) errors++;
          missing = headers + 4 + bytes - text.length;
        } else missing -= chunk.length;
        if (missing > 0) return;
        latencies.push(performance.now() - beginMs);
        next();
      });
      socket.on("error", () => {
        errors++;
        resolve();
      });
      socket.once("connect", next);
    });
  await Promise.all(Array.from({ length: connections }, ask));
  const seconds = (performance.now() - startMs) / 1000;
  latencies.sort((a, b) => a - b);
  const perSecond = latencies.length / seconds;
  const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { requests: latencies.length, perSecond, p50Ms, p99Ms, bytes, errors };
}

async function streams(url: string, count: number, durationMs: number): Promise<StreamFigures> {
  const target = new URL("/v1/events", url);
  const agent = new Agent({ maxSockets: count });
  const latencies: number[] = [];
  const open: IncomingMessage[] = [];
  for (let index = 0; index < count; index++) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(target, { agent }, resolve).on("error", reject);
    });
    if (response.statusCode !== 200) break;
    open.push(response);
    response.on("data", (chunk: Buffer) => {
      // A head says when it was made; a frame this small comes in one piece.
      for (const [, madeMs] of chunk.toString().matchAll(/"timestampMs":(\d+)/g))
        latencies.push(Date.now() - Number(madeMs));
    });
  }
  process.send?.("open");
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  latencies.sort((a, b) => a - b);
  const figures = {
    open: open.length,
    heads: Math.round(latencies.length / open.length),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    slowestMs: percentile(latencies, 1),
  };
  for (const response of open) response.destroy();
  return figures;
}

const [kind, url = "", count = "", durationMs = ""] = process.argv.slice(2);
const measure = kind === "streams" ? streams : requests;
console.log(JSON.stringify(await measure(url, Number(count), Number(durationMs))));
process.exit(0);
