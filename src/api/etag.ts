/** Strong validators (RFC 9110, 8.8): evidence may arrive at any time, so an answer is cached, but revalidated. */
import { createHash } from "node:crypto";

/** 128 bits of SHA-256 over the body as it is sent. */
export function etagOf(body: string): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

/** RFC 9110, 13.1.2: a list of tags or `*`, compared weakly. */
export function isMatchedBy(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === etag);
}
