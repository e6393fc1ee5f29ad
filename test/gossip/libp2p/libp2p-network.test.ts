import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { networkContract, TOPIC } from "../network-contract.ts";

export function seedOf(index: number): Uint8Array {
  return new Uint8Array(32).fill(index);
}

function create(index: number, listen: string): Promise<Network> {
  return createLibp2pNetwork(
    { privateKey: seedOf(index), listen: [listen], topics: [TOPIC] },
    { clock: systemClock, log: silentLogger },
  );
}

networkContract("libp2p over TCP", {
  create: (index) => create(index, "/ip4/127.0.0.1/tcp/0"),
  recreateAt: (index, addresses) => create(index, (addresses[0] ?? "").replace(/\/p2p\/.*$/, "")),
});
