/**
 * What systemd is told, by the real systemd-notify over a real socket of datagrams; skipped aloud where either is
 * missing.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ServiceManager } from "../../../src/cli/node/service-manager.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { missingForNotify, type NotifySocket, notifySocket } from "../../support/notify-socket.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const missing = missingForNotify();
if (missing.length > 0) console.warn(`what systemd is told: not tested, ${missing.join(" and ")} is not installed`);

let socket: NotifySocket;
const environment = (more: object = {}): { NOTIFY_SOCKET: string } => ({ NOTIFY_SOCKET: socket.path, ...more });
const heard = (): string[] => socket.heard;

describe.skipIf(missing.length > 0)("a service manager", () => {
  beforeEach(async () => {
    socket = await notifySocket();
  });
  afterEach(() => {
    socket.close();
  });

  it("is told that the node opens its disk, is ready, and stops, once each", async () => {
    const manager = new ServiceManager({ environment: environment(), clock: new VirtualClock(), log: silentLogger });
    manager.starting();
    manager.ready("a.example;\nREADY=0");
    await expect.poll(() => heard().length, { timeout: 20_000 }).toBe(2);
    expect(heard()[0]).toBe("STATUS=opens what is on its disk");
    expect(heard()[1]).toBe("READY=1\nSTATUS=a.example; READY=0");
    await manager.stopping();
    await manager.stopping();
    await expect.poll(() => heard().slice(2), { timeout: 20_000 }).toEqual(["STOPPING=1\nSTATUS=stops"]);
  });

  it("hears twice in the time that it gives that the node lives, and no more once it stops", async () => {
    const clock = new VirtualClock();
    const log = silentLogger;
    const manager = new ServiceManager({ environment: environment({ WATCHDOG_USEC: "10000000" }), clock, log });
    manager.starting();
    const lives = (): number => heard().filter((text) => text === "WATCHDOG=1").length;
    for (const count of [1, 2, 3]) {
      await expect.poll(lives, { timeout: 20_000 }).toBe(count);
      await clock.advance(5_000);
    }
    await expect.poll(lives, { timeout: 20_000 }).toBe(4);
    await manager.stopping();
    await clock.advance(60_000);
    expect(lives()).toBe(4);
  });

  it("does not hear of another process's time", async () => {
    const clock = new VirtualClock();
    const WATCHDOG_PID = String(process.pid + 1);
    const more = { WATCHDOG_USEC: "1000000", WATCHDOG_PID };
    const manager = new ServiceManager({ environment: environment(more), clock, log: silentLogger });
    manager.starting();
    await clock.advance(10_000);
    await manager.stopping();
    await expect.poll(heard, { timeout: 20_000 }).toContain("STOPPING=1\nSTATUS=stops");
    expect(heard()).not.toContain("WATCHDOG=1");
  });
});

describe("without a service manager", () => {
  it("nobody is told anything, and a program that is missing is said once", async () => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (_fields: object, text: string) => void warnings.push(text) };
    const clock = new VirtualClock();
    const quiet = new ServiceManager({ environment: {}, clock, log });
    quiet.ready("a.example");
    await quiet.stopping();
    expect(warnings).toEqual([]);
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      const manager = new ServiceManager({ environment: { NOTIFY_SOCKET: "/nowhere/notify" }, clock, log });
      manager.ready("a.example");
      await manager.stopping();
      expect(warnings).toEqual(["systemd was not told how the node is: systemd-notify failed"]);
    } finally {
      process.env["PATH"] = path;
    }
  });
});
