/**
 * A scenario: everything that makes a world, but its seed. scenario-schema.ts says what a file may contain,
 * read-scenario.ts reads one; here is what the world is handed, with every default filled in.
 *
 * Auditors are called auditor-01.example, auditor-02.example, ...; observers observer-0001, ...; clients client-01, ...
 * Times are milliseconds since the world began.
 */
import type { Distribution } from "../engine/distribution.ts";
import type { KeysScenario } from "./keys-scenario.ts";

export interface Scenario {
  readonly title: string;
  readonly about: string;
  /** Where parameters come from, by their path in the file. */
  readonly sources: Readonly<Record<string, string>>;
  readonly epochs: number;
  readonly epochIntervalMs: number;
  /** How long the world goes on after the last epoch. */
  readonly settleMs: number;
  readonly auditors: number;
  readonly observers: number;
  /** f of every honest reader; absent: floor((n - 1) / 3). */
  readonly faultBound?: number;
  readonly crypto: "symbolic" | "real";
  readonly costs: Costs;
  readonly network: NetworkScenario;
  readonly provider: ProviderScenario;
  readonly behaviours: readonly Behaviour[];
  readonly faults: readonly Fault[];
  readonly clients: readonly ClientGroup[];
  /** Absent: clients ask about digests alone. */
  readonly keys?: KeysScenario;
}

/** Modelled times of what a node does; 0: it takes no time, and nothing can come between. */
export interface Costs {
  readonly verifySignatureMs: Distribution;
  readonly verifyProofMs: Distribution;
  readonly signMs: Distribution;
  readonly readMs: Distribution;
  readonly writeMs: Distribution;
  readonly syncMs: Distribution;
}

export interface NetworkScenario {
  /** mesh: gossipsub's mesh, with IHAVE and IWANT; none: nothing is gossiped. */
  readonly gossip: "mesh" | "none";
  readonly headSync: boolean;
  /** To how many others an observer connects; auditors connect to each other. */
  readonly observerDegree: number;
  /** One way, of one message on one link. */
  readonly latencyMs: Distribution;
  /** Of gossip messages; requests run over reliable streams and are only delayed. */
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** Of one node's uplink; absent: no limit. */
  readonly bandwidthBytesPerSecond?: number;
  readonly partitions: readonly Partition[];
  readonly links: readonly LinkSchedule[];
}

/** Everybody who is in none of the groups belongs to one more. */
export interface Partition {
  readonly fromMs: number;
  readonly toMs: number;
  readonly groups: readonly (readonly string[])[];
}

/** Between these times messages from one node to another (both ways unless `oneWay`) are treated so. */
export interface LinkSchedule {
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly oneWay: boolean;
  readonly latencyMs?: Distribution;
  readonly lossRate?: number;
}

export interface ProviderScenario {
  /** How long after its start an epoch appears, drawn for each auditor. */
  readonly publicationDelayMs: Distribution;
  /** Of each request. */
  readonly latencyMs: Distribution;
  /** Of requests that fail. */
  readonly failureRate: number;
  readonly lies: readonly ProviderLie[];
}

/**
 * To whom it lies: these auditors and clients by name, so many or such a share of the auditors (the last ones), nobody
 * else.
 */
export interface Victims {
  readonly auditors: readonly string[];
  readonly clients: readonly string[];
}

export type ProviderLie = { readonly to: Victims; readonly fromEpoch: number; readonly toEpoch?: number } & (
  | {
      /** Another history; it heals after `toEpoch` when the victims are shown the main one again. */
      readonly kind: "split";
    }
  /**
   * As split, but shown only to requests in the first `windowMs` after the epoch appeared, then the truth: to whom
   * depends on the time.
   */
  | { readonly kind: "split-by-time"; readonly windowMs: number }
  /** The newest listed epoch goes back by this many. */
  | { readonly kind: "rewind"; readonly epochs: number }
  | { readonly kind: "invalid-proof" }
  | { readonly kind: "withhold" }
  | { readonly kind: "slow"; readonly delayMs: Distribution }
  | { readonly kind: "list-both" }
);

export interface Behaviour {
  readonly auditors: readonly string[];
  readonly fromEpoch: number;
  readonly toEpoch?: number;
  /**
   * silent: signs nothing. lagging: signs `epochsBehind` behind. lying: signs the other history without being shown it.
   * equivocating: signs one history towards one half of its peers and the other towards the rest. half-heads: signs the
   * other history by one of the two signatures, towards one half. colluding: as equivocating, and hides cases from
   * clients.
   */
  readonly kind: "silent" | "lagging" | "lying" | "equivocating" | "half-heads" | "colluding";
  readonly epochsBehind?: number;
}

export type Fault = {
  readonly node: string;
  readonly atMs: number;
} /** kill: what was written stays. power-cut: what was not synced may be lost. */ & (
  | { readonly kind: "kill" | "power-cut"; readonly downMs: number }
  | { readonly kind: "stop"; readonly downMs: number }
  /** Down, and up again with its disk as it was `ageMs` before. */
  | { readonly kind: "restore-backup"; readonly downMs: number; readonly ageMs: number }
  /**
   * Another machine with a copy of keys and disk as of now runs beside it; shown the other history when `shown` is
   * "fork".
   */
  | { readonly kind: "second-machine"; readonly forMs: number; readonly shown: "main" | "fork" }
  | { readonly kind: "stolen-key"; readonly epochs: number }
  | { readonly kind: "disk-full" | "disk-error"; readonly forMs: number }
  /**
   * Power is lost, and the claims' LevelDB comes back without its newest records, as a damaged bit of its log makes it
   * do without a word.
   */
  | { readonly kind: "lost-claims"; readonly downMs: number; readonly records: number }
  | { readonly kind: "clock-jump"; readonly byMs: number; readonly forMs: number }
  /** Its operator starts it with a wrong `configuration` line, and with the right one when this is over. */
  | { readonly kind: "wrong-configuration"; readonly forMs: number }
  /**
   * Something on its way to the provider spoils every proof. Afterwards its operator ends the halt that this may have
   * caused.
   */
  | { readonly kind: "spoiled-proofs"; readonly forMs: number }
  /** From then on everybody's roster has it retired at that epoch, 0: it never counts; nodes are restarted for it. */
  | { readonly kind: "retire"; readonly epoch: number }
  /**
   * People look at the forks that convict the provider on this node then, agree on a side or on none, and everybody
   * settles as they do.
   */
  | { readonly kind: "settle"; readonly trust: "main" | "none" }
  | { readonly kind: "join-late" }
);

export interface ClientGroup {
  readonly count: number;
  /** How many nodes one question goes to. */
  readonly ask: number;
  readonly everyMs: number;
  /**
   * pinned: each client has its nodes for ever. random: drawn at each question. own: of one auditor alone, the client's
   * number modulo n.
   */
  readonly choice: "pinned" | "random";
  /** all: auditors and observers may be asked. */
  readonly of: "auditors" | "all";
  /** How many auditors must stand behind a digest. */
  readonly quorum: number;
  /**
   * Clients tell each other what they accepted ("clients gossip only", as of Chuat et al. 2015), so many others at each
   * question.
   */
  readonly gossipWith: number;
}
