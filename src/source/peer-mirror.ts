/**
 * Blobs from another auditor's node (`GET /v1/namespaces/:ns/epochs/:e/proof`), for when the provider lists one and
 * does not hand it out.
 */
import { CoauditError } from "../core/errors.ts";
import { type BucketModules, type BucketSettings, defaultBucketSettings } from "./bucket.ts";
import { baseUrl } from "./http/base-url.ts";
import { fetchBlob } from "./http/fetch-blob.ts";
import { type HttpModules, httpGet, whereOf } from "./http/http.ts";
import { Line } from "./http/line.ts";
import { type BlobName, type FetchedBlob, formatBlobName } from "./source.ts";

export interface PeerMirrorOptions extends Partial<BucketSettings> {
  /** Where the node's API is. */
  readonly url: string;
  readonly namespace: string;
  /** The bearer token that its operator gave. */
  readonly token?: string;
}

const defaultMirrorSettings: BucketSettings = {
  ...defaultBucketSettings,
  // The provider is asked again before long anyway, and there may be another mirror.
  attempts: 1,
  // 202 MB at 5.4 Mbit/s. While a mirror takes its time nobody asks the provider.
  downloadTimeoutMs: 5 * 60_000,
};

export class PeerMirror {
  readonly host: string;
  readonly #base: URL;
  readonly #options: PeerMirrorOptions & BucketSettings;
  readonly #modules: BucketModules & HttpModules;

  /** Throws NAME_INVALID, as a bucket does. */
  constructor(options: PeerMirrorOptions, modules: BucketModules) {
    this.#options = { ...defaultMirrorSettings, ...options };
    this.#base = baseUrl(options.url, this.#options);
    this.host = this.#base.host;
    this.#modules = { ...modules, line: new Line() };
  }

  /** Throws SOURCE_ errors only; SOURCE_RESPONSE_INVALID when the node holds another blob for this epoch. */
  async fetch(name: BlobName, signal: AbortSignal): Promise<FetchedBlob> {
    const { namespace, token } = this.#options;
    const blobName = formatBlobName(name);
    const url = new URL(`v1/namespaces/${namespace}/epochs/${name.epoch}/proof`, this.#base);
    const where = whereOf(url);
    const authorization: Readonly<Record<string, string>> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetchBlob(
      {
        where,
        request: (headers, scope) =>
          httpGet(url, { ...authorization, ...headers }, scope, this.#options, this.#modules),
        check: ({ headers }) => {
          const found = (headers.get("coaudit-blob") ?? "").slice(0, 200);
          if (found === blobName) return;
          const reason = `it holds "${found}", not ${blobName}`;
          throw new CoauditError("SOURCE_RESPONSE_INVALID", `${where.host}${where.path}: ${reason}`, {
            ...where,
            reason,
          });
        },
      },
      this.#options,
      this.#modules,
      signal,
    );
  }
}
