/**
 * The composition root: the only place that knows every room. Parts are made here, started in the order of their needs and stopped in
 * the reverse order.
 */
import { join } from "node:path";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import { SeedSigner, type Signer } from "../auditor/signer.ts";
import { fromBase64, toHex } from "../core/bytes.ts";
import type { CaseFile } from "../core/case-file.ts";
import { formatVkey } from "../core/checkpoint.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import { decodeStatement, encodeStatement } from "../core/statement-codec.ts";
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
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import { LevelStore } from "../ledger/level-store.ts";
import type { NodeConfig } from "./config.ts";
import { readKeyFile } from "./key-file.ts";
import { wireNamespace } from "./namespace-wiring.ts";
import { type Ed25519Key, ed25519KeyFromSeed, NativeVerifier } from "./native-ed25519.ts";
import { caseViews, headViews, nodeStatus, readinessOf, vkeysOf } from "./node-status.ts";
import type {
  CaseView,
  Enough,
  HeadView,
  NodeStatus,
  NodeView,
  OwnKey,
  ProviderHeadView,
  ProviderReport,
  ProviderReportAnswer,
  QuorumAnswer,
} from "./node-view.ts";
import { ownClaimsYield, strayOwnHead } from "./own-key.ts";
import { firstSigned, type OwnSignatures, ownKeys } from "./own-signatures.ts";
import { PeerNames } from "./peer-names.ts";
import { providerHeads, reportProviderHead } from "./provider-heads.ts";
import { answerQuorum, caseFileOf } from "./quorum.ts";
import { publishRecords } from "./record-publisher.ts";
import { RosterGuard } from "./signing-guard.ts";

export interface NodeModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Closed with the node. */
  readonly proofVerifier: ProofVerifier;
}

/** Heads that were held back for being dated ahead are looked at this often. */
const RELEASE_INTERVAL_MS = 5_000;
/** Lines at start about cases that nobody acknowledged, newest first; the number of all stands in each. */
const MAX_REMINDERS = 16;

/** Everything that is open while the node lives. */
interface Parts {
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
}

/** Opens what is on disk and prepares everything; nothing listens yet. Throws the errors of its parts, each saying what to do. */
export async function createNode(config: NodeConfig, modules: NodeModules): Promise<CoauditNode> {
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
    const parts = await assemble(config, { ...modules, verifier, claims, store, signer, networkSeed });
    return new CoauditNode(config, parts, { ...modules, verifier });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}

export class CoauditNode implements NodeView {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly #config: NodeConfig;
  readonly #parts: Parts;
  readonly #modules: NodeModules & { readonly verifier: SignatureVerifier };
  readonly #life = new AbortController();
  readonly #background: Promise<void>[] = [];
  readonly #startedAtMs: number;
  readonly #own: OwnSignatures;
  #stopped: Promise<void> | undefined;

  constructor(config: NodeConfig, parts: Parts, modules: NodeModules & { readonly verifier: SignatureVerifier }) {
    this.#config = config;
    this.#parts = parts;
    this.#modules = modules;
    this.#startedAtMs = modules.clock.now();
    this.name = config.name;
    this.#own = { name: config.name, ledger: parts.ledger };
    this.namespaces = config.namespaces.map(({ namespace }) => namespace).sort();
  }

