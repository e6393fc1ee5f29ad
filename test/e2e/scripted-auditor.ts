/** A roster auditor that does not run the node: it says what the test lets it say, over real libp2p. */
import { fromHex } from "../../src/core/bytes.ts";
import { cosignedMessage } from "../../src/core/checkpoint.ts";
import { asCheckpoint, cosignatureTimeSeconds, type HalfHead, type SignedHead } from "../../src/core/head.ts";
import { silentLogger } from "../../src/core/log.ts";
import { encodePlexiMessage } from "../../src/core/plexi.ts";
import { defaultFaultBound } from "../../src/core/roster.ts";
import type { Statement } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import { createLibp2pNetwork } from "../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../src/gossip/network.ts";
import { LedgerView } from "../../src/gossip/sync/ledger-view.ts";
import { HEAD_SYNC_PROTOCOL } from "../../src/gossip/sync/sync-frames.ts";
import { SyncResponder } from "../../src/gossip/sync/sync-responder.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../../src/gossip/topics.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import { readKeyFile } from "../../src/node/config/key-file.ts";
import { loadRosterFile } from "../../src/node/config/roster-file.ts";
import { type Ed25519Key, ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { systemClock } from "../../src/platform/system.ts";
import { costBudget } from "../support/budgets.ts";
import { MemoryStore } from "../support/memory-store.ts";
import type { NodeFolder } from "../support/node-folders.ts";
import { NAMESPACE, ORIGIN } from "./world.ts";

interface Told {
  readonly ledger: Ledger;
  readonly responder: SyncResponder;
}

export class ScriptedAuditor {
  readonly key: Ed25519Key;
  /** What it was told by gossip; nothing of it is passed on. */
  readonly heard: Statement[] = [];
  readonly #member: NodeFolder;
  readonly #network: Network;
  /** What head sync answers, by the peer that asks; "" is for everybody else. */
  readonly #told: Map<string, Told> = new Map();

  private constructor(member: NodeFolder, key: Ed25519Key, network: Network) {
    this.#member = member;
    this.key = key;
    this.#network = network;
  }

  /** Listens at the address that the rosters give for this member, with its keys. */
  static async start(member: NodeFolder): Promise<ScriptedAuditor> {
    const key = ed25519KeyFromSeed(await readKeyFile(`${member.folder}/signing.key`));
    const network = await createLibp2pNetwork(
      {
        privateKey: await readKeyFile(`${member.folder}/network.key`),
        listen: [`/ip4/127.0.0.1/tcp/${member.port}`],
        topics: [namespaceTopic(NAMESPACE), RECORDS_TOPIC],
      },
      { clock: systemClock, log: silentLogger },
    );
    const auditor = new ScriptedAuditor(member, key, network);
    await auditor.#listen();
    return auditor;
  }

  head(epoch: number, digestHex: string, timestampMs: number = Date.now()): SignedHead {
    const head = { namespace: NAMESPACE, origin: ORIGIN, epoch, digest: fromHex(digestHex), timestampMs };
    const plexi = { ...head, suite: 1 as const };
    return {
      type: "signed-head",
      ...plexi,
      publicKey: this.key.publicKey,
      plexiSignature: this.key.sign(encodePlexiMessage(plexi)),
      cosignature: this.key.sign(cosignedMessage(asCheckpoint(head), cosignatureTimeSeconds(timestampMs))),
    };
  }

  halfHead(epoch: number, digestHex: string): HalfHead {
    const head = { namespace: NAMESPACE, origin: ORIGIN, epoch, digest: fromHex(digestHex) };
    const timeSeconds = cosignatureTimeSeconds(Date.now());
    const cosignature = this.key.sign(cosignedMessage(asCheckpoint(head), timeSeconds));
    return { type: "half-head", ...head, timeSeconds, publicKey: this.key.publicKey, cosignature };
  }

  /** To everybody it is connected to. */
  publish(statement: Statement): Promise<void> {
    return this.#network.publish(namespaceTopic(NAMESPACE), encodeStatement(statement));
  }

  /** Answers this peer, and only this one, with the statement when it asks by head sync. */
  async handOver(statement: Statement, peerId: string): Promise<void> {
    const told = this.#told.get(peerId) ?? (await this.#tell(peerId));
    const outcome = await told.ledger.receive(encodeStatement(statement), "sync");
    if (outcome !== "accepted") throw new Error(`the liar's own ledger says ${outcome}`);
  }

  /** Connects to a node, which asks at once what this auditor holds. */
  async dial({ port, peerId }: NodeFolder): Promise<void> {
    await this.#network.dial([`/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}`], AbortSignal.timeout(10_000));
  }

  stop(): Promise<void> {
    return this.#network.stop();
  }

  async #listen(): Promise<void> {
    await this.#tell("");
    for (const topic of [namespaceTopic(NAMESPACE), RECORDS_TOPIC]) {
      this.#network.subscribe(topic, async (data) => {
        this.heard.push(decodeStatement(data));
        return "ignore";
      });
    }
    this.#network.handle(HEAD_SYNC_PROTOCOL, (request, from) => {
      const told = this.#told.get(from) ?? this.#told.get("");
      if (told === undefined) throw new Error("nothing is told to anybody");
      return told.responder.answer(request, from);
    });
    await this.#network.start(costBudget());
  }

  async #tell(peerId: string): Promise<Told> {
    const { roster } = await loadRosterFile(this.#member.rosterFile);
    const ledger = await Ledger.open(
      {
        namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
        roster,
        faultBound: defaultFaultBound(roster.size),
        providerKeys: new Map(),
      },
      { store: new MemoryStore(), clock: systemClock, verifier: new NativeVerifier() },
    );
    const sync = await LedgerView.open({ namespaces: [NAMESPACE] }, { ledger });
    const told = { ledger, responder: new SyncResponder({ ledger: sync, budget: costBudget({}, () => true) }) };
    this.#told.set(peerId, told);
    return told;
  }
}
