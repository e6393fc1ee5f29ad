/**
 * The bucket's requests and answers, without the connection: which auditor asks for what, and how the lies change it.
 */

import { createHash } from "node:crypto";
import { BoundedMap } from "../core/bounded-map.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { type Delivery, delivery, type Lie, listed, type ShownBlob, shown, withFlippedBit } from "./lies.ts";
import { escaped, listingQuery, listingXml } from "./listing.ts";
import { formatKey, type ProviderLog } from "./log.ts";

export interface BucketAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly delivery: Delivery;
  /**
   * Where in the whole blob `body` begins and how long the blob is: a resumed download is truncated at the same place
   * again.
   */
  readonly offset: number;
  readonly totalBytes: number;
}

/** Requests whose repetitions are counted. Auditors' names come from URLs, so strangers can fill this: 4 MB at most. */
const MAX_COUNTERS = 50_000;
const MAX_NAME_LENGTH = 128;

export class ProviderBucket {
  readonly #lies: () => readonly Lie[];
  readonly #log: ProviderLog;
  readonly #asked = new BoundedMap<string, number>(MAX_COUNTERS);

  /** `lies`: those of the moment. */
  constructor(modules: { readonly log: ProviderLog; readonly lies: () => readonly Lie[] }) {
    this.#lies = modules.lies;
    this.#log = modules.log;
  }

  /** Answers a GET. `target` is the request's path and query; paths may begin with an auditor's name. */
  async answer(target: string, headers: { readonly range?: string; readonly ifRange?: string }): Promise<BucketAnswer> {
    if (!target.startsWith("/") || !URL.canParse(`http://bucket${target}`))
      return problem(400, "InvalidURI", "no path");
    const url = new URL(`http://bucket${target}`);
    const segments = url.pathname.split("/").slice(1);
    // S3's clients leave out the slash behind the bucket.
    if (segments.length === 1 && segments[0] !== "" && url.searchParams.has("list-type")) segments.push("");
    const hasName = segments.length === 2 || segments.length === 4;
    const auditor = hasName ? nameOf(segments.shift() ?? "") : "";
    if (auditor === undefined) return problem(400, "InvalidURI", "the auditor's name in the path cannot be read");
    if (segments.length === 1 && segments[0] === "") return this.#listing(auditor, url.searchParams);
    if (segments.length === 3) return this.#blob(auditor, segments.join("/"), headers);
    return problem(404, "NoSuchKey", "expected /[NAME/]?list-type=2&prefix=EPOCH/ or /[NAME/]EPOCH/PREVIOUS/CURRENT");
  }

  #listing(auditor: string, query: URLSearchParams): BucketAnswer {
    const asked = listingQuery(query);
    if (typeof asked === "string") return problem(400, "InvalidArgument", asked);
    const { prefix } = asked;
    const exact = /^([1-9][0-9]{0,15})\//.exec(prefix);
    const epochs = exact === null ? this.#log.epochs() : [Number(exact[1])];
    const keys: string[] = [];
    for (const epoch of epochs) {
      const published = this.#log.published(epoch);
      if (published === undefined) continue;
      const request = { auditor, epoch, askedBefore: exact === null ? 0 : this.#count("listing", auditor, epoch) };
      keys.push(...listed(this.#lies(), request, published).map(({ key }) => formatKey(key)));
    }
    return xml(200, listingXml(asked, keys));
  }

  async #blob(auditor: string, text: string, headers: { range?: string; ifRange?: string }): Promise<BucketAnswer> {
    const epoch = Number(text.slice(0, text.indexOf("/")));
    const published = this.#log.published(epoch);
    // What the first listing showed is still there even if a later one shows something else.
    const candidates: readonly ShownBlob[] = [0, Number.POSITIVE_INFINITY].flatMap((askedBefore) =>
      published === undefined ? [] : shown(this.#lies(), { auditor, epoch, askedBefore }, published),
    );
    const blob = candidates.find(({ key }) => formatKey(key) === text);
    if (blob === undefined) return problem(404, "NoSuchKey", "the specified key does not exist");
    const askedBefore = this.#count(`blob ${blob.key.current}`, auditor, epoch);
    const how = delivery(this.#lies(), { auditor, epoch, askedBefore });
    if (how === undefined) return problem(404, "NoSuchKey", "the specified key does not exist");
    let bytes: Uint8Array;
    try {
      bytes = await this.#log.bytes(epoch, blob.branch);
    } catch (error) {
      if (error instanceof CoauditError) return problem(404, "NoSuchKey", error.message);
      return problem(500, "InternalError", errorMessage(error));
    }
    return ranged(how.flipABit ? withFlippedBit(bytes) : bytes, headers, how);
  }

  /** How often the same was asked before; counts this time. */
  #count(what: string, auditor: string, epoch: number): number {
    const key = `${epoch} ${what} ${auditor}`;
    const before = this.#asked.get(key) ?? 0;
    this.#asked.set(key, before + 1);
    return before;
  }
}

const HONEST: Delivery = {
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  cutInTheMiddle: false,
  flipABit: false,
};

function ranged(bytes: Uint8Array, headers: { range?: string; ifRange?: string }, how: Delivery): BucketAnswer {
  const totalBytes = bytes.length;
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  const common = { etag, "accept-ranges": "bytes", "content-type": "binary/octet-stream" };
  const from = Number(/^bytes=([0-9]{1,15})-$/.exec(headers.range ?? "")?.[1]);
  const wanted = !Number.isNaN(from) && (headers.ifRange === undefined || headers.ifRange === etag);
  if (!wanted) return { status: 200, headers: common, body: bytes, delivery: how, offset: 0, totalBytes };
  if (from >= totalBytes) {
    return {
      ...problem(416, "InvalidRange", "nothing is there"),
      headers: { "content-range": `bytes */${totalBytes}` },
    };
  }
  const range = { "content-range": `bytes ${from}-${totalBytes - 1}/${totalBytes}` };
  return {
    status: 206,
    headers: { ...common, ...range },
    body: bytes.subarray(from),
    delivery: how,
    offset: from,
    totalBytes,
  };
}

function nameOf(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return name.length > 0 && name.length <= MAX_NAME_LENGTH ? name : undefined;
  } catch {
    return undefined;
  }
}

function problem(status: number, code: string, message: string): BucketAnswer {
  return xml(status, `<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`);
}

function xml(status: number, text: string): BucketAnswer {
  const body = new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return {
    status,
    headers: { "content-type": "application/xml" },
    body,
    delivery: HONEST,
    offset: 0,
    totalBytes: body.length,
  };
}

/** Also of control characters, which XML cannot carry as they are: they become spaces. */
