/** A NodeView made of real signed statements, without a node. */
import type { KeptProof } from "../../src/auditor/bodies/proof-cache.ts";
import { concat, fromBase64, toBase64, toHex } from "../../src/core/bytes.ts";
import { type CaseFile, formatCaseFile } from "../../src/core/case-file.ts";
import {
  type Certificate,
  formatCertificate,
  type QuorumVerdict,
  verifyCertificate,
} from "../../src/core/certificate.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import { CoauditError } from "../../src/core/errors.ts";
import { type Assumptions, convictedBy } from "../../src/core/evidence.ts";
import { sha256 } from "../../src/core/hash.ts";
import { type SignedHead, verifyHead } from "../../src/core/head.ts";
import { bindPolicy, policyOfRoster } from "../../src/core/policy-evaluation.ts";
import { defaultQuorum } from "../../src/core/roster.ts";
import type { Settlement } from "../../src/core/settlement.ts";
import type { Statement } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import type { LedgerEvent } from "../../src/ledger/ledger-types.ts";
import { auditorEntry, type PublishedDocument } from "../../src/node/published/published.ts";
import { vkeysOf } from "../../src/node/status.ts";
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
} from "../../src/node/view.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import type { BlobName } from "../../src/source/source.ts";
import { assumptionsOf, NAMESPACE, ORIGIN, PROVIDER, T0, type TestAuditor } from "../support/auditors.ts";

type Namespace = NodeStatus["namespaces"][number];

export class FakeNode implements NodeView {
  readonly name: string;
  readonly namespaces: readonly string[] = [NAMESPACE];
  settlements: Settlement[] = [];
  readonly assumptions: Assumptions;
  readonly resumed: string[][] = [];
  readonly poked: string[] = [];
  /** By epoch. */
  readonly proofs: Map<number, { name: BlobName; chunks: Uint8Array[] }> = new Map();
  openProofs = 0;
  openedProofs = 0;
  /** How often a quorum was computed. */
  quorums = 0;
  readonly #listeners: Set<(event: LedgerEvent) => void> = new Set();
  readonly notes: Map<string, string> = new Map();
  /** Every statement that it holds. */
  readonly statements: Exclude<Statement, { type: "evidence" }>[] = [];
  namespace: Namespace;
  reasons: readonly string[] = [];
  warnings: readonly string[] = [];
  convictions: NodeStatus["convictions"] = [];
  /** Settles before a quorum or a proof is answered. */
  gate: Promise<void> = Promise.resolve();
  readonly #auditors: readonly TestAuditor[];

  constructor(auditors: readonly TestAuditor[]) {
    this.#auditors = auditors;
    this.name = auditors[0]?.name ?? "";
    this.assumptions = assumptionsOf(auditors);
    this.namespace = {
      namespace: NAMESPACE,
      origin: ORIGIN,
      configuration: "whatsapp_v1",
      suite: 1,
      logDirectory: "https://log.example.org/",
      state: "auditing",
      unguarded: false,
      guard: { needed: 2, answered: ["b.example", "c.example"], missing: [] },
      root: { epoch: 1, digest: "11".repeat(32), chosen: "pinned" },
      lastVerified: { epoch: 17, digest: "22".repeat(32) },
      lastSigned: { epoch: 17, timestampMs: T0 },
      latestListed: 17,
      unsignedEpochs: 0,
      heights: auditors.map(({ name }) => ({ auditor: name, epoch: 17 })),
      verified: { proofs: 17, bytes: 748_000_000, elapsedMs: 9_100.5 },
    };
  }

  status(): NodeStatus {
    const open = this.cases().filter(({ state }) => state === "open");
    return {
      name: this.name,
      version: "0.1.0",
      vkey: "a.example+0f3e2d1c+BAAA",
      peerId: "12D3KooWTest",
      addresses: ["/ip4/127.0.0.1/tcp/7600"],
      startedAtMs: T0,
      nowMs: T0 + 60_000,
      faultBound: this.assumptions.faultBound ?? 1,
      boundBroken: false,
      convicted: [],
      convictions: this.convictions,
      namespaces: [this.namespace],
      peers: {
        connected: 1,
        roster: [
          { auditor: "b.example", connected: true },
          {
            auditor: "c.example",
            connected: false,
            lastError: "ECONNREFUSED 10.0.0.7:7600",
            nextAttemptMs: T0 + 61_000,
          },
        ],
      },
      cases: { open: open.length, unacknowledged: open.filter(({ acknowledged }) => !acknowledged).length },
      statements: { accepted: 12, "duplicate-head": 3 },
    };
  }

