/** What in a roster or a configuration reads well and cannot be meant. */
import { isCoauditError } from "../../core/errors.ts";
import { isBearable, type KeyWindow, NOW_EPOCH, type Roster } from "../../core/roster.ts";
import { parseAddress } from "../../gossip/address.ts";
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { baseUrl } from "../../source/http/base-url.ts";

/** Throws CONFIG_INVALID for a window that ends before it begins: a key that never counts. */
export function checkWindow({ from = 0, until = NOW_EPOCH }: KeyWindow, path: string, file: string): void {
  if (until >= from) return;
  throw invalid(file, `${path}.until`, until, `an epoch from ${from} on, where the window begins`);
}

/** Throws CONFIG_INVALID. */
export function checkAddress(address: string, path: string, file: string): void {
  try {
    parseAddress(address);
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    throw invalid(file, path, address, "a multiaddr such as /dns4/auditor.example.org/tcp/7600");
  }
}

const DIALABLE = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(?:\/p2p\/[^/]+)?$/;
const ANYWHERE: readonly string[] = ["0.0.0.0", "::"];

/** False for a multiaddr at which a node can reach nobody: it speaks TCP, to a host and a port. */
export function isDialable(address: string): boolean {
  const [, host = "", port = "0"] = DIALABLE.exec(address) ?? [];
  return host !== "" && !ANYWHERE.includes(host) && Number(port) > 0;
}

/** Throws CONFIG_INVALID for a multiaddr that nobody can dial. */
export function checkDialable(address: string, path: string, file: string): void {
  checkAddress(address, path, file);
  if (isDialable(address)) return;
  const expected = "an address that others can dial: a host, not 0.0.0.0, and a TCP port, e.g. /dns4/HOST/tcp/7600";
  throw invalid(file, path, address, expected);
}

/** Throws CONFIG_INVALID for what is neither http(s) nor a path. */
export function checkSource(source: string, allowPlainHttp: boolean, path: string, file: string): void {
  const [, scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(source) ?? [];
  if (scheme === "") return;
  if (!/^https?:\/\/[^/]/.test(source)) {
    throw invalid(file, path, source, "an http:// or https:// URL, in lower case, or the path of a folder");
  }
  // Of the rest the source itself complains: a URL with a password does not belong into a message about a file.
  if (!source.startsWith("http:") || source.includes("@")) return;
  try {
    baseUrl(source, { allowPlainHttp });
  } catch (error) {
    if (!isCoauditError(error, "NAME_INVALID")) throw error;
    throw invalid(file, path, source, `the URL of a bucket: ${error.metadata.rule}`);
  }
}

/** Throws CONFIG_INVALID for a bound with which not even all auditors together would be a quorum. */
export function checkBound(
  faultBound: number | undefined,
  { roster, namespaces, file }: { roster: Roster; namespaces: readonly string[]; file: string },
): void {
  if (faultBound === undefined) return;
  const sizes = namespaces.map((namespace) => roster.membersAt(namespace, NOW_EPOCH).length);
  const fewest = Math.min(roster.size, ...sizes);
  if (isBearable(fewest, faultBound)) return;
  const expected = `at most ${fewest - 1} with ${fewest} auditors: with more no quorum is ever enough`;
  throw invalid(file, "fault-bound", faultBound, expected);
}

/** Lines of the roster about namespaces that this node does not follow: a slip of the hand there is silent. */
export function strayNamespaces(roster: Roster, listed: Iterable<string>, followed: readonly string[]): string[] {
  const places = new Map<string, string>();
  for (const namespace of listed) places.set(namespace, "namespaces");
  for (const { name, keys, joined, retired, trustedUntil } of roster.auditors) {
    const lines = { joined, retired, "trusted-until": trustedUntil };
    for (const [line, epochs] of Object.entries(lines)) {
      for (const namespace of Object.keys(epochs ?? {})) places.set(namespace, `${line} of ${name}`);
    }
    for (const { windows } of keys) {
      for (const namespace of Object.keys(windows ?? {})) places.set(namespace, `a window of ${name}`);
    }
  }
  return [...places]
    .filter(([namespace]) => !followed.includes(namespace))
    .map(([namespace, place]) => `${place} names ${namespace}, which this node does not follow: is it misspelt?`);
}
