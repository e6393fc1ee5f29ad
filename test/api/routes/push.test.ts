import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { type PlexiSignatureResponse, plexiSignatureResponse } from "../../../src/core/plexi.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, PROVIDER } from "../../support/auditors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { FakeNode } from "../fake-node.ts";

const TOKEN = "cd".repeat(32);
const PROVIDERS = { authorization: `Bearer ${TOKEN}` };
const auditors = makeAuditors(4);
const [a] = auditors as [(typeof auditors)[0]];

let node: FakeNode;
let api: Api;
let url: string;

async function serve(pushTokens = new Map([[NAMESPACE, TOKEN]]), clock = systemClock): Promise<void> {
  api = createApi({ pushTokens }, { node, log: silentLogger, clock });
  ({ url } = await api.start());
}

beforeEach(() => {
  node = new FakeNode(auditors);
  node.statements.push(a.head(17, digestOf(1, 17)));
});
afterEach(() => api.stop());

interface Answer {
  status: number;
  location: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each asserted below
  body: any;
}

async function push(path: string, body: unknown, headers: Record<string, string> = PROVIDERS): Promise<Answer> {
  const response = await fetch(`${url}/namespaces/${NAMESPACE}/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.status, location: response.headers.get("location"), body: await response.json() };
}

function report(epoch: number, branch: number): PlexiSignatureResponse {
  const head = PROVIDER.providerHead(epoch, digestOf(branch, epoch));
  return plexiSignatureResponse(head, head.publicKey, head.signature);
}

describe("pushing", () => {
  it("is off unless the configuration gives the namespace a token", async () => {
    await serve(new Map());
    for (const path of ["audits", "reports"]) {
      const { status, body } = await push(path, {});
      expect([status, body.type]).toEqual([403, "urn:coaudit:problem:push-off"]);
    }
  });

  it("needs the namespace's own token, before anything of the body is looked at", async () => {
    await serve();
    for (const headers of [{}, { authorization: "Bearer nonsense" }]) {
      for (const path of ["audits", "reports"]) {
        const { status, body } = await push(path, { nonsense: true }, headers);
        expect([status, body.type]).toEqual([401, "urn:coaudit:problem:token-required"]);
      }
    }
    expect(node.statements).toHaveLength(1);
  });

  it("does not name fields wrongly without saying which", async () => {
    await serve();
    const digest = toHex(digestOf(1, 17));
    expect((await push("audits", { epoch: 0, digest })).body.parameter).toBe("epoch");
    expect((await push("audits", { epoch: 17, digest: "short" })).body.parameter).toBe("digest");
    expect((await push("audits", { epoch: 17, digest, extra: 1 })).body.parameter).toBe("extra");
  });
});

describe("a pushed epoch", () => {
  it("is answered with the signature when it is signed already", async () => {
    await serve();
    const { status, body } = await push("audits", { epoch: 17, digest: toHex(digestOf(1, 17)) });
    expect([status, body.epoch, body.key_id]).toEqual([200, 17, a.key.publicKey.at(-1)]);
    expect(node.poked).toEqual([]);
  });

  it("never gets a signature for another digest than the one that was verified", async () => {
    await serve();
    const { status, body } = await push("audits", { epoch: 17, digest: toHex(digestOf(2, 17)) });
    expect([status, body.type]).toEqual([409, "urn:coaudit:problem:epoch-conflict"]);
    expect(body.detail).toContain(toHex(digestOf(1, 17)));
  });

  it("makes the auditor look, and is answered as soon as the audit is done", async () => {
    const clock = new VirtualClock();
    await serve(undefined, clock);
    const answer = push("audits", { epoch: 18, digest: toHex(digestOf(1, 18)) });
    await expect.poll(() => node.poked).toEqual([NAMESPACE]);
    node.take(a.head(16, digestOf(1, 16)));
    node.take(a.head(18, digestOf(1, 18)));
    expect((await answer).body).toMatchObject({ epoch: 18, digest: toHex(digestOf(1, 18)) });
  });

  it("is pending when the audit takes longer, and says where the signature will be", async () => {
    const clock = new VirtualClock();
    await serve(undefined, clock);
    const answer = push("audits", { epoch: 18, digest: toHex(digestOf(1, 18)) });
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(5_000);
    const { status, location, body } = await answer;
    expect([status, location]).toEqual([202, `/namespaces/${NAMESPACE}/audits/18`]);
    expect(body).toEqual({ namespace: NAMESPACE, epoch: 18, status: "pending" });
  });
});

describe("a report", () => {
  it("of a head that the provider signed is taken once and listed", async () => {
    await serve();
    const first = await push("reports", report(18, 1));
    expect([first.status, first.body.report]).toEqual([201, report(18, 1)]);
    const again = await push("reports", { ...report(18, 1), key_id: null, serialized_message: null });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const listed = await (await fetch(`${url}/namespaces/${NAMESPACE}/reports`)).json();
    expect(listed).toEqual({ reports: [first.body] });
  });

  it("that contradicts another one opens a case against the provider", async () => {
    await serve();
    await push("reports", report(18, 1));
    expect((await push("reports", report(18, 2))).status).toBe(201);
    const { cases } = (await (await fetch(`${url}/v1/evidence`)).json()) as { cases: { class: string }[] };
    expect(cases).toMatchObject([{ class: "provider-equivocation", convicts: "provider" }]);
  });

  it("is refused when its signature or its fields do not fit together", async () => {
    await serve();
    const good = report(18, 1);
    const forged = await push("reports", { ...good, signature: "00".repeat(64) });
    expect([forged.status, forged.body.type]).toEqual([422, "urn:coaudit:problem:report-refused"]);
    for (const [parameter, wrong] of [
      ["namespace", { ...good, namespace: "other.v1" }],
      ["serialized_message", { ...good, timestamp: good.timestamp + 1 }],
      ["signature", { ...good, signature: "00" }],
      ["epoch", { ...good, epoch: 2 ** 53 }],
    ] as const) {
      const { status, body } = await push("reports", wrong);
      expect([status, body.parameter]).toEqual([400, parameter]);
    }
    const { version: _v, ciphersuite: _c, ...suiteless } = good;
    expect((await push("reports", suiteless)).body.parameter).toBe("version");
    expect(node.statements).toHaveLength(1);
  });
});
