/** Opens what is on disk and makes the parts of a node out of every room, in the order of their needs. */
import { join } from "node:path";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type { FolderProofCache } from "../auditor/proof-folder.ts";
import { SeedSigner, type Signer } from "../auditor/signer.ts";
import { formatVkey } from "../core/checkpoint.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { CoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { HeadSync } from "../gossip/head-sync.ts";
import { LedgerSync } from "../gossip/ledger-sync.ts";
import { createLibp2pNetwork } from "../gossip/libp2p-network.ts";
import type { Network } from "../gossip/network.ts";
import { RosterDialer } from "../gossip/roster-dialer.ts";
import { StatementGossip } from "../gossip/statement-gossip.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../gossip/topics.ts";
import { verdictOf } from "../gossip/verdicts.ts";
import { ClaimBook } from "../ledger/claim-book.ts";
import { Ledger } from "../ledger/ledger.ts";
import { LevelStore } from "../ledger/level-store.ts";
import type { NodeConfig } from "./config.ts";
import { readKeyFile } from "./key-file.ts";
import { wireNamespace } from "./namespace-wiring.ts";
import { type Ed25519Key, ed25519KeyFromSeed, NativeVerifier } from "./native-ed25519.ts";
import { ownClaimsYield } from "./own-key.ts";
import { PeerNames } from "./peer-names.ts";
import { openProofCaches } from "./proof-caches.ts";
import { RosterGuard } from "./signing-guard.ts";

export interface NodeModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Closed with the node. */
  readonly proofVerifier: ProofVerifier;
}

/** Everything that is open while the node lives. */
export interface NodeParts {
  readonly verifier: SignatureVerifier;
  readonly store: LevelStore;
  readonly claims: ClaimBook;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly dialer: RosterDialer;
  readonly sync: HeadSync;
  readonly gossip: StatementGossip;
  readonly guard: RosterGuard;
  readonly peerNames: PeerNames;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
  readonly auditors: ReadonlyMap<string, NamespaceAuditor>;
  readonly proofCaches: ReadonlyMap<string, FolderProofCache>;
}

/** Nothing listens yet. Throws the errors of its parts, each saying what to do; what was opened is closed then. */
export async function openParts(config: NodeConfig, modules: NodeModules): Promise<NodeParts> {
  const signer = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile)));
  const networkSeed = await readKeyFile(config.networkKeyFile);
  checkOwnKey(config, signer);
  const verifier = new NativeVerifier();
  const opened: { close(): Promise<void> }[] = [];
  try {
    const claims = await ClaimBook.open({ folder: join(config.dataFolder, "claims") }, modules);
    opened.push(claims);
    const store = await LevelStore.open({ folder: join(config.dataFolder, "ledger") });
    opened.push(store);
    return await assemble(config, { ...modules, verifier, claims, store, signer, networkSeed });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}

type Assembly = NodeModules & {
  readonly verifier: SignatureVerifier;
  readonly claims: ClaimBook;
  readonly store: LevelStore;
  readonly signer: Signer;
  readonly networkSeed: Uint8Array;
};

async function assemble(config: NodeConfig, modules: Assembly): Promise<NodeParts> {
  const { clock, random, log, verifier, claims, store, signer, networkSeed } = modules;
  const { roster } = config.roster;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const ledger = await Ledger.open(
    { ...config, roster, ownPublicKey: signer.publicKey },
    { ...modules, ownClaimsYield: (head) => ownClaimsYield(head, { claims, signer }) },
  );
  const network = await createLibp2pNetwork(
    {
      privateKey: networkSeed,
      listen: config.listen,
      announce: config.announce,
      topics: [...namespaces.map(namespaceTopic), RECORDS_TOPIC],
    },
    { clock, logger: log },
  );
  warnOfOtherPeerId(config, network.peerId, log);
  const peerNames = await PeerNames.open({ ownName: config.name }, { ledger });
  const sync = new HeadSync(
    {},
    {
      network,
      isRosterPeer: (peer) => peerNames.auditorOf(peer) !== undefined,
      ledger: await LedgerSync.open({ namespaces }, { ledger }),
      ingest: async (bytes) => verdictOf(await ledger.receive(bytes, "sync")),
      clock,
      random,
      logger: log,
    },
  );
  const gossip = new StatementGossip({ namespaces }, { network, ledger, log, pokeSync: (peer) => sync.poke(peer) });
  const guard = new RosterGuard(
    { ownName: config.name, auditors: roster.names, allowAlone: config.allowAlone },
    modules,
  );
  const proofCaches = await openProofCaches(config, modules);
  const publish = gossip.publish.bind(gossip);
  const wiring = { ...modules, ledger, guard, verifier: modules.proofVerifier, publish, proofCaches };
  const options = { ownName: config.name, dataFolder: config.dataFolder };
  return {
    verifier,
    store,
    claims,
    ledger,
    network,
    dialer: new RosterDialer({}, { network, clock, random, logger: log }),
    sync,
    gossip,
    guard,
    peerNames,
    signer,
    networkKey: ed25519KeyFromSeed(networkSeed),
    auditors: new Map(config.namespaces.map((entry) => [entry.namespace, wireNamespace(entry, options, wiring)])),
    proofCaches,
  };
}

/** A node whose key is not in its own roster would sign heads that its own ledger refuses. */
function checkOwnKey(config: NodeConfig, signer: Signer): void {
  const found = config.roster.roster.byKey(signer.publicKey)?.auditor.name;
  if (found === config.name) return;
  const vkey = formatVkey({ name: config.name, publicKey: signer.publicKey });
  const reason =
    found === undefined
      ? `the roster does not list this node's key; add under ${config.name}: vkey: ${vkey}`
      : `the roster lists this node's key under ${found}, the configuration says ${config.name}`;
  throw new CoauditError("ROSTER_INVALID", `${config.file}: ${reason}`, { reason, auditor: config.name });
}

/** The others dial what the roster says: with another network key nobody reaches this node, and nothing else would say so. */
function warnOfOtherPeerId(config: NodeConfig, peerId: string, log: Logger): void {
  const listed = config.roster.roster.byName(config.name)?.addresses ?? [];
  for (const address of listed) {
    const expected = /\/p2p\/([^/]+)$/.exec(address)?.[1];
    if (expected === undefined || expected === peerId) continue;
    log.warn(
      { peerId, expected, networkKey: config.networkKeyFile },
      "the roster lists this node with another peer id: is this its network key?",
    );
    return;
  }
}
