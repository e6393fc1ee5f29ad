/** Conditions that must last before anybody is told, by a clock that the test moves. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Alerts } from "../../src/alerts/alerts.ts";
import { silentLogger } from "../../src/core/log.ts";
import { FakeNode } from "../api/fake-node.ts";
import { makeAuditors } from "../support/auditors.ts";
import { SeededRandom, VirtualClock } from "../support/virtual-clock.ts";
import { AlertServer } from "./support.ts";

const PATIENCE = { timeout: 25_000 };
const BEHIND = { reason: "transport", code: "SOURCE_UNREACHABLE", message: "no answer", sinceMs: 1, retryAtMs: 2 };

let folder: string;
let node: FakeNode;
let clock: VirtualClock;
let server: AlertServer;
let url: string;
let alerts: Alerts | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-lasting-"));
  node = new FakeNode(makeAuditors(5));
  clock = new VirtualClock();
  server = new AlertServer();
  url = await server.start();
});
afterEach(async () => {
  await alerts?.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const kinds = (): string[] => server.json().map(({ kind, state }) => `${kind} ${state}`);

async function start(): Promise<void> {
  const hook = { kind: "webhook", name: "hook", severity: "warning", timeoutMs: 600_000, url, format: "json" } as const;
  const thresholds = { behindMinutes: 30, notSigningMinutes: 30, peerHours: 24, diskFreeMib: 0, receivers: [hook] };
  const config = { file: "coaudit.yaml", name: "a.example", dataFolder: folder, alerts: thresholds };
  alerts = await Alerts.open(config, { node, clock, random: new SeededRandom(1), log: silentLogger });
  alerts.start();
}

function setBehind(isBehind: boolean): void {
  const { behind: _behind, ...well } = node.namespace;
  node.namespace = (isBehind ? { ...well, behind: BEHIND } : well) as typeof node.namespace;
}

/** The watch and one delivery sleep between looks, 10 s apart. */
async function pass(minutes: number): Promise<void> {
  for (let look = 0; look < minutes * 6; look++) {
    await expect.poll(() => clock.sleeping, { ...PATIENCE, interval: 2 }).toBe(2);
    await clock.advance(10_000);
  }
  await expect.poll(() => clock.sleeping, { ...PATIENCE, interval: 2 }).toBe(2);
}

it("is told after half an hour, and not before", async () => {
  setBehind(true);
  await start();
  await pass(29);
  expect(kinds()).toEqual([]);
  await pass(2);
  await expect.poll(kinds, PATIENCE).toEqual(["behind firing"]);
  setBehind(false);
  await pass(1);
  await expect.poll(kinds, PATIENCE).toEqual(["behind firing", "behind resolved"]);
});

it("has lasted as long after a restart, whose first looks find nothing yet", async () => {
  setBehind(true);
  await start();
  await pass(29);
  await alerts?.stop();
  setBehind(false);
  await start();
  await pass(1);
  setBehind(true);
  await pass(2);
  await expect.poll(kinds, PATIENCE).toEqual(["behind firing"]);
});

it("that stands goes on over a restart, and is not told to be over in between", async () => {
  setBehind(true);
  await start();
  await pass(31);
  await expect.poll(kinds, PATIENCE).toEqual(["behind firing"]);
  await alerts?.stop();
  setBehind(false);
  await start();
  await pass(1);
  setBehind(true);
  await pass(5);
  expect(kinds()).toEqual(["behind firing"]);
  expect(readFileSync(join(folder, "alerts.json"), "utf8")).toContain("behind:");
});
