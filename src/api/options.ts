import type { NodeConfig } from "../node/config/config.ts";
import type { ProofAccess } from "../node/config/config-api.ts";
import type { ReloadReport } from "../node/reload.ts";

/** The process around the node, as far as its operator asks things of it. */
export interface OperatedProcess {
  /** Throws RELOAD_REFUSED. */
  reload(): Promise<ReloadReport>;
  /** Until the next reload. Returns the level before. */
  setLogLevel(level: NodeConfig["logLevel"]): NodeConfig["logLevel"];
}

export interface DashboardOptions {
  /** "local": to whoever asks on this machine, and not through a proxy. */
  readonly access: "local" | "open";
  /** Where the built page is. */
  readonly folder: string;
}

/** How the HTTP API listens, and its limits. */
export interface ApiOptions {
  /** Default 127.0.0.1: a TLS proxy in front of it makes it public. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The bearer token of operator actions. Default: none, so that nobody may act. */
  readonly operatorToken?: string;
  /** Default "loopback": a stolen token is useless on another machine. */
  readonly operatorFrom?: "loopback" | "anywhere";
  /**
   * By namespace: the bearer token with which its provider may push epochs and reports. Default: none, so that nobody
   * may.
   */
  readonly pushTokens?: ReadonlyMap<string, string>;
  /**
   * How long a pushed epoch may take to be verified and signed before the answer is "pending". Default 5 s, under
   * socketTimeoutMs.
   */
  readonly pushWaitMs?: number;
  /** Event streams at a time. Default 2,048: half of all connections. */
  readonly eventStreams?: number;
  /** Of one address. Default 64: behind a proxy that names nobody, all its users are one address. */
  readonly eventStreamsPerAddress?: number;
  /** Who may download the audit proofs that the node keeps. Default: nobody. */
  readonly proofs?: ProofAccess;
  /** The page at "/". Default: none. */
  readonly dashboard?: DashboardOptions;
  /**
   * Downloads of proofs at a time. Default 8: at 44 MB each they fill a line of 100 Mbit/s for half a minute, and hold
   * eight files open.
   */
  readonly proofDownloads?: number;
  /** Of one address. Default 1: there is one new proof in 30 s. */
  readonly proofDownloadsPerAddress?: number;
  /**
   * For a whole download. Default 10 min: 200 MB at 2.7 Mbit/s; whoever is slower must not hold one of the few places
   * with a byte now and then.
   */
  readonly proofTimeoutMs?: number;
  /** Default 15 s: proxies close a quiet stream after 30 s or more. */
  readonly heartbeatMs?: number;
  /**
   * Requests of one address within `rateWindowMs`. Default 1,000 in 10 s: a dashboard asks once a second, a guess at a
   * token is hopeless.
   */
  readonly rateLimit?: number;
  readonly rateWindowMs?: number;
  /**
   * Requests of all other machines together, for which twice as many are saved up. Default 2,000 a second: at 115 us
   * for a certificate a quarter of a core. What this machine asks without a proxy is not counted.
   */
  readonly requestsPerSecond?: number;
  /** Time for a whole request to arrive and for a reader to take some bytes of the answer. Default 10 s. */
  readonly socketTimeoutMs?: number;
  /** Connections of one address at a time, beside those of this machine. Default 256: a company behind one address. */
  readonly connectionsPerAddress?: number;
  /**
   * Answers that wait for their readers, in all. Default 64 MiB; then whoever has read nothing for the longest goes.
   */
  readonly maxUnreadBytes?: number;
  /** How long a stop waits for answers that are on their way before it cuts them off. Default 500 ms. */
  readonly stopGraceMs?: number;
}

export const DEFAULT_API_OPTIONS: Required<Omit<ApiOptions, "operatorToken" | "proofs" | "dashboard">> = {
  host: "127.0.0.1",
  port: 0,
  operatorFrom: "loopback",
  pushTokens: new Map(),
  pushWaitMs: 5_000,
  eventStreams: 2_048,
  eventStreamsPerAddress: 64,
  proofDownloads: 8,
  proofDownloadsPerAddress: 1,
  proofTimeoutMs: 600_000,
  heartbeatMs: 15_000,
  rateLimit: 1_000,
  rateWindowMs: 10_000,
  requestsPerSecond: 2_000,
  socketTimeoutMs: 10_000,
  connectionsPerAddress: 256,
  maxUnreadBytes: 64 * 1024 * 1024,
  stopGraceMs: 500,
};

/** A note or a reason and its JSON; everything else has no body. */
export const MAX_BODY_BYTES = 8_192;
/** The longest path and query that a route takes is under 300 characters. */
export const MAX_URL_LENGTH = 1_024;
/** An idle connection is closed after this. */
export const KEEP_ALIVE_MS = 5_000;
export const MAX_HEADER_BYTES = 8_192;
/** A namespace has up to 128 characters, each up to three in a URL. */
export const MAX_PATH_PARAMETER_LENGTH = 384;
/** Sockets at a time: with 16 KiB of buffers each that is 64 MiB, and leaves room for long-lived readers. */
export const MAX_CONNECTIONS = 4_096;
/** Addresses whose rate is remembered; the least recently seen are forgotten first. */
export const MAX_RATED_ADDRESSES = 5_000;
/** Cases in one list, the weightiest first; the total says when there are more. */
export const MAX_LISTED_CASES = 1_000;
