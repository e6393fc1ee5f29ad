/** The rooms of src/ and the only rooms that each may import (CONTRIBUTING.md, How to find your room). */

const NODE = ["core", "platform", "akd", "source", "ledger", "auditor", "gossip"] as const;
const API = [...NODE, "node"] as const;
/** All but the adapters of libp2p, LevelDB, HTTP and files: its worlds touch no disk and no socket. */
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
  // A browser loads it; the one file of it that needs Node is a door of its own.
  client: ["core"],
  provider: ["core", "platform", "akd"],
  // Spreads work over threads and machines, whatever the work is.
  jobs: ["core", "platform"],
  "range-audit": ["core", "platform", "akd", "source", "jobs"],
  simulator: SIMULATOR,
  lab: [...SIMULATOR, "simulator"],
  cli: [...SIMULATOR, "simulator", "lab", "range-audit"],
};

/** Undefined outside src/, and for a file beside the rooms (src/version.ts), which belongs to all of them. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}
