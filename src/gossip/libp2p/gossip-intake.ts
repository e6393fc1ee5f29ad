/**
 * What comes on gossip streams, taken apart and paid for before gossipsub sees any of it (docs/protocol.md, 5). A piece
 * for which its peer has no budget left waits, and the stream with it: nothing is dropped, nothing is remembered of it,
 * and the copy of another peer arrives. [a budget inside the validator would let a flood swallow the statements that it
 * repeats: a message id is cached before]
 */
import type { Stream } from "@libp2p/interface";
import type { Clock } from "../../core/clock.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { readFields } from "../../core/wire.ts";
import type { CostBudget, CostReservation } from "../cost/cost-budget.ts";
import { controlUs, EMPTY_RPC_US, messageUs, SUBSCRIPTION_US } from "../cost/rpc-price.ts";
import { worstCaseUs } from "../cost/statement-price.ts";
import { messageIdText } from "../message-id.ts";
import type { GossipInternals } from "./gossip-internals.ts";
import { RPC_CAP_BYTES } from "./gossip-policy.ts";
import { chunksOf } from "./paused-reader.ts";
import { type RpcPiece, RpcSplitter, rpcOf } from "./rpc-splitter.ts";

/**
 * A peer that has to wait asks again this often: a stranger's budget gains 5 ms in that time, a roster peer's share
 * some more.
 */
const ASK_AGAIN_MS = 50;

/** Fields of gossipsub's message. */
const MESSAGE_DATA = 2;
const MESSAGE_TOPIC = 4;

export interface GossipIntakeModules {
  readonly internals: GossipInternals;
  readonly budget: CostBudget;
  readonly clock: Clock;
  readonly log: Logger;
}

export class GossipIntake {
  readonly #modules: GossipIntakeModules;
  /** By peer: what was reserved for the message that is handed over at this moment. */
  readonly #handedOver: Map<string, GrantedReservation> = new Map();
  /** What a validator says that a message cost, by the message's own bytes. */
  readonly #spent: WeakMap<Uint8Array, number> = new WeakMap();
  readonly #streams: Map<string, Stream> = new Map();

  constructor(modules: GossipIntakeModules) {
    this.#modules = modules;
    const { internals } = modules;
    const receive = internals.handleReceivedMessage.bind(internals);
    internals.handleReceivedMessage = async (from, message) => {
      const peer = from.toString();
      const reservation = this.#handedOver.get(peer);
      this.#handedOver.delete(peer);
      const seenUs = messageUs(message.data?.length ?? 0);
      try {
        await receive(from, message);
      } finally {
        const costUs = message.data === undefined ? 0 : (this.#spent.get(message.data) ?? 0);
        reservation?.settle(seenUs + costUs);
      }
    };
  }

  /** Called by a validator: what the statement in these bytes cost. */
  spent(data: Uint8Array, costUs: number): void {
    this.#spent.set(data, costUs);
  }

  /**
   * The stream as gossipsub is to see it. A peer has one: a new one ends the one before. [32 streams that all have to
   * be listened to]
   */
  streamOf(stream: Stream, peer: string): Stream {
    this.#streams.get(peer)?.abort(new Error("another gossip stream took its place"));
    this.#streams.set(peer, stream);
    stream.addEventListener("close", () => {
      if (this.#streams.get(peer) === stream) this.#streams.delete(peer);
    });
    const rpcs = this.#rpcs(stream, peer);
    return {
      protocol: stream.protocol,
      [Symbol.asyncIterator]: () => rpcs,
      close: () => stream.close(),
      abort: (error: Error) => stream.abort(error),
    } as Partial<Stream> as Stream;
  }

  async *#rpcs(stream: Stream, peer: string): AsyncGenerator<Uint8Array, void, undefined> {
    const splitter = new RpcSplitter({ rpcCapBytes: RPC_CAP_BYTES });
    try {
      for await (const chunk of chunksOf(stream)) {
        for (const piece of splitter.push(chunk)) {
          if (piece.kind === "empty") await this.#pay(stream, peer, EMPTY_RPC_US);
          else yield* this.#paid(stream, peer, piece);
        }
      }
    } catch (error) {
      if (this.#streams.get(peer) !== stream && stream.status !== "open") return;
      if (isCoauditError(error, "GOSSIP_FRAME_INVALID")) {
        this.#modules.log.debug({ peer, error: errorMessage(error) }, "reset a gossip stream");
        stream.abort(error);
      }
      throw error;
    }
  }

  /** Handed over once it is paid for. */
  async *#paid(stream: Stream, peer: string, piece: FieldPiece): AsyncGenerator<Uint8Array, void, undefined> {
    const { costUs, worstUs } = this.#priceOf(piece);
    const reservation = await this.#reserve(stream, peer, worstUs);
    if (piece.kind === "message") this.#handedOver.set(peer, reservation);
    yield rpcOf(piece);
    // gossipsub asks for the next one: it has begun with this one, or refused it.
    if (piece.kind === "message" && this.#handedOver.get(peer) !== reservation) return;
    this.#handedOver.delete(peer);
    reservation.settle(costUs);
  }

  async #pay(stream: Stream, peer: string, costUs: number): Promise<void> {
    (await this.#reserve(stream, peer, costUs)).settle(costUs);
  }

  /** Throws when the stream ended before. */
  async #reserve(stream: Stream, peer: string, worstUs: number): Promise<GrantedReservation> {
    const { budget, clock } = this.#modules;
    for (;;) {
      const reservation = budget.reserve(peer, worstUs);
      if (reservation.kind === "reserved") return reservation;
      await clock.sleep(ASK_AGAIN_MS);
      if (stream.status !== "open") throw new Error("the stream ended before its turn came");
    }
  }

  #priceOf(piece: FieldPiece): { costUs: number; worstUs: number } {
    if (piece.kind === "subscription") return { costUs: SUBSCRIPTION_US, worstUs: SUBSCRIPTION_US };
    if (piece.kind === "control") {
      const costUs = controlUs(piece.body);
      return { costUs, worstUs: costUs };
    }
    const { topic, data } = messageIn(piece.body);
    const costUs = messageUs(data.length);
    const isSeen = this.#modules.internals.seenCache.has(messageIdText(topic, data));
    return { costUs, worstUs: isSeen ? costUs : costUs + worstCaseUs(data) };
  }
}

type FieldPiece = Exclude<RpcPiece, { kind: "empty" }>;
type GrantedReservation = Extract<CostReservation, { kind: "reserved" }>;

/** What can't be read is gossipsub's to refuse. */
function messageIn(body: Uint8Array): { topic: string; data: Uint8Array } {
  let topic = "";
  let data = new Uint8Array();
  try {
    for (const { field, bytes } of readFields(body, "message")) {
      if (field === MESSAGE_DATA && bytes !== undefined) data = new Uint8Array(bytes);
      if (field === MESSAGE_TOPIC && bytes !== undefined) topic = new TextDecoder().decode(bytes);
    }
  } catch {
    // Truncated.
  }
  return { topic, data };
}
