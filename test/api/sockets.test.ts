import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/api.ts";
import type { ApiOptions } from "../../src/api/options.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../support/auditors.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Dialled, dial as dialTo } from "./dial.ts";
import { FakeNode } from "./fake-node.ts";

const auditors = makeAuditors(4);
const opened: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function serve(options: ApiOptions = {}, clock = systemClock): Promise<{ node: FakeNode; api: Api; url: URL }> {
  const node = new FakeNode(auditors);
  node.statements.push(...auditors.map((auditor) => auditor.head(17, digestOf(1, 17))));
  const api = createApi(options, { node, log: silentLogger, clock });
  opened.push(api);
  return { node, api, url: new URL((await api.start()).url) };
}

async function dial(url: URL): Promise<Dialled> {
  const dialled = await dialTo(url);
  opened.push({ stop: () => dialled.socket.destroy() });
  return dialled;
}

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: node\r\n\r\n`;

describe("stopping", () => {
  it("closes connections that are kept alive and frees the port", async () => {
    const { api, url } = await serve();
    const { socket, received, closed } = await dial(url);
    socket.write(GET("/healthz"));
    await expect.poll(received).toContain("ok\n");
    await api.stop();
    await closed;
    const next = createApi(
      { port: Number(url.port) },
      { node: new FakeNode(auditors), log: silentLogger, clock: systemClock },
    );
    opened.push(next);
    await next.start();
  });

  it("lets an answer that is on its way arrive", async () => {
    const { node, api, url } = await serve();
    let release: () => void = () => {};
    node.gate = new Promise((resolve) => {
      release = resolve;
    });
    const answer = fetch(new URL(`/v1/namespaces/${NAMESPACE}/quorum`, url));
    const asked = new Promise<void>((resolve) => {
      const { quorum } = node;
      node.quorum = (...args) => {
        resolve();
        return quorum.apply(node, args);
      };
    });
    await asked;
    const stopped = api.stop();
    release();
    const response = await answer;
    expect(await response.json()).toMatchObject({ result: "satisfied" });
    await stopped;
  });

  it("cuts off what takes longer than the grace: a handler that hangs, a reader that does not read", async () => {
    const clock = new VirtualClock();
    const { node, api, url } = await serve({ stopGraceMs: 500 }, clock);
    node.gate = new Promise(() => {});
    const { socket, closed } = await dial(url);
    socket.pause();
    socket.write(GET(`/v1/namespaces/${NAMESPACE}/quorum`));
    const waiting = await dial(url);
    waiting.socket.write("GET /v1/sta");
    await expect.poll(() => clock.sleeping).toBe(0);
    const stopped = api.stop();
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(500);
    await stopped;
    socket.resume();
    await Promise.all([closed, waiting.closed]);
  });

  it("can be asked for twice, and before it started", async () => {
    const { api } = await serve();
    await Promise.all([api.stop(), api.stop()]);
    const idle = createApi({}, { node: new FakeNode(auditors), log: silentLogger, clock: systemClock });
    await idle.stop();
  });
});

describe("listening", () => {
  it("says which address is taken and what to set", async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", () => resolve()));
    opened.push({ stop: () => other.close() });
    const { port } = other.address() as AddressInfo;
    const api = createApi({ port }, { node: new FakeNode(auditors), log: silentLogger, clock: systemClock });
    opened.push(api);
    await expect(api.start()).rejects.toMatchObject({
      code: "API_LISTEN_FAILED",
      message: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*EADDRINUSE.*api.port`)),
    });
  });
});

describe("connections that misbehave", () => {
  it("are told so when they do not speak HTTP, and closed", async () => {
    const { url } = await serve();
    const { socket, received, closed } = await dial(url);
    socket.write("HELLO\r\n\r\n");
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 400 .*content-type: application\/problem\+json/s);
  });

  it("may not send headers without end", async () => {
    const { url } = await serve();
    const { socket, received, closed } = await dial(url);
    socket.write(`GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}`);
    await closed;
    expect(received()).toContain("urn:coaudit:problem:headers-too-large");
  });

  it("are cut off when they send nothing for the socket's time", async () => {
    const { url } = await serve({ socketTimeoutMs: 100 });
    const { socket, closed } = await dial(url);
    socket.write("GET /v1/sta");
    await closed;
  });
});
