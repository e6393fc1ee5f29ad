import { beforeEach } from "vitest";
import { MemoryHub, MemoryNetwork } from "../support/memory-network.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { networkContract, TOPIC } from "./network-contract.ts";

let hub = new MemoryHub();
beforeEach(() => {
  hub = new MemoryHub();
});

function create(index: number): MemoryNetwork {
  return new MemoryNetwork({ peerId: `peer-${index}`, topics: [TOPIC] }, { hub, clock: new VirtualClock() });
}

networkContract("the memory network", {
  create: async (index) => create(index),
  recreateAt: async (index) => create(index),
});
