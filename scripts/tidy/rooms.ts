/** The rooms of src/, and the rooms that each of them may import (CONTRIBUTING.md, How to find your room). */

const NODE = ["core", "platform", "akd", "source", "ledger", "auditor", "gossip"] as const;
const API = [...NODE, "node"] as const;
/** Everything but the adapters of libp2p, LevelDB, HTTP and files: a world touches no disk and no socket. */
const SIMULATOR = [...API, "api", "client", "provider", "jobs"] as const;

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: ["core"],
  akd: ["core"],
  source: ["core", "platform"],
  ledger: ["core", "platform"],
  auditor: ["core", "platform", "akd", "source", "ledger"],
  gossip: ["core", "platform", "ledger"],
  node: NODE,
  api: API,
  metrics: [...API, "api"],
  // Sees a node as the API does.
  alerts: API,
  // Browsers load it; what needs Node is an entry point of its own.
  client: ["core"],
  // A page in a browser: it asks the node over HTTP, as anybody does, and checks what it is told.
  dashboard: ["core", "akd", "client"],
  provider: ["core", "platform", "akd"],
  // Knows nothing about the work that it spreads.
  jobs: ["core", "platform"],
  "range-audit": ["core", "platform", "akd", "source", "jobs"],
  simulator: SIMULATOR,
  lab: [...SIMULATOR, "simulator"],
  cli: [...SIMULATOR, "alerts", "simulator", "lab", "range-audit", "metrics", "dashboard"],
};

/** Undefined outside src/, and for files beside the rooms (src/version.ts), which every room may import. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}
