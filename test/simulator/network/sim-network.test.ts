import { afterAll, beforeAll } from "vitest";
import { networkContract, TOPIC } from "../../gossip/network-contract.ts";
import { SimWorld } from "./sim-world.ts";

// The contract waits on the wall clock; so the world's clock runs beside it, faster.
const world = new SimWorld({ network: { latencyMs: 2 }, topics: [TOPIC] });
let isRunning = true;

beforeAll(() => {
  void (async () => {
    while (isRunning) {
      await world.run(20);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
});
afterAll(() => {
  isRunning = false;
});

networkContract("the simulated network", {
  create: async (index) => world.network(`node-${index}`),
  recreateAt: async (index) => world.network(`node-${index}`),
});
