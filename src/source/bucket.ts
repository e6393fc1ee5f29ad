/** Epochs from an S3-style bucket over HTTP, as WhatsApp's CDN serves them: `GET /?list-type=2&prefix=E/` and `GET /E/prev/cur`. */
import { concat, fromUtf8, toHex } from "../core/bytes.ts";
import { backoffMs, type Clock, type Random } from "../core/clock.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { declaredBytes, download, isWorthARetry, tooLarge } from "./download.ts";
import {
  aborted,
  type HttpModules,
  type HttpResponse,
  type HttpTimeouts,
  httpGet,
  type Where,
  whereOf,
} from "./http.ts";
import { searchLatest } from "./latest.ts";
import { DownloadLimit } from "./limit.ts";
import { type ListedKeys, ListXmlError, parseListXml } from "./list-xml.ts";
import {
  type BlobName,
  type EpochSource,
  type FetchedBlob,
  type FetchOptions,
  formatBlobName,
  type Listing,
  namesOfEpoch,
  newestOf,
} from "./source.ts";

export interface BucketOptions extends Partial<BucketSettings> {
  /** Where the bucket is, http or https; a path is kept: `https://cdn.example.org/audits/`. */
  readonly url: string;
}

export interface BucketSettings extends HttpTimeouts {
  /** Plain http is refused outside this machine: whoever is on the path could show this auditor anything. */
  readonly allowPlainHttp: boolean;
  /** Cap on a blob, declared or actual. The largest that WhatsApp has published had 202 MB. */
  readonly maxBlobBytes: number;
  /** Tries of one request, the first included; the auditor has a longer back-off of its own. */
  readonly attempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** For one blob with all its resumptions, so that a server cannot hold an auditor with a byte now and then. */
  readonly downloadTimeoutMs: number;
}

export const defaultBucketSettings: BucketSettings = {
  allowPlainHttp: false,
  maxBlobBytes: 2 ** 30,
  attempts: 3,
  headerTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  backoffBaseMs: 500,
  backoffCapMs: 5_000,
  // An epoch comes every 30 s, but one that catches up over a slow line may take its time: 202 MB at 900 kbit/s.
  downloadTimeoutMs: 30 * 60_000,
};

export interface BucketModules extends HttpModules {
  readonly clock: Clock;
  /** For cache busters and jitter. */
  readonly random: Random;
}

/** More than one key, because two are a fork. Past 64 the answer "this listing conflicts" cannot change any more. */
const MAX_KEYS = 64;
/** 64 keys with all that S3 says about them are about 25 KiB. */
const MAX_LISTING_BYTES = 256 * 1024;

export class BucketSource implements EpochSource {
  readonly #base: URL;
  readonly #settings: BucketSettings;
  readonly #modules: BucketModules;

  /** Throws NAME_INVALID for a url that is not http(s), carries credentials, a query or a fragment, or is plain http to another machine. */
  constructor(options: BucketOptions, modules: BucketModules) {
    this.#settings = { ...defaultBucketSettings, ...options };
    this.#base = baseUrl(options.url, this.#settings);
    this.#modules = modules;
  }

