/** No path takes a query parameter that it does not list. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/api.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { makeAuditors, NAMESPACE } from "../support/auditors.ts";
import { FakeNode } from "./fake-node.ts";

let api: Api;
let url: URL;

beforeEach(async () => {
  const modules = { node: new FakeNode(makeAuditors(4)), log: silentLogger, clock: systemClock };
  api = createApi({ proofs: { access: "open" } }, modules);
  url = new URL((await api.start()).url);
});
afterEach(() => api.stop());

describe("query parameters", () => {
  const paths = [
    "/healthz",
    "/readyz",
    "/v1/status",
    "/openapi.json",
    "/v1/schemas/certificate.json",
    `/v1/namespaces/${NAMESPACE}/heads/17`,
    `/v1/namespaces/${NAMESPACE}/quorum`,
    `/v1/namespaces/${NAMESPACE}/checkpoint`,
    `/v1/namespaces/${NAMESPACE}/checkpoint.1`,
    `/v1/namespaces/${NAMESPACE}/epochs/17/proof`,
    "/v1/events",
    "/v1/evidence",
    `/v1/evidence/${"ab".repeat(32)}`,
    "/distributor/v0/logs",
    "/distributor/v0/witnesses",
    `/distributor/v0/logs/${"ab".repeat(32)}/checkpoint.1`,
    `/distributor/v0/logs/${"ab".repeat(32)}/byWitness/a.example/checkpoint`,
    `/tlog-witness/${"ab".repeat(32)}/checkpoint`,
    "/info",
    "/namespaces",
    `/namespaces/${NAMESPACE}`,
    `/namespaces/${NAMESPACE}/audits/17`,
    `/namespaces/${NAMESPACE}/last-verified-epoch`,
    `/namespaces/${NAMESPACE}/reports`,
  ];

  it("that no route has are 400 on every route", async () => {
    for (const path of paths) {
      for (const query of ["nonsense=1", "Epoch=1", "__proto__=1", "=1"]) {
        const answer = await fetch(new URL(`${path}?${query}`, url));
        expect(answer.status, `${path}?${query}`).toBe(400);
        expect(await answer.json(), path).toMatchObject({ type: "urn:coaudit:problem:parameter-invalid" });
        if (path !== "/v1/events" && !path.endsWith("/proof")) {
          const head = await fetch(new URL(`${path}?${query}`, url), { method: "HEAD" });
          expect(head.status, `HEAD ${path}`).toBe(400);
        }
      }
    }
    const posted = await fetch(new URL("/v1/quorum?min=1", url), {
      method: "POST",
      body: JSON.stringify({ requests: [{ namespace: NAMESPACE }] }),
      headers: { "content-type": "application/json" },
    });
    expect(posted.status).toBe(400);
    expect((await fetch(new URL("/v1/events?x=1", url), { method: "OPTIONS" })).status).toBe(400);
  });

  it("that come twice are 400, and an empty query is none", async () => {
    for (const query of ["min=1&min=2", "epoch=1&epoch=1"]) {
      expect((await fetch(new URL(`/v1/namespaces/${NAMESPACE}/quorum?${query}`, url))).status).toBe(400);
    }
    expect((await fetch(new URL("/healthz?", url))).status).toBe(200);
  });
});
