import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import { fromHex, toHex } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import {
  encodePlexiMessage,
  type PlexiSignatureResponse,
  parsePlexiSignatureResponse,
} from "../../../src/core/plexi.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, PROVIDER, T0 } from "../../support/auditors.ts";
import { FakeNode } from "../fake-node.ts";

const auditors = makeAuditors(4);
const [a, b] = auditors as [(typeof auditors)[0], (typeof auditors)[0]];

let node: FakeNode;
let api: Api;
let url: string;

beforeEach(async () => {
  node = new FakeNode(auditors);
  node.statements.push(a.lateHead(2, digestOf(1, 2)), a.head(16, digestOf(1, 16)), a.head(17, digestOf(1, 17)));
  node.statements.push(b.head(1, digestOf(1, 1)), b.head(18, digestOf(1, 18)));
  api = createApi({}, { node, log: silentLogger, clock: systemClock });
  ({ url } = await api.start());
});
afterEach(() => api.stop());

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each asserted below
async function get(path: string): Promise<{ status: number; etag: string | null; body: any }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, etag: response.headers.get("etag"), body: await response.json() };
}

describe("Plexi's auditor API", () => {
  it("names the auditor's keys, with the time of their first signature, and its logs", async () => {
    const { status, body } = await get("/info");
    expect(status).toBe(200);
    expect(body.keys).toEqual([{ public_key: toHex(a.key.publicKey), not_before: T0 + 2_000 }]);
    // printf 'o:test.kt/v1' | sha256sum
    expect(body.logs).toEqual(["ab7e2df96013f87e38a99aca8efc35ca4c08dcf979b2982ba54b7a0d42d63b06"]);
  });

  it("lists the namespaces, with the first epoch that this auditor signed for a root", async () => {
    const expected = {
      name: NAMESPACE,
      log_directory: "https://log.example.org/",
      root: `2/${toHex(digestOf(1, 2))}`,
      last_verified_epoch: 17,
      status: "Online",
      reports_uri: `/namespaces/${NAMESPACE}/reports`,
      audits_uri: `/namespaces/${NAMESPACE}/audits`,
      signature_version: 1,
      ciphersuite: 1,
    };
    expect((await get("/namespaces")).body).toEqual({ namespaces: [expected] });
    const one = await get(`/namespaces/${NAMESPACE}`);
    expect(one.body).toEqual(expected);
    expect(one.etag).toMatch(/^"/);
  });

  it("is Online while it audits, Initialization before its first signature, Disabled when it halted or ended", async () => {
    const statusNow = async () => (await get(`/namespaces/${NAMESPACE}`)).body.status;
    expect(await statusNow()).toBe("Online");
    for (const state of ["halted", "ended"] as const) {
      node.namespace = { ...node.namespace, state };
      expect(await statusNow()).toBe("Disabled");
    }
    node.namespace = { ...node.namespace, state: "auditing" };
    node.statements.length = 0;
    expect((await get(`/namespaces/${NAMESPACE}`)).body).toMatchObject({ status: "Initialization", root: null });
  });

  it("keeps a source to itself that is no public directory", async () => {
    const { logDirectory: _none, ...rest } = node.namespace;
    node.namespace = rest;
    expect((await get(`/namespaces/${NAMESPACE}`)).body.log_directory).toBe(null);
  });

  it("gives its own signature over an epoch, whole and late ones alike, as Plexi's clients verify it", async () => {
    for (const epoch of [2, 17]) {
      const { status, body } = await get(`/namespaces/${NAMESPACE}/audits/${epoch}`);
      expect(status).toBe(200);
      const { message, signature } = parsePlexiSignatureResponse(body as PlexiSignatureResponse);
      expect(message).toMatchObject({ namespace: NAMESPACE, epoch, digest: digestOf(1, epoch) });
      expect(body.key_id).toBe(a.key.publicKey.at(-1));
      const isValid = await new NativeVerifier().verify(a.key.publicKey, encodePlexiMessage(message), signature);
      expect(isValid).toBe(true);
    }
  });

  it("says 404 for what it has not signed, and why, whatever others signed", async () => {
    node.namespace = { ...node.namespace, latestListed: 19, lastVerified: { epoch: 18, digest: "22".repeat(32) } };
    const whyNot = async (epoch: number) => {
      const { status, body } = await get(`/namespaces/${NAMESPACE}/audits/${epoch}`);
      expect(status).toBe(404);
      return body.detail as string;
    };
    expect(await whyNot(1)).toMatch(/its audit begins after epoch 1$/);
    expect(await whyNot(18)).toMatch(/verified but not signed yet/);
    expect(await whyNot(19)).toMatch(/published but not verified yet/);
    expect(await whyNot(20)).toMatch(/has not published it$/);
    const halt = { reason: "invalid-proof" as const, detail: "/data/quarantine", atMs: T0 };
    node.namespace = { ...node.namespace, state: "halted", halt };
    expect(await whyNot(19)).toMatch(/the audit halted \(invalid-proof\) after epoch 18$/);
  });

  it("names the last epoch that it signed, with the digests of both ends and a job id that does not change", async () => {
    const { body } = await get(`/namespaces/${NAMESPACE}/last-verified-epoch`);
    expect(body).toEqual({
      job_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      epoch: 17,
      start_hash: toHex(digestOf(1, 16)),
      end_hash: toHex(digestOf(1, 17)),
      timestamp: T0 + 17_000,
    });
    expect((await get(`/namespaces/${NAMESPACE}/last-verified-epoch`)).body.job_id).toBe(body.job_id);
  });

  it("begins the last verified epoch at the audit's root when it is the first one", async () => {
    node.namespace = { ...node.namespace, lastSigned: { epoch: 2, timestampMs: T0 + 2_000 } };
    const { body } = await get(`/namespaces/${NAMESPACE}/last-verified-epoch`);
    expect(body).toMatchObject({ epoch: 2, start_hash: "11".repeat(32), end_hash: toHex(digestOf(1, 2)) });
  });

  it("lists what the provider signed itself, newest first", async () => {
    node.statements.push(PROVIDER.providerHead(3, digestOf(1, 3)), PROVIDER.providerHead(4, digestOf(1, 4)));
    const { body } = await get(`/namespaces/${NAMESPACE}/reports`);
    expect(body.reports.map(({ report }: { report: { epoch: number } }) => report.epoch)).toEqual([4, 3]);
    const [{ report }] = body.reports as [{ report: PlexiSignatureResponse }];
    const { message, signature } = parsePlexiSignatureResponse(report);
    expect(await new NativeVerifier().verify(PROVIDER.key.publicKey, encodePlexiMessage(message), signature)).toBe(
      true,
    );
    expect(fromHex(report.signature)).toHaveLength(64);
  });

  it("does not know namespaces that the node does not audit", async () => {
    for (const path of ["", "/audits/1", "/last-verified-epoch", "/reports"]) {
      const { status, body } = await get(`/namespaces/other.v1${path}`);
      expect([status, body.type]).toEqual([404, "urn:coaudit:problem:namespace-unknown"]);
    }
  });
});
