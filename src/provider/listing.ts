/** ListObjectsV2, as S3 answers it: pages, start-after, common prefixes. */

export interface ListingQuery {
  readonly prefix: string;
  readonly maxKeys: number;
  readonly delimiter: string | undefined;
  /** Keys up to this one, and everything below a common prefix that ends there, were on an earlier page. */
  readonly after: string;
  readonly token: string | undefined;
  readonly startAfter: string | undefined;
  readonly isUrlEncoded: boolean;
}

/** What is wrong with it, or the question. */
export function listingQuery(query: URLSearchParams): ListingQuery | string {
  if (query.get("list-type") !== "2") return "only list-type=2 is served";
  const maxKeys = Math.min(1000, Number(query.get("max-keys") ?? 1000));
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 0) return "max-keys is not a number";
  const token = query.get("continuation-token") ?? undefined;
  const startAfter = query.get("start-after") ?? undefined;
  const continued = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
  if (token !== undefined && Buffer.from(continued ?? "").toString("base64url") !== token) {
    return "the continuation token is not one of this bucket";
  }
  return {
    ...{ prefix: query.get("prefix") ?? "", maxKeys, token, startAfter },
    delimiter: query.get("delimiter") || undefined,
    // As S3: the token counts where both are given.
    after: continued ?? startAfter ?? "",
    isUrlEncoded: query.get("encoding-type") === "url",
  };
}

/** `keys` in any order. */
export function listingXml(query: ListingQuery, keys: readonly string[]): string {
  const { prefix, delimiter, after, maxKeys, token, startAfter, isUrlEncoded } = query;
  const shown = (text: string): string =>
    escaped(isUrlEncoded ? encodeURIComponent(text).replaceAll("%2F", "/") : text);
  const entries = new Map<string, "key" | "prefix">();
  for (const key of keys.filter((one) => one.startsWith(prefix)).sort()) {
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + (delimiter?.length ?? 0));
    if (name > after) entries.set(name, end < 0 ? "key" : "prefix");
  }
  const all = [...entries];
  const some = all.slice(0, maxKeys);
  const last = some.at(-1)?.[0];
  const isTruncated = last !== undefined && some.length < all.length;
  const one = (tag: string, text: string | undefined): string =>
    text === undefined ? "" : `<${tag}>${shown(text)}</${tag}>`;
  return [
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>coaudit</Name><Prefix>${shown(prefix)}</Prefix>`,
    ...[
      one("Delimiter", delimiter),
      one("StartAfter", startAfter),
      isUrlEncoded ? "<EncodingType>url</EncodingType>" : "",
    ],
    token === undefined ? "" : `<ContinuationToken>${escaped(token)}</ContinuationToken>`,
    `<KeyCount>${some.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>`,
    isTruncated ? `<NextContinuationToken>${Buffer.from(last).toString("base64url")}</NextContinuationToken>` : "",
    ...some.map(([name, kind]) =>
      kind === "prefix"
        ? `<CommonPrefixes><Prefix>${shown(name)}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${shown(name)}</Key><StorageClass>STANDARD</StorageClass></Contents>`,
    ),
    "</ListBucketResult>",
  ].join("");
}

/** Also of control characters, which XML cannot carry as they are: they become spaces. */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"\p{Cc}]/gu, (character) => entities[character] ?? " ");
}
