/** What an operator may do, and nobody else. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NAMESPACE } from "../../support/auditors.ts";
import { FIVE, OPERATOR, ServedApi, TOKEN } from "../served-api.ts";

const [_a, _b, _c, _d] = FIVE;
let api: ServedApi;
beforeEach(async () => {
  api = await new ServedApi().serve();
});
afterEach(() => api.stop());

describe("operator actions", () => {
  const path = `/v1/namespaces/${NAMESPACE}/resume`;

  it("resumes a halted namespace for whoever holds the token", async () => {
    api.node.namespace = { ...api.node.namespace, state: "halted" };
    expect((await api.post(path, { reason: "replica was stale" }, OPERATOR)).status).toBe(200);
    expect(api.node.resumed).toEqual([[NAMESPACE, "replica was stale"]]);
  });

  it("says when there is nothing to resume", async () => {
    const { status, body } = await api.post(path, { reason: "x" }, OPERATOR);
    expect([status, body.type]).toEqual([409, "urn:coaudit:problem:not-halted"]);
  });

  it.each([
    ["no token", {}],
    ["a wrong token", { authorization: `Bearer ${"ac".repeat(32)}` }],
    ["the token's beginning", { authorization: `Bearer ${TOKEN.slice(0, 63)}` }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
  ])("refuses %s, before it looks at the body", async (_name, headers) => {
    api.node.namespace = { ...api.node.namespace, state: "halted" };
    const answer = await api.post(path, "not json", headers as Record<string, string>);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="coaudit"']);
    expect(answer.body.type).toBe("urn:coaudit:problem:token-required");
    expect(api.node.resumed).toEqual([]);
  });

  it.each(["x-forwarded-for", "forwarded", "via"])(
    "refuses the right token that came through a proxy (%s)",
    async (header) => {
      const { status, body } = await api.post(path, { reason: "x" }, { ...OPERATOR, [header]: "127.0.0.1" });
      expect([status, body.type]).toEqual([403, "urn:coaudit:problem:not-local"]);
    },
  );

  it("lets nobody act when no token is set", async () => {
    await api.serve({});
    for (const authorization of ["Bearer undefined", "Bearer ", OPERATOR.authorization]) {
      expect((await api.post(path, { reason: "x" }, { authorization })).status).toBe(401);
    }
  });

  it.each([
    [{}, "reason"],
    [{ reason: "" }, "reason"],
    [{ reason: 7 }, "reason"],
    [{ reason: "x", force: true }, "force"],
    [{ reason: "x".repeat(501) }, "reason"],
  ])("names what is wrong in the body %o", async (body, parameter) => {
    const answer = await api.post(path, body, OPERATOR);
    expect([answer.status, answer.body.parameter]).toEqual([400, parameter]);
  });
});
