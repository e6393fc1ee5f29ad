/** Lies, behaviours and faults with their defaults and names. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { DEFAULT_ENTRIES } from "./defaults.ts";
import type { Names } from "./resolve-names.ts";
import type { Behaviour, Fault, ProviderLie } from "./scenario.ts";
import type { WrittenBehaviour, WrittenFault, WrittenLie } from "./written-scenario.ts";

const { lie, fault } = DEFAULT_ENTRIES;

const OF_AUDITORS: ReadonlySet<Fault["kind"]> = new Set([
  "stolen-key",
  "second-machine",
  "lost-claims",
  "wrong-configuration",
  "spoiled-proofs",
  "retire",
  "settle",
]);

export function resolveLie(written: WrittenLie, names: Names, path: TreePath): ProviderLie {
  const { kind, to, windowMs = lie.windowMs, epochs = lie.epochs, delayMs = lie.delayMs } = written;
  const common = {
    to: {
      auditors: names.select(to.auditors ?? [], "auditors", [...path, "to", "auditors"]),
      clients: names.select(to.clients ?? [], "clients", [...path, "to", "clients"]),
    },
    ...span(written),
  };
  switch (kind) {
    case "split-by-time":
      return { kind, ...common, windowMs };
    case "rewind":
      return { kind, ...common, epochs };
    case "slow":
      return { kind, ...common, delayMs };
    default:
      return { kind, ...common };
  }
}

export function resolveBehaviour(written: WrittenBehaviour, names: Names, path: TreePath): Behaviour {
  const { kind, auditors, epochsBehind = DEFAULT_ENTRIES.epochsBehind } = written;
  return {
    kind,
    auditors: names.select(auditors, "auditors", [...path, "auditors"]),
    ...span(written),
    ...(kind === "lagging" ? { epochsBehind } : {}),
  };
}

export function resolveFault(written: WrittenFault, names: Names, path: TreePath): Fault {
  const { kind, atMs, downMs = fault.downMs, ageMs = fault.ageMs, forMs = fault.forMs, byMs = 0 } = written;
  // A thief and a copy need a key that counts.
  const among = OF_AUDITORS.has(kind) ? "auditors" : "nodes";
  const common = { node: names.one(written.node, among, [...path, "node"]), atMs };
  switch (kind) {
    case "kill":
    case "power-cut":
    case "stop":
      return { kind, ...common, downMs };
    case "restore-backup":
      return { kind, ...common, downMs, ageMs };
    case "second-machine":
      return { kind, ...common, forMs, shown: written.shown ?? fault.shown };
    case "stolen-key":
      return { kind, ...common, epochs: written.epochs ?? fault.epochs };
    case "disk-full":
    case "disk-error":
      return { kind, ...common, forMs };
    case "lost-claims":
      return { kind, ...common, downMs, records: written.records ?? fault.records };
    case "clock-jump":
      return { kind, ...common, byMs, forMs };
    case "wrong-configuration":
    case "spoiled-proofs":
      return { kind, ...common, forMs };
    case "retire":
      return { kind, ...common, epoch: written.epoch ?? fault.epoch };
    case "settle":
      return { kind, ...common, trust: written.trust ?? fault.trust };
    case "join-late":
      return { kind, ...common };
  }
}

function span(written: WrittenLie | WrittenBehaviour): { fromEpoch: number; toEpoch?: number } {
  const { fromEpoch = DEFAULT_ENTRIES.fromEpoch, toEpoch } = written;
  return { fromEpoch, ...(toEpoch === undefined ? {} : { toEpoch }) };
}
