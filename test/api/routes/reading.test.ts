/** What anybody may read: heads, certificates, evidence. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseCaseFile, verifyCaseFile } from "../../../src/core/case-file.ts";
import { verifyCertificate } from "../../../src/core/certificate.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { digestOf, NAMESPACE, T0 } from "../../support/auditors.ts";
import { FIVE, OPERATOR, ServedApi } from "../served-api.ts";

const [a, b, _c, _d] = FIVE;
let api: ServedApi;
beforeEach(async () => {
  api = await new ServedApi().serve();
});
afterEach(() => api.stop());

describe("heads", () => {
  it("gives every head of an epoch as it was signed", async () => {
    api.node.statements.push(a.head(17, digestOf(1, 17)), b.lateHead(17, digestOf(1, 17)));
    const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/heads/17`);
    expect(status).toBe(200);
    expect(body).toEqual({ namespace: NAMESPACE, epoch: 17, heads: await api.node.heads(NAMESPACE, 17) });
    expect(body.heads).toHaveLength(2);
  });

  it("has an empty list for an epoch that nobody signed", async () => {
    expect((await api.ask(`/v1/namespaces/${NAMESPACE}/heads/99`)).body.heads).toEqual([]);
  });

  it.each(["0", "-1", "1.5", "01", "0x10", "1e3", "9007199254740992", "latest"])(
    "refuses the epoch %s by name",
    async (epoch) => {
      const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/heads/${epoch}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ type: "urn:coaudit:problem:parameter-invalid", parameter: "epoch" });
    },
  );
});

describe("quorum", () => {
  it("asks by default for a quorum of those who were in the roster at that epoch", async () => {
    await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17`);
    await api.ask(`/v1/namespaces/${NAMESPACE}/quorum`);
    await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17&min=4`);
    expect(api.node.defaultsAsked).toEqual([
      [NAMESPACE, 17],
      [NAMESPACE, "latest"],
    ]);
  });

  it("has the body that docs/api.md shows", async () => {
    const [, shown = "null"] = /```json\n(\{\n {2}"result".*?)```/s.exec(readFileSync("docs/api.md", "utf8")) ?? [];
    const { body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17&min=4`);
    const documented = JSON.parse(shown) as typeof body;
    const keysOf = (value: object): string[] => Object.keys(value).sort();
    expect(keysOf(documented)).toEqual(keysOf(body));
    expect(keysOf(documented.certificate)).toEqual(keysOf(body.certificate));
    expect(keysOf(documented.certificate.signatures[0])).toEqual(keysOf(body.certificate.signatures[0]));
  });

  beforeEach(() => {
    api.agree();
  });

  it("answers with a certificate that a reader verifies as if it had come by hand", async () => {
    const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17&min=4`);
    expect(status).toBe(200);
    expect(body).toEqual(await api.node.quorum(NAMESPACE, 17, 4));
    const verdict = await verifyCertificate(
      body.certificate,
      { namespace: NAMESPACE, epoch: 17, min: 4, nowMs: T0 + 60_000 },
      { assumptions: api.node.assumptions, verifier: new NativeVerifier() },
    );
    expect(verdict.result).toBe("satisfied");
  });

  it("asks for the latest epoch and more than two thirds of the roster unless told otherwise", async () => {
    const { body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum`);
    expect(body).toMatchObject({ result: "satisfied", min: 4, certificate: { epoch: 17 } });
  });

  it("leaves the decision to the reader: too few signatures are an answer, not a problem", async () => {
    const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?min=5`);
    expect([status, body.result]).toEqual([200, "not-enough"]);
    expect(body.missing).toMatchObject([{ auditor: "e.example", reason: "no signature in the certificate" }]);
  });

  it("carries a case whole when histories part", async () => {
    api.node.statements.length = 0;
    api.fork();
    const { body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=17`);
    expect(body.result).toBe("conflict");
    const file = parseCaseFile(JSON.stringify(body.certificate.cases[0]));
    const verdict = await verifyCaseFile(file, { assumptions: api.node.assumptions, verifier: new NativeVerifier() });
    expect(verdict.convicts).toBe("provider");
  });

  it("is a problem when no head is held", async () => {
    const { status, headers, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?epoch=99`);
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
    const { status, body } = await api.ask(`/v1/namespaces/${NAMESPACE}/quorum?${query}`);
    expect([status, body.parameter]).toEqual([400, parameter]);
    expect(body.detail).toContain(found);
  });

  it("does not know namespaces that the node does not audit, and says which it does", async () => {
    const { status, body } = await api.ask("/v1/namespaces/other.v1/quorum");
    expect([status, body.type]).toEqual([404, "urn:coaudit:problem:namespace-unknown"]);
    expect(body.detail).toContain(NAMESPACE);
    expect((await api.ask("/v1/namespaces/no%20name/quorum")).body.parameter).toBe("ns");
  });
});

describe("evidence", () => {
  beforeEach(() => api.fork());

  it("lists open cases and gives each with a file that verifies offline", async () => {
    const { body } = await api.ask("/v1/evidence");
    expect(body).toEqual({ total: 1, cases: api.node.cases() });
    const [{ id }] = body.cases;
    const one = await api.ask(`/v1/evidence/${id}`);
    expect(one.body).toEqual({ case: api.node.cases()[0], file: api.node.caseFile(id) });
    const file = parseCaseFile(JSON.stringify(one.body.file));
    const verdict = await verifyCaseFile(file, { assumptions: api.node.assumptions, verifier: new NativeVerifier() });
    expect(verdict).toMatchObject({ id, class: "split-view", convicts: "provider" });
  });

  it("shows who a case of equivocation convicts", async () => {
    api.node.statements.push(a.head(17, digestOf(2, 17)));
    const { body } = await api.ask("/v1/evidence?state=all");
    expect(body.cases).toContainEqual(expect.objectContaining({ convicts: { auditor: "a.example" } }));
  });

  it("takes an operator's note, which only operators read", async () => {
    const id = api.node.cases()[0]?.id;
    const done = await api.post(`/v1/evidence/${id}/acknowledge`, { note: "called Bob" }, OPERATOR);
    expect(done).toMatchObject({ status: 200, body: { done: true } });
    const stranger = (await api.ask("/v1/evidence")).body.cases[0].acknowledged;
    expect(stranger).toEqual({ atMs: T0 });
    const operator = (await api.ask("/v1/evidence", { headers: OPERATOR })).body.cases[0].acknowledged;
    expect(operator).toEqual({ note: "called Bob", atMs: T0 });
  });

  it("does not know a case that is not held", async () => {
    const id = "0".repeat(64);
    expect((await api.ask(`/v1/evidence/${id}`)).body.type).toBe("urn:coaudit:problem:case-unknown");
    expect((await api.post(`/v1/evidence/${id}/acknowledge`, { note: "x" }, OPERATOR)).status).toBe(404);
    expect((await api.ask("/v1/evidence/xyz")).body).toMatchObject({ status: 400, parameter: "id" });
    expect((await api.ask("/v1/evidence?state=closed")).body).toMatchObject({ status: 400, parameter: "state" });
  });
});
