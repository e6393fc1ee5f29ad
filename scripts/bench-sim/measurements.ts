/** The measurements; each runs in a process of its own. */
import { huntWorld } from "../../src/lab/hunt/hunt-world.ts";
import { HUNT_SIZE, randomScenario } from "../../src/lab/hunt/random-scenario.ts";
import type { Override } from "../../src/simulator/scenario/overrides.ts";
import { loadScenarioText, scenarioVariant } from "../../src/simulator/scenario/read-scenario.ts";
import type { Scenario } from "../../src/simulator/scenario/scenario.ts";
import { runWorld } from "../../src/simulator/world/run-world.ts";

export interface Measured {
  /** The process's processor time, user and system, without its start. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakRssBytes: number;
  readonly events: number;
  readonly worlds: number;
}

export interface Measurement {
  readonly what: string;
  readonly target: string;
  readonly run: () => Promise<{ readonly events: number; readonly worlds: number }>;
  /** The figure in terms of the target: at most 1 when it is met. */
  readonly ratio: (measured: Measured) => number;
  readonly figure: (measured: Measured) => string;
}

const HUNTED_WORLDS = 40;
const GIGABYTE = 1e9;

export const MEASUREMENTS: Readonly<Record<"a" | "b" | "c", Measurement>> = {
  a: {
    what: "1,000 nodes (10 auditors), 100 epochs of 60 s, mesh, symbolic",
    target: "under 60 s of one core, under 1 GB",
    run: async () => one(await scenarioOf("config/scenarios/thousand-nodes.yaml", [])),
    ratio: ({ cpuSeconds, peakRssBytes }) => Math.max(cpuSeconds / 60, peakRssBytes / GIGABYTE),
    figure: ({ cpuSeconds, peakRssBytes }) => `${cpuSeconds.toFixed(1)} s, ${(peakRssBytes / GIGABYTE).toFixed(2)} GB`,
  },
  b: {
    what: "10 auditors, 1,000 epochs, one split, real signatures with the memo",
    target: "under 12 s",
    run: async () =>
      one(
        await scenarioOf("config/scenarios/fifty-fifty-split.yaml", [
          { path: "auditors", value: 10 },
          { path: "epochs", value: 1000 },
          { path: "provider.lies.0.fromEpoch", value: 500 },
          { path: "provider.lies.0.toEpoch", value: 500 },
          { path: "crypto", value: "real" },
          { path: "clients", value: [] },
        ]),
      ),
    ratio: ({ cpuSeconds }) => cpuSeconds / 12,
    figure: ({ cpuSeconds }) => `${cpuSeconds.toFixed(1)} s`,
  },
  c: {
    what: `hunt, ${HUNT_SIZE.auditors} nodes x ${HUNT_SIZE.epochs} epochs of 60 s, ${HUNT_SIZE.crashes} crashes`,
    target: "at least 15 worlds/s on one core",
    run: hunt,
    ratio: ({ worlds, cpuSeconds }) => 15 / (worlds / cpuSeconds),
    figure: ({ worlds, cpuSeconds }) => `${(worlds / cpuSeconds).toFixed(2)} worlds/s`,
  },
};

export async function measure({ run }: Measurement): Promise<Measured> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  const { events, worlds } = await run();
  const { user, system } = process.cpuUsage(before);
  return {
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - startMs) / 1000,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    events,
    worlds,
  };
}

async function one(scenario: Scenario): Promise<{ events: number; worlds: number }> {
  const { measures } = await runWorld({ scenario, seed: 1 });
  return { events: measures.events, worlds: 1 };
}

async function hunt(): Promise<{ events: number; worlds: number }> {
  let events = 0;
  for (let seed = 1; seed <= HUNTED_WORLDS; seed++) events += (await huntWorld(randomScenario(seed), seed)).events;
  return { events, worlds: HUNTED_WORLDS };
}

async function scenarioOf(name: string, overrides: readonly Override[]): Promise<Scenario> {
  return scenarioVariant(await loadScenarioText(name), overrides);
}
