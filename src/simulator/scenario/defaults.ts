/** What a scenario file may leave out, and why it is then so. The reference in docs/simulator.md shows both. */
import type { Distribution } from "../engine/distribution.ts";
import type { KeysScenario } from "./keys-scenario.ts";
import type { ClientGroup, Scenario } from "./scenario.ts";

/**
 * Milliseconds one way between machines on several continents; an assumption: light in fibre takes 5 ms for 1,000 km,
 * and routes are detours.
 */
const LATENCY_MS: Distribution = {
  quantiles: [
    [0, 5],
    [0.5, 60],
    [0.9, 140],
    [0.99, 250],
    [1, 400],
  ],
};

export const DEFAULT_SCENARIO: Omit<Scenario, "title"> = {
  about: "",
  sources: {},
  epochs: 20,
  epochIntervalMs: 30_000,
  settleMs: 180_000,
  auditors: 5,
  observers: 0,
  crypto: "symbolic",
  costs: {
    verifySignatureMs: 0.1,
    verifyProofMs: 253,
    signMs: 0.1,
    readMs: 0,
    writeMs: 0,
    syncMs: 5,
  },
  network: {
    gossip: "mesh",
    headSync: true,
    observerDegree: 6,
    latencyMs: LATENCY_MS,
    lossRate: 0,
    duplicateRate: 0,
    partitions: [],
    links: [],
  },
  provider: {
    publicationDelayMs: { uniform: [0, 2_000] },
    latencyMs: LATENCY_MS,
    failureRate: 0,
    lies: [],
  },
  behaviours: [],
  faults: [],
  clients: [],
};

/** The same of what stands in lists. Times in milliseconds. */
export const DEFAULT_ENTRIES: {
  readonly fromEpoch: number;
  readonly lie: { readonly windowMs: number; readonly epochs: number; readonly delayMs: Distribution };
  readonly epochsBehind: number;
  readonly fault: {
    readonly downMs: number;
    readonly forMs: number;
    readonly ageMs: number;
    readonly epochs: number;
    readonly records: number;
    readonly shown: "main";
    readonly epoch: number;
    readonly trust: "main";
  };
  readonly fromMs: number;
  readonly oneWay: boolean;
  readonly client: Omit<ClientGroup, "quorum">;
} = {
  fromEpoch: 1,
  lie: { windowMs: 5_000, epochs: 1, delayMs: 10_000 },
  epochsBehind: 5,
  fault: {
    downMs: 60_000,
    forMs: 60_000,
    ageMs: 300_000,
    epochs: 1,
    records: 3,
    shown: "main",
    epoch: 0,
    trust: "main",
  },
  fromMs: 0,
  oneWay: false,
  client: { count: 1, ask: 1, everyMs: 30_000, choice: "pinned", of: "auditors", gossipWith: 0 },
};

/** Of a scenario in which clients check keys. */
export const DEFAULT_KEYS: Omit<KeysScenario, "lies"> & {
  readonly lie: { readonly fromEpoch: number; readonly ahead: number; readonly behind: number };
} = {
  contacts: 1,
  watchEveryMs: 300_000,
  newKeyEpochs: 4,
  lie: { fromEpoch: 1, ahead: 0, behind: 10 },
};

/** Epoch 1 comes one interval after the world began, and the last one has its own; then the world settles. */
export function worldEndMs(scenario: Pick<Scenario, "epochs" | "epochIntervalMs" | "settleMs">): number {
  return (scenario.epochs + 1) * scenario.epochIntervalMs + scenario.settleMs;
}

/** Where each default comes from, by its path; a test holds that none is without a reason. */
export const DEFAULT_REASONS: Readonly<Record<string, string>> = {
  about: "nothing to add",
  sources: "no source is claimed",
  epochs: "ten minutes of WhatsApp: enough for a lie to begin, to be seen and to heal",
  epochIntervalMs: "WhatsApp publishes about every 30 s",
  settleMs: "three rounds of head sync, which comes every 60 s: what has not travelled by then rarely does",
  auditors: "a small group: f is 1, and four of the five make a quorum",
  observers: "nobody but auditors",
  crypto: "symbolic signatures and proofs give the same trace as real ones, and cost nothing",
  "costs.verifySignatureMs": "order of magnitude of one Ed25519 check on a server core",
  "costs.verifyProofMs": "a WhatsApp proof of 44 MB on one thread (docs/performance.md); its download is not modelled",
  "costs.signMs": "order of magnitude of one Ed25519 signature on a server core",
  "costs.readMs": "a read from LevelDB's cache is far below all other times",
  "costs.writeMs": "an unsynced write goes to memory",
  "costs.syncMs": "an assumption: a sync of a server's SSD; it varies from 0.1 to 20 ms between disks",
  "network.gossip": "as in production",
  "network.headSync": "as in production",
  "network.observerDegree": "gossipsub's own default for its mesh (D = 6)",
  "network.latencyMs": "an assumption: one way between hosts on several continents",
  "network.lossRate": "streams over TCP lose nothing while they last",
  "network.duplicateRate": "streams over TCP duplicate nothing",
  "network.bandwidthBytesPerSecond": "absent: no limit",
  "network.partitions": "none",
  "network.links": "none",
  "provider.publicationDelayMs": "an assumption: replicas of a bucket show an epoch within two seconds",
  "provider.latencyMs": "as network.latencyMs",
  "provider.failureRate": "no request fails",
  "provider.lies": "an honest provider",
  behaviours: "all auditors are honest",
  faults: "nothing breaks",
  clients: "no clients",
  "keys.contacts": "the least that makes a check",
  "keys.watchEveryMs": "an assumption: apps would look less often; a short world has a few looks",
  "keys.newKeyEpochs": "an assumption: far more often than people change phones, so that a short world has changes",
  "keys.lies": "nobody is told a lie about a key",
  faultBound: "absent: floor((n - 1) / 3) of n auditors, as every node assumes by default",
};
