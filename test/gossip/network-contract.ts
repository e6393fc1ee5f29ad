/** What every implementation of the Network port does. */
import { afterEach, describe, expect, it } from "vitest";
import type { Network, Verdict } from "../../src/gossip/network.ts";
import { REQUEST_CAP_BYTES, RESPONSE_CAP_BYTES, TOPIC_MESSAGE_CAP_BYTES } from "../../src/gossip/network.ts";
import { costBudget } from "../support/budgets.ts";

export interface NetworkUnderTest {
  /** The index makes the key, so that one index is one peer id. */
  create(index: number): Promise<Network>;
  /** An address at which a stopped node listened, for a new one. */
  recreateAt(index: number, addresses: readonly string[]): Promise<Network>;
}

export const TOPIC = "/coaudit/1/example";
const PROTOCOL = "/coaudit/test/1";
const NEVER: AbortSignal = new AbortController().signal;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Looks again until `condition` holds; the test's own timeout is what ends a wait for something that never comes. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Time for a message that must not arrive to arrive nevertheless. */
export async function aWhile(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 150));
}

export function networkContract(name: string, under: NetworkUnderTest): void {
  describe(`${name}, as a network`, () => {
    const running: Network[] = [];
    afterEach(async () => {
      await Promise.all(running.splice(0).map((network) => network.stop()));
    });

    async function started(index: number, verdict: Verdict = "accept"): Promise<{ network: Network; heard: string[] }> {
      const network = await under.create(index);
      const heard: string[] = [];
      network.subscribe(TOPIC, async (data) => {
        heard.push(new TextDecoder().decode(data.subarray(0, 40)));
        return verdict;
      });
      await network.start(costBudget());
      running.push(network);
      return { network, heard };
    }

    /** a - b - c in a line, so that c hears only what b passes on. */
    async function line(verdictOfB: Verdict) {
      const [a, b, c] = [await started(1), await started(2, verdictOfB), await started(3)];
      await a.network.dial(b.network.addresses(), NEVER);
      await c.network.dial(b.network.addresses(), NEVER);
      await eventually(() => b.network.peers().length === 2);
      return { a, b, c };
    }

    /** Gossip needs a moment after a connection is made; publishes numbered messages until one is heard. */
    async function publishUntilHeard(from: Network, heard: readonly string[]): Promise<void> {
      for (let i = 0; heard.length === 0; i++) {
        await from.publish(TOPIC, bytes(`probe ${i}`));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    it("brings a published message to every subscriber, across a peer that accepts it, and not back to the sender", async () => {
      const { a, b, c } = await line("accept");
      await publishUntilHeard(a.network, c.heard);
      await a.network.publish(TOPIC, bytes("news"));
      await eventually(() => b.heard.includes("news") && c.heard.includes("news"));
      expect(a.heard).toEqual([]);
      expect(c.heard.filter((text) => text === "news")).toHaveLength(1);
    });

    it.each(["ignore", "reject"] as const)("does not pass on what a peer decides to %s", async (verdict) => {
      const { a, b, c } = await line(verdict);
      await publishUntilHeard(a.network, b.heard);
      await a.network.publish(TOPIC, bytes("news"));
      await eventually(() => b.heard.includes("news"));
      await aWhile();
      expect(c.heard).toEqual([]);
    });

    it("ignores a message whose handler fails", async () => {
      const { a, b, c } = await line("accept");
      b.network.subscribe(TOPIC, async (data) => {
        b.heard.push(new TextDecoder().decode(data));
        throw new Error("the handler is broken");
      });
      await publishUntilHeard(a.network, b.heard);
      await aWhile();
      expect(c.heard).toEqual([]);
    });

    it("brings a late joiner nothing of what was published before", async () => {
      const [a, b] = [await started(1), await started(2)];
      await a.network.dial(b.network.addresses(), NEVER);
      await publishUntilHeard(a.network, b.heard);
      await a.network.publish(TOPIC, bytes("before"));
      await eventually(() => b.heard.includes("before"));
      const late = await started(3);
      await late.network.dial(b.network.addresses(), NEVER);
      await publishUntilHeard(a.network, late.heard);
      await aWhile();
      expect(late.heard).not.toContain("before");
    });

    it("publishes without error when nobody is connected, and again the same bytes", async () => {
      const { network } = await started(1);
      await network.publish(TOPIC, bytes("alone"));
      await network.publish(TOPIC, bytes("alone"));
      expect(network.peers()).toEqual([]);
    });

    it("refuses unknown topics, too large messages, and to publish before start", async () => {
      const { network } = await started(1);
      await expect(network.publish("/other", bytes("x"))).rejects.toMatchObject({ code: "NETWORK_TOPIC_UNKNOWN" });
      expect(() => network.subscribe("/other", async () => "accept")).toThrow(
        expect.objectContaining({ code: "NETWORK_TOPIC_UNKNOWN" }),
      );
      await network.publish(TOPIC, new Uint8Array(TOPIC_MESSAGE_CAP_BYTES));
      await expect(network.publish(TOPIC, new Uint8Array(TOPIC_MESSAGE_CAP_BYTES + 1))).rejects.toMatchObject({
        code: "NETWORK_MESSAGE_TOO_LARGE",
      });
      const idle = await under.create(2);
      await expect(idle.publish(TOPIC, bytes("x"))).rejects.toMatchObject({ code: "NETWORK_NOT_STARTED" });
      expect(idle.addresses()).toEqual([]);
    });

    it("tells who connects and who leaves, and has peer ids in its addresses", async () => {
      const [a, b] = [await started(1), await started(2)];
      const events: string[] = [];
      const end = b.network.onPeer((peer, event) => events.push(`${event} ${peer === a.network.peerId}`));
      expect(await a.network.dial(b.network.addresses(), NEVER)).toBe(b.network.peerId);
      expect(b.network.addresses()[0]).toMatch(new RegExp(`/p2p/${b.network.peerId}$`));
      await eventually(() => b.network.peers().length === 1);
      expect(a.network.peers()).toEqual([b.network.peerId]);
      expect(b.network.peers()).toEqual([a.network.peerId]);
      await a.network.stop();
      await eventually(() => events.length === 2);
      expect(events).toEqual(["connect true", "disconnect true"]);
      expect(b.network.peers()).toEqual([]);
      end();
    });

    async function pair(): Promise<{ a: Network; b: Network }> {
      const [a, b] = [await started(1), await started(2)];
      await a.network.dial(b.network.addresses(), NEVER);
      await eventually(() => b.network.peers().length === 1);
      return { a: a.network, b: b.network };
    }

    it("carries one request and one response, up to the caps, in both directions of a connection", async () => {
      const { a, b } = await pair();
      for (const network of [a, b]) {
        network.handle(PROTOCOL, async (request, from) => bytes(`${request.length} bytes from ${from}`));
      }
      for (const [asker, answerer] of [
        [a, b],
        [b, a],
      ] as const) {
        const response = await asker.request(answerer.peerId, PROTOCOL, new Uint8Array(REQUEST_CAP_BYTES), NEVER);
        expect(new TextDecoder().decode(response)).toBe(`${REQUEST_CAP_BYTES} bytes from ${asker.peerId}`);
      }
      b.handle(PROTOCOL, async () => new Uint8Array(RESPONSE_CAP_BYTES).fill(7));
      const large = await a.request(b.peerId, PROTOCOL, new Uint8Array(), NEVER);
      expect(large.length).toBe(RESPONSE_CAP_BYTES);
      expect(large.every((byte) => byte === 7)).toBe(true);
    });

    it("refuses oversize frames", async () => {
      const { a, b } = await pair();
      b.handle(PROTOCOL, async () => new Uint8Array(RESPONSE_CAP_BYTES + 1));
      await expect(a.request(b.peerId, PROTOCOL, new Uint8Array(REQUEST_CAP_BYTES + 1), NEVER)).rejects.toMatchObject({
        code: "FRAME_TOO_LARGE",
      });
      await expect(a.request(b.peerId, PROTOCOL, bytes("x"), NEVER)).rejects.toMatchObject({
        code: expect.stringMatching(/FRAME_TOO_LARGE|REQUEST_FAILED/),
      });
    });

    it("says which protocol is unknown, which peer is not there and that a handler failed", async () => {
      const { a, b } = await pair();
      b.handle(PROTOCOL, async () => {
        throw new Error("secret detail");
      });
      await expect(a.request(b.peerId, "/coaudit/other/1", bytes("x"), NEVER)).rejects.toMatchObject({
        code: "REQUEST_PROTOCOL_UNKNOWN",
        metadata: { peer: b.peerId, protocol: "/coaudit/other/1" },
      });
      await expect(a.request(b.peerId, PROTOCOL, bytes("x"), NEVER)).rejects.toMatchObject({ code: "REQUEST_FAILED" });
      await b.stop();
      await eventually(() => a.peers().length === 0);
      await expect(a.request(b.peerId, PROTOCOL, bytes("x"), NEVER)).rejects.toMatchObject({
        code: "REQUEST_PEER_UNREACHABLE",
      });
    });

    it("gives up a request whose signal is aborted, and tells the handler when the asker is gone", async () => {
      const { a, b } = await pair();
      let asked = false;
      let told = false;
      b.handle(PROTOCOL, async (_request, _from, signal) => {
        asked = true;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        told = true;
        return bytes("late");
      });
      const controller = new AbortController();
      const response = a.request(b.peerId, PROTOCOL, bytes("x"), controller.signal);
      await eventually(() => asked);
      controller.abort();
      await expect(response).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
      await eventually(() => told);
    });

    it("does not reach anybody where nobody listens, nor another peer than the address names", async () => {
      const [a, b] = [await started(1), await started(2)];
      const [address = ""] = b.network.addresses();
      const other = await under.create(3);
      const wrong = address.replace(b.network.peerId, other.peerId).replace(/\/p2p\/.*$/, `/p2p/${other.peerId}`);
      await expect(a.network.dial([wrong], NEVER)).rejects.toMatchObject({ code: "NETWORK_DIAL_FAILED" });
      await b.network.stop();
      await expect(a.network.dial([address], NEVER)).rejects.toMatchObject({ code: "NETWORK_DIAL_FAILED" });
      await expect(a.network.dial(["no address"], NEVER)).rejects.toMatchObject({ code: "NETWORK_ADDRESS_INVALID" });
    });

    it("releases its port when it stops", async () => {
      const [a, b] = [await started(1), await started(2)];
      await a.network.dial(b.network.addresses(), NEVER);
      const addresses = b.network.addresses();
      await b.network.stop();
      const again = await under.recreateAt(2, addresses);
      await again.start(costBudget());
      running.push(again);
      expect(again.addresses()).toEqual(addresses);
      expect(await a.network.dial(again.addresses(), NEVER)).toBe(again.peerId);
    });
  });
}
