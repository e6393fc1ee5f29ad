/** A node under a service manager: what it says, and when. */
import { afterEach, describe, expect, it } from "vitest";
import { missingForNotify, type NotifySocket, notifySocket } from "../support/notify-socket.ts";
import { liveLog, World } from "./world.ts";

const missing = missingForNotify();
if (missing.length > 0) console.warn(`a node as a service: not tested, ${missing.join(" and ")} is not installed`);

let world: World | undefined;
let socket: NotifySocket | undefined;
afterEach(async () => {
  await world?.close();
  socket?.close();
});

describe.skipIf(missing.length > 0)("A node as a service", () => {
  it("is ready when it answers, lives while its loop turns, and says that it stops", async () => {
    socket = await notifySocket();
    const { heard, path } = socket;
    world = await World.open({ names: ["a.example"], log: await liveLog() });
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "400000" };
    const node = world.start("a.example", env);
    await expect.poll(() => heard.find((text) => text.startsWith("READY=1")), { timeout: 60_000 }).toBeDefined();
    expect(heard[0]).toBe("STATUS=opens what is on its disk");
    expect(heard.find((text) => text.startsWith("READY=1"))).toBe(`READY=1\nSTATUS=a.example; API ${node.url}`);
    expect((await fetch(`${node.url}/healthz`)).status).toBe(200);
    const lives = (): number => heard.filter((text) => text === "WATCHDOG=1").length;
    const before = lives();
    await expect.poll(lives, { timeout: 60_000 }).toBeGreaterThan(before + 1);
    await node.stop();
    expect(heard).toContain("STOPPING=1\nSTATUS=stops");
  });
});