  /** For what it was asked, in order. */
  readonly defaultsAsked: [string, number | "latest"][] = [];

  defaultMin(namespace: string, epoch: number | "latest"): number {
    this.defaultsAsked.push([namespace, epoch]);
    return defaultQuorum(this.assumptions.roster.size, this.assumptions.faultBound);
  }

  async readiness(): Promise<Readiness> {
    return { ready: this.reasons.length === 0, reasons: this.reasons, warnings: this.warnings };
  }

  async heads(_namespace: string, epoch: number): Promise<readonly HeadView[]> {
    return this.#headsOf(epoch).map((head) => ({
      auditor: this.#nameOf(head),
      type: head.cosignature === undefined ? "late-head" : "signed-head",
      digest: toHex(head.digest),
      timestampMs: head.timestampMs,
      publicKey: toHex(head.publicKey),
      statement: toBase64(encodeStatement(head)),
    }));
  }

  async quorum(namespace: string, epoch: number | "latest", enough: Enough): Promise<QuorumAnswer | undefined> {
    if (typeof enough === "object" && enough.policy !== "everybody") {
      throw new CoauditError("POLICY_UNKNOWN", "this node has: everybody", enough);
    }
    const everybody = bindPolicy(
      policyOfRoster(this.assumptions.roster, this.assumptions.roster.size),
      this.assumptions.roster,
    );
    const wanted = typeof enough === "number" ? { min: enough } : { policy: everybody };
    this.quorums++;
    await this.gate;
    const found = epoch === "latest" ? Math.max(0, ...this.#heads().map((head) => head.epoch)) : epoch;
    const heads = this.#headsOf(found);
    const [first] = heads;
    if (first === undefined) return undefined;
    const same = heads.filter(({ digest }) => toHex(digest) === toHex(first.digest));
    const files = this.cases().flatMap(({ id }) => this.caseFile(id) ?? []);
    const certificate = formatCertificate(
      first,
      same.map((head) => ({ auditor: this.#nameOf(head), head })),
      files,
      files.length,
    );
    const modules = { assumptions: this.assumptions, verifier: new NativeVerifier() };
    const verdict = await verifyCertificate(certificate, { namespace, epoch, ...wanted, nowMs: T0 + 60_000 }, modules);
    const { result, explanation, signers, missing } = verdict;
    const asked = typeof enough === "number" ? { min: enough } : enough;
    return { result, explanation, ...asked, signers, missing, certificate };
  }

  judge(certificate: Certificate): Promise<QuorumVerdict> {
    const modules = { assumptions: this.assumptions, verifier: new NativeVerifier() };
    const { namespace, epoch } = certificate;
    const min = this.defaultMin(namespace, epoch);
    return verifyCertificate(certificate, { namespace, epoch, min, nowMs: T0 + 60_000 }, modules);
  }

  async firstSigned(): Promise<HeadView | undefined> {
    const own = this.#heads().filter((head) => this.#nameOf(head) === this.name);
    const first = own.sort((a, b) => a.epoch - b.epoch)[0];
    return first && (await this.heads(NAMESPACE, first.epoch)).find(({ auditor }) => auditor === this.name);
  }

  async ownKeys(): Promise<readonly OwnKey[]> {
    const own = this.#auditors[0];
    const { timestampMs = 0 } = (await this.firstSigned()) ?? {};
    return own === undefined ? [] : [{ publicKey: toHex(own.key.publicKey), notBeforeMs: timestampMs }];
  }

  rosterNames(): readonly string[] {
    return this.assumptions.roster.names;
  }

  published(): PublishedDocument | undefined {
    const namespace = { namespace: NAMESPACE, origin: ORIGIN, configuration: "whatsapp_v1" as const };
    const auditors = this.assumptions.roster.auditors.map(auditorEntry);
    return { format: "coaudit-published/1", record: "AAAA", namespaces: [namespace], auditors };
  }

  rosterVkeys(): readonly string[] {
    return vkeysOf(this.assumptions.roster);
  }

  async providerHeads(_namespace: string, limit: number): Promise<readonly ProviderHeadView[]> {
    return this.statements
      .filter((statement) => statement.type === "provider-head")
      .map((head) => ({ message: head, publicKey: head.publicKey, signature: head.signature }))
      .reverse()
      .slice(0, limit);
  }

  async reportProviderHead({ message, signature }: ProviderReport): Promise<ProviderReportAnswer> {
    const head = { type: "provider-head" as const, ...message, publicKey: PROVIDER.key.publicKey, signature };
    const held = (await this.providerHeads(message.namespace, 1000)).filter(
      (one) => one.message.epoch === message.epoch,
    );
    const same = held.find((one) => toHex(one.message.digest) === toHex(message.digest));
    if (same !== undefined) return { outcome: "known", held: same };
    if (!(await verifyHead(head, { verifier: new NativeVerifier() }))) return { outcome: "bad-signature" };
    this.statements.push(head);
    const view = { message, publicKey: head.publicKey, signature };
    return { outcome: held.length > 0 ? "accepted-conflict" : "accepted", held: view };
  }

  async proof(_namespace: string, epoch: number): Promise<KeptProof | undefined> {
    await this.gate;
    const proof = this.proofs.get(epoch);
    if (proof === undefined) return undefined;
    const { name, chunks } = proof;
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.openProofs++;
    this.openedProofs++;
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) this.openProofs--;
      isOpen = false;
    };
    const body = (async function* () {
      yield* chunks;
    })();
    return { name, sizeBytes, sha256: sha256(concat(...chunks)), body, close };
  }

  poke(namespace: string): void {
    this.poked.push(namespace);
  }

  onEvent(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As a ledger does for each of its changes. */
  tell(event: LedgerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Holds the head and tells of it. */
  take(head: SignedHead): void {
    this.statements.push(head);
    this.tell({ type: "head", auditor: this.#nameOf(head), head, via: "gossip" });
  }

  cases(): readonly CaseView[] {
    return deriveCases(this.statements, this.assumptions).map(({ id, subject, class: caseClass }) => {
      const note = this.notes.get(id);
      return {
        id,
        subject,
        class: caseClass,
        state: "open",
        convicts: convictedBy(subject, caseClass),
        openedAtMs: T0,
        changedAtMs: T0,
        exhibits: this.statements.length,
        ...(note === undefined ? {} : { acknowledged: { note, atMs: T0 } }),
      };
    });
  }

  caseFile(id: string): CaseFile | undefined {
    const derived = deriveCases(this.statements, this.assumptions).find((entry) => entry.id === id);
    return derived && formatCaseFile(derived, this.statements.map(encodeStatement));
  }

  async acknowledge(id: string, note: string): Promise<boolean> {
    if (this.caseFile(id) === undefined) return false;
    this.notes.set(id, note);
    return true;
  }

  async settle(id: string, { trust, note }: Pick<Settlement, "trust" | "note">): Promise<Settlement | undefined> {
    const subject = this.caseFile(id)?.subject;
    if (subject === undefined || subject.kind === "auditor") return undefined;
    const { namespace } = subject;
    const first = "epoch" in subject ? subject.epoch : 17;
    const sides: Record<string, string[]> = {};
    for (const head of this.statements) {
      if (head.type !== "signed-head" || head.epoch !== first) continue;
      const name = this.assumptions.roster.byKey(head.publicKey)?.auditor.name ?? "";
      sides[toHex(head.digest)] = [...(sides[toHex(head.digest)] ?? []), name];
    }
    const trusted = Object.keys(sides).find((digest) => digest.startsWith(trust)) ?? trust;
    const settlement = { namespace, first, last: first, sides, trust: trusted, note };
    this.settlements.push(settlement);
    return settlement;
  }

  async adoptSettlement(settlement: Settlement): Promise<void> {
    this.settlements.push(settlement);
  }

  async withdrawSettlement(namespace: string, first: number): Promise<boolean> {
    const before = this.settlements.length;
    this.settlements = this.settlements.filter((one) => one.namespace !== namespace || one.first !== first);
    return this.settlements.length < before;
  }

  async resume(namespace: string, reason: string): Promise<void> {
    if (this.namespace.state !== "halted") {
      throw new CoauditError("AUDITOR_NOT_HALTED", `${namespace} is not halted: nothing to resume`, { namespace });
    }
    this.resumed.push([namespace, reason]);
  }

  #heads(): SignedHead[] {
    return this.statements.filter((statement) => statement.type === "signed-head");
  }

  #headsOf(epoch: number): SignedHead[] {
    return this.#heads().filter((head) => head.epoch === epoch);
  }

  #nameOf({ publicKey }: SignedHead): string {
    return this.#auditors.find(({ key }) => toHex(key.publicKey) === toHex(publicKey))?.name ?? "";
  }
}

export function statementsOf(file: CaseFile): Statement[] {
  return file.exhibits.map((exhibit) => decodeStatement(fromBase64(exhibit)));
}
