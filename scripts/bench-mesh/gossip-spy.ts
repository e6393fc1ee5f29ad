/**
 * Looks inside the gossipsub of every node in this process for what it receives and whom it knows, because gossipsub
 * reports no duplicates.
 */
import { type GossipSub, type GossipSubComponents, gossipsub } from "@libp2p/gossipsub";

type Internals = GossipSub & {
  mesh: Map<string, Set<string>>;
  /** Subscribed peers, by topic. */
  topics: Map<string, Set<string>>;
  streamsOutbound: Map<string, unknown>;
  components: { peerId: { toString(): string } };
  handleReceivedRpc(from: unknown, rpc: { messages: unknown[] }): Promise<void>;
};

export class GossipSpy {
  messages = 0;
  readonly #topic: string;
  readonly #instances: Map<string, Internals> = new Map();
  readonly #prototype: Internals;
  readonly #original: Internals["handleReceivedRpc"];

  constructor(topic: string) {
    this.#topic = topic;
    const logger = { forComponent: () => Object.assign(() => {}, { error: () => {}, trace: () => {} }) };
    const sample = gossipsub()({ logger } as unknown as GossipSubComponents);
    this.#prototype = Object.getPrototypeOf(sample) as Internals;
    this.#original = this.#prototype.handleReceivedRpc;
    const spy = this;
    this.#prototype.handleReceivedRpc = function (this: Internals, from, rpc) {
      spy.messages += rpc.messages.length;
      spy.#instances.set(this.components.peerId.toString(), this);
      return spy.#original.call(this, from, rpc);
    };
  }

  meshDegree(peerId: string): number {
    return this.#instances.get(peerId)?.mesh.get(this.#topic)?.size ?? 0;
  }

  /** Peers that this node would publish to: it has a stream to them, and they are subscribed. */
  audienceOf(peerId: string): number {
    const node = this.#instances.get(peerId);
    const listeners = [...(node?.topics.get(this.#topic) ?? [])];
    return listeners.filter((peer) => node?.streamsOutbound.has(peer)).length;
  }

  reset(): void {
    this.messages = 0;
  }

  end(): void {
    this.#prototype.handleReceivedRpc = this.#original;
  }
}
