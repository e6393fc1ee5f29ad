/** What differs between two configurations of one node, and what of it has to wait for a restart. */
import { isDeepStrictEqual } from "node:util";
import type { Roster } from "../../core/roster.ts";
import type { NodeConfig } from "./config.ts";

export interface ConfigChanges {
  /** Takes effect while the node runs; each as a person would name it. */
  readonly live: readonly string[];
  readonly restart: readonly string[];
}

type Reading = (config: NodeConfig) => unknown;

const LIVE: Readonly<Record<string, Reading>> = {
  settlements: ({ roster }) => roster.settlements,
  policies: ({ policies }) => [...policies].map(([name, { policy }]) => [name, policy]),
  "fault-bound": ({ faultBound }) => faultBound,
  "provider-keys": ({ providerKeys }) => [...providerKeys].filter(([, keys]) => keys.length > 0),
  alerts: ({ alerts }) => alerts,
  "log-level": ({ logLevel }) => logLevel,
  "api.rate-limit": ({ api }) => api?.rateLimit,
};

const RESTART: Readonly<Record<string, Reading>> = {
  name: ({ name }) => name,
  data: ({ dataFolder }) => dataFolder,
  "signing-key": ({ signingKeyFile }) => signingKeyFile,
  "network-key": ({ networkKeyFile }) => networkKeyFile,
  listen: ({ listen }) => listen,
  "behind-proxy": ({ behindProxy }) => behindProxy,
  announce: ({ announce }) => announce,
  "api.host": ({ api }) => api?.host,
  "api.port": ({ api }) => api?.port,
  "api.proofs": ({ api }) => api?.proofs,
  "api.reports": ({ api }) => api?.reports,
  "api.dashboard": ({ api }) => api?.dashboard,
  metrics: ({ metrics }) => metrics,
  "push-token-file": ({ api }) => api?.pushTokens,
  "allow-alone": ({ allowAlone }) => allowAlone,
  "verify-threads": ({ verifyThreads }) => verifyThreads,
};

/** `started`: as the node began; `now`: as it goes on, with what was reloaded since. */
export function configChanges(started: NodeConfig, now: NodeConfig, next: NodeConfig): ConfigChanges {
  const live = [...rosterChanges(now.roster.roster, next.roster.roster), ...differing(LIVE, now, next)];
  const restart = [...differing(RESTART, started, next), ...namespaceChanges(started, next)];
  return { live, restart };
}

function differing(readings: Readonly<Record<string, Reading>>, before: NodeConfig, after: NodeConfig): string[] {
  return Object.entries(readings)
    .filter(([, read]) => !isDeepStrictEqual(read(before), read(after)))
    .map(([name]) => name);
}

function rosterChanges(before: Roster, after: Roster): string[] {
  const added = after.names.filter((name) => before.byName(name) === undefined);
  const removed = before.names.filter((name) => after.byName(name) === undefined);
  const changed = after.auditors
    .filter((auditor) => {
      const earlier = before.byName(auditor.name);
      return earlier !== undefined && !isDeepStrictEqual(earlier, auditor);
    })
    .map(({ name }) => name);
  const kinds = { added, removed, changed };
  return Object.entries(kinds)
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `roster: ${kind} ${names.join(", ")}`);
}

function namespaceChanges(before: NodeConfig, after: NodeConfig): string[] {
  const entries = (config: NodeConfig) => new Map(config.namespaces.map((entry) => [entry.namespace, entry]));
  const [earlier, later] = [entries(before), entries(after)];
  return [...new Set([...earlier.keys(), ...later.keys()])]
    .filter((namespace) => !isDeepStrictEqual(earlier.get(namespace), later.get(namespace)))
    .map((namespace) => `namespaces: ${namespace}`);
}
