/** A world in which nothing takes time or fails, except for what a question is about. */
import type { NetworkScenario, Scenario } from "../../simulator/scenario/scenario.ts";

export function baseScenario(title: string, parts: Partial<Scenario>): Scenario {
  return {
    title,
    about: "A question with a known answer.",
    sources: {},
    epochs: 1,
    epochIntervalMs: 60_000,
    settleMs: 45_000,
    auditors: 4,
    observers: 0,
    crypto: "symbolic",
    costs: { verifySignatureMs: 0, verifyProofMs: 0, signMs: 0, readMs: 0, writeMs: 0, syncMs: 0 },
    network: SILENT,
    provider: { publicationDelayMs: 0, latencyMs: 1, failureRate: 0, lies: [] },
    behaviours: [],
    faults: [],
    clients: [],
    ...parts,
  };
}

/** Nodes tell each other nothing: all that a client learns comes from its own questions. */
export const SILENT: NetworkScenario = {
  gossip: "none",
  headSync: false,
  observerDegree: 1,
  latencyMs: 1,
  lossRate: 0,
  duplicateRate: 0,
  partitions: [],
  links: [],
};

/** auditor-01.example is the first; the last ones are whom lies and behaviours name, so that the first stays honest. */
export function lastAuditors(auditors: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `auditor-${String(auditors - count + i + 1).padStart(2, "0")}.example`,
  );
}
