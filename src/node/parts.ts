/**
 * Builds the parts of a node from every room, in dependency order. What reaches the disk and the network is passed in:
 * the same parts run in a simulated world.
 */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { ServedProofs } from "../auditor/bodies/proof-cache.ts";
import type { Quarantine } from "../auditor/bodies/quarantine.ts";
import { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type { BlobMirror, SigningGuard } from "../auditor/ports.ts";
import type { Signer } from "../auditor/signer.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import { CostBudget } from "../gossip/cost/cost-budget.ts";
import { costUs } from "../gossip/cost/statement-price.ts";
import type { Network } from "../gossip/network.ts";
import { RosterDialer } from "../gossip/roster-dialer.ts";
import { StatementGossip } from "../gossip/statement-gossip.ts";
import { HeadSync } from "../gossip/sync/head-sync.ts";
import { LedgerView } from "../gossip/sync/ledger-view.ts";
import { verdictOf } from "../gossip/verdicts.ts";
import type { ClaimBook } from "../ledger/claims/claim-book.ts";
import type { HeadVerifier } from "../ledger/intake-context.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { StatementDecoder } from "../ledger/statement-store.ts";
import type { Store } from "../ledger/store/store.ts";
import type { Ed25519Key } from "../platform/native-ed25519.ts";
import type { EpochSource } from "../source/source.ts";
import { type AuditorPorts, auditorPorts } from "./auditor-ports.ts";
import type { NamespaceConfig, NodeConfig } from "./config/config.ts";
import { MeteredVerifier, type ProofMeter } from "./metered-verifier.ts";
import { ownClaimsYield } from "./own-key.ts";
import { OwnStatements } from "./own-statements.ts";
import { PeerNames } from "./peer-names.ts";
import { SharedNames } from "./shared-names.ts";
import { RosterGuard, type RosterGuardOptions } from "./signing-guard.ts";

/** What a node needs to receive statements and to pass them on. */
export interface ListeningPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly verifier: SignatureVerifier;
  /** As LedgerModules has them. */
  readonly decode?: StatementDecoder;
  readonly verifyHead?: HeadVerifier;
  readonly store: Store;
  readonly network: Network;
}

/** What it needs to audit, and to make statements itself. */
export interface NodePorts extends ListeningPorts {
  readonly proofVerifier: ProofVerifier;
  /** Told of every proof that was verified. Default: nobody is. */
  readonly proofMeter?: ProofMeter | undefined;
  readonly claims: ClaimBook;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
  sourceOf(config: NamespaceConfig): EpochSource;
  mirrorsOf(config: NamespaceConfig): readonly BlobMirror[];
  quarantineOf(config: NamespaceConfig): Quarantine;
  /** By namespace, where verified proofs are kept for others. */
  readonly proofCaches: ReadonlyMap<string, ServedProofs>;
}

export type ListeningConfig = Pick<NodeConfig, "name" | "roster" | "faultBound" | "namespaces" | "providerKeys">;
export type PartsConfig = ListeningConfig &
  Pick<NodeConfig, "allowAlone"> &
  Pick<RosterGuardOptions, "aboveMarkAfterMs">;

export interface ListeningParts {
  readonly ledger: Ledger;
  readonly network: Network;
  readonly dialer: RosterDialer;
  readonly sync: HeadSync;
  readonly gossip: StatementGossip;
  readonly peerNames: PeerNames;
  /** Limits on what other nodes may make this one do. */
  readonly budget: CostBudget;
}

/** Everything that is open while the node runs. */
export interface NodeParts extends ListeningParts {
  readonly verifier: SignatureVerifier;
  readonly store: Store;
  readonly claims: ClaimBook;
  readonly guard: RosterGuard;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
  readonly ownStatements: OwnStatements;
  readonly auditors: ReadonlyMap<string, NamespaceAuditor>;
  readonly proofCaches: ReadonlyMap<string, ServedProofs>;
  readonly sharedNames: SharedNames;
}

