import { describe, expect, it } from "vitest";
import { startingApi } from "../../src/api/starting-api.ts";
import { freePort } from "../support/ports.ts";
import { dial } from "./dial.ts";

describe("the API of a node that starts", () => {
  it("says that the process lives and is not ready, and gives its port up", async () => {
    const at = { host: "127.0.0.1", port: await freePort() };
    const url = `http://127.0.0.1:${at.port}`;
    const api = await startingApi(at);
    await expect(startingApi(at)).rejects.toMatchObject({ code: "API_LISTEN_FAILED" });
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ["starting"], warnings: [] }]);
    const other = await fetch(`${url}/v1/status`);
    expect([other.status, other.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await other.json()).toMatchObject({ type: "urn:coaudit:problem:starting" });
    await api.stop();
    await (await startingApi(at)).stop();
  });

  it("has room for a health check however many connections say nothing", async () => {
    const at = { host: "127.0.0.1", port: await freePort() };
    const url = new URL(`http://127.0.0.1:${at.port}/healthz`);
    const api = await startingApi(at);
    const silent = await Promise.all(Array.from({ length: 100 }, () => dial(url)));
    expect((await fetch(url)).status).toBe(200);
    for (const { socket } of silent) socket.destroy();
    await api.stop();
  });
});
