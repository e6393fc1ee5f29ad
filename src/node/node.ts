/** A node's life: its parts are started in dependency order and stopped in reverse order. */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { KeptProof } from "../auditor/bodies/proof-cache.ts";
import type { CaseFile } from "../core/case-file.ts";
import type { Certificate, QuorumVerdict } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { defaultQuorumAt } from "../core/evidence.ts";
import type { Logger } from "../core/log.ts";
import { NOW_EPOCH } from "../core/roster.ts";
import type { Settlement } from "../core/settlement.ts";
import type { AuditorRecord } from "../core/statement.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import { schemaKey } from "../ledger/store/keyspace.ts";
import { BudgetWatch } from "./budget-watch.ts";
import type { NodeConfig } from "./config/config.ts";
import { releaseHeldHeads } from "./held-heads.ts";
import { LedgerWatch } from "./ledger-watch.ts";
import { type NodeMeasures, nodeMeasures } from "./measures.ts";
import { checkOwnKey } from "./own-key.ts";
import { OwnKeyWatch } from "./own-key-watch.ts";
import { firstSigned, type OwnSignatures, ownKeys } from "./own-signatures.ts";
import type { NodeParts, PartsConfig } from "./parts.ts";
import type { ProofTally } from "./proof-tally.ts";
import { providerHeads, reportProviderHead } from "./provider-heads.ts";
import { type PublishedDocument, publishedDocument } from "./published/published.ts";
import { answerQuorum, caseFileOf, judgeCertificate } from "./quorum.ts";
import { readinessOf } from "./readiness.ts";
import { publishRecords } from "./record-publisher.ts";
import { caseViews, headViews, nodeStatus, vkeysOf } from "./status.ts";
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
  Readiness,
} from "./view.ts";

/** Peer ids that auditors changed to are taken this often, and what strangers cost is looked at. */
const WAITING_INTERVAL_MS = 60_000;

export type LivingConfig = PartsConfig & Pick<NodeConfig, "announce" | "policies">;

/** What changes while the node runs. */
export type LiveConfig = Pick<NodeConfig, "file" | "name" | "roster" | "faultBound" | "providerKeys" | "policies">;

export interface NodeModules {
  readonly clock: Clock;
  readonly log: Logger;
  /** Closed with the node. */
  readonly proofVerifier: ProofVerifier;
  /** Default: nobody counts. */
  readonly proofTally?: ProofTally;
}

export class CoauditNode implements NodeView {
  readonly name: string;
  readonly namespaces: readonly string[];
  #config: LivingConfig;
  readonly #parts: NodeParts;
  readonly #modules: NodeModules;
  readonly #watch: LedgerWatch;
  readonly #ownKeyWatch: OwnKeyWatch;
  readonly #life = new AbortController();
  readonly #background: Promise<void>[] = [];
  readonly #startedAtMs: number;
  readonly #own: OwnSignatures;
  #ownRecord: AuditorRecord | undefined;
  #isGuarding = false;
  #stopped: Promise<void> | undefined;

  constructor(config: LivingConfig, parts: NodeParts, modules: NodeModules) {
    this.#config = config;
    this.#parts = parts;
    this.#modules = modules;
    this.#watch = new LedgerWatch({ parts, log: modules.log });
    this.#ownKeyWatch = new OwnKeyWatch({ ownName: config.name }, { parts, log: modules.log });
    this.#startedAtMs = modules.clock.now();
    this.name = config.name;
    this.#own = { name: config.name, ledger: parts.ledger };
    this.namespaces = config.namespaces.map(({ namespace }) => namespace).sort();
  }

  async start(): Promise<void> {
    const { network, budget, dialer, sync, guard, peerNames, auditors } = this.#parts;
    const { signal } = this.#life;
    this.#watch.start();
    this.#ownKeyWatch.start();
    sync.onSynced((peer) => {
      const auditor = peerNames.auditorOf(peer);
      if (auditor !== undefined) guard.hasAnswered(auditor);
    });
    guard.onOpen(() => {
      for (const auditor of auditors.values()) auditor.poke();
    });
    await network.start(budget);
    sync.start();
    dialer.setTargets(peerNames.targets());
    await this.#ownKeyWatch.checkOwnHeads();
    for (const auditor of auditors.values()) auditor.start(signal);
    this.#guardSigning();
    this.#background.push(this.#publishRecords(), this.#lookAtWaiting(), this.#releaseHeld());
  }

