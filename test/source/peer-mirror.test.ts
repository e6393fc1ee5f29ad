import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/platform/system.ts";
import { PeerMirror, type PeerMirrorOptions } from "../../src/source/peer-mirror.ts";
import { formatBlobName, parseBlobName } from "../../src/source/source.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { collect, expectCode } from "./contract.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

const never = new AbortController().signal;
const name = parseBlobName(`7/${"aa".repeat(32)}/${"bb".repeat(32)}`);
const proof = new SeededRandom(7).bytes(300_000);
const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(answer: (response: ServerResponse) => void): Promise<ScriptedServer> {
  const server = await startScriptedServer((_request, response) => answer(response));
  servers.push(server);
  return server;
}

const mirror = (url: string, options: Partial<PeerMirrorOptions> = {}) =>
  new PeerMirror({ url, namespace: "test.v1", ...options }, { clock: systemClock, random: new SeededRandom() });

const send =
  (status: number, headers: Record<string, string | number> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { "content-length": proof.length, ...headers }).end(proof);
const named = { "coaudit-blob": formatBlobName(name) };

describe("a peer as a mirror", () => {
  it("is asked for the epoch, with the token, and its bytes are handed on", async () => {
    const server = await serve(send(200, named));
    const blob = await mirror(`${server.url}node`, { token: "secret-token" }).fetch(name, never);
    expect(Buffer.from(await collect(blob.body)).equals(proof)).toBe(true);
    expect(blob).toMatchObject({ sizeBytes: proof.length, host: new URL(server.url).host });
    expect(server.asked[0]?.url.pathname).toBe("/node/v1/namespaces/test.v1/epochs/7/proof");
    expect(server.asked[0]?.headers.authorization).toBe("Bearer secret-token");
  });

  it("that holds another blob for the epoch, or does not say which, is not read", async () => {
    const other = await serve(send(200, { "coaudit-blob": `7/${"aa".repeat(32)}/${"cc".repeat(32)}` }));
    await expectCode(() => mirror(other.url).fetch(name, never), "SOURCE_RESPONSE_INVALID");
    const silent = await serve(send(200));
    await expectCode(() => mirror(silent.url).fetch(name, never), "SOURCE_RESPONSE_INVALID");
    await expect.poll(() => other.answering + silent.answering).toBe(0);
  });

  it.each([
    [403, "SOURCE_STATUS"],
    [404, "SOURCE_NOT_FOUND"],
    [429, "SOURCE_STATUS"],
    [503, "SOURCE_STATUS"],
    [307, "SOURCE_REDIRECTED"],
  ] as const)("that answers %i is asked once", async (status, code) => {
    const server = await serve(send(status, { location: "http://127.0.0.1:1/" }));
    await expectCode(() => mirror(server.url, { token: "secret-token" }).fetch(name, never), code);
    expect(server.asked).toHaveLength(1);
  });

  it("gets no more of this node's memory and time than a bucket", async () => {
    const server = await serve(send(200, named));
    await expectCode(() => mirror(server.url, { maxBlobBytes: 1_000 }).fetch(name, never), "SOURCE_TOO_LARGE");
  });

  it("is reached by https alone outside this machine: the token goes with the request", () => {
    expect(() => mirror("http://auditor.example.org/")).toThrow(/https/);
    expect(mirror("http://auditor.example.org/", { allowPlainHttp: true }).host).toBe("auditor.example.org");
  });
});