/** Nothing listens yet. Throws the ledger's own errors. */
export async function buildParts(config: PartsConfig, ports: NodePorts): Promise<NodeParts> {
  const { clock, log, verifier, store, claims, signer, networkKey, proofCaches } = ports;
  const listening = await buildListeningParts(config, ports, {
    publicKey: signer.publicKey,
    claimsYield: (head) => ownClaimsYield(head, { claims, signer }),
  });
  const { ledger, gossip } = listening;
  const ownName = config.name;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const guard = new RosterGuard(
    { ...config, ownName, namespaces },
    {
      roster: () => ledger.assumptions.roster,
      trustsMarks: (namespace) => claims.made === "init" || claims.isMarkedByPerson(namespace),
      clock,
      log,
    },
  );
  const ownStatements = new OwnStatements({ ledger, gossip });
  const auditors = new Map<string, NamespaceAuditor>();
  for (const entry of config.namespaces) {
    const { namespace } = entry;
    const ofThisNode = auditorPorts({ namespace, ownName }, { claims, ledger, ownStatements });
    auditors.set(namespace, newAuditor(entry, { ports, ofThisNode, guard: guard.of(namespace) }));
  }
  const sharedNames = await SharedNames.open({ ownName, namespaces }, { ledger });
  const own = { claims, guard, signer, networkKey, auditors, ownStatements, sharedNames };
  return { ...listening, ...own, verifier, store, proofCaches };
}

/** Whose heads are this node's own; an observer has none. */
export interface OwnKeyPort {
  readonly publicKey: Uint8Array;
  readonly claimsYield: (head: AuditorHead) => Promise<boolean>;
}

/** The part of a node that audits nothing: it receives, stores, judges and passes on. */
export async function buildListeningParts(
  config: ListeningConfig,
  ports: ListeningPorts,
  own?: OwnKeyPort,
): Promise<ListeningParts> {
  const { clock, random, log, verifier, decode, verifyHead, store, network } = ports;
  const { faultBound, providerKeys } = config;
  const { roster } = config.roster;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const ledger = await Ledger.open(
    {
      namespaces: config.namespaces,
      roster,
      faultBound,
      providerKeys,
      settlements: config.roster.settlements,
      ownPublicKey: own?.publicKey,
    },
    { store, clock, verifier, decode, verifyHead, ownClaimsYield: own?.claimsYield },
  );
  const peerNames = await PeerNames.open({ ownName: config.name }, { ledger, clock });
  const isRosterPeer = (peer: string): boolean => peerNames.auditorOf(peer) !== undefined;
  const budget = new CostBudget({}, { elapsed: clock, isRosterPeer });
  const sync = new HeadSync(
    {},
    {
      network,
      isRosterPeer,
      ledger: await LedgerView.open({ namespaces }, { ledger }),
      ingest: async (bytes, _from, spend) => {
        let spentUs = 0;
        const outcome = await ledger.receive(bytes, "sync", ({ type, sizeBytes }, one) => {
          spentUs += costUs(type, sizeBytes, one);
          spend(spentUs);
        });
        return verdictOf(outcome);
      },
      budget,
      clock,
      random,
      log,
    },
  );
  const gossip = new StatementGossip({ namespaces }, { network, ledger, log, pokeSync: (peer) => sync.poke(peer) });
  const dialer = new RosterDialer({}, { network, clock, random, log });
  return { ledger, network, dialer, sync, gossip, peerNames, budget };
}

function newAuditor(
  entry: NamespaceConfig,
  modules: { readonly ports: NodePorts; readonly ofThisNode: AuditorPorts; readonly guard: SigningGuard },
): NamespaceAuditor {
  const { namespace, origin, configuration, root, lastEpoch, settings } = entry;
  const { ports, ofThisNode, guard } = modules;
  const { signer, clock, random, log } = ports;
  const { claims, roots, heads, observations, others } = ofThisNode;
  return new NamespaceAuditor(
    { namespace, origin, configuration, root, lastEpoch, ...settings },
    {
      source: ports.sourceOf(entry),
      mirrors: ports.mirrorsOf(entry),
      quarantine: ports.quarantineOf(entry),
      proofCache: ports.proofCaches.get(namespace),
      proofVerifier: verifierOf(namespace, ports),
      claims,
      roots,
      signer,
      heads,
      observations,
      others,
      guard,
      clock,
      random,
      log,
    },
  );
}

function verifierOf(namespace: string, { proofVerifier, proofMeter, clock }: NodePorts): ProofVerifier {
  return proofMeter === undefined
    ? proofVerifier
    : new MeteredVerifier({ namespace }, { proofVerifier, meter: proofMeter, clock });
}
