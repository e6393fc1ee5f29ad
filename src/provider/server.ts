/**
 * The practice provider as an HTTP server: one bucket per auditor, one epoch at a time, with whatever lies it is told
 * to tell.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../core/clock.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { type Logger, silentLogger } from "../core/log.ts";
import { Serial } from "../core/serial.ts";
import { type BucketAnswer, ProviderBucket } from "./bucket.ts";
import type { DirectoryLog } from "./keys/directory-log.ts";
import { type KeyAnswer, type KeyPath, KeyRoutes, keyPath, MAX_KEY_BODY_BYTES } from "./keys/key-routes.ts";
import type { Lie } from "./lies.ts";
import type { ProviderLog, PublishedEpoch } from "./log.ts";

export interface ProviderOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1: it is for practice, and its lies must not reach anybody else. */
  readonly host?: string;
  /** Time between two epochs. Default 0: only `publishNext` publishes. */
  readonly intervalMs?: number;
  /** Published at the start: everything up to this epoch. Default: the log's first one; 0: nothing. */
  readonly startEpoch?: number;
  readonly lies?: readonly Lie[];
}

export interface ProviderModules {
  readonly log: ProviderLog;
  /** Answers about keys, where the log is a key directory's. */
  readonly keys?: DirectoryLog;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Called for each epoch as it is published, those before the start included; undefined at the end of a recording. */
  readonly onPublish?: (epoch: PublishedEpoch | undefined) => void;
}

export interface RunningProvider {
  /** The bucket without an auditor's name, with a slash at the end. */
  readonly url: string;
  readonly log: ProviderLog;
  /** The bucket that is shown to the auditor of that name. */
  urlFor(auditor: string): string;
  /** Publishes one more epoch; undefined when there is none left. */
  publishNext(): Promise<PublishedEpoch | undefined>;
  stop(): Promise<void>;
}

/** Resolves when it listens. Throws PROVIDER_OPTION_INVALID when it cannot listen on the port. */
export async function startProvider(options: ProviderOptions, modules: ProviderModules): Promise<RunningProvider> {
  const { log, keys, clock, logger = silentLogger, onPublish } = modules;
  const { port = 0, host = "127.0.0.1", intervalMs = 0, startEpoch = 1, lies = [] } = options;
  const routes = keys === undefined ? undefined : new KeyRoutes({ lies }, { log: keys });
  const bucket = new ProviderBucket({ log, lies: () => routes?.lies ?? lies });
  const stopping = new AbortController();

  const publishing = new Serial();
  const publishNext = (): Promise<PublishedEpoch | undefined> =>
    publishing.run(async () => {
      const epoch = await log.publishNext();
      onPublish?.(epoch);
      return epoch;
    });

  const server = createServer((request, response) => {
    const path = routes === undefined ? undefined : keyPath(request.url ?? "/");
    const served =
      routes === undefined || path === undefined
        ? serve(bucket, request, response, clock)
        : serveKeys(routes, path, request, response);
    served.catch((error: unknown) => {
      logger.debug({ error: errorMessage(error), path: request.url }, "an answer was broken off");
      response.destroy();
    });
  });
  while (log.newest < startEpoch) if ((await publishNext()) === undefined) break;
  await listen(server, port, host);
  const loop = intervalMs > 0 ? publishEvery() : Promise.resolve();

  async function publishEvery(): Promise<void> {
    for (;;) {
      await clock.sleep(intervalMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        if ((await publishNext()) === undefined) return;
      } catch (error) {
        logger.error({ error: errorMessage(error) }, "the next epoch cannot be published");
      }
    }
  }

  const { port: actualPort } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${actualPort}/`;
  return {
    url,
    log,
    urlFor: (auditor) => `${url}${encodeURIComponent(auditor)}/`,
    publishNext,
    async stop() {
      stopping.abort();
      await loop;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const reason = errorMessage(cause);
      const message = `the provider cannot listen on ${host}:${port}: ${reason}; choose another port, or 0 for any free one`;
      reject(new CoauditError("PROVIDER_OPTION_INVALID", message, { option: "port", reason }, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}

async function serveKeys(
  routes: KeyRoutes,
  path: KeyPath,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: KeyAnswer;
  if (request.method === "POST") {
    const text = await bodyOf(request);
    answer =
      text === undefined
        ? { status: 413, body: { error: `at most ${MAX_KEY_BODY_BYTES} bytes` } }
        : routes.write(path, text);
  } else if (request.method === "GET") answer = routes.read(path);
  else answer = { status: 405, body: { error: "GET, or POST /keys and /keys/lies" } };
  request.resume();
  // A page of another origin may ask: everything here is public, and for practice.
  const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
  response.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
}

/** Undefined for a body that is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_KEY_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function serve(
  bucket: ProviderBucket,
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  // An unexpected request body is not read.
  request.resume();
  if (request.method !== "GET") {
    response.writeHead(405, { allow: "GET" }).end();
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const { range, "if-range": ifRange } = request.headers;
  const answer = await bucket.answer(request.url ?? "/", {
    ...(range === undefined ? {} : { range }),
    ...(typeof ifRange === "string" ? { ifRange } : {}),
  });
  if (answer.delivery.delayMs > 0) await clock.sleep(answer.delivery.delayMs, gone.signal);
  if (gone.signal.aborted) return;
  response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
  await send(answer, response, clock, gone.signal);
}

const PAUSE_MS = 100;
const CHUNK_BYTES = 64 * 1024;

async function send(answer: BucketAnswer, response: ServerResponse, clock: Clock, gone: AbortSignal): Promise<void> {
  const { bytesPerSecond, cutInTheMiddle } = answer.delivery;
  const isSlow = Number.isFinite(bytesPerSecond);
  const chunkBytes = isSlow ? Math.max(1, Math.floor((bytesPerSecond * PAUSE_MS) / 1000)) : CHUNK_BYTES;
  const cutAt = Math.max(0, Math.floor(answer.totalBytes / 2) - answer.offset);
  const endAt = cutInTheMiddle ? Math.min(cutAt, answer.body.length) : answer.body.length;
  // Without this, headers wait for the first bytes of the body, and truncation at byte 0 would look like a server that
  // is down.
  response.flushHeaders();
  for (let at = 0; at < endAt && !gone.aborted; at += chunkBytes) {
    await written(response, answer.body.subarray(at, Math.min(at + chunkBytes, endAt)));
    if (isSlow) await clock.sleep(PAUSE_MS, gone);
  }
  if (cutInTheMiddle) response.destroy();
  else if (!gone.aborted) response.end();
}

function written(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}
