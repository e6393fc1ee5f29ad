/** One blob over HTTP: opened with retries, resumed where it broke, within one limit of time and size. */

import type { FetchedBlob } from "../source.ts";
import { about, optional, unexpectedStatus } from "./answer.ts";
import { declaredBytes, download, tooLarge } from "./download.ts";
import { encodingOf } from "./encoding.ts";
import type { HttpResponse, Where } from "./http.ts";
import { DownloadLimit, type PaceSettings } from "./limit.ts";
import { backOff, type RetryModules, type RetrySettings, retrying } from "./retry.ts";

export interface BlobDownload {
  readonly where: Where;
  /** Makes the request, with these additional headers. */
  request(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse>;
  /** Throws what is wrong with the first answer besides its status and its length. */
  check?(response: HttpResponse): void;
}

export interface DownloadSettings extends RetrySettings, PaceSettings {
  /** Cap on a blob, declared or actual. The largest that WhatsApp has published had 202 MB. */
  readonly maxBlobBytes: number;
}

/** Throws SOURCE_ errors; the body throws them as well. */
export async function fetchBlob(
  { where, request, check }: BlobDownload,
  settings: DownloadSettings,
  modules: RetryModules,
  signal: AbortSignal,
): Promise<FetchedBlob> {
  const { maxBlobBytes, attempts } = settings;
  const limit = new DownloadLimit(settings, where, modules.clock, signal);
  try {
    const first = await retrying(where, settings, modules, limit.signal, () => request({}, limit.signal));
    const sizeBytes = refusing(first, () => {
      if (first.status !== 200) throw unexpectedStatus(where, first.status);
      check?.(first);
      const declared = declaredBytes(first, where);
      if (declared !== undefined && declared > maxBlobBytes) throw tooLarge(where, maxBlobBytes, declared);
      limit.allow(declared ?? 0);
      return declared;
    });
    const bytes = download(first, {
      where,
      maxBlobBytes,
      resumes: attempts - 1,
      reopen: async (headers, resume) => {
        await backOff(resume - 1, where, settings, modules, limit.signal);
        return request(headers, limit.signal);
      },
    });
    const headers = Object.fromEntries(first.headers);
    const declaredEncoding = encodingOf(headers);
    return {
      body: limit.body(bytes),
      headers,
      ...about(first, where.host),
      ...optional({ sizeBytes, declaredEncoding }),
    };
  } catch (error) {
    limit.end();
    throw limit.explain(error);
  }
}

/** Runs a check of an answer; releases its connection if the check throws. */
function refusing<T>(response: HttpResponse, check: () => T): T {
  try {
    return check();
  } catch (error) {
    response.close();
    throw error;
  }
}
