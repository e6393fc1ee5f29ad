import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/api.ts";
import type { ApiOptions } from "../../src/api/options.ts";
import { parseCaseFile, verifyCaseFile } from "../../src/core/case-file.ts";
import { verifyCertificate } from "../../src/core/certificate.ts";
import type { Logger } from "../../src/core/log.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, T0 } from "../support/auditors.ts";
import { FakeNode } from "./fake-node.ts";

const TOKEN = "ab".repeat(32);
const OPERATOR = { authorization: `Bearer ${TOKEN}` };
const auditors = makeAuditors(5);
const [a, b, c, d] = auditors as [
  (typeof auditors)[0],
  (typeof auditors)[0],
  (typeof auditors)[0],
  (typeof auditors)[0],
];

let node: FakeNode;
let api: Api;
let url: string;
let logged: object[];

async function serve(options: ApiOptions = {}): Promise<void> {
  const log: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => logged.push(fields) };
  api = createApi({ operatorToken: TOKEN, ...options }, { node, log, clock: systemClock });
  ({ url } = await api.start());
}

beforeEach(async () => {
  node = new FakeNode(auditors);
  logged = [];
  await serve();
});
afterEach(() => api.stop());

interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each asserted below
  body: any;
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ask(path, { method: "POST", body: text, headers: { "content-type": "application/json", ...headers } });
}

function fork(): void {
  for (const auditor of [a, b, c]) node.statements.push(auditor.head(17, digestOf(1, 17)));
  for (const auditor of auditors.slice(3)) node.statements.push(auditor.head(17, digestOf(2, 17)));
}

