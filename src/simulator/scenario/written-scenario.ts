/**
 * A scenario as a file has it: what is left out, counts and shares are not resolved yet. scenario-schema.ts says the
 * same in JSON Schema.
 */
import type { Distribution } from "../engine/distribution.ts";
import type { KeysLie, KeysScenario } from "./keys-scenario.ts";
import type { ClientGroup, Costs, NetworkScenario, ProviderScenario, Scenario } from "./scenario.ts";

/** A name, or an auditor's (of clients: a client's) number. */
export type WrittenName = string | number;
/** The last ones where no names are given. */
export type Selection = readonly WrittenName[] | { readonly count: number } | { readonly share: number };

interface Span {
  readonly fromEpoch?: number;
  readonly toEpoch?: number;
}

export interface WrittenLie extends Span {
  readonly kind: "split" | "split-by-time" | "rewind" | "invalid-proof" | "withhold" | "slow" | "list-both";
  readonly to: { readonly auditors?: Selection; readonly clients?: Selection };
  readonly windowMs?: number;
  readonly epochs?: number;
  readonly delayMs?: Distribution;
}

export interface WrittenBehaviour extends Span {
  readonly kind: "silent" | "lagging" | "lying" | "equivocating" | "half-heads" | "colluding";
  readonly auditors: Selection;
  readonly epochsBehind?: number;
}

export interface WrittenFault {
  readonly kind:
    | "kill"
    | "power-cut"
    | "stop"
    | "restore-backup"
    | "second-machine"
    | "stolen-key"
    | "disk-full"
    | "disk-error"
    | "lost-claims"
    | "clock-jump"
    | "wrong-configuration"
    | "spoiled-proofs"
    | "retire"
    | "settle"
    | "join-late";
  readonly node: WrittenName;
  readonly atMs: number;
  readonly downMs?: number;
  readonly ageMs?: number;
  readonly forMs?: number;
  readonly shown?: "main" | "fork";
  readonly epochs?: number;
  readonly records?: number;
  readonly epoch?: number;
  readonly trust?: "main" | "none";
  readonly byMs?: number;
}

export interface WrittenPartition {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly groups: readonly Selection[];
}

/** Several on either side make a schedule for each pair. */
export interface WrittenLink {
  readonly from: Selection | WrittenName;
  readonly to: Selection | WrittenName;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly oneWay?: boolean;
  readonly latencyMs?: Distribution;
  readonly lossRate?: number;
}

export interface WrittenKeysLie extends Span {
  readonly kind: KeysLie["kind"];
  readonly about: WrittenName;
  readonly to?: Selection;
  readonly ahead?: number;
  readonly behind?: number;
}

export type WrittenKeys = Optional<KeysScenario, "lies"> & { readonly lies?: readonly WrittenKeysLie[] };

type Optional<T, Key extends keyof T> = Partial<Omit<T, Key>>;

export type WrittenScenario = Pick<Scenario, "title"> &
  Optional<Scenario, "title" | "costs" | "network" | "provider" | "behaviours" | "faults" | "clients" | "keys"> & {
    readonly costs?: Partial<Costs>;
    readonly network?: Optional<NetworkScenario, "partitions" | "links"> & {
      readonly partitions?: readonly WrittenPartition[];
      readonly links?: readonly WrittenLink[];
    };
    readonly provider?: Optional<ProviderScenario, "lies"> & { readonly lies?: readonly WrittenLie[] };
    readonly behaviours?: readonly WrittenBehaviour[];
    readonly faults?: readonly WrittenFault[];
    readonly clients?: readonly Partial<ClientGroup>[];
    readonly keys?: WrittenKeys;
  };
