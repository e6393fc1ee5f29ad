import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import type { ApiOptions } from "../../../src/api/options.ts";
import { concat, toBase64, toHex } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { formatBlobName } from "../../../src/source/source.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { FakeNode } from "../fake-node.ts";

const OPERATOR = { authorization: `Bearer ${"ab".repeat(32)}` };
const PEER = { authorization: `Bearer ${"ef".repeat(32)}` };
const OPEN: ApiOptions = { proofs: { access: "open" } };
const PATH = `/v1/namespaces/${NAMESPACE}/epochs/17/proof`;
const name = { epoch: 17, previous: digestOf(1, 16), current: digestOf(1, 17) };
/** More than the kernel's buffers take in for a reader that does not read. */
const chunks = Array.from({ length: 256 }, (_, index) => new Uint8Array(64 * 1024).fill(index));
const bytes = concat(...chunks);

let node: FakeNode;
let api: Api;
let url: URL;
const sockets: Socket[] = [];

async function serve(options: ApiOptions, clock = systemClock): Promise<void> {
  api = createApi({ operatorToken: "ab".repeat(32), ...options }, { node, log: silentLogger, clock });
  url = new URL((await api.start()).url);
}

beforeEach(() => {
  node = new FakeNode(makeAuditors(4));
  node.proofs.set(17, { name, chunks });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.stop();
});

const get = (path = PATH, headers: Record<string, string> = {}) => fetch(new URL(path, url), { headers });

async function problemOf(response: Response): Promise<[status: number, type: string]> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return [response.status, ((await response.json()) as { type: string }).type];
}

/** Asks for the proof and reads nothing of it; `closed` resolves when the server has cut it off. */
async function slowReader(headers = ""): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect(Number(url.port), url.hostname);
  sockets.push(socket);
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.pause();
  socket.write(`GET ${PATH} HTTP/1.1\r\nhost: node\r\n${headers}\r\n`);
  return { socket, closed };
}

