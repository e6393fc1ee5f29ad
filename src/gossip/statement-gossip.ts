/**
 * Statements on topics: what arrives goes through the ledger's door, what this node signs and proves goes out.
 *
 * The way of a message: the network (libp2p/) hands over its bytes; the ledger decodes and checks them (ledger.ts, then
 * head-intake.ts or record-intake.ts), judges what they mean for its cases and tells its listeners (node, api); what
 * came of it is returned as a verdict (verdicts.ts), and the network passes the message on, drops it, or blames its
 * sender.
 */
import { compareBytes, fromBase64 } from "../core/bytes.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Statement } from "../core/statement.ts";
import { encodeStatement, STATEMENT_TYPES } from "../core/statement-codec.ts";
import type { CaseRecord } from "../ledger/cases/case-record.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { costUs } from "./cost/statement-price.ts";
import type { Network, SpendListener, Verdict } from "./network.ts";
import { namespaceTopic, RECORDS_TOPIC, topicOf } from "./topics.ts";
import { mayBecomeValid, verdictOf } from "./verdicts.ts";

export interface StatementGossipModules {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly log: Logger;
  /** Head sync with this peer, because it seems to know more. */
  readonly pokeSync: (peer: string) => void;
}

export class StatementGossip {
  readonly #modules: StatementGossipModules;
  /** Messages on their way into the ledger: never more than the network hands over at once. */
  readonly #receiving: Set<Promise<Verdict>> = new Set();
  #isStopped = false;

  constructor(options: { namespaces: readonly string[] }, modules: StatementGossipModules) {
    this.#modules = modules;
    const { network } = modules;
    for (const topic of [RECORDS_TOPIC, ...options.namespaces.map(namespaceTopic)]) {
      network.subscribe(topic, (data, from, spend) => this.#take(data, from, { topic, spend }));
    }
  }

  /** Nothing is received or sent any more, and what was on its way is in the ledger: it may be closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#receiving);
  }

  /** `bytes`: of the statement. Never throws: head sync brings the others what could not be sent. */
  async publish(statement: Statement, bytes: Uint8Array = encodeStatement(statement)): Promise<void> {
    const { network, log } = this.#modules;
    if (this.#isStopped) return;
    try {
      await network.publish(topicOf(statement), bytes);
    } catch (error) {
      log.warn(
        { type: statement.type, error: errorMessage(error) },
        "a statement was not published; head sync will bring it",
      );
    }
  }

  /** A case as one evidence message, as much of it as fits. */
  publishCase(record: CaseRecord): Promise<void> {
    const exhibits = this.#modules.ledger.exhibitsOf(record).map((exhibit) => fromBase64(exhibit));
    return this.publish({ type: "evidence", exhibits: fitting(exhibits).sort(compareBytes) });
  }

  async #take(data: Uint8Array, from: string, options: ReceiveOptions): Promise<Verdict> {
    if (this.#isStopped) return "ignore";
    const receiving = this.#receive(data, from, options);
    this.#receiving.add(receiving);
    try {
      return await receiving;
    } finally {
      this.#receiving.delete(receiving);
    }
  }

  async #receive(data: Uint8Array, from: string, { topic, spend }: ReceiveOptions): Promise<Verdict> {
    const { ledger, log, pokeSync } = this.#modules;
    const statement = ledger.decode(data);
    let spentUs = costUs(undefined, data.length, "malformed");
    spend(spentUs);
    // docs/protocol.md 6 [REJECT]: malformed, which is not canonical, over the cap, or of another topic.
    if (statement === undefined || topicOf(statement) !== topic) return "reject";
    try {
      const outcome = await ledger.receiveDecoded(statement, data, "gossip", ({ type, sizeBytes }, one) => {
        spentUs += costUs(type, sizeBytes, one);
        spend(spentUs);
      });
      if (mayBecomeValid(outcome)) pokeSync(from);
      return verdictOf(outcome);
    } catch (error) {
      // The store failed, for which the sender is not to blame.
      log.error({ error: errorMessage(error) }, "a statement could not be stored");
      return "ignore";
    }
  }
}

interface ReceiveOptions {
  readonly topic: string;
  readonly spend: SpendListener;
}

/** Leaves out the last exhibits of a case that would be larger than an evidence message may be. */
function fitting(exhibits: readonly Uint8Array[]): Uint8Array[] {
  // Each exhibit costs at most four bytes of framing.
  let roomBytes = STATEMENT_TYPES.evidence.capBytes - 8;
  return exhibits.filter((exhibit) => {
    roomBytes -= exhibit.length + 4;
    return roomBytes >= 0;
  });
}