  /** Idempotent. In the reverse order of start; every promise is already on disk, so nothing needs saving. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /**
   * Goes on by another roster, bound, provider keys and policies; no connection to an auditor that stays ends. Throws
   * ROSTER_INVALID and LEDGER_AUDITOR_MISSING, after which nothing has changed.
   */
  async reconfigure(next: LiveConfig): Promise<void> {
    const { ledger, dialer, peerNames, signer } = this.#parts;
    // Its name waits for a restart, whatever the file says.
    checkOwnKey({ ...next, name: this.name }, signer.publicKey);
    const { roster, faultBound, providerKeys, policies } = next;
    await ledger.reassume({ roster: roster.roster, settlements: roster.settlements, faultBound, providerKeys });
    // A node that stopped meanwhile dials nobody any more.
    if (this.#life.signal.aborted) return;
    this.#config = { ...this.#config, roster, faultBound, providerKeys, policies };
    dialer.setTargets(peerNames.targets());
    this.#guardSigning();
  }

  /** The disk refused a write: nothing is kept or promised any more before the node is opened anew. */
  get storageFailed(): boolean {
    const { claims, store } = this.#parts;
    return claims.hasFailed || store.hasFailed === true;
  }

  status(): NodeStatus {
    const { clock, proofTally } = this.#modules;
    const times = { startedAtMs: this.#startedAtMs, nowMs: clock.now() };
    return nodeStatus(this.#config, { ...this.#parts, proofTally }, times);
  }

  measures(): NodeMeasures {
    return nodeMeasures(this.#parts);
  }

  async readiness(): Promise<Readiness> {
    const unreadable = await this.#parts.store.get(schemaKey).then(
      () => undefined,
      (error: unknown) => errorMessage(error),
    );
    return readinessOf(this.status(), unreadable);
  }

  async heads(namespace: string, epoch: number): Promise<readonly HeadView[]> {
    return headViews(await this.#parts.ledger.epochView(namespace, epoch));
  }

  quorum(namespace: string, epoch: number | "latest", enough: Enough): Promise<QuorumAnswer | undefined> {
    return answerQuorum(
      { namespace, epoch, enough },
      { ...this.#parts, clock: this.#modules.clock, policies: this.#config.policies },
    );
  }

  judge(certificate: Certificate): Promise<QuorumVerdict> {
    return judgeCertificate(certificate, { ...this.#parts, clock: this.#modules.clock });
  }

  async firstSigned(namespace: string): Promise<HeadView | undefined> {
    return firstSigned(namespace, this.#parts.auditors.get(namespace)?.root?.epoch ?? 0, this.#own);
  }

  ownKeys(): Promise<readonly OwnKey[]> {
    return ownKeys(this.namespaces, this.#parts.signer.publicKey, this.#own);
  }

  defaultMin(namespace: string, epoch: number | "latest"): number {
    const { assumptions } = this.#parts.ledger;
    return defaultQuorumAt(namespace, epoch === "latest" ? NOW_EPOCH : epoch, assumptions);
  }

  rosterNames(): readonly string[] {
    return this.#parts.ledger.assumptions.roster.names;
  }

  rosterVkeys(): readonly string[] {
    return vkeysOf(this.#parts.ledger.assumptions.roster);
  }

  published(): PublishedDocument | undefined {
    return this.#ownRecord === undefined ? undefined : publishedDocument(this.#ownRecord, this.#config);
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

  async proof(namespace: string, epoch: number): Promise<KeptProof | undefined> {
    return this.#parts.proofCaches.get(namespace)?.open(epoch);
  }

  acknowledge(id: string, note: string): Promise<boolean> {
    return this.#parts.ledger.acknowledge(id, note);
  }

  settle(id: string, answer: Pick<Settlement, "trust" | "note">): Promise<Settlement | undefined> {
    return this.#parts.ledger.settling.settle(id, answer);
  }

  adoptSettlement(settlement: Settlement): Promise<void> {
    return this.#parts.ledger.settling.adopt(settlement);
  }

  withdrawSettlement(namespace: string, first: number): Promise<boolean> {
    return this.#parts.ledger.settling.withdraw({ namespace, first });
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
    const { auditors, dialer, sync, gossip, network, claims, store } = this.#parts;
    this.#life.abort();
    await Promise.all([...auditors.values()].map((auditor) => auditor.stop()));
    await this.#modules.proofVerifier.close();
    await Promise.all(this.#background);
    await dialer.stop();
    await sync.stop();
    await gossip.stop();
    await network.stop();
    await this.#ownKeyWatch.idle();
    await claims.close();
    await store.close();
  }

  /** Again after the roster changed: others may have to answer now. */
  #guardSigning(): void {
    if (this.#isGuarding) return;
    this.#isGuarding = true;
    const waited = this.#parts.guard.wait(this.#life.signal).finally(() => {
      this.#isGuarding = false;
    });
    this.#background.push(waited);
  }

  #publishRecords(): Promise<void> {
    const { auditors, network, signer, networkKey, ownStatements } = this.#parts;
    const { announce, name } = this.#config;
    const publisher = {
      clock: this.#modules.clock,
      signer,
      networkKey,
      addresses: () => (announce.length > 0 ? announce : network.addresses()),
      roots: () => [...auditors.values()].flatMap(({ root }) => root ?? []),
      ownStatements: {
        say: async (record: AuditorRecord) => {
          await ownStatements.say(record);
          this.#ownRecord = record;
        },
      },
      log: this.#modules.log,
    };
    return this.#logged("the auditor record", publishRecords(name, publisher, this.#life.signal));
  }

  async #lookAtWaiting(): Promise<void> {
    const { dialer, peerNames, budget } = this.#parts;
    const { signal } = this.#life;
    const budgetWatch = new BudgetWatch({ budget, log: this.#modules.log });
    while (!signal.aborted) {
      await this.#modules.clock.sleep(WAITING_INTERVAL_MS, signal);
      if (signal.aborted) return;
      budgetWatch.look();
      dialer.setTargets(peerNames.targets());
    }
  }

  #releaseHeld(): Promise<void> {
    const attempt = (work: Promise<void>): Promise<void> => this.#logged("held heads", work);
    return releaseHeldHeads({ ledger: this.#parts.ledger, clock: this.#modules.clock, attempt }, this.#life.signal);
  }

  async #logged(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#life.signal.aborted) this.#modules.log.error({ error: errorMessage(error) }, `${what} failed`);
    }
  }
}
