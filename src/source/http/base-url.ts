/** Where a server with blobs is, as a person writes it. */
import { CoauditError, errorMessage } from "../../core/errors.ts";

export interface BaseUrlRules {
  /** Plain http is refused outside this machine: whoever is on the path could show this auditor anything. */
  readonly allowPlainHttp: boolean;
}

/**
 * With a slash at the end. Throws NAME_INVALID for a url that is not http(s), carries credentials, a query or a
 * fragment, or is plain http to another machine.
 */
export function baseUrl(text: string, rules: BaseUrlRules): URL {
  const refuse = (rule: string, cause?: unknown): never => {
    const message = `"${text}" is not the URL of a bucket: ${rule}`;
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
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !rules.allowPlainHttp) {
    refuse(
      "for another machine it must be https; plain HTTP, inside a network that you trust only, needs allow-plain-http: true in the configuration, or --allow-plain-http",
    );
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname);
}