  latest(signal: AbortSignal, from = 1): Promise<number | undefined> {
    return searchLatest(
      {
        isListed: async (epoch) => (await this.listing(epoch, signal)).names.length > 0,
        anyListed: async () => newestOf((await this.#list("", signal)).keys),
      },
      from,
    );
  }

  /**
   * Keys below `E/` that are no blob names are counted, not refused: a folder marker must not stop an auditor. A key outside `E/` is
   * SOURCE_LISTING_INVALID: such a server ignores the prefix, and whatever it lists says nothing about the epoch.
   */
  async listing(epoch: number, signal: AbortSignal): Promise<Listing> {
    const prefix = `${epoch}/`;
    const { keys, isTruncated, where, ...answer } = await this.#list(prefix, signal);
    const invalid = (reason: string, key?: string): CoauditError =>
      new CoauditError("SOURCE_LISTING_INVALID", `${where.host} lists ${where.path} wrongly: ${reason}`, {
        ...where,
        reason,
        ...(key === undefined ? {} : { key }),
      });
    const stray = keys.find((key) => !key.startsWith(prefix))?.slice(0, 200);
    if (stray !== undefined) throw invalid(`"${stray}" does not begin with the prefix that was asked for`, stray);
    if (isTruncated && keys.length < MAX_KEYS)
      throw invalid("it holds keys back although fewer than asked for are shown");
    return { ...namesOfEpoch(keys, epoch), ...answer };
  }

  async fetch(name: BlobName, signal: AbortSignal, options: FetchOptions = {}): Promise<FetchedBlob> {
    const { maxBlobBytes, attempts } = this.#settings;
    const url = new URL(formatBlobName(name), this.#base);
    const where = whereOf(url);
    const request = (headers: Readonly<Record<string, string>>, scope: AbortSignal): Promise<HttpResponse> =>
      options.fresh === true
        ? this.#get(this.#pastCaches(url), { ...headers, ...NO_CACHE }, scope)
        : this.#get(url, headers, scope);

    const limit = new DownloadLimit(this.#settings.downloadTimeoutMs, where, this.#modules.clock, signal);
    try {
      const first = await this.#retrying(limit.signal, where, () => request({}, limit.signal));
      const sizeBytes = refusing(first, () => {
        if (first.status !== 200) throw unexpectedStatus(where, first.status);
        const declared = declaredBytes(first, where);
        if (declared !== undefined && declared > maxBlobBytes) throw tooLarge(where, maxBlobBytes, declared);
        return declared;
      });
      const bytes = download(first, {
        where,
        maxBlobBytes,
        resumes: attempts - 1,
        reopen: async (headers, resume) => {
          await this.#backOff(resume - 1, limit.signal, where);
          return request(headers, limit.signal);
        },
      });
      const headers = Object.fromEntries(first.headers);
      return { body: limit.body(bytes), headers, ...about(first, where.host), ...optional({ sizeBytes }) };
    } catch (error) {
      limit.end();
      throw limit.explain(error);
    }
  }

  async #list(
    prefix: string,
    signal: AbortSignal,
  ): Promise<ListedKeys & Omit<Listing, "names" | "foreignKeys"> & { where: Where }> {
    const url = new URL(this.#base);
    url.search = `list-type=2&prefix=${encodeURIComponent(prefix)}&max-keys=${MAX_KEYS}`;
    const where = whereOf(url);
    return this.#retrying(signal, where, async () => {
      // CDNs keep "nothing there" for longer than an epoch takes, so no two questions may look alike.
      const response = await this.#get(this.#pastCaches(url), NO_CACHE, signal);
      try {
        if (response.status !== 200) throw unexpectedStatus(where, response.status);
        const body = await collect(response, where);
        return { ...parseListing(body, where), ...about(response, where.host), where };
      } finally {
        response.close();
      }
    });
  }

  #get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse> {
    return httpGet(url, headers, signal, this.#settings, this.#modules);
  }

  #pastCaches(url: URL): URL {
    const busted = new URL(url);
    busted.searchParams.set("nocache", toHex(this.#modules.random.bytes(8)));
    return busted;
  }

  async #retrying<T>(signal: AbortSignal, where: Where, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (failures + 1 >= this.#settings.attempts || !isWorthARetry(error)) throw error;
        await this.#backOff(failures, signal, where);
      }
    }
  }

  async #backOff(failures: number, signal: AbortSignal, where: Where): Promise<void> {
    const { backoffBaseMs, backoffCapMs } = this.#settings;
    await this.#modules.clock.sleep(backoffMs(this.#modules.random, failures, backoffBaseMs, backoffCapMs), signal);
    if (signal.aborted) throw aborted(where);
  }
}

const NO_CACHE = { "cache-control": "no-cache", pragma: "no-cache" } as const;

function baseUrl(text: string, settings: BucketSettings): URL {
  const refuse = (rule: string, cause?: unknown): never => {
    const message = `"${text}" is no url of a bucket: ${rule}`;
    throw new CoauditError("NAME_INVALID", message, { field: "url", value: text, rule }, { cause });
  };
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    return refuse(errorMessage(cause), cause);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") refuse("it must begin with https:// or http://");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    refuse("it must not carry a user, a password, a query or a fragment");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !settings.allowPlainHttp) {
    refuse("outside this machine it must be https; allow plain http only inside a network that you trust");
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname);
}

function about(response: HttpResponse, host: string): { host: string; serverDateMs?: number } {
  const date = Date.parse(response.headers.get("date") ?? "");
  return { host, ...optional({ serverDateMs: Number.isNaN(date) ? undefined : date }) };
}

/** The given fields without those that are undefined. */
function optional<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

function unexpectedStatus(where: Where, status: number): CoauditError<"SOURCE_STATUS"> {
  return new CoauditError("SOURCE_STATUS", `${where.host} answered ${status} for ${where.path}`, { ...where, status });
}

/** Runs a check of an answer; gives its connection back when the check throws. */
function refusing<T>(response: HttpResponse, check: () => T): T {
  try {
    return check();
  } catch (error) {
    response.close();
    throw error;
  }
}

async function collect(response: HttpResponse, where: Where): Promise<Uint8Array> {
  const declared = declaredBytes(response, where);
  if (declared !== undefined && declared > MAX_LISTING_BYTES) throw tooLarge(where, MAX_LISTING_BYTES, declared);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let chunk = await response.next(); chunk !== undefined; chunk = await response.next()) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_LISTING_BYTES) throw tooLarge(where, MAX_LISTING_BYTES);
    chunks.push(chunk);
  }
  return concat(...chunks);
}

function parseListing(body: Uint8Array, where: Where): ListedKeys {
  try {
    return parseListXml(fromUtf8(body, "listing"));
  } catch (cause) {
    const offset = cause instanceof ListXmlError ? cause.offset : undefined;
    const reason = errorMessage(cause);
    const message = `${where.host} did not answer ${where.path} with a listing as S3 sends it: ${reason}; is this the bucket's url?`;
    throw new CoauditError("SOURCE_LISTING_INVALID", message, { ...where, reason, ...optional({ offset }) }, { cause });
  }
}
