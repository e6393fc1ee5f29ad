import { CoauditError } from "../core/errors.ts";
import { shown } from "../core/printable.ts";

/** The URL of a node without a slash at its end. Throws USAGE, naming the option. */
export function checkNodeUrl(text: string, option: string): string {
  const usage = (reason: string): CoauditError<"USAGE"> =>
    new CoauditError("USAGE", `${option}: "${text}" ${reason}`, { option });
  if (typeof text !== "string") throw new CoauditError("USAGE", `${option}: ${shown(text)} is not a URL`, { option });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw usage("is not a URL such as https://auditor.example.org");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw usage("is neither http:// nor https://");
  if (url.username !== "" || url.search !== "" || url.hash !== "") {
    throw usage("may have a path, but no user, query or fragment");
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
