/** The part of the configuration that says where the proofs of a namespace come from. */
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { readToken } from "./config-api.ts";

interface SourceSection {
  readonly source: string;
  readonly "log-directory"?: string;
}

interface MirrorSection {
  readonly url: string;
  readonly "token-file"?: string;
}

/** Another auditor's node. */
export interface MirrorConfig {
  readonly url: string;
  readonly token?: string;
}

/** Throws CONFIG_INVALID. */
export function loadMirrors(
  mirrors: readonly MirrorSection[],
  place: string,
  file: string,
  at: (path: string) => string,
): Promise<MirrorConfig[]> {
  return Promise.all(
    mirrors.map(async ({ url, "token-file": path }, index) =>
      path === undefined ? { url } : { url, token: await readToken(path, `${place}[${index}].token-file`, file, at) },
    ),
  );
}

/** A folder, and a URL with credentials or a query, is this node's private matter. */
export function logDirectoryOf(value: SourceSection): { readonly logDirectory?: string } {
  const { source, "log-directory": shown } = value;
  if (shown !== undefined) return shown === "none" ? {} : { logDirectory: shown };
  if (!/^https?:/.test(source) || !URL.canParse(source)) return {};
  const { username, password, search, hash } = new URL(source);
  return username + password + search + hash === "" ? { logDirectory: source } : {};
}

/** Throws CONFIG_INVALID for an address that is not listened on. */
export function proxiedOf(
  { listen, "behind-proxy": proxied = [] }: { readonly listen: string[]; readonly "behind-proxy"?: string[] },
  file: string,
): string[] {
  for (const [index, address] of proxied.entries()) {
    if (!listen.includes(address)) {
      throw invalid(file, `behind-proxy[${index}]`, address, "one of the multiaddrs under listen, as it stands there");
    }
  }
  return proxied;
}
