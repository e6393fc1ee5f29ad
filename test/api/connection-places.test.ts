import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ConnectionPlaces } from "../../src/api/connection-places.ts";
import { dial } from "./dial.ts";

const QUESTION = "GET / HTTP/1.1\r\nhost: node\r\n\r\n";

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

/** With two places; answers nothing until it is told to. */
async function serve(): Promise<{ url: URL; answer: () => void }> {
  const waiting: (() => void)[] = [];
  const answered: Set<Socket> = new Set();
  server = createServer((request, response) => {
    answered.add(request.socket);
    waiting.push(() => response.end("here\n"));
  });
  const places = new ConnectionPlaces(2, (socket) => answered.has(socket));
  server.on("connection", (socket) => places.enter(socket));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    url,
    answer: () => {
      for (const one of waiting.splice(0)) one();
    },
  };
}

describe("places for connections", () => {
  it("are given up by the oldest that asked nothing", async () => {
    const { url, answer } = await serve();
    const asking = await dial(url);
    asking.socket.write(QUESTION);
    const silent = await dial(url);
    const newest = await dial(url);
    await silent.closed;
    newest.socket.write(QUESTION);
    await expect
      .poll(() => {
        answer();
        return newest.received();
      })
      .toContain("here");
    expect(asking.received()).toContain("here");
  });

  it("are not given to the newest when all others are being answered", async () => {
    const { url, answer } = await serve();
    const two = [await dial(url), await dial(url)];
    let asked = 0;
    server?.on("request", () => asked++);
    for (const { socket } of two) socket.write(QUESTION);
    await expect.poll(() => asked).toBe(2);
    const third = await dial(url);
    await third.closed;
    answer();
    for (const { received } of two) await expect.poll(() => received()).toContain("here");
  });
});
