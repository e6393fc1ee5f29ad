/**
 * Epochs from an S3-style bucket over HTTP, as WhatsApp's CDN serves them: `GET /?list-type=2&prefix=E/` and `GET
 * /E/prev/cur`.
 */
import { concat, fromUtf8, toHex } from "../core/bytes.ts";
import type { Clock, Random } from "../core/clock.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { about, optional, unexpectedStatus } from "./http/answer.ts";
import { type BaseUrlRules, baseUrl } from "./http/base-url.ts";
import { declaredBytes, tooLarge } from "./http/download.ts";
import { type DownloadSettings, fetchBlob } from "./http/fetch-blob.ts";
import { type HttpModules, type HttpResponse, type HttpTimeouts, httpGet, type Where, whereOf } from "./http/http.ts";
import { DownloadLimit, defaultPace } from "./http/limit.ts";
import { Line } from "./http/line.ts";
import { type ListedKeys, ListXmlError, parseListXml } from "./http/list-xml.ts";
import { retrying } from "./http/retry.ts";
import { searchLatest } from "./latest.ts";
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

export interface BucketSettings extends HttpTimeouts, DownloadSettings, BaseUrlRules {}

export const defaultBucketSettings: BucketSettings = {
  allowPlainHttp: false,
  maxBlobBytes: 2 ** 30,
  attempts: 3,
  headerTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  backoffBaseMs: 500,
  backoffCapMs: 5_000,
  ...defaultPace,
};

export interface BucketModules {
  readonly clock: Clock;
  /** For cache busters and jitter. */
  readonly random: Random;
}

/** More than one key, because two are a fork. Beyond 64 the answer "this listing conflicts" can no longer change. */
const MAX_KEYS = 64;
/** 64 keys with all that S3 says about them are about 25 KiB. */
const MAX_LISTING_BYTES = 256 * 1024;

export class BucketSource implements EpochSource {
  readonly #base: URL;
  readonly #settings: BucketSettings;
  readonly #modules: BucketModules & HttpModules;

  /**
   * Throws NAME_INVALID for a url that is not http(s), carries credentials, a query or a fragment, or is plain http to
   * another machine.
   */
  constructor(options: BucketOptions, modules: BucketModules) {
    this.#settings = { ...defaultBucketSettings, ...options };
    this.#base = baseUrl(options.url, this.#settings);
    this.#modules = { ...modules, line: new Line() };
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
   * Keys under `E/` that are not blob names are counted, not refused: a folder marker must not stop an auditor. A key
   * outside `E/` is SOURCE_LISTING_INVALID: such a server ignores the prefix, and whatever it lists says nothing about
   * the epoch.
   */
  async listing(epoch: number, signal: AbortSignal): Promise<Listing> {
    const prefix = `${epoch}/`;
    const { keys, isTruncated, where, ...answer } = await this.#list(prefix, signal);
    const invalid = (reason: string, key?: string): CoauditError =>
      new CoauditError("SOURCE_LISTING_INVALID", `${where.host} sent a broken listing for ${where.path}: ${reason}`, {
        ...where,
        reason,
        ...(key === undefined ? {} : { key }),
      });
    const stray = keys.find((key) => !key.startsWith(prefix))?.slice(0, 200);
    if (stray !== undefined) throw invalid(`"${stray}" does not begin with the requested prefix`, stray);
    if (isTruncated && keys.length < MAX_KEYS)
      throw invalid("it is truncated although it has fewer keys than requested");
    return { ...namesOfEpoch(keys, epoch), ...answer };
  }

  async fetch(name: BlobName, signal: AbortSignal, options: FetchOptions = {}): Promise<FetchedBlob> {
    const url = new URL(formatBlobName(name), this.#base);
    const where = whereOf(url);
    const request = (headers: Readonly<Record<string, string>>, scope: AbortSignal): Promise<HttpResponse> =>
      options.fresh === true
        ? this.#get(this.#pastCaches(url), { ...headers, ...NO_CACHE }, scope)
        : this.#get(url, headers, scope);

    return fetchBlob({ where, request }, this.#settings, this.#modules, signal);
  }

  async #list(
    prefix: string,
    signal: AbortSignal,
  ): Promise<ListedKeys & Omit<Listing, "names" | "foreignKeys"> & { where: Where }> {
    const url = new URL(this.#base);
    url.search = `list-type=2&prefix=${encodeURIComponent(prefix)}&max-keys=${MAX_KEYS}`;
    const where = whereOf(url);
    const limit = new DownloadLimit(this.#settings, where, this.#modules.clock, signal);
    try {
      return await retrying(where, this.#settings, this.#modules, limit.signal, async () => {
        // CDNs keep "nothing there" for longer than an epoch takes, so no two questions may look alike.
        const response = await this.#get(this.#pastCaches(url), NO_CACHE, limit.signal);
        try {
          if (response.status !== 200) throw unexpectedStatus(where, response.status);
          const body = await collect(response, where);
          return { ...parseListing(body, where), ...about(response, where.host), where };
        } finally {
          response.close();
        }
      });
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  #get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse> {
    return httpGet(url, headers, signal, this.#settings, this.#modules);
  }

  #pastCaches(url: URL): URL {
    const busted = new URL(url);
    busted.searchParams.set("nocache", toHex(this.#modules.random.bytes(8)));
    return busted;
  }
}

const NO_CACHE = { "cache-control": "no-cache", pragma: "no-cache" } as const;

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
    const message = `${where.host} did not answer ${where.path} with a listing as S3 sends it: ${reason}; is this the bucket's URL?`;
    throw new CoauditError("SOURCE_LISTING_INVALID", message, { ...where, reason, ...optional({ offset }) }, { cause });
  }
}