  async start(): Promise<void> {
    const { ledger, network, dialer, sync, guard, peerNames, auditors } = this.#parts;
    const { signal } = this.#life;
    ledger.onEvent((event) => this.#follow(event));
    this.#remindOfCases();
    sync.onSynced((peer) => {
      const auditor = peerNames.auditorOf(peer);
      if (auditor !== undefined) guard.hasAnswered(auditor);
    });
    guard.onOpen(() => {
      for (const auditor of auditors.values()) auditor.poke();
    });
    await network.start();
    sync.start();
    dialer.setTargets(peerNames.targets());
    await this.#checkOwnHeads();
    for (const auditor of auditors.values()) auditor.start(signal);
    this.#background.push(guard.waitAlone(signal), this.#publishRecords(), this.#releaseHeld());
  }

  /** Idempotent. In the reverse order of start; what was promised is on disk at any moment, so nothing needs saving. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  status(): NodeStatus {
    return nodeStatus(this.#config, this.#parts, { startedAtMs: this.#startedAtMs, nowMs: this.#modules.clock.now() });
  }

  readiness(): { ready: boolean; reasons: readonly string[] } {
    return readinessOf(this.status());
  }

  async heads(namespace: string, epoch: number): Promise<readonly HeadView[]> {
    return headViews(await this.#parts.ledger.epochView(namespace, epoch));
  }

  quorum(namespace: string, epoch: number | "latest", enough: Enough): Promise<QuorumAnswer | undefined> {
    return answerQuorum(
      { namespace, epoch, enough },
      { ...this.#modules, ledger: this.#parts.ledger, policies: this.#config.policies },
    );
  }

  async firstSigned(namespace: string): Promise<HeadView | undefined> {
    return firstSigned(namespace, this.#parts.auditors.get(namespace)?.root?.epoch ?? 0, this.#own);
  }

  ownKeys(): Promise<readonly OwnKey[]> {
    return ownKeys(this.namespaces, this.#parts.signer.publicKey, this.#own);
  }

  rosterNames(): readonly string[] {
    return this.#parts.ledger.reader.roster.names;
  }

  rosterVkeys(): readonly string[] {
    return vkeysOf(this.#parts.ledger.reader.roster);
  }

  providerHeads(namespace: string, limit: number): Promise<readonly ProviderHeadView[]> {
    return providerHeads(namespace, limit, this.#parts.ledger);
  }

  reportProviderHead(report: ProviderReport): Promise<ProviderReportAnswer> {
    return reportProviderHead(report, this.#parts);
  }

  poke(namespace: string): void {
    this.#parts.auditors.get(namespace)?.poke();
  }

  onEvent(listener: (event: LedgerEvent) => void): () => void {
    return this.#parts.ledger.onEvent(listener);
  }

  cases(): readonly CaseView[] {
    return caseViews(this.#parts.ledger);
  }

  caseFile(id: string): CaseFile | undefined {
    const { ledger } = this.#parts;
    const record = ledger.caseOf(id);
    return record && caseFileOf(record, ledger);
  }

  acknowledge(id: string, note: string): Promise<boolean> {
    return this.#parts.ledger.acknowledge(id, note);
  }

  async resume(namespace: string, reason: string): Promise<void> {
    const auditor = this.#parts.auditors.get(namespace);
    if (auditor === undefined) {
      const known = this.namespaces.join(", ") || "none";
      throw new CoauditError("NAMESPACE_UNKNOWN", `${namespace} is not a namespace of this node; it has: ${known}`, {
        namespace,
      });
    }
    await auditor.resume(reason);
  }

  async #stop(): Promise<void> {
    const { auditors, dialer, sync, network, claims, store } = this.#parts;
    this.#life.abort();
    await Promise.all([...auditors.values()].map((auditor) => auditor.stop()));
    await this.#modules.proofVerifier.close();
    await Promise.all(this.#background);
    await dialer.stop();
    await sync.stop();
    await network.stop();
    await claims.close();
    await store.close();
  }

  #follow(event: LedgerEvent): void {
    const { log } = this.#modules;
    const { gossip, dialer, peerNames } = this.#parts;
    switch (event.type) {
      case "case-opened":
      case "case-changed": {
        const { id, subject, class: caseClass } = event.record;
        log.error(
          { case: id, class: caseClass, subject },
          event.type === "case-opened" ? "a case was opened" : "a case changed its class",
        );
        void gossip.publishCase(event.record);
        return;
      }
      case "case-explained":
        log.warn({ case: event.record.id }, "a case is explained by a conviction");
        return;
      case "own-key-conflict":
        this.#haltForOwnKey(event.head);
        return;
      case "origin-mismatch": {
        const { namespace, origin } = event.head;
        log.warn(
          { auditor: event.auditor, namespace, theirs: origin },
          "another origin for this namespace: one of us is configured wrongly",
        );
        return;
      }
      case "record":
        if (peerNames.learn(event.record)) dialer.setTargets(peerNames.targets());
        return;
    }
  }

  /** Claims and the newest own head known must agree before anything is signed. [claims put back from a backup, the ledger not] */
  async #checkOwnHeads(): Promise<void> {
    const { ledger, claims, signer } = this.#parts;
    const { name } = this.#config;
    // A conviction of this node itself that outlived the halt it caused: a crash came between the two.
    const convicting = ledger
      .cases()
      .filter(({ subject }) => subject.kind === "auditor" && subject.auditor === name)
      .flatMap(({ exhibits }) => exhibits.map((exhibit) => decodeStatement(fromBase64(exhibit))))
      .filter((statement) => statement.type === "signed-head" || statement.type === "half-head");
    for (const namespace of this.namespaces) {
      const epoch = await ledger.statements.newestEpoch(namespace, name);
      const heads = epoch === undefined ? [] : (await ledger.epochView(namespace, epoch)).heads;
      const own = heads.filter(({ auditor }) => auditor === name).map(({ head }) => head);
      own.push(...convicting.filter((head) => head.namespace === namespace));
      const stray = await strayOwnHead(own, { claims, signer });
      if (stray !== undefined) this.#haltForOwnKey(stray);
    }
  }

