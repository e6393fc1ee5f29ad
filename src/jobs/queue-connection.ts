/** Connects to Redis: the optional packages, an address without its password, and errors that say what to do. */
import type * as BullMq from "bullmq";
import type { Redis } from "ioredis";
import { CoauditError, errorMessage } from "../core/errors.ts";

/** The versions that package.json pins as optional peers; a test compares. */
export const QUEUE_PACKAGES = ["bullmq@6.7.0", "ioredis@6.0.0"] as const;
/** All our keys begin with it. */
export const KEY_PREFIX = "coaudit";
/** Instead of a password in the URL, which other users of the machine see in the list of processes. */
export const PASSWORD_VARIABLE = "COAUDIT_REDIS_PASSWORD";

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RETRY_DELAY_MS = 2_000;

export interface QueueConnection {
  readonly bull: typeof BullMq;
  /** For Queue and Worker, which make their own copies. */
  readonly redis: Redis;
  /** Without the password. */
  readonly url: string;
}

export interface ConnectOptions {
  readonly url: string;
  readonly password?: string | undefined;
  /** How often a command is resent if the connection breaks, up to 2 s apart; null: until Redis is back. */
  readonly maxRetries: number | null;
}

/** Throws USAGE for anything but the URL of a Redis server, QUEUE_PACKAGE_MISSING, QUEUE_UNREACHABLE. */
export async function connectQueue({ url, password, maxRetries }: ConnectOptions): Promise<QueueConnection> {
  const shown = withoutPassword(url);
  const { bull, RedisClient } = await loadPackages();
  const redis = new RedisClient(url, {
    ...(password === undefined || new URL(url).password !== "" ? {} : { password }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: maxRetries,
    // The first connection must succeed at once; later ones may take a while.
    retryStrategy: (attempt) => (isConnected ? Math.min(100 * attempt, MAX_RETRY_DELAY_MS) : null),
  });
  let isConnected = false;
  let lastError: unknown;
  // Without a listener an error of the connection would end the process.
  redis.on("error", (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    isConnected = true;
  } catch (error) {
    redis.disconnect();
    throw unreachable(shown, lastError ?? error);
  }
  return { bull, redis, url: shown };
}

export function unreachable(url: string, error: unknown): CoauditError {
  const reason = reasonOf(error);
  const isRefusal = /NOAUTH|WRONGPASS|NOPERM/.test(reason);
  const advice = isRefusal
    ? `put user and password into the URL, or the password into ${PASSWORD_VARIABLE}`
    : "start Redis (redis-server), or correct --queue";
  const message = isRefusal ? `Redis at ${url} refuses: ${reason}` : `cannot reach Redis at ${url}: ${reason}`;
  return new CoauditError("QUEUE_UNREACHABLE", `${message}; ${advice}`, { url, reason });
}

/** redis://host:port/database, for eyes and logs. Throws USAGE. */
export function withoutPassword(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    // The input may hold a password: it is not repeated.
    const message = "--queue: expected redis://[user:password@]host[:port][/database], or rediss:// for TLS";
    throw new CoauditError("USAGE", message, { option: "--queue" });
  }
  return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}

/** An AggregateError of several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  return [...new Set(errors.map(errorMessage))].join(", ");
}

async function loadPackages(): Promise<{ bull: typeof BullMq; RedisClient: typeof Redis }> {
  try {
    return { bull: await import("bullmq"), RedisClient: (await import("ioredis")).Redis };
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const packages = [...QUEUE_PACKAGES];
    const message = `--queue needs packages that are not installed; install them beside coaudit: npm install ${packages.join(" ")}`;
    throw new CoauditError("QUEUE_PACKAGE_MISSING", message, { packages }, { cause: error });
  }
}
