import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import { cosignedMessage, formatVkey, isSignedBy, parseSignedNote } from "../../../src/core/checkpoint.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, type TestAuditor } from "../../support/auditors.ts";
import { FakeNode } from "../fake-node.ts";

const auditors = makeAuditors(5);
const [a, b, c, d] = auditors as [TestAuditor, TestAuditor, TestAuditor, TestAuditor];
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const LOG = sha256(`o:${ORIGIN}`);

let node: FakeNode;
let api: Api;
let url: string;

beforeEach(async () => {
  node = new FakeNode(auditors);
  api = createApi({}, { node, log: silentLogger, clock: systemClock });
  ({ url } = await api.start());
  for (const auditor of [a, b, c]) node.take(auditor.head(17, digestOf(1, 17)));
  node.take(d.lateHead(17, digestOf(1, 17)));
});
afterEach(() => api.stop());

async function get(path: string): Promise<{ status: number; type: string | null; etag: string | null; text: string }> {
  const response = await fetch(`${url}${path}`);
  const { headers, status } = response;
  return { status, type: headers.get("content-type"), etag: headers.get("etag"), text: await response.text() };
}

/** The auditors whose cosignature on the note is valid. */
async function signersOf(note: string): Promise<string[]> {
  const { checkpoint, signatures } = parseSignedNote(note);
  const verifier = new NativeVerifier();
  const names: string[] = [];
  for (const line of signatures) {
    for (const { name, key } of auditors) {
      if (!isSignedBy(line, { name, publicKey: key.publicKey })) continue;
      const message = cosignedMessage(checkpoint, line.timeSeconds);
      if (await verifier.verify(key.publicKey, message, line.signature)) names.push(name);
    }
  }
  return names.sort();
}

describe("a checkpoint", () => {
  it("is a signed note with every cosignature that counts", async () => {
    const { status, type, etag, text } = await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    expect([status, type]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(etag).toMatch(/^"/);
    expect(parseSignedNote(text).checkpoint).toEqual({ origin: ORIGIN, epoch: 17, digest: digestOf(1, 17) });
    expect(await signersOf(text)).toEqual(["a.example", "b.example", "c.example"]);
  });

  it("of a chosen epoch has the cosignatures of that epoch", async () => {
    node.take(a.head(18, digestOf(1, 18)));
    const { text } = await get(`/v1/namespaces/${NAMESPACE}/checkpoint?epoch=17`);
    expect(await signersOf(text)).toHaveLength(3);
    expect(parseSignedNote((await get(`/v1/namespaces/${NAMESPACE}/checkpoint`)).text).checkpoint.epoch).toBe(18);
  });

  it("can be asked for with a number of cosignatures, here and at the distributor's path", async () => {
    for (const base of [`/v1/namespaces/${NAMESPACE}`, `/distributor/v0/logs/${LOG}`]) {
      expect(await signersOf((await get(`${base}/checkpoint.3`)).text)).toHaveLength(3);
      const four = await get(`${base}/checkpoint.4`);
      expect([four.status, JSON.parse(four.text).type]).toEqual([404, "urn:coaudit:problem:head-unknown"]);
      expect(JSON.parse((await get(`${base}/checkpoint.0`)).text).parameter).toBe("n");
    }
  });

  it("grows as cosignatures arrive", async () => {
    await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    node.take(auditors[4]!.head(17, digestOf(1, 17)));
    expect(await signersOf((await get(`/v1/namespaces/${NAMESPACE}/checkpoint`)).text)).toHaveLength(4);
  });

  it("is refused where evidence stands against it, since a note can't carry it", async () => {
    node.statements.length = 0;
    for (const auditor of [a, b, c]) node.take(auditor.head(17, digestOf(1, 17)));
    for (const auditor of auditors.slice(3)) node.take(auditor.head(17, digestOf(2, 17)));
    const { status, text } = await get(`/v1/namespaces/${NAMESPACE}/checkpoint?epoch=17`);
    expect([status, JSON.parse(text).type]).toEqual([409, "urn:coaudit:problem:quorum-conflict"]);
    expect(JSON.parse(text).detail).toContain("/v1/evidence");
  });
});

describe("the distributor's lists", () => {
  it("name the logs by their C2SP id and the witnesses by their vkeys", async () => {
    expect(JSON.parse((await get("/distributor/v0/logs")).text)).toEqual([LOG]);
    const vkeys = auditors.map(({ name, key }) => formatVkey({ name, publicKey: key.publicKey })).sort();
    expect(JSON.parse((await get("/distributor/v0/witnesses")).text)).toEqual(vkeys);
  });

  it("do not know other logs", async () => {
    const { status, text } = await get(`/distributor/v0/logs/${"0".repeat(64)}/checkpoint.1`);
    expect([status, JSON.parse(text).type]).toEqual([404, "urn:coaudit:problem:namespace-unknown"]);
  });
});

describe("one witness", () => {
  it("has the newest checkpoint that it cosigned, alone, at the distributor's and at a witness' path", async () => {
    node.take(a.head(16, digestOf(1, 16)));
    const ofB = await get(`/distributor/v0/logs/${LOG}/byWitness/b.example/checkpoint`);
    expect(await signersOf(ofB.text)).toEqual(["b.example"]);
    const own = await get(`/tlog-witness/${sha256(ORIGIN)}/checkpoint`);
    expect(await signersOf(own.text)).toEqual(["a.example"]);
    expect(parseSignedNote(own.text).checkpoint.epoch).toBe(17);
  });

  it("that signed late heads only, or is nobody, has none", async () => {
    for (const name of ["d.example", "nobody.example"]) {
      expect((await get(`/distributor/v0/logs/${LOG}/byWitness/${name}/checkpoint`)).status).toBe(404);
    }
  });
});
