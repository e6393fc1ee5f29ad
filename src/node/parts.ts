/**
 * Makes the parts of a node out of every room, in the order of their needs. What reaches the disk and the network is
 * handed in: the same parts run in a simulated world.
 */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { ServedProofs } from "../auditor/bodies/proof-cache.ts";
import type { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type { Signer } from "../auditor/signer.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
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
import { buildAuditor, type NamespacePorts } from "./auditor-ports.ts";
import type { NodeConfig } from "./config/config.ts";
import { ownClaimsYield } from "./own-key.ts";
import { PeerNames } from "./peer-names.ts";
import { RosterGuard } from "./signing-guard.ts";

/** What a node needs to hear what others say and to pass it on. */
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

/** What it needs to say something itself. */
export interface NodePorts extends ListeningPorts, NamespacePorts {
  readonly proofVerifier: ProofVerifier;
  readonly claims: ClaimBook;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
}

export type ListeningConfig = Pick<NodeConfig, "name" | "roster" | "faultBound" | "namespaces" | "providerKeys">;
export type PartsConfig = ListeningConfig & Pick<NodeConfig, "allowAlone">;

export interface ListeningParts {
  readonly ledger: Ledger;
  readonly network: Network;
  readonly dialer: RosterDialer;
  readonly sync: HeadSync;
  readonly gossip: StatementGossip;
  readonly peerNames: PeerNames;
}

/** Everything that is open while the node lives. */
export interface NodeParts extends ListeningParts {
  readonly verifier: SignatureVerifier;
  readonly store: Store;
  readonly claims: ClaimBook;
  readonly guard: RosterGuard;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
  readonly auditors: ReadonlyMap<string, NamespaceAuditor>;
  readonly proofCaches: ReadonlyMap<string, ServedProofs>;
}

/** Nothing listens yet. Throws the ledger's own errors. */
export async function buildParts(config: PartsConfig, ports: NodePorts): Promise<NodeParts> {
  const { verifier, store, claims, signer, networkKey } = ports;
  const listening = await buildListeningParts(config, ports, {
    publicKey: signer.publicKey,
    claimsYield: (head) => ownClaimsYield(head, { claims, signer }),
  });
  const { ledger, gossip } = listening;
  const { roster } = config.roster;
  const guard = new RosterGuard({ ownName: config.name, auditors: roster.names, allowAlone: config.allowAlone }, ports);
  const wiring = { ...ports, ledger, guard, publish: gossip.publish.bind(gossip) };
  const auditors = new Map(
    config.namespaces.map((entry) => [entry.namespace, buildAuditor(entry, { ownName: config.name }, wiring)]),
  );
  const { proofCaches } = ports;
  return { ...listening, verifier, store, claims, guard, signer, networkKey, auditors, proofCaches };
}

/** Whose heads are this node's own; an observer has none. */
export interface OwnKeyPort {
  readonly publicKey: Uint8Array;
  claimsYield(head: AuditorHead): Promise<boolean>;
}

/** The part of a node that audits nothing: it hears, keeps, judges and passes on. */
export async function buildListeningParts(
  config: ListeningConfig,
  ports: ListeningPorts,
  own?: OwnKeyPort,
): Promise<ListeningParts> {
  const { clock, random, log, network } = ports;
  const { roster } = config.roster;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const ledger = await Ledger.open(
    { ...config, roster, ...(own === undefined ? {} : { ownPublicKey: own.publicKey }) },
    { ...ports, ...(own === undefined ? {} : { ownClaimsYield: (head) => own.claimsYield(head) }) },
  );
  const peerNames = await PeerNames.open({ ownName: config.name }, { ledger });
  const sync = new HeadSync(
    {},
    {
      network,
      isRosterPeer: (peer) => peerNames.auditorOf(peer) !== undefined,
      ledger: await LedgerView.open({ namespaces }, { ledger }),
      ingest: async (bytes) => verdictOf(await ledger.receive(bytes, "sync")),
      clock,
      random,
      log: log,
    },
  );
  const gossip = new StatementGossip({ namespaces }, { network, ledger, log, pokeSync: (peer) => sync.poke(peer) });
  const dialer = new RosterDialer({}, { network, clock, random, log: log });
  return { ledger, network, dialer, sync, gossip, peerNames };
}
