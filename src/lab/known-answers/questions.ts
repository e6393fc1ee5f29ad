/** The questions, with the numbers that make them cheap: seven auditors, one epoch, a few clients. */
import type { ClientGroup, ProviderScenario, Victims } from "../../simulator/scenario/scenario.ts";
import { hypergeometricAtLeast } from "../statistics/discrete.ts";
import { baseScenario, lastAuditors, SILENT } from "./base-scenario.ts";
import type { KnownBounds, KnownShare } from "./known-answer.ts";
import { anyOf, meetsOther, meetsOtherFaces } from "./split-noticed.ts";
import { fewestHops, mostHops, pushRounds } from "./spread.ts";

const AUDITORS = 7;
const FORK_EPOCH = 1;

/** Nobody gossips; the last `victims` auditors are shown a fork, and clients are shown the main history. */
function splitNoticed(victims: number, ask: number, clients: number): KnownShare {
  const who = clients === 1 ? "a client asks" : `${clients} clients each ask`;
  const shown = victims === 1 ? "one of which was" : `${victims} of which were`;
  const each = meetsOther({ nodes: AUDITORS, others: victims, ask });
  return {
    name: `${who} ${ask} of ${AUDITORS} auditors, ${shown} shown a fork: noticed`,
    rule: clients === 1 ? "1 - C(n-a,k) / C(n,k)" : "1 - [C(n-a,k) / C(n,k)]^c",
    expected: anyOf(clients, each),
    scenario: baseScenario("A split without gossip", {
      auditors: AUDITORS,
      // Two heads are then evidence against the provider, and a client is told of it.
      faultBound: 0,
      provider: splitBy({ auditors: lastAuditors(AUDITORS, victims), clients: [] }),
      clients: [pinned(clients, ask, 1)],
    }),
    happened: ({ detection }) => (detection?.clientMs ?? null) !== null,
  };
}

/**
 * The one client is shown a fork that the last `liars` auditors sign; it takes what `quorum` of the `ask` that it asked
 * sign.
 */
function liarsInQuorum(liars: number, ask: number, quorum: number): KnownShare {
  return {
    name: `a victim asks ${ask} of ${AUDITORS} auditors, ${liars} of which lie, and wants ${quorum} signatures: accepts the fork`,
    rule: "hypergeometric: at least q of k, sum over i >= q of C(l,i) C(n-l,k-i) / C(n,k)",
    expected: hypergeometricAtLeast(quorum, { population: AUDITORS, marked: liars, drawn: ask }),
    scenario: baseScenario("Liars in a quorum", {
      auditors: AUDITORS,
      // A reader who assumes that any of them may lie takes a conflict for a lead, and is left with its policy alone.
      faultBound: AUDITORS - 1,
      provider: splitBy({ auditors: [], clients: ["client-01"] }),
      behaviours: [{ kind: "lying", auditors: lastAuditors(AUDITORS, liars), fromEpoch: FORK_EPOCH }],
      clients: [pinned(1, ask, quorum)],
    }),
    happened: ({ victimAccepted }) => victimAccepted > 0,
  };
}

/**
 * Nobody gossips, and the provider is honest; the last `liars` auditors sign one history by each of their two faces.
 */
function facesNoticed(liars: number, ask: number): KnownShare {
  return {
    name: `a client asks ${ask} of ${AUDITORS} auditors, ${liars} of which have two faces: noticed`,
    rule: `${FACES_RULE}, at least 1 other face`,
    expected: meetsOtherFaces({ nodes: AUDITORS, others: liars, ask }, 1),
    scenario: baseScenario("Two faces without gossip", {
      auditors: AUDITORS,
      faultBound: 0,
      behaviours: [{ kind: "equivocating", auditors: lastAuditors(AUDITORS, liars), fromEpoch: FORK_EPOCH }],
      clients: [pinned(1, ask, 1)],
    }),
    happened: ({ detection }) => (detection?.clientMs ?? null) !== null,
  };
}