describe("status", () => {
  it("shows an operator everything that the node says of itself", async () => {
    node.namespace = {
      ...node.namespace,
      state: "halted",
      halt: { reason: "invalid-proof", detail: "epoch 18", atMs: T0 },
      behind: {
        reason: "storage",
        code: "STORE_FULL",
        message: "/data: disk full",
        sinceMs: T0,
        nextAttemptMs: T0 + 1,
      },
    };
    node.warnings = ["behind (storage): /data: disk full"];
    node.reasons = ["the ledger cannot be read: /data: closed"];
    const { status, body } = await ask("/v1/status", { headers: OPERATOR });
    expect(status).toBe(200);
    expect(body).toEqual({ ...node.status(), ready: false, reasons: node.reasons, warnings: node.warnings });
  });

  it("shows a stranger codes, and no message that names folders or addresses of this machine", async () => {
    const behind = {
      reason: "storage",
      code: "STORE_FULL",
      message: "/data: disk full",
      sinceMs: T0,
      nextAttemptMs: T0,
    };
    node.namespace = { ...node.namespace, behind: { ...behind, reason: "storage" } };
    node.warnings = ["behind (storage): /data: disk full"];
    node.reasons = ["the ledger cannot be read: /data/ledger: closed"];
    for (const path of ["/v1/status", "/readyz", "/auditz"]) {
      const { body } = await ask(path);
      expect(JSON.stringify(body)).not.toMatch(/data|10\.0\.0\.7/);
      expect(JSON.stringify(body)).toContain('"behind (storage): STORE_FULL"');
      expect(JSON.stringify(body)).toContain('"the ledger cannot be read"');
    }
    expect((await ask("/v1/status")).body.namespaces[0].behind).toMatchObject({ code: "STORE_FULL" });
  });

  it("lives at /healthz, and /readyz takes it off the network only while it can't serve readers", async () => {
    expect(await ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(await ask("/readyz")).toMatchObject({ status: 200, body: { ready: true, reasons: [], warnings: [] } });
    expect(await ask("/auditz")).toMatchObject({ status: 200, body: { ok: true, reasons: [] } });
    node.warnings = ["no auditor of the roster is connected"];
    expect(await ask("/readyz")).toMatchObject({ status: 200, body: { ready: true, warnings: node.warnings } });
    expect(await ask("/auditz")).toMatchObject({ status: 503, body: { ok: false, reasons: node.warnings } });
    node.reasons = ["the ledger cannot be read"];
    expect(await ask("/readyz")).toMatchObject({ status: 503, body: { ready: false, reasons: node.reasons } });
    expect(await ask("/auditz")).toMatchObject({ status: 503, body: { reasons: [...node.reasons, ...node.warnings] } });
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("sends the security headers of an answer that no page may frame or run", async () => {
    const { headers } = await ask("/v1/status");
    expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("pages elsewhere", () => {
  it("may read what is public, and neither act nor ask whether they may", async () => {
    const read = await ask("/v1/status");
    expect(read.headers.get("access-control-allow-origin")).toBe("*");
    expect(read.headers.get("access-control-allow-credentials")).toBe(null);
    expect((await ask("/nothing")).headers.get("access-control-allow-origin")).toBe("*");
    const act = await post(`/v1/namespaces/${NAMESPACE}/resume`, { reason: "x" });
    expect(act.headers.get("access-control-allow-origin")).toBe(null);
    const preflight = await ask(`/v1/namespaces/${NAMESPACE}/resume`, {
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(404);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(null);
  });

  it("may resume a stream of events, which their browser asks about first", async () => {
    const { status, headers } = await ask("/v1/events", {
      method: "OPTIONS",
      headers: {
        origin: "https://elsewhere.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "last-event-id",
      },
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-headers")).toBe("last-event-id");
    expect(headers.get("access-control-allow-credentials")).toBe(null);
  });
});

describe("heads", () => {
  it("gives every head of an epoch as it was signed", async () => {
    node.statements.push(a.head(17, digestOf(1, 17)), b.lateHead(17, digestOf(1, 17)));
    const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/heads/17`);
    expect(status).toBe(200);
    expect(body).toEqual({ namespace: NAMESPACE, epoch: 17, heads: await node.heads(NAMESPACE, 17) });
    expect(body.heads).toHaveLength(2);
  });

  it("has an empty list for an epoch that nobody signed", async () => {
    expect((await ask(`/v1/namespaces/${NAMESPACE}/heads/99`)).body.heads).toEqual([]);
  });

  it.each(["0", "-1", "1.5", "01", "0x10", "1e3", "9007199254740992", "latest"])(
    "refuses the epoch %s by name",
    async (epoch) => {
      const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/heads/${epoch}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ type: "urn:coaudit:problem:parameter-invalid", parameter: "epoch" });
    },
  );
});

describe("quorum", () => {
  beforeEach(() => {
    for (const auditor of [a, b, c, d]) node.statements.push(auditor.head(17, digestOf(1, 17)));
  });

  it("answers with a certificate that a reader verifies as if it had come by hand", async () => {
    const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17&min=4`);
    expect(status).toBe(200);
    expect(body).toEqual(await node.quorum(NAMESPACE, 17, 4));
    const verdict = await verifyCertificate(
      body.certificate,
      { namespace: NAMESPACE, epoch: 17, min: 4, nowMs: T0 + 60_000 },
      { assumptions: node.assumptions, verifier: new NativeVerifier() },
    );
    expect(verdict.result).toBe("satisfied");
  });

  it("asks for the latest epoch and more than two thirds of the roster unless told otherwise", async () => {
    const { body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum`);
    expect(body).toMatchObject({ result: "satisfied", min: 4, certificate: { epoch: 17 } });
  });

  it("leaves the decision to the reader: too few signatures are an answer, not a problem", async () => {
    const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?min=5`);
    expect([status, body.result]).toEqual([200, "not-enough"]);
    expect(body.missing).toMatchObject([{ auditor: "e.example", reason: "no signature in the certificate" }]);
  });

  it("carries a case whole when histories part", async () => {
    node.statements.length = 0;
    fork();
    const { body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17`);
    expect(body.result).toBe("conflict");
    const file = parseCaseFile(JSON.stringify(body.certificate.cases[0]));
    const verdict = await verifyCaseFile(file, { assumptions: node.assumptions, verifier: new NativeVerifier() });
    expect(verdict.convicts).toBe("provider");
  });

  it("is a problem when no head is held", async () => {
    const { status, headers, body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=99`);
    expect([status, headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect(body).toMatchObject({ type: "urn:coaudit:problem:head-unknown", status: 404, code: "HEAD_UNKNOWN" });
  });

  it.each([
    ["epoch=0", "epoch", '"0"'],
    ["epoch=newest", "epoch", '"newest"'],
    ["epoch=9007199254740993", "epoch", "9007199254740993"],
    ["min=0", "min", '"0"'],
    ["min=", "min", '""'],
    ["min=1&min=2", "min", '["1","2"]'],
    ["mim=3", "mim", '"3"'],
  ])("names the parameter that is wrong in ?%s", async (query, parameter, found) => {
    const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?${query}`);
    expect([status, body.parameter]).toEqual([400, parameter]);
    expect(body.detail).toContain(found);
  });

  it("does not know namespaces that the node does not audit, and says which it does", async () => {
    const { status, body } = await ask("/v1/namespaces/other.v1/quorum");
    expect([status, body.type]).toEqual([404, "urn:coaudit:problem:namespace-unknown"]);
    expect(body.detail).toContain(NAMESPACE);
    expect((await ask("/v1/namespaces/no%20name/quorum")).body.parameter).toBe("ns");
  });
});

describe("evidence", () => {
  beforeEach(fork);

  it("lists open cases and gives each with a file that verifies offline", async () => {
    const { body } = await ask("/v1/evidence");
    expect(body).toEqual({ total: 1, cases: node.cases() });
    const [{ id }] = body.cases;
    const one = await ask(`/v1/evidence/${id}`);
    expect(one.body).toEqual({ case: node.cases()[0], file: node.caseFile(id) });
    const file = parseCaseFile(JSON.stringify(one.body.file));
    const verdict = await verifyCaseFile(file, { assumptions: node.assumptions, verifier: new NativeVerifier() });
    expect(verdict).toMatchObject({ id, class: "split-view", convicts: "provider" });
  });

  it("shows who a case of equivocation convicts", async () => {
    node.statements.push(a.head(17, digestOf(2, 17)));
    const { body } = await ask("/v1/evidence?state=all");
    expect(body.cases).toContainEqual(expect.objectContaining({ convicts: { auditor: "a.example" } }));
  });

  it("takes an operator's note, which only operators read", async () => {
    const id = node.cases()[0]?.id;
    const done = await post(`/v1/evidence/${id}/acknowledge`, { note: "called Bob" }, OPERATOR);
    expect(done).toMatchObject({ status: 200, body: { done: true } });
    const stranger = (await ask("/v1/evidence")).body.cases[0].acknowledged;
    expect(stranger).toEqual({ atMs: T0 });
    const operator = (await ask("/v1/evidence", { headers: OPERATOR })).body.cases[0].acknowledged;
    expect(operator).toEqual({ note: "called Bob", atMs: T0 });
  });

  it("does not know a case that is not held", async () => {
    const id = "0".repeat(64);
    expect((await ask(`/v1/evidence/${id}`)).body.type).toBe("urn:coaudit:problem:case-unknown");
    expect((await post(`/v1/evidence/${id}/acknowledge`, { note: "x" }, OPERATOR)).status).toBe(404);
    expect((await ask("/v1/evidence/xyz")).body).toMatchObject({ status: 400, parameter: "id" });
    expect((await ask("/v1/evidence?state=closed")).body).toMatchObject({ status: 400, parameter: "state" });
  });
});

describe("answers that are kept and asked for again", () => {
  it("gives 304 while nothing changed, and the new answer as soon as evidence arrives", async () => {
    for (const auditor of [a, b, c, d]) node.statements.push(auditor.head(17, digestOf(1, 17)));
    for (const path of [`/v1/namespaces/${NAMESPACE}/quorum?epoch=17`, "/v1/evidence"]) {
      const first = await ask(path);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      expect(first.headers.get("cache-control")).toBe("no-cache");
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await ask(path, { headers: { "if-none-match": tag } });
        expect([again.status, again.body, again.headers.get("etag")]).toEqual([304, "", etag]);
      }
      expect((await ask(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
      node.take(auditors[4]!.head(17, digestOf(2, 17)));
      const changed = await ask(path, { headers: { "if-none-match": etag } });
      expect(changed.status).toBe(200);
      expect(changed.headers.get("etag")).not.toBe(etag);
      node.statements.pop();
    }
  });

  it("lets problems be kept by nobody", async () => {
    const { headers } = await ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=99`);
    expect([headers.get("cache-control"), headers.get("etag")]).toEqual(["no-store", null]);
  });
});

describe("operator actions", () => {
  const path = `/v1/namespaces/${NAMESPACE}/resume`;

  it("resumes a halted namespace for whoever holds the token", async () => {
    node.namespace = { ...node.namespace, state: "halted" };
    expect((await post(path, { reason: "replica was stale" }, OPERATOR)).status).toBe(200);
    expect(node.resumed).toEqual([[NAMESPACE, "replica was stale"]]);
  });

  it("says when there is nothing to resume", async () => {
    const { status, body } = await post(path, { reason: "x" }, OPERATOR);
    expect([status, body.type]).toEqual([409, "urn:coaudit:problem:not-halted"]);
  });

  it.each([
    ["no token", {}],
    ["a wrong token", { authorization: `Bearer ${"ac".repeat(32)}` }],
    ["the token's beginning", { authorization: `Bearer ${TOKEN.slice(0, 63)}` }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
  ])("refuses %s, before it looks at the body", async (_name, headers) => {
    node.namespace = { ...node.namespace, state: "halted" };
    const answer = await post(path, "not json", headers as Record<string, string>);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="coaudit"']);
    expect(answer.body.type).toBe("urn:coaudit:problem:token-required");
    expect(node.resumed).toEqual([]);
  });

  it.each(["x-forwarded-for", "forwarded", "via"])(
    "refuses the right token that came through a proxy (%s)",
    async (header) => {
      const { status, body } = await post(path, { reason: "x" }, { ...OPERATOR, [header]: "127.0.0.1" });
      expect([status, body.type]).toEqual([403, "urn:coaudit:problem:not-local"]);
    },
  );

  it("lets nobody act when no token is set", async () => {
    await api.stop();
    api = createApi({}, { node, log: { debug() {}, info() {}, warn() {}, error() {} }, clock: systemClock });
    ({ url } = await api.start());
    for (const authorization of ["Bearer undefined", "Bearer ", OPERATOR.authorization]) {
      expect((await post(path, { reason: "x" }, { authorization })).status).toBe(401);
    }
  });

  it.each([
    [{}, "reason"],
    [{ reason: "" }, "reason"],
    [{ reason: 7 }, "reason"],
    [{ reason: "x", force: true }, "force"],
    [{ reason: "x".repeat(501) }, "reason"],
  ])("names what is wrong in the body %o", async (body, parameter) => {
    const answer = await post(path, body, OPERATOR);
    expect([answer.status, answer.body.parameter]).toEqual([400, parameter]);
  });
});

describe("problems", () => {
  it("are RFC 9457 for unknown paths and methods", async () => {
    for (const [path, method] of [
      ["/v2/status", "GET"],
      ["/v1/status", "DELETE"],
    ] as const) {
      const { status, headers, body } = await ask(path, { method });
      expect([status, headers.get("content-type")]).toEqual([404, "application/problem+json"]);
      expect(body).toMatchObject({ type: "urn:coaudit:problem:route-unknown", title: expect.any(String), status: 404 });
      expect(body.detail).toContain(`${method} ${path}`);
    }
  });

  it("are RFC 9457 for what fastify itself refuses", async () => {
    const path = `/v1/namespaces/${NAMESPACE}/resume`;
    const of = (answer: Answer): unknown[] => [answer.status, answer.body.type, answer.headers.get("content-type")];
    const type = (slug: string): string => `urn:coaudit:problem:${slug}`;
    const content = "application/problem+json";
    expect(of(await post(path, "{", OPERATOR))).toEqual([400, type("request-malformed"), content]);
    const large = { reason: "x".repeat(9_000) };
    expect(of(await post(path, large, OPERATOR))).toEqual([413, type("body-too-large"), content]);
    const text = await post(path, "x", { ...OPERATOR, "content-type": "text/plain" });
    expect(of(text)).toEqual([415, type("media-type-unsupported"), content]);
    expect(of(await ask(`/v1/evidence?${"x".repeat(1_100)}`))).toEqual([414, type("uri-too-long"), content]);
    expect(of(await ask("/v1/namespaces/%zz/quorum"))).toEqual([400, type("request-malformed"), content]);
  });

  it("tell nothing of an unexpected failure, which the log has", async () => {
    node.quorum = () => Promise.reject(new Error("/secret/folder is gone"));
    const { status, body } = await ask(`/v1/namespaces/${NAMESPACE}/quorum`);
    expect([status, body.type]).toEqual([500, "urn:coaudit:problem:internal"]);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(logged).toContainEqual(expect.objectContaining({ error: "/secret/folder is gone" }));
  });

  it("stop an address that asks too often, unknown paths included, but never the health checks", async () => {
    await api.stop();
    await serve({ rateLimit: 3, rateWindowMs: 60_000 });
    for (const path of ["/v1/status", "/v1/evidence", "/nothing"]) expect((await ask(path)).status).not.toBe(429);
    for (const path of ["/v1/status", "/nothing"]) {
      const { status, headers, body } = await ask(path);
      expect([status, body.type]).toEqual([429, "urn:coaudit:problem:too-many-requests"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await ask("/healthz")).status).toBe(200);
    const other = await ask("/v1/status", { headers: { "x-forwarded-for": "192.0.2.7" } });
    expect(other.status).toBe(200);
  });
});
