/**
 * The configuration of a node: one YAML file beside the roster and the keys. Relative paths start at the file's own
 * folder.
 */
import { dirname, join, resolve } from "node:path";
import Type, { type Static } from "typebox";
import type { ConfigurationName } from "../../akd/configuration.ts";
import type { AuditorSettings, VerifiedEpoch } from "../../auditor/options.ts";
import { emptyTreeRoot } from "../../auditor/start-point.ts";
import { fromHex } from "../../core/bytes.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import { checkAuditorName, checkNamespace, checkOrigin } from "../../core/names.ts";
import { parsePolicy } from "../../core/policy.ts";
import { type BoundPolicy, bindPolicy } from "../../core/policy-evaluation.ts";
import type { Roster } from "../../core/roster.ts";
import { readTextFile } from "../../platform/text-file.ts";
import { invalid, readYamlFile, withPlaces } from "../../platform/yaml/yaml-file.ts";
import { type AlertsConfig, AlertsSchema, loadAlerts } from "./config-alerts.ts";
import { type ApiConfig, ApiSchema, loadApi } from "./config-api.ts";
import { loadMetrics, type MetricsConfig, MetricsSchema } from "./config-metrics.ts";
import { loadMirrors, logDirectoryOf, type MirrorConfig, proxiedOf } from "./config-source.ts";
import { checkAddress, checkBound, checkDialable, checkSource, strayNamespaces } from "./roster-checks.ts";
import { loadRosterFile, type RosterFile } from "./roster-file.ts";

const HEX_32 = "^[0-9a-f]{64}$";
const MILLISECONDS = { minimum: 0, maximum: 2 ** 31 - 1 };

const RootSchema = Type.Object(
  {
    epoch: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "an epoch; 0 is the empty directory",
    }),
    digest: Type.Optional(
      Type.String({ pattern: HEX_32, description: "64 hexadecimal digits; may be left out for epoch 0" }),
    ),
  },
  {
    additionalProperties: false,
    description: "a root: epoch and digest; leave it out to take the newest epoch at first sight",
  },
);

const NamespaceSchema = Type.Object(
  {
    namespace: Type.String({ description: "a namespace, e.g. whatsapp.key-transparency.v1" }),
    origin: Type.String({ description: "the origin line of its checkpoints, e.g. whatsapp.kt/v2" }),
    configuration: Type.Union([Type.Literal("whatsapp_v1"), Type.Literal("experimental")], {
      description: "whatsapp_v1 or experimental",
    }),
    source: Type.String({ minLength: 1, description: "the URL of the provider's bucket, or a folder" }),
    "log-directory": Type.Optional(
      Type.String({
        pattern: "^(https?://.+|none)$",
        description: "the public URL of the audit proofs, as reported to Plexi's clients, or none; default: the source",
      }),
    ),
    "push-token-file": Type.Optional(
      Type.String({ minLength: 1, description: "the file of the bearer token with which the provider may push" }),
    ),
    mirrors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            url: Type.String({ pattern: "^https?://.+", description: "the URL of another auditor's API" }),
            "token-file": Type.Optional(
              Type.String({ minLength: 1, description: "the file of the bearer token that its operator issued" }),
            ),
          },
          { additionalProperties: false, description: "url and token-file" },
        ),
        { maxItems: 8, description: "a list of at most 8 nodes of other auditors" },
      ),
    ),
    "allow-plain-http": Type.Optional(Type.Boolean({ description: "true or false" })),
    root: Type.Optional(RootSchema),
    "last-epoch": Type.Optional(Type.Integer({ minimum: 1, description: "the last epoch of a log that is frozen" })),
    "provider-keys": Type.Optional(
      Type.Array(Type.String({ pattern: HEX_32, description: "an Ed25519 public key, 64 hexadecimal digits" }), {
        description: "a list of the provider's public keys",
      }),
    ),
    suite: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(2)], { description: "Plexi's ciphersuite, 1 or 2" }),
    ),
    "poll-interval-ms": Type.Optional(Type.Integer({ ...MILLISECONDS, minimum: 10, description: "milliseconds" })),
    "fact-fetches": Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "a number of fetches, default 3" }),
    ),
    "fact-span-ms": Type.Optional(Type.Integer({ ...MILLISECONDS, description: "milliseconds, default 600000" })),
    "max-blob-mib": Type.Optional(Type.Integer({ minimum: 1, maximum: 4096, description: "MiB, default 1024" })),
  },
  { additionalProperties: false, description: "a namespace to audit" },
);

