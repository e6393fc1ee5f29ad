/** The questions, with the numbers that make them cheap: a dozen auditors, three epochs, one client. */
import { hypergeometricAtLeast } from "../statistics/discrete.ts";
import { anyOf, seesBothSides } from "../statistics/split-noticed.ts";
import { fewestHops, mostHops } from "../statistics/spread.ts";
import { baseScenario, lastAuditors, SILENT } from "./base-scenario.ts";
import type { KnownBounds, KnownShare } from "./known-answer.ts";

const AUDITORS = 12;

/** Nobody gossips; `victims` auditors are shown a fork. */
function splitNoticed(victims: number, ask: number, clients: number): KnownShare {
  const each = seesBothSides({ nodes: AUDITORS, victims, ask });
  const who = clients === 1 ? "one client asks" : `${clients} clients ask`;
  return {
    kind: "share",
    name: `${who} ${ask} of ${AUDITORS} auditors, ${victims} of which show a fork: noticed`,
    rule: "1 - (1 - p)^c with p = 1 - [C(n-a,k) + C(a,k)] / C(n,k)",
    expected: anyOf(clients, each),
    scenario: baseScenario("A split without gossip", {
      auditors: AUDITORS,
      // Two heads are then evidence against the provider, and a client is told of it.
      faultBound: 0,
      provider: {
        publicationDelayMs: 0,
        latencyMs: 1,
        failureRate: 0,
        lies: [{ kind: "split", fromEpoch: 2, to: { auditors: lastAuditors(AUDITORS, victims), clients: [] } }],
      },
      clients: [
        {
          count: clients,
          ask,
          everyMs: 20_000,
          choice: "pinned",
          of: "auditors",
          quorum: 1,
          gossipWith: 0,
        },
      ],
    }),
    happened: ({ detection }) => (detection?.clientMs ?? null) !== null,
  };
}

/** `liars` auditors sign a fork; a client takes what `quorum` of the `ask` that it asked sign. */
function liarsInQuorum(liars: number, ask: number, quorum: number): KnownShare {
  return {
    kind: "share",
    name: `${quorum} or more of ${ask} asked auditors are among the ${liars} liars of ${AUDITORS}: the fork is accepted`,
    rule: "hypergeometric tail: sum over i >= q of C(l,i) C(n-l,k-i) / C(n,k)",
    expected: hypergeometricAtLeast(quorum, { population: AUDITORS, marked: liars, drawn: ask }),
    scenario: baseScenario("Liars in a quorum", {
      auditors: AUDITORS,
      // A reader who assumes that any of them may lie takes a conflict for a lead, and is left with its policy alone.
      faultBound: AUDITORS - 1,
      behaviours: [{ kind: "lying", auditors: lastAuditors(AUDITORS, liars), fromEpoch: 2 }],
      clients: [
        {
          count: 1,
          ask,
          everyMs: 20_000,
          choice: "pinned",
          of: "auditors",
          quorum,
          gossipWith: 0,
        },
      ],
    }),
    happened: ({ victimAccepted }) => victimAccepted > 0,
  };
}

const HOP_MS = 100;
/** gossipsub keeps between D_low = 4 and D_high = 12 links a node in the mesh (libp2p's defaults). */
const MESH = { low: 4, high: 12 };

/** Every message takes the same time, so the delay of a head counts its hops. */
function hops(observers: number): KnownBounds {
  const auditors = 4;
  const nodes = auditors + observers;
  return {
    kind: "bounds",
    name: `hops until all of ${nodes} nodes have a head`,
    rule: "Moore bound at degree 12 <= hops <= Bollobas and Fernandez de la Vega at degree 4",
    expected: { low: fewestHops(nodes, MESH.high), high: mostHops(nodes, MESH.low) },
    scenario: baseScenario("Hops of a head", {
      auditors,
      observers,
      network: { ...SILENT, gossip: "mesh", observerDegree: 10, latencyMs: HOP_MS },
    }),
    number: ({ headDelayMs }) => (headDelayMs === null ? null : headDelayMs.max / HOP_MS),
  };
}

export const SPLITS_NOTICED: readonly KnownShare[] = [
  splitNoticed(3, 2, 1),
  splitNoticed(3, 4, 1),
  splitNoticed(6, 2, 1),
  splitNoticed(1, 2, 3),
];

export const LIARS_IN_QUORUMS: readonly KnownShare[] = [
  liarsInQuorum(6, 2, 2),
  liarsInQuorum(6, 3, 3),
  liarsInQuorum(6, 4, 3),
  liarsInQuorum(4, 3, 2),
];

export const SPREADS: readonly KnownBounds[] = [hops(28), hops(60), hops(124), hops(252)];
