import { CoauditError } from "../core/errors.ts";
import { shown } from "../core/printable.ts";

/** The URL of a node without a slash at its end. Throws USAGE, naming the option. */
export function checkNodeUrl(text: string, option: string): string {
  const usage = (reason: string): CoauditError<"USAGE"> =>
    new CoauditError("USAGE", `${option}: "${text}" ${reason}`, { option });
  if (typeof text !== "string") throw new CoauditError("USAGE", `${option}: ${shown(text)} is not a URL`, { option });
  const [, scheme = "", host = "", path = "", more = ""] = PARTS.exec(text) ?? [];
  if (host === "") throw usage("is not a URL such as https://auditor.example.org");
  if (!/^https?$/i.test(scheme)) throw usage("is neither http:// nor https://");
  if (host.includes("@") || more !== "") throw usage("may have a path, but no user, query or fragment");
  if (!HOST.test(host)) throw usage("is not a URL such as https://auditor.example.org");
  const protocol = scheme.toLowerCase();
  const port = protocol === "http" ? ":80" : ":443";
  const authority = host.toLowerCase();
  return `${protocol}://${authority.endsWith(port) ? authority.slice(0, -port.length) : authority}${path.replace(/\/+$/, "")}`;
}

/** Not the class URL: React Native's has no parts. */
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\s\\]*)([^?#\s\\]*)([?#]\S*)?$/;
/** A name or an address, and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s[\]:@<>"'`{}|^%]+)(:\d{1,5})?$/i;