/** As liarsInQuorum, with liars that show the client either history. */
function facesInQuorum(liars: number, ask: number, quorum: number): KnownShare {
  const { scenario, happened } = liarsInQuorum(liars, ask, quorum);
  const behaviours = scenario.behaviours.map((one) => ({ ...one, kind: "equivocating" as const }));
  return {
    name: `a victim asks ${ask} of ${AUDITORS} auditors, ${liars} of which have two faces, and wants ${quorum} signatures: accepts the fork`,
    rule: `${FACES_RULE}, at least q other faces`,
    expected: meetsOtherFaces({ nodes: AUDITORS, others: liars, ask }, quorum),
    scenario: { ...scenario, title: "Two faces in a quorum", behaviours },
    happened,
  };
}

const FACES_RULE =
  "hypergeometric, then a coin for each: sum over i of C(l,i) C(n-l,k-i) / C(n,k) times the tail of 2^-i";

function splitBy(to: Victims): ProviderScenario {
  return {
    publicationDelayMs: 0,
    latencyMs: 1,
    failureRate: 0,
    lies: [{ kind: "split", fromEpoch: FORK_EPOCH, to }],
  };
}

/** Clients that draw whom they ask once, and ask often enough to see every epoch. */
function pinned(count: number, ask: number, quorum: number): ClientGroup {
  return { count, ask, everyMs: 20_000, choice: "pinned", of: "auditors", quorum, gossipWith: 0 };
}

const HOP_MS = 100;
/** gossipsub keeps between D_low = 4 and D_high = 12 links a node in the mesh (libp2p's defaults). */
const MESH = { low: 4, high: 12 };

/** Every message takes the same time, so the delay of a head counts its hops. */
function hops(observers: number): KnownBounds {
  const auditors = 8;
  const nodes = auditors + observers;
  // An observer connects to one auditor, drawn at random. More than twice the mean seldom draw the same one, and a few
  // more change no bound here.
  const publisherLinks = auditors - 1 + Math.ceil((2 * observers) / auditors);
  return {
    name: `hops until all of ${nodes} nodes have a head`,
    rule: `Moore bound at degree 12 <= hops <= Bollobás and Fernandez de la Vega at degree 4; push gossip: about ${Math.round(pushRounds(nodes))} rounds`,
    expected: { low: fewestHops(nodes, MESH.high, publisherLinks), high: mostHops(nodes, MESH.low) },
    scenario: baseScenario("Hops of a head", {
      auditors,
      observers,
      network: { ...SILENT, gossip: "mesh", observerDegree: 10, latencyMs: HOP_MS },
    }),
    number: ({ headDelayMs }) => (headDelayMs === null ? null : headDelayMs.max / HOP_MS),
  };
}

/** Of an auditor of epochs a minute apart. */
const POLL_MS = 15_000;

/**
 * Five auditors, one of which is shown a fork, and who gossip: the setting of Oxford, Parker and Ryan with auditors in
 * place of clients and servers.
 */
function gossipNotices(): KnownBounds {
  const auditors = 5;
  return {
    name: "ms until each of 5 auditors that gossip holds a case, one being shown a fork",
    rule: "one message at least; a poll of 15 s and four messages at most",
    expected: { low: HOP_MS, high: POLL_MS + 4 * HOP_MS },
    scenario: baseScenario("A split among auditors that gossip", {
      auditors,
      network: { ...SILENT, gossip: "mesh", headSync: true, latencyMs: HOP_MS },
      provider: splitBy({ auditors: lastAuditors(auditors, 1), clients: [] }),
    }),
    number: ({ detection }) => detection?.everyHonestMs ?? null,
  };
}

export const SPLITS_NOTICED: readonly KnownShare[] = [
  splitNoticed(2, 2, 1),
  splitNoticed(1, 3, 1),
  splitNoticed(3, 2, 1),
  splitNoticed(1, 2, 3),
];

export const LIARS_IN_QUORUMS: readonly KnownShare[] = [
  liarsInQuorum(4, 2, 2),
  liarsInQuorum(4, 4, 3),
  liarsInQuorum(3, 3, 2),
  liarsInQuorum(2, 2, 2),
];

export const TWO_FACED_AUDITORS: readonly KnownShare[] = [
  facesNoticed(2, 2),
  facesNoticed(3, 4),
  facesInQuorum(4, 3, 2),
];

export const SPREADS: readonly KnownBounds[] = [hops(24), hops(56), hops(120), hops(248)];

export const NOTICED_BY_GOSSIP: KnownBounds = gossipNotices();
