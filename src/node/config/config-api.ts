/** The part of the configuration that says who gets what over HTTP. */
import Type, { type TUnsafe } from "typebox";
import { readTextFile } from "../../platform/text-file.ts";
import { invalid } from "../../platform/yaml/yaml-file.ts";

/** As in the file. */
export interface ApiSection {
  readonly host?: string;
  readonly port: number;
  readonly proofs?: ProofsSection;
  readonly reports?: "off" | "open";
  readonly dashboard?: DashboardAccess;
  readonly "rate-limit"?: number;
}

/** Who sees the page at "/": nobody, whoever asks on the node's own machine, or everybody. */
export type DashboardAccess = "off" | "local" | "open";

export interface ProofsSection {
  readonly access?: "operator" | "token" | "open";
  readonly "token-file"?: string;
  readonly epochs?: number;
  readonly "max-mib"?: number;
}

const ProofsSchema = Type.Object(
  {
    access: Type.Optional(
      Type.Union([Type.Literal("operator"), Type.Literal("token"), Type.Literal("open")], {
        description: "operator, token or open",
      }),
    ),
    "token-file": Type.Optional(
      Type.String({ minLength: 1, description: "the file of the bearer token with which others may fetch proofs" }),
    ),
    epochs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: "a number of epochs, default 10; 0 keeps none" }),
    ),
    "max-mib": Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_048_576, description: "MiB for all namespaces together, default 1024" }),
    ),
  },
  { additionalProperties: false, description: "which proofs are kept, and for whom" },
);

export const ApiSchema: TUnsafe<ApiSection> = Type.Unsafe<ApiSection>(
  Type.Object(
    {
      host: Type.Optional(Type.String({ description: "an address to listen on, default 127.0.0.1" })),
      port: Type.Integer({ minimum: 0, maximum: 65535, description: "a port from 0 to 65535; 0 takes a free one" }),
      proofs: Type.Optional(ProofsSchema),
      reports: Type.Optional(Type.Union([Type.Literal("off"), Type.Literal("open")], { description: "off or open" })),
      dashboard: Type.Optional(
        Type.Union([Type.Literal("off"), Type.Literal("local"), Type.Literal("open")], {
          description: "off, local or open, default local",
        }),
      ),
      "rate-limit": Type.Optional(
        Type.Integer({
          minimum: 10,
          maximum: 1_000_000,
          description: "requests of one address in 10 s, from 10 to 1000000, default 1000",
        }),
      ),
    },
    {
      additionalProperties: false,
      description: "host, port, proofs, reports, dashboard and rate-limit of the HTTP API",
    },
  ),
);

/** Who may download proofs: only this node's operator, also whoever has the token, or anybody. */
export type ProofAccess =
  | { readonly access: "operator" | "open" }
  | { readonly access: "token"; readonly token: string };

export type ProofsConfig = ProofAccess & {
  /** Of each namespace. */
  readonly epochs: number;
  /** Of all namespaces together. */
  readonly maxBytes: number;
};

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** By namespace: the bearer token with which its provider may push. */
  readonly pushTokens: ReadonlyMap<string, string>;
  /** Requests of one address in 10 s. */
  readonly rateLimit: number;
  /** Default: no proof is kept, and none is served. */
  readonly proofs?: ProofsConfig;
  /** Whether anybody may report that they were shown another digest. */
  readonly reports: "off" | "open";
  readonly dashboard: DashboardAccess;
}

interface PushEntry {
  readonly namespace: string;
  readonly "push-token-file"?: string;
}

/** Throws CONFIG_INVALID. `at` resolves a path of the file. */
export async function loadApi(
  api: ApiSection,
  namespaces: readonly PushEntry[],
  file: string,
  at: (path: string) => string,
): Promise<ApiConfig> {
  const pushTokens = new Map<string, string>();
  for (const [index, { namespace, "push-token-file": path }] of namespaces.entries()) {
    if (path === undefined) continue;
    pushTokens.set(namespace, await readToken(path, `namespaces[${index}].push-token-file`, file, at));
  }
  const { host = "127.0.0.1", port, proofs, reports = "off", "rate-limit": rateLimit = 1_000 } = api;
  return {
    host,
    port,
    pushTokens,
    reports,
    dashboard: api.dashboard ?? "local",
    rateLimit,
    ...(proofs === undefined ? {} : { proofs: await loadProofs(proofs, file, at) }),
  };
}

async function loadProofs(proofs: ProofsSection, file: string, at: (path: string) => string): Promise<ProofsConfig> {
  const { access = "operator", "token-file": path, epochs = 10, "max-mib": maxMib = 1024 } = proofs;
  const bounds = { epochs, maxBytes: maxMib * 1024 * 1024 };
  if (access !== "token") {
    if (path === undefined) return { access, ...bounds };
    throw invalid(file, "api.proofs.access", proofs.access, "token, since there is a token-file");
  }
  if (path === undefined) {
    throw invalid(file, "api.proofs.token-file", undefined, "the file of the token, since access is token");
  }
  return { access, token: await readToken(path, "api.proofs.token-file", file, at), ...bounds };
}

/** Throws CONFIG_INVALID. `place` is where in the configuration the path stands. */
export async function readToken(
  path: string,
  place: string,
  file: string,
  at: (path: string) => string,
): Promise<string> {
  const token = await readTextFile(at(path)).then(
    (text) => text.trim(),
    () => "",
  );
  // 32 characters of hex are 128 bits: not guessable at 100 tries a second.
  if (/^[\x21-\x7e]{32,256}$/.test(token)) return token;
  const expected = "a readable file with one line of 32 to 256 printable characters, e.g. from `openssl rand -hex 32`";
  throw invalid(file, place, path, expected);
}