const ConfigSchema = Type.Object(
  {
    name: Type.String({ description: "the auditor's name, e.g. auditor.example.org" }),
    data: Type.String({ minLength: 1, description: "the folder for everything that this node stores" }),
    "signing-key": Type.String({ minLength: 1, description: "the file of the signing key" }),
    "network-key": Type.String({ minLength: 1, description: "the file of the network key" }),
    listen: Type.Array(Type.String({ description: "a multiaddr, e.g. /ip4/0.0.0.0/tcp/7600" }), {
      minItems: 1,
      description: "a list of multiaddrs to listen on",
    }),
    "behind-proxy": Type.Optional(
      Type.Array(Type.String({ description: "one of the multiaddrs under listen" }), {
        description: "the multiaddrs under listen on which a proxy connects for others",
      }),
    ),
    announce: Type.Optional(
      Type.Array(Type.String({ description: "a multiaddr" }), { description: "a list of multiaddrs" }),
    ),
    api: Type.Optional(ApiSchema),
    metrics: Type.Optional(MetricsSchema),
    alerts: Type.Optional(AlertsSchema),
    roster: Type.String({ minLength: 1, description: "the file of the roster" }),
    policies: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$" }),
        Type.String({ minLength: 1, description: "the file of a policy" }),
        {
          maxProperties: 64,
          additionalProperties: false,
          description: "policy files, by the names that readers ask for",
        },
      ),
    ),
    "fault-bound": Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: "how many auditors may lie" })),
    "allow-alone": Type.Optional(Type.Boolean({ description: "true or false" })),
    "verify-threads": Type.Optional(
      Type.Integer({ minimum: 0, maximum: 64, description: "a number of threads; 0 verifies on the main thread" }),
    ),
    "log-level": Type.Optional(
      Type.Union([Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")], {
        description: "debug, info, warn or error",
      }),
    ),
    namespaces: Type.Array(NamespaceSchema, { maxItems: 64, description: "a list of namespaces" }),
  },
  { additionalProperties: false, description: "a node's configuration" },
);

export interface NamespaceConfig {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: ConfigurationName;
  /** An http(s) URL, or the absolute path of a folder. */
  readonly source: string;
  /** The URL of the audit proofs, as told to others. */
  readonly logDirectory?: string;
  /** Other auditors' nodes that may have a blob that the source lists but does not deliver. */
  readonly mirrors: readonly MirrorConfig[];
  readonly allowPlainHttp: boolean;
  readonly root?: VerifiedEpoch;
  readonly lastEpoch?: number;
  readonly maxBlobBytes: number;
  readonly settings: Partial<AuditorSettings>;
}

