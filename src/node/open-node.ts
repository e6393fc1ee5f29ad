/**
 * A node of this machine: its keys, claims and ledger on disk, libp2p over TCP, the provider's bucket over HTTP or in a
 * folder.
 */
import { join } from "node:path";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { FolderQuarantine } from "../auditor/bodies/quarantine-folder.ts";
import type { BlobMirror } from "../auditor/ports.ts";
import { SeedSigner } from "../auditor/signer.ts";
import type { Clock, Random } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { createLibp2pNetwork } from "../gossip/libp2p/libp2p-network.ts";
import type { Libp2pMeter } from "../gossip/libp2p/libp2p-node.ts";
import { peerIdIn } from "../gossip/peer-address.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../gossip/topics.ts";
import { ClaimBook } from "../ledger/claims/claim-book.ts";
import { LevelStore } from "../ledger/store/level-store.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../platform/native-ed25519.ts";
import { BucketSource } from "../source/bucket.ts";
import { FolderSource } from "../source/folder.ts";
import { PeerMirror } from "../source/peer-mirror.ts";
import type { EpochSource } from "../source/source.ts";
import { claimsFolder, ledgerFolder, type NamespaceConfig, type NodeConfig } from "./config/config.ts";
import { readKeyFile } from "./config/key-file.ts";
import { namingMaker, writeMadeBy } from "./made-by.ts";
import type { ProofMeter } from "./metered-verifier.ts";
import { CoauditNode } from "./node.ts";
import { checkOwnKey, keysOf } from "./own-key.ts";
import { buildParts, type NodeParts } from "./parts.ts";
import { openProofCaches } from "./proof-caches.ts";
import { ProofTally } from "./proof-tally.ts";

/** Where a node tells what it measures as it happens; the rest is read from CoauditNode.measures. */
export interface NodeMeters {
  readonly proofMeter: ProofMeter;
  readonly libp2p: Libp2pMeter;
}

export interface MachineModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Closed with the node. */
  readonly proofVerifier: ProofVerifier;
  /** Default: nothing is measured. */
  readonly meters?: NodeMeters;
}

/**
 * Opens what is on disk and prepares everything; nothing listens yet. Throws the errors of its parts, each saying what
 * to do.
 */
export async function openNode(config: NodeConfig, modules: MachineModules): Promise<CoauditNode> {
  const proofTally = new ProofTally();
  const parts = await openParts(config, modules, (proof) => {
    proofTally.take(proof);
    modules.meters?.proofMeter(proof);
  });
  return new CoauditNode(config, parts, { ...modules, proofTally });
}

/** What was opened is closed again if the rest cannot be. */
async function openParts(config: NodeConfig, modules: MachineModules, proofMeter: ProofMeter): Promise<NodeParts> {
  const { clock, log, meters } = modules;
  const signer = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile)));
  const networkSeed = await readKeyFile(config.networkKeyFile);
  checkOwnKey(config, signer.publicKey);
  const opened: { close(): Promise<void> }[] = [];
  try {
    const publicKeys = keysOf(config.name, config.roster.roster, signer.publicKey);
    const claims = await ClaimBook.open({ folder: claimsFolder(config), publicKeys }, modules);
    opened.push(claims);
    const store = await LevelStore.open({ folder: ledgerFolder(config) });
    opened.push(store);
    await writeMadeBy(config.dataFolder).catch((error: unknown) => {
      log.warn({ error: errorMessage(error) }, "which version opened this folder is not written down");
    });
    const network = await createLibp2pNetwork(
      {
        privateKey: networkSeed,
        listen: config.listen,
        behindProxy: config.behindProxy,
        announce: config.announce,
        topics: [...config.namespaces.map(({ namespace }) => namespaceTopic(namespace)), RECORDS_TOPIC],
      },
      { clock, log, ...(meters === undefined ? {} : { meter: meters.libp2p }) },
    );
    warnOfOtherPeerId(config, network.peerId, log);
    return await buildParts(config, {
      ...modules,
      proofMeter,
      verifier: new NativeVerifier(),
      claims,
      store,
      signer,
      network,
      networkKey: ed25519KeyFromSeed(networkSeed),
      sourceOf: (namespace) => sourceOf(namespace, modules),
      mirrorsOf: (namespace) => mirrorsOf(namespace, modules),
      proofCaches: await openProofCaches(config, modules),
      // A namespace may be called "..": never a folder's whole name.
      quarantineOf: ({ namespace }) =>
        new FolderQuarantine({ folder: join(config.dataFolder, "quarantine", `ns-${namespace}`) }),
    });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw await namingMaker(error, config.dataFolder);
  }
}

function sourceOf({ source, allowPlainHttp, maxBlobBytes }: NamespaceConfig, modules: MachineModules): EpochSource {
  if (!/^https?:/.test(source)) return new FolderSource({ directory: source, maxBlobBytes });
  return new BucketSource({ url: source, allowPlainHttp, maxBlobBytes }, modules);
}

function mirrorsOf(
  { namespace, mirrors, allowPlainHttp, maxBlobBytes }: NamespaceConfig,
  modules: MachineModules,
): BlobMirror[] {
  return mirrors.map((mirror) => new PeerMirror({ ...mirror, namespace, allowPlainHttp, maxBlobBytes }, modules));
}

/**
 * The others dial what the roster says: with another network key nobody would reach this node, and nothing else would
 * reveal it.
 */
function warnOfOtherPeerId(config: NodeConfig, peerId: string, log: Logger): void {
  const listed = config.roster.roster.byName(config.name)?.addresses ?? [];
  const expected = listed
    .map((address) => peerIdIn([address]))
    .find((named) => named !== undefined && named !== peerId);
  if (expected === undefined) return;
  log.warn(
    { peerId, expected, networkKey: config.networkKeyFile },
    "the roster lists this node with another peer id: is this its network key?",
  );
}
