/** Servers that give scripted answers to a bucket, and the blob that they serve. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { systemClock } from "../../src/platform/system.ts";
import { type BucketSettings, BucketSource } from "../../src/source/bucket.ts";
import { type BlobName, parseBlobName } from "../../src/source/source.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export const never: AbortSignal = new AbortController().signal;
export const name: BlobName = parseBlobName(`7/${"aa".repeat(32)}/${"bb".repeat(32)}`);
export const blob: Uint8Array = new SeededRandom(7).bytes(300_000);
export const half: Uint8Array = blob.subarray(0, 150_000);
const servers: ScriptedServer[] = [];

export async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop();
}

/** Answers the requests in order; the last answer stays. */
export async function script(...answers: Answer[]): Promise<ScriptedServer> {
  const server = await startScriptedServer((request, response, count) => {
    answers[Math.min(count, answers.length - 1)]?.(response, request);
  });
  servers.push(server);
  return server;
}

export function bucket(url: string, settings: Partial<BucketSettings> = {}): BucketSource {
  const quick = { backoffBaseMs: 1, backoffCapMs: 2, ...settings };
  return new BucketSource({ url, ...quick }, { clock: systemClock, random: new SeededRandom() });
}

export function send(status: number, headers: Record<string, string | number>, body: string | Uint8Array = ""): Answer {
  return (response) => void response.writeHead(status, { "content-length": body.length, ...headers }).end(body);
}

/** The whole length is announced, some bytes come, and the line breaks. */
export function cut(
  bytes: Uint8Array,
  headers: Record<string, string | number> = {},
  status = 200,
  length: number = blob.length,
): Answer {
  return (response) => {
    response.writeHead(status, { "content-length": length, ...headers });
    response.flushHeaders();
    response.write(bytes, () => setTimeout(() => response.destroy(), 20));
  };
}

/**
 * The rest from wherever the client got to: what was sent just before a line broke may be lost on the way.
 * `contentRange` says what of it the server claims; null: nothing.
 */
export function restOf(
  headers: Record<string, string>,
  contentRange: (from: number) => string | null = rightRange,
  end: number = blob.length,
): Answer {
  return (response, request) => {
    const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const claimed = contentRange(from);
    const all = { ...headers, ...(claimed === null ? {} : { "content-range": claimed }) };
    const answer = end < blob.length ? cut(blob.subarray(from, end), all, 206, blob.length - from) : undefined;
    (answer ?? send(206, all, blob.subarray(from)))(response, request);
  };
}

export function rightRange(from: number): string {
  return `bytes ${from}-${blob.length - 1}/${blob.length}`;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
