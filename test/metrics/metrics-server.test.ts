/** The port of the metrics: who gets them, and what a stranger can make it do. */
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import { MetricsServer } from "../../src/metrics/metrics-server.ts";

const TOKEN = "ab".repeat(32);
const servers: MetricsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(
  read: () => Promise<string> = async () => "coaudit_lag_epochs 0\n# EOF\n",
  options: { token?: string; port?: number } = {},
): Promise<string> {
  const listen = { host: "127.0.0.1", port: 0, ...options };
  const server = new MetricsServer(listen, { read, contentType: "application/openmetrics-text", log: silentLogger });
  servers.push(server);
  return server.start();
}

describe("the port of the metrics", () => {
  it("gives them to whoever asks on this machine, and nothing else", async () => {
    const url = await serve();
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/openmetrics-text"]);
    expect(await answer.text()).toBe("coaudit_lag_epochs 0\n# EOF\n");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect((await fetch(new URL("/", url))).status).toBe(404);
    expect((await fetch(new URL("/v1/status", url))).status).toBe(404);
    const posted = await fetch(url, { method: "POST", body: "x".repeat(100_000) });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("asks for the token where one is set", async () => {
    const url = await serve(undefined, { token: TOKEN });
    for (const authorization of [undefined, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, "Bearer "]) {
      const answer = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="coaudit metrics"']);
      expect(await answer.text()).not.toContain("coaudit_lag");
    }
    expect((await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  });

  it("reads the node once for all who ask at the same time", async () => {
    let reads = 0;
    const waiting: (() => void)[] = [];
    const url = await serve(async () => {
      reads++;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return "# EOF\n";
    });
    const answers = Array.from({ length: 8 }, () => fetch(url));
    await expect.poll(() => waiting.length).toBe(1);
    // The others have arrived too once one more answer, which needs no reading, is there.
    await fetch(new URL("/other", url));
    for (const release of waiting) release();
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    expect(reads).toBeLessThanOrEqual(2);
  });

  it("has room for a scraper however many connections say nothing", async () => {
    const url = new URL(await serve());
    const sockets = Array.from({ length: 40 }, () => connect(Number(url.port), url.hostname));
    for (const socket of sockets) socket.on("error", () => undefined);
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once("connect", () => resolve()))));
    expect((await fetch(url)).status).toBe(200);
    await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(24);
    for (const socket of sockets) socket.destroy();
  });

  it("says that it failed, and goes on", async () => {
    let isBroken = true;
    const url = await serve(async () => {
      if (isBroken) throw new Error("/secret/folder is gone");
      return "# EOF\n";
    });
    const failed = await fetch(url);
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain("secret");
    isBroken = false;
    expect((await fetch(url)).status).toBe(200);
  });

  it("names the port that is taken", async () => {
    const url = new URL(await serve());
    await expect(serve(undefined, { port: Number(url.port) })).rejects.toMatchObject({ code: "METRICS_LISTEN_FAILED" });
  });

  it("stops although connections are open", async () => {
    const url = new URL(await serve());
    const socket = connect(Number(url.port), url.hostname);
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    await servers[0]?.stop();
    socket.destroy();
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });
});
