import { connect as connectSocket, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { RosterDialer } from "../../../src/gossip/roster-dialer.ts";
import { systemClock, systemRandom } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { bytes, eventually, TOPIC } from "../network-contract.ts";

const NEVER: AbortSignal = new AbortController().signal;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function node(index: number): Promise<{ network: Network; heard: Set<string> }> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [TOPIC] },
    { clock: systemClock, log: silentLogger },
  );
  const heard = new Set<string>();
  network.subscribe(TOPIC, async (data) => {
    heard.add(new TextDecoder().decode(data));
    return "accept";
  });
  await network.start(costBudget());
  stops.push(() => network.stop());
  return { network, heard };
}

/** A way to a node that can be cut without the node's doing. */
async function wayTo(network: Network): Promise<{ address: string; cut: () => void }> {
  const port = Number(/tcp\/(\d+)/.exec(network.addresses()[0] ?? "")?.[1]);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connectSocket(port, "127.0.0.1");
    sockets.push(near, far);
    near.on("error", () => far.destroy()).pipe(far);
    far.on("error", () => near.destroy()).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  stops.push(async () => {
    cut();
    server.close();
  });
  const address = server.address();
  return {
    address: `/ip4/127.0.0.1/tcp/${typeof address === "object" ? address?.port : 0}/p2p/${network.peerId}`,
    cut,
  };
}

async function publishUntilHeard(from: Network, heard: ReadonlySet<string>, text: string): Promise<void> {
  for (let i = 0; ![...heard].some((line) => line.startsWith(text)); i++) {
    await from.publish(TOPIC, bytes(`${text} ${i}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("two nodes that dialled each other", () => {
  it.each(["first", "second"])("gossip both ways again after the %s of their two connections ended", async (which) => {
    const [a, b] = [await node(1), await node(2)];
    const [toA, toB] = [await wayTo(a.network), await wayTo(b.network)];
    await Promise.all([a.network.dial([toB.address], NEVER), b.network.dial([toA.address], NEVER)]);
    for (const [own, way] of [
      [a, toB],
      [b, toA],
    ] as const) {
      const dialer = new RosterDialer(
        { baseMs: 50, capMs: 200 },
        { network: own.network, clock: systemClock, random: systemRandom, log: silentLogger },
      );
      dialer.setTargets([{ name: "other", addresses: [way.address] }]);
      stops.push(() => dialer.stop());
    }
    await publishUntilHeard(a.network, b.heard, "a before");
    await publishUntilHeard(b.network, a.heard, "b before");
    let ended = false;
    a.network.onPeer((_peer, event) => {
      ended ||= event === "disconnect";
    });
    (which === "first" ? toB : toA).cut();
    await eventually(() => ended);
    await publishUntilHeard(a.network, b.heard, "a after");
    await publishUntilHeard(b.network, a.heard, "b after");
    expect(a.network.peers()).toEqual([b.network.peerId]);
  });
});