describe("who gets a proof", () => {
  it("nobody, unless the configuration says so", async () => {
    await serve({});
    for (const headers of [{}, OPERATOR, PEER]) {
      expect(await problemOf(await get(PATH, headers))).toEqual([403, "urn:coaudit:problem:proofs-off"]);
    }
  });

  it("the operator on the node's own machine alone, when it says no more", async () => {
    await serve({ proofs: { access: "operator" } });
    expect(await problemOf(await get())).toEqual([401, "urn:coaudit:problem:token-required"]);
    expect(await problemOf(await get(PATH, PEER))).toEqual([401, "urn:coaudit:problem:token-required"]);
    const viaProxy = { ...OPERATOR, "x-forwarded-for": "203.0.113.7" };
    expect(await problemOf(await get(PATH, viaProxy))).toEqual([403, "urn:coaudit:problem:not-local"]);
    const response = await get(PATH, OPERATOR);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  it("whoever has the token, and the operator", async () => {
    await serve({ proofs: { access: "token", token: "ef".repeat(32) } });
    const refused = await get();
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    expect(await problemOf(refused)).toEqual([401, "urn:coaudit:problem:token-required"]);
    expect(await problemOf(await get(PATH, { authorization: "Bearer wrong" }))).toEqual([
      401,
      "urn:coaudit:problem:token-required",
    ]);
    for (const headers of [PEER, OPERATOR, { ...PEER, "x-forwarded-for": "203.0.113.7" }]) {
      const response = await get(PATH, headers);
      expect([response.status, response.headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
      await response.arrayBuffer();
    }
  });

  it("anybody, when it is open", async () => {
    await serve(OPEN);
    const response = await get();
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    await response.arrayBuffer();
  });
});

describe("a proof", () => {
  beforeEach(() => serve(OPEN));

  it("comes whole, with its length, its hash and the name of the provider's blob, and leaves nothing open", async () => {
    const response = await get();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": String(bytes.length),
      "coaudit-blob": formatBlobName(name),
      etag: `"${toHex(sha256(bytes))}"`,
      "repr-digest": `sha-256=:${toBase64(sha256(bytes))}:`,
      "access-control-allow-origin": "*",
    });
    expect(response.headers.get("access-control-expose-headers")).toContain("coaudit-blob");
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    await expect.poll(() => node.openProofs).toBe(0);
  });

  it("is not sent again to who has it", async () => {
    const response = await get(PATH, { "if-none-match": `"${toHex(sha256(bytes))}"` });
    expect([response.status, await response.text()]).toEqual([304, ""]);
    await expect.poll(() => node.openProofs).toBe(0);
  });

  it("that is not kept is a problem of its own", async () => {
    const other = PATH.replace("17", "18");
    expect(await problemOf(await get(other))).toEqual([404, "urn:coaudit:problem:proof-unknown"]);
  });

  it.each([
    [`/v1/namespaces/${NAMESPACE}/epochs/0/proof`, "epoch"],
    [`/v1/namespaces/${NAMESPACE}/epochs/latest/proof`, "epoch"],
    [`/v1/namespaces/${NAMESPACE}/epochs/9007199254740993/proof`, "epoch"],
    [`/v1/namespaces/${NAMESPACE}/epochs/..%2f17/proof`, "epoch"],
  ])("is not looked for at %s", async (path, parameter) => {
    const response = await get(path);
    expect(await response.json()).toMatchObject({ type: "urn:coaudit:problem:parameter-invalid", parameter });
  });

  it("of another namespace is not looked for, whatever it is called", async () => {
    for (const other of ["other.v1", "%2e%2e%2f"]) {
      const response = await get(`/v1/namespaces/${other}/epochs/17/proof`);
      expect([400, 404]).toContain(response.status);
      await response.text();
    }
  });
});

describe("downloads", () => {
  it("are one at a time for an address, and free again when one ends", async () => {
    await serve(OPEN);
    const { socket } = await slowReader();
    await expect.poll(() => node.openProofs).toBe(1);
    expect(await problemOf(await get())).toEqual([429, "urn:coaudit:problem:download-running"]);
    // Behind a proxy on this machine everybody has an address of his own.
    const other = await get(PATH, { "x-forwarded-for": "203.0.113.7" });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
    socket.destroy();
    await expect.poll(() => node.openProofs).toBe(0);
    const next = await get();
    expect(next.status).toBe(200);
    await next.arrayBuffer();
  });

  it("are so many at a time and no more", async () => {
    await serve({ ...OPEN, proofDownloads: 2 });
    for (const address of ["203.0.113.1", "203.0.113.2"]) await slowReader(`x-forwarded-for: ${address}\r\n`);
    await expect.poll(() => node.openProofs).toBe(2);
    expect(await problemOf(await get())).toEqual([503, "urn:coaudit:problem:too-many-downloads"]);
  });

  it("are cut off when the reader takes nothing for the socket's time", async () => {
    await serve({ ...OPEN, socketTimeoutMs: 200 });
    const { socket, closed } = await slowReader();
    await expect.poll(() => node.openedProofs).toBe(1);
    await expect.poll(() => node.openProofs, { timeout: 10_000 }).toBe(0);
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(bytes.length);
  });

  it("are cut off when they take longer than a download may, however busy the reader is", async () => {
    const clock = new VirtualClock();
    await serve({ ...OPEN, proofTimeoutMs: 600_000 }, clock);
    const { socket, closed } = await slowReader();
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(600_000);
    socket.resume();
    await closed;
    await expect.poll(() => node.openProofs).toBe(0);
    expect(socket.bytesRead).toBeLessThan(bytes.length);
  });

  it("leave no timer behind when they end", async () => {
    const clock = new VirtualClock();
    await serve(OPEN, clock);
    await (await get()).arrayBuffer();
    await expect.poll(() => clock.sleeping).toBe(0);
  });

  it("hold nothing open when the reader leaves before the file is found", async () => {
    await serve(OPEN);
    let release: () => void = () => {};
    node.gate = new Promise((resolve) => {
      release = resolve;
    });
    const { socket } = await slowReader();
    // The place is taken as soon as the request is there.
    await expect.poll(async () => (await get(PATH, { "if-none-match": "*" }).catch(() => undefined))?.status).toBe(429);
    socket.destroy();
    node.gate = Promise.resolve();
    await expect.poll(async () => (await get(PATH, { "if-none-match": "*" })).status).toBe(304);
    const before = node.openedProofs;
    release();
    await expect.poll(() => node.openedProofs).toBe(before + 1);
    await expect.poll(() => node.openProofs).toBe(0);
  });
});
