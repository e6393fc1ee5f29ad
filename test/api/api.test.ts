/** What all paths have in common: status, pages elsewhere, caches, problems. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, NAMESPACE, T0 } from "../support/auditors.ts";
import { type Answer, FIVE, OPERATOR, ServedApi } from "./served-api.ts";

const [_a, _b, _c, _d] = FIVE;
let api: ServedApi;
beforeEach(async () => {
  api = await new ServedApi().serve();
});
afterEach(() => api.stop());

describe("status", () => {
  it("shows an operator everything that the node says of itself", async () => {
    api.node.namespace = {
      ...api.node.namespace,
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
    api.node.warnings = ["behind (storage): /data: disk full"];
    api.node.reasons = ["the ledger cannot be read: /data: closed"];
    const { status, body } = await api.ask("/v1/status", { headers: OPERATOR });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...api.node.status(),
      ready: false,
      reasons: api.node.reasons,
      warnings: api.node.warnings,
    });
  });

  it("shows a stranger codes, and no message that names folders or addresses of this machine", async () => {
    const behind = {
      reason: "storage",
      code: "STORE_FULL",
      message: "/data: disk full",
      sinceMs: T0,
      nextAttemptMs: T0,
    };
    api.node.namespace = { ...api.node.namespace, behind: { ...behind, reason: "storage" } };
    api.node.warnings = ["behind (storage): /data: disk full"];
    api.node.reasons = ["the ledger cannot be read: /data/ledger: closed"];
    for (const path of ["/v1/status", "/readyz", "/auditz"]) {
      const { body } = await api.ask(path);
      expect(JSON.stringify(body)).not.toMatch(/data|10\.0\.0\.7/);
      expect(JSON.stringify(body)).toContain('"behind (storage): STORE_FULL"');
      expect(JSON.stringify(body)).toContain('"the ledger cannot be read"');
    }
    expect((await api.ask("/v1/status")).body.namespaces[0].behind).toMatchObject({ code: "STORE_FULL" });
  });

  it("is alive at /healthz, and /readyz takes it off the network only while it cannot serve readers", async () => {
    expect(await api.ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(await api.ask("/readyz")).toMatchObject({ status: 200, body: { ready: true, reasons: [], warnings: [] } });
    expect(await api.ask("/auditz")).toMatchObject({ status: 200, body: { ok: true, reasons: [] } });
    api.node.warnings = ["no auditor of the roster is connected"];
    expect(await api.ask("/readyz")).toMatchObject({ status: 200, body: { ready: true, warnings: api.node.warnings } });
    expect(await api.ask("/auditz")).toMatchObject({ status: 503, body: { ok: false, reasons: api.node.warnings } });
    api.node.reasons = ["the ledger cannot be read"];
    expect(await api.ask("/readyz")).toMatchObject({ status: 503, body: { ready: false, reasons: api.node.reasons } });
    expect(await api.ask("/auditz")).toMatchObject({
      status: 503,
      body: { reasons: [...api.node.reasons, ...api.node.warnings] },
    });
    expect((await api.ask("/healthz")).status).toBe(200);
  });

  it("sends the security headers of an answer that no page may frame or run", async () => {
    const { headers } = await api.ask("/v1/status");
    expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("pages elsewhere", () => {
  it("may read what is public, and neither act nor ask whether they may", async () => {
    const read = await api.ask("/v1/status");
    expect(read.headers.get("access-control-allow-origin")).toBe("*");
    expect(read.headers.get("access-control-allow-credentials")).toBe(null);
    expect((await api.ask("/nothing")).headers.get("access-control-allow-origin")).toBe("*");
    const act = await api.post(`/v1/namespaces/${NAMESPACE}/resume`, { reason: "x" });
    expect(act.headers.get("access-control-allow-origin")).toBe(null);
    const preflight = await api.ask(`/v1/namespaces/${NAMESPACE}/resume`, {
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(404);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(null);
  });

  it("may resume a stream of events, which their browser asks about first", async () => {
    const { status, headers } = await api.ask("/v1/events", {
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

describe("answers that are kept and asked for again", () => {
  it("gives 304 while nothing changed, and the new answer as soon as evidence arrives", async () => {
    api.agree();
    for (const path of [`/v1/namespaces/${NAMESPACE}/quorum?epoch=17`, "/v1/evidence"]) {
      const first = await api.ask(path);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      expect(first.headers.get("cache-control")).toBe("no-cache");
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await api.ask(path, { headers: { "if-none-match": tag } });
        expect([again.status, again.body, again.headers.get("etag")]).toEqual([304, "", etag]);
      }
      expect((await api.ask(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
      api.node.take(FIVE[4]!.head(17, digestOf(2, 17)));
      const changed = await api.ask(path, { headers: { "if-none-match": etag } });
      expect(changed.status).toBe(200);
      expect(changed.headers.get("etag")).not.toBe(etag);
      api.node.statements.pop();
    }
  });

  it("lets problems be kept by nobody", async () => {
    const { headers } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=99`);
    expect([headers.get("cache-control"), headers.get("etag")]).toEqual(["no-store", null]);
  });
});

describe("problems", () => {
  it("are RFC 9457 for unknown paths and methods", async () => {
    for (const [path, method] of [
      ["/v2/status", "GET"],
      ["/v1/status", "DELETE"],
    ] as const) {
      const { status, headers, body } = await api.ask(path, { method });
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
    expect(of(await api.post(path, "{", OPERATOR))).toEqual([400, type("request-malformed"), content]);
    const large = { reason: "x".repeat(9_000) };
    expect(of(await api.post(path, large, OPERATOR))).toEqual([413, type("body-too-large"), content]);
    const text = await api.post(path, "x", { ...OPERATOR, "content-type": "text/plain" });
    expect(of(text)).toEqual([415, type("media-type-unsupported"), content]);
    expect(of(await api.ask(`/v1/evidence?${"x".repeat(1_100)}`))).toEqual([414, type("uri-too-long"), content]);
    expect(of(await api.ask("/v1/namespaces/%zz/quorum"))).toEqual([400, type("request-malformed"), content]);
  });

  it("reveal nothing about an unexpected failure, which is in the log", async () => {
    api.node.quorum = () => Promise.reject(new Error("/secret/folder is gone"));
    const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum`);
    expect([status, body.type]).toEqual([500, "urn:coaudit:problem:internal"]);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(api.logged).toContainEqual(expect.objectContaining({ error: "/secret/folder is gone" }));
  });

  it("stop an address that asks too often, unknown paths included, but never the health checks", async () => {
    await api.serve({ rateLimit: 3, rateWindowMs: 60_000 });
    for (const path of ["/v1/status", "/v1/evidence", "/nothing"]) expect((await api.ask(path)).status).not.toBe(429);
    for (const path of ["/v1/status", "/nothing"]) {
      const { status, headers, body } = await api.ask(path);
      expect([status, body.type]).toEqual([429, "urn:coaudit:problem:too-many-requests"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await api.ask("/healthz")).status).toBe(200);
    const other = await api.ask("/v1/status", { headers: { "x-forwarded-for": "192.0.2.7" } });
    expect(other.status).toBe(200);
  });
});