  /** A process that dies between a case on disk and the line in its log would keep the case to itself. */
  #remindOfCases(): void {
    const unseen = caseViews(this.#parts.ledger).filter((view) => view.state === "open" && !view.acknowledged);
    for (const { id, subject, class: caseClass } of unseen.slice(0, MAX_REMINDERS)) {
      const fields = { case: id, class: caseClass, subject, unacknowledged: unseen.length };
      this.#modules.log.error(fields, "a case is open and not acknowledged");
    }
  }

  #haltForOwnKey(head: AuditorHead): void {
    const auditor = this.#parts.auditors.get(head.namespace);
    const detail = `a head for epoch ${head.epoch} (${toHex(head.digest)}) exists under this node's key that its claims do not yield: a second machine or a restored backup`;
    auditor?.haltOwnKeyConflict(detail).catch((error: unknown) => {
      this.#modules.log.error({ error: errorMessage(error) }, "the halt is not on disk yet");
    });
  }

  #publishRecords(): Promise<void> {
    const { auditors, network, signer, networkKey, ledger, gossip } = this.#parts;
    const { announce, name } = this.#config;
    const publisher = {
      clock: this.#modules.clock,
      signer,
      networkKey,
      addresses: () => (announce.length > 0 ? announce : network.addresses()),
      roots: () => [...auditors.values()].flatMap(({ root }) => root ?? []),
      publish: async (record: Parameters<StatementGossip["publish"]>[0]) => {
        await ledger.receive(encodeStatement(record), "own");
        await gossip.publish(record);
      },
    };
    return this.#logged("the auditor record", publishRecords(name, publisher, this.#life.signal));
  }

  async #releaseHeld(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#modules.clock.sleep(RELEASE_INTERVAL_MS, signal);
      if (!signal.aborted) await this.#logged("held heads", this.#parts.ledger.releaseDue());
    }
  }

  async #logged(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#life.signal.aborted) this.#modules.log.error({ error: errorMessage(error) }, `${what} failed`);
    }
  }
}

type Assembly = NodeModules & {
  readonly verifier: SignatureVerifier;
  readonly claims: ClaimBook;
  readonly store: LevelStore;
  readonly signer: Signer;
  readonly networkSeed: Uint8Array;
};

async function assemble(config: NodeConfig, modules: Assembly): Promise<Parts> {
  const { clock, random, log, claims, store, signer, networkSeed } = modules;
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
  const wiring = { ...modules, ledger, guard, verifier: modules.proofVerifier, publish: gossip.publish.bind(gossip) };
  const options = { ownName: config.name, dataFolder: config.dataFolder };
  return {
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
