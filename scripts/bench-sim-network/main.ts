/** What the network of a simulated world costs: nodes that do nothing but hear and pass on, on one core. */
import { parseArgs } from "node:util";
import { Incarnation } from "../../src/simulator/engine/incarnation.ts";
import { RandomStreams } from "../../src/simulator/engine/random-streams.ts";
import { Scheduler } from "../../src/simulator/engine/scheduler.ts";
import { SimHub } from "../../src/simulator/network/sim-hub.ts";
import { SimNetwork } from "../../src/simulator/network/sim-network.ts";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000" },
    messages: { type: "string", default: "1000" },
    burst: { type: "string", default: "10" },
    degree: { type: "string", default: "6" },
    loss: { type: "string", default: "0.05" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(
    "npm run bench:sim-network [-- --nodes 1000 --messages 1000 --burst 10 --degree 6 --loss 0.05]; some seconds\n\nEvery minute a burst of messages, each of another node; each node dials `degree` others.",
  );
  process.exit(0);
}
const [count, messages, burst, degree] = [options.nodes, options.messages, options.burst, options.degree].map(
  Number,
) as [number, number, number, number];

const TOPIC = "/coaudit/1/example";
const scheduler = new Scheduler({ drain: "fast" });
const streams = new RandomStreams(1);
const hub = new SimHub(
  {
    gossip: "mesh",
    latencyMs: { uniform: [20, 200] },
    lossRate: Number(options.loss),
    duplicateRate: 0,
    partitions: [],
    links: [],
  },
  { scheduler, streams },
);

const names = Array.from({ length: count }, (_, i) => `node-${String(i).padStart(5, "0")}`);
let deliveries = 0;
const networks = names.map((name) => {
  const network = new SimNetwork(
    { peerId: name, topics: [TOPIC] },
    {
      hub,
      incarnation: new Incarnation(name, 1, scheduler),
      clock: { now: () => scheduler.nowUs / 1000, sleep: () => new Promise(() => {}) },
      random: streams.stream("network", name, 1),
    },
  );
  network.subscribe(TOPIC, async () => {
    deliveries++;
    return "accept";
  });
  return network;
});

await measured("start and connect", async () => {
  const random = streams.stream("topology");
  await Promise.all(networks.map((network) => network.start()));
  for (const network of networks) {
    for (const other of random.sample(names, degree)) network.dial([`/memory/${other}`], signal()).catch(() => {});
  }
  await scheduler.run(60_000_000);
});
await measured(`${messages} messages`, async () => {
  for (let i = 0; i < messages; i++) {
    const data = new Uint8Array(300);
    new DataView(data.buffer).setUint32(0, i);
    await networks[(i * 7919) % count]?.publish(TOPIC, data);
    await scheduler.run(scheduler.nowUs + ((i + 1) % burst === 0 ? 60_000_000 - 100_000 * burst : 100_000));
  }
});
await measured("an hour of silence", () => scheduler.run(scheduler.nowUs + 3_600_000_000));
const total = names.reduce((sum, name) => sum + hub.countersOf(name).messagesReceived, 0);
console.log(
  `${deliveries} first deliveries of ${messages * (count - 1)}, ${(total / messages / count).toFixed(2)} copies a message and node`,
);

async function measured(what: string, run: () => Promise<void>): Promise<void> {
  const { events } = scheduler;
  const cpu = process.cpuUsage();
  await run();
  const used = process.cpuUsage(cpu);
  const seconds = (used.user + used.system) / 1e6;
  globalThis.gc?.();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  const happened = scheduler.events - events;
  console.log(
    `${what}: ${seconds.toFixed(2)} s of CPU, ${happened} events, ${Math.round(happened / seconds / 1000)} k events/s, ${heapMb.toFixed(0)} MB of heap`,
  );
}

/** Of its own for each dial: a thousand listeners on one signal are a warning. */
function signal(): AbortSignal {
  return new AbortController().signal;
}
