/** Alerts of a node, told to a real server. The node is a fake one, so that it can be made unwell. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Alerts } from "../../src/alerts/alerts.ts";
import { silentLogger } from "../../src/core/log.ts";
import type { AlertsConfig, ReceiverConfig } from "../../src/node/config/config-alerts.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { FakeNode } from "../api/fake-node.ts";
import { digestOf, makeAuditors } from "../support/auditors.ts";
import { freePort } from "../support/ports.ts";
import { AlertServer } from "./support.ts";

const auditors = makeAuditors(5);
const PATIENCE = { timeout: 25_000 };

let folder: string;
let node: FakeNode;
let server: AlertServer;
let url: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-alerts-"));
  node = new FakeNode(auditors);
  server = new AlertServer();
  url = await server.start();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function webhook(changes: Partial<Extract<ReceiverConfig, { kind: "webhook" }>> = {}): ReceiverConfig {
  return { kind: "webhook", name: "hook", severity: "warning", timeoutMs: 5_000, url, format: "json", ...changes };
}

function configOf(receivers: readonly ReceiverConfig[], changes: Partial<AlertsConfig> = {}) {
  const alerts = { behindMinutes: 30, notSigningMinutes: 30, peerHours: 24, diskFreeMib: 0, receivers, ...changes };
  return { file: "coaudit.yaml", name: "a.example", dataFolder: folder, alerts };
}

async function start(receivers: readonly ReceiverConfig[] = [webhook()], changes = {}): Promise<Alerts> {
  const modules = { node, clock: systemClock, random: systemRandom, log: silentLogger };
  const alerts = await Alerts.open(configOf(receivers, changes), modules);
  alerts.start();
  ends.push(() => alerts.stop());
  return alerts;
}

/** Two of five sign another digest: a case. */
function fork(epoch = 17): void {
  for (const [index, auditor] of auditors.entries()) {
    node.statements.push(auditor.head(epoch, digestOf(index < 3 ? 1 : 2, epoch)));
  }
}

const kinds = (): unknown[] => server.json().map(({ kind, state }) => `${kind} ${state}`);

describe("alerts", () => {
  it("tell of a case once, and that it is over when it was acknowledged", async () => {
    fork();
    await start();
    await expect.poll(kinds, PATIENCE).toEqual(["case firing"]);
    node.tell({ type: "case-changed" } as never);
    const id = String(server.json()[0]?.["case"]);
    node.notes.set(id, "seen");
    node.tell({ type: "case-changed" } as never);
    await expect.poll(kinds, PATIENCE).toEqual(["case firing", "case resolved"]);
    expect(new Set(server.json().map(({ id: one }) => one)).size).toBe(1);
  });

  it("are tried again until they are delivered, and do not keep others from being told", async () => {
    const other = new AlertServer();
    const otherUrl = await other.start();
    ends.push(() => other.stop());
    server.status = 503;
    fork();
    await start([webhook(), webhook({ name: "other", url: otherUrl })]);
    await expect.poll(() => other.told.length, PATIENCE).toBe(1);
    await expect.poll(() => server.told.length, PATIENCE).toBeGreaterThanOrEqual(2);
    server.status = 200;
    const failures = server.told.length;
    await expect.poll(() => server.told.length, PATIENCE).toBe(failures + 1);
    expect(other.told).toHaveLength(1);
  });

  it("reach a receiver though it refuses another one", async () => {
    fork();
    server.refuses = (body) => body.includes('"kind":"case"');
    await start();
    await expect.poll(() => server.told.length, PATIENCE).toBeGreaterThanOrEqual(1);
    node.namespace = { ...node.namespace, state: "halted", halt: { reason: "invalid-proof", detail: "", atMs: 1 } };
    node.tell({ type: "case-changed" } as never);
    await expect.poll(() => server.accepted.map(({ body }) => JSON.parse(body).kind), PATIENCE).toEqual(["halted"]);
  });

  it("that are on their way are not told twice because something else was reloaded", async () => {
    const other = new AlertServer();
    const receivers = [webhook(), webhook({ name: "other", url: await other.start() })];
    ends.push(() => other.stop());
    fork();
    server.status = "hang";
    const alerts = await start(receivers);
    await expect.poll(() => [server.open, other.told.length], PATIENCE).toEqual([1, 1]);
    alerts.configure(configOf(receivers));
    fork(2_000);
    node.tell({ type: "case-changed" } as never);
    await expect.poll(() => other.told.length, PATIENCE).toBe(2);
    expect([server.open, server.told.length]).toEqual([1, 1]);
  });

  it("are told after a restart: once, and not what was told before", async () => {
    const port = await freePort();
    const gone = `http://127.0.0.1:${port}/`;
    fork();
    await start([webhook(), webhook({ name: "gone", url: gone })]);
    await expect.poll(() => server.told.length, PATIENCE).toBe(1);
    await expect.poll(() => readFileSync(join(folder, "alerts.json"), "utf8"), PATIENCE).toContain('"told":{"hook"');
    const back = new AlertServer();
    await ends.pop()?.();
    await back.start(port);
    ends.push(() => back.stop());
    await start([webhook(), webhook({ name: "gone", url: gone })]);
    await expect.poll(() => back.told.length, PATIENCE).toBe(1);
    expect([server.told.length, back.told.length]).toEqual([1, 1]);
  });

  it("go to whom a new configuration names", async () => {
    fork();
    const alerts = await start([webhook()]);
    await expect.poll(() => server.told.length, PATIENCE).toBe(1);
    const other = new AlertServer();
    const otherUrl = await other.start();
    ends.push(() => other.stop());
    alerts.configure(configOf([webhook(), webhook({ name: "second", url: otherUrl })]));
    await expect.poll(() => other.told.length, PATIENCE).toBe(1);
    expect(server.told).toHaveLength(1);
    alerts.configure({ ...configOf([]) });
  });

  it("wake a pager for what is critical alone", async () => {
    const { namespace } = node;
    for (const [index, auditor] of auditors.entries()) {
      node.statements.push(auditor.head(17, digestOf(index < 4 ? 1 : 2, 17)));
    }
    await start([webhook(), webhook({ name: "pager", url: `${url}/pager`, severity: "critical" })]);
    await expect.poll(kinds, PATIENCE).toEqual(["lead firing"]);
    const halt = { reason: "invalid-proof" as const, detail: "epoch 18", atMs: 1 };
    node.namespace = { ...namespace, state: "halted", halt };
    node.tell({ type: "case-changed" } as never);
    await expect.poll(() => server.told.map(({ path }) => path).sort(), PATIENCE).toEqual(["/", "/", "/pager"]);
  });
});