export interface NodeConfig {
  readonly file: string;
  readonly name: string;
  readonly dataFolder: string;
  readonly signingKeyFile: string;
  readonly networkKeyFile: string;
  readonly listen: readonly string[];
  /** Those of `listen` on which a proxy connects for others, so that a source says nothing. */
  readonly behindProxy: readonly string[];
  readonly announce: readonly string[];
  readonly api?: ApiConfig;
  /** Default: nothing is measured. */
  readonly metrics?: MetricsConfig;
  /** Default: nobody is told. */
  readonly alerts?: AlertsConfig;
  readonly roster: RosterFile;
  /** Policies that a reader may ask for by name. */
  readonly policies: ReadonlyMap<string, BoundPolicy>;
  /** Undefined: (n - 1) / 3 of the n of each epoch, rounded down. */
  readonly faultBound: number | undefined;
  /** What is not wrong and probably not meant. */
  readonly warnings: readonly string[];
  readonly allowAlone: boolean;
  /** Threads that verify proofs. Default: as many as the machine has cores, at most 8. */
  readonly verifyThreads?: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly namespaces: readonly NamespaceConfig[];
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Holds what this node promised to sign (ledger/claims). */
export function claimsFolder({ dataFolder }: Pick<NodeConfig, "dataFolder">): string {
  return join(dataFolder, "claims");
}

/** Where what is known is kept. */
export function ledgerFolder({ dataFolder }: Pick<NodeConfig, "dataFolder">): string {
  return join(dataFolder, "ledger");
}

/**
 * `rosterFile`: in place of the one that it names. Throws CONFIG_UNREADABLE and CONFIG_INVALID, also for the roster
 * file.
 */
export function loadConfig(file: string, options: { readonly rosterFile?: string } = {}): Promise<NodeConfig> {
  return withPlaces(() => readConfig(file, options));
}

async function readConfig(file: string, { rosterFile }: { readonly rosterFile?: string }): Promise<NodeConfig> {
  const value = await readYamlFile(file, ConfigSchema);
  const at = (path: string): string => resolve(dirname(resolve(file)), path);
  checked(() => checkAuditorName(value.name), file, "name", value.name);
  for (const [index, address] of value.listen.entries()) checkAddress(address, `listen[${index}]`, file);
  for (const [index, address] of (value.announce ?? []).entries()) checkDialable(address, `announce[${index}]`, file);
  const roster = await loadRosterFile(rosterFile ?? at(value.roster), { dialsAllBut: value.name });
  const { api, metrics } = value;
  const followed = value.namespaces.map(({ namespace }) => namespace);
  const config: NodeConfig = {
    file,
    name: value.name,
    dataFolder: at(value.data),
    signingKeyFile: at(value["signing-key"]),
    networkKeyFile: at(value["network-key"]),
    listen: value.listen,
    behindProxy: proxiedOf(value, file),
    announce: value.announce ?? [],
    ...(api === undefined ? {} : { api: await loadApi(api, value.namespaces, file, at) }),
    ...(metrics === undefined ? {} : { metrics: await loadMetrics(metrics, file, at) }),
    ...(value.alerts === undefined ? {} : { alerts: await loadAlerts(value.alerts, file, at) }),
    roster,
    policies: await loadPolicies(value.policies ?? {}, roster.roster, file, at),
    faultBound: value["fault-bound"],
    warnings: strayNamespaces(roster.roster, roster.origins.keys(), followed),
    allowAlone: value["allow-alone"] ?? false,
    ...(value["verify-threads"] === undefined ? {} : { verifyThreads: value["verify-threads"] }),
    logLevel: value["log-level"] ?? "info",
    namespaces: await Promise.all(
      value.namespaces.map((entry, index) => toNamespace(entry, `namespaces[${index}]`, file, at)),
    ),
    providerKeys: new Map(
      value.namespaces.map(({ namespace, "provider-keys": keys = [] }) => [namespace, keys.map((key) => fromHex(key))]),
    ),
  };
  checkDistinct(config, file);
  checkBound(value["fault-bound"], { roster: roster.roster, namespaces: followed, file });
  return config;
}

async function toNamespace(
  value: Static<typeof NamespaceSchema>,
  path: string,
  file: string,
  at: (path: string) => string,
): Promise<NamespaceConfig> {
  const { suite, "poll-interval-ms": pollIntervalMs, "fact-fetches": factFetches, "fact-span-ms": factSpanMs } = value;
  checkSource(value.source, value["allow-plain-http"] ?? false, `${path}.source`, file);
  return {
    namespace: checked(() => checkNamespace(value.namespace), file, `${path}.namespace`, value.namespace),
    origin: checked(() => checkOrigin(value.origin), file, `${path}.origin`, value.origin),
    configuration: value.configuration,
    source: /^https?:/.test(value.source) ? value.source : at(value.source),
    ...logDirectoryOf(value),
    mirrors: await loadMirrors(value.mirrors ?? [], `${path}.mirrors`, file, at),
    allowPlainHttp: value["allow-plain-http"] ?? false,
    ...(value.root === undefined ? {} : { root: toRoot(value.root, value.configuration, path, file) }),
    ...(value["last-epoch"] === undefined ? {} : { lastEpoch: value["last-epoch"] }),
    maxBlobBytes: (value["max-blob-mib"] ?? 1024) * 1024 * 1024,
    settings: {
      ...(suite === undefined ? {} : { suite }),
      ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
      ...(factFetches === undefined ? {} : { factFetches }),
      ...(factSpanMs === undefined ? {} : { factSpanMs }),
    },
  };
}

async function loadPolicies(
  files: Readonly<Record<string, string>>,
  roster: Roster,
  file: string,
  at: (path: string) => string,
): Promise<Map<string, BoundPolicy>> {
  const policies = new Map<string, BoundPolicy>();
  for (const [name, path] of Object.entries(files)) {
    try {
      policies.set(name, bindPolicy(parsePolicy(await readTextFile(at(path))), roster));
    } catch (error) {
      throw invalid(file, `policies.${name}`, path, `a policy for this roster: ${errorMessage(error)}`);
    }
  }
  return policies;
}

function toRoot(
  { epoch, digest }: Static<typeof RootSchema>,
  configuration: ConfigurationName,
  path: string,
  file: string,
): VerifiedEpoch {
  if (digest !== undefined) return { epoch, digest: fromHex(digest, "root digest") };
  if (epoch === 0) return emptyTreeRoot(configuration);
  throw invalid(file, `${path}.root.digest`, undefined, "the digest of that epoch; only epoch 0 goes without");
}

/** Namespace and origin are one-to-one. [two namespaces on one origin make an honest auditor cosign two digests] */
function checkDistinct({ namespaces }: NodeConfig, file: string): void {
  for (const key of ["namespace", "origin"] as const) {
    const seen = new Set<string>();
    for (const [index, entry] of namespaces.entries()) {
      if (seen.has(entry[key])) {
        throw invalid(file, `namespaces[${index}].${key}`, entry[key], "one that no other namespace has");
      }
      seen.add(entry[key]);
    }
  }
}

function checked<T>(check: () => T, file: string, path: string, found: unknown): T {
  try {
    return check();
  } catch (error) {
    if (isCoauditError(error)) throw invalid(file, path, found, error.message.replace(/^.* is not /, ""));
    throw error;
  }
}
