import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateJsonSchema } from "../../src/api/answers/certificate-schema.ts";
import { logIdOf } from "../../src/api/answers/plexi-views.ts";
import { type Api, createApi } from "../../src/api/api.ts";
import type { OperatedProcess } from "../../src/api/options.ts";
import { toHex } from "../../src/core/bytes.ts";
import { formatCertificate } from "../../src/core/certificate.ts";
import { silentLogger } from "../../src/core/log.ts";
import { plexiSignatureResponse } from "../../src/core/plexi.ts";
import { ReportBook } from "../../src/node/report-book.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, PROVIDER, type TestAuditor } from "../support/auditors.ts";
import { FakeNode } from "./fake-node.ts";

const SCHEMA_FILE = "docs/certificate.schema.json";
const TOKEN = "ab".repeat(32);
const auditors = makeAuditors(5);
const [a, b, c, d] = auditors as [TestAuditor, TestAuditor, TestAuditor, TestAuditor];

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: boolean | Schema;
}
interface Operation {
  tags?: string[];
  security?: object[];
  parameters?: { name: string; in: string; description?: string }[];
  responses: Record<string, { content?: Record<string, { schema: Schema }>; headers?: Record<string, object> }>;
}
interface Description {
  openapi: string;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
}

let node: FakeNode;
let folder: string;
let api: Api;
let url: string;
let description: Description;

beforeAll(async () => {
  node = new FakeNode(auditors);
  for (const auditor of [a, b, c, d]) node.statements.push(auditor.head(16, digestOf(1, 16)));
  for (const auditor of [a, b, c]) node.statements.push(auditor.head(17, digestOf(1, 17)));
  node.statements.push(d.head(17, digestOf(2, 17)), PROVIDER.providerHead(15, digestOf(1, 15)));
  const halt = { reason: "invalid-proof" as const, detail: "epoch 18", atMs: 1 };
  const behind = { reason: "storage" as const, code: "STORE_FULL", message: "full", sinceMs: 1, nextAttemptMs: 2 };
  node.namespace = { ...node.namespace, state: "halted", halt, behind };
  const pushTokens = new Map([[NAMESPACE, TOKEN]]);
  const name = { epoch: 17, previous: digestOf(1, 16), current: digestOf(1, 17) };
  node.proofs.set(17, { name, chunks: [digestOf(3, 17)] });
  const options = { operatorToken: TOKEN, pushTokens, pushWaitMs: 1, proofs: { access: "operator" as const } };
  folder = mkdtempSync(join(tmpdir(), "coaudit-openapi-"));
  const reports = await ReportBook.open(join(folder, "reports.json"), { clock: systemClock, log: silentLogger });
  const process: OperatedProcess = {
    reload: async () => ({ file: "coaudit.yaml", live: ["log-level"], restart: ["listen"], warnings: [] }),
    setLogLevel: () => "info",
  };
  api = createApi(options, { node, log: silentLogger, clock: systemClock, process, reports });
  ({ url } = await api.start());
  description = (await (await fetch(`${url}/openapi.json`)).json()) as Description;
});
afterAll(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

const SETTLEMENT = {
  format: "coaudit/settlement/v1",
  namespace: NAMESPACE,
  first: 17,
  last: 17,
  sides: { [toHex(digestOf(1, 17))]: [a.name], [toHex(digestOf(2, 17))]: [d.name] },
  trust: "none",
  note: "seen",
};

const signed = [a, b, c, d].map((auditor) => ({ auditor: auditor.name, head: auditor.head(16, digestOf(1, 16)) }));
const REPORT = {
  ...{ format: "coaudit/wrong-digest/v1", namespace: NAMESPACE, epoch: 16, shownDigest: "ab".repeat(32) },
  ...{ auditedDigest: toHex(digestOf(1, 16)), reportedAtMs: 1 },
  certificate: formatCertificate(signed[0]!.head, signed, [], 0),
};

const LOG = logIdOf(ORIGIN);
const NS = `/namespaces/${NAMESPACE}`;
const report = PROVIDER.providerHead(16, digestOf(1, 16));

/** One good request for each operation: method and template, path, body. */
const GOOD: [name: string, path: string | (() => string), body?: object][] = [
  ["get /v1/status", "/v1/status"],
  ["get /.well-known/coaudit.json", "/.well-known/coaudit.json"],
  ["get /healthz", "/healthz"],
  ["get /readyz", "/readyz"],
  ["get /auditz", "/auditz"],
  ["get /v1/namespaces/{ns}/heads/{epoch}", `/v1${NS}/heads/17`],
  ["get /v1/namespaces/{ns}/quorum", `/v1${NS}/quorum?epoch=17&min=3`],
  ["post /v1/quorum", "/v1/quorum", { requests: [{ namespace: NAMESPACE }, { namespace: "other.v1" }] }],
  ["post /v1/reports", "/v1/reports", REPORT],
  ["get /v1/evidence", "/v1/evidence"],
  ["get /v1/evidence/{id}", () => `/v1/evidence/${node.cases()[0]?.id}`],
  [
    "post /v1/evidence/{id}/settle",
    () => `/v1/evidence/${node.cases()[0]?.id}/settle`,
    { trust: toHex(digestOf(1, 17)), note: "seen" },
  ],
  ["post /v1/settlements", "/v1/settlements", SETTLEMENT],
  ["post /v1/settlements/withdraw", "/v1/settlements/withdraw", { namespace: NAMESPACE, first: 17 }],
  ["post /v1/evidence/{id}/acknowledge", () => `/v1/evidence/${node.cases()[0]?.id}/acknowledge`, { note: "seen" }],
  ["post /v1/namespaces/{ns}/resume", `/v1${NS}/resume`, { reason: "checked" }],
  ["post /v1/reload", "/v1/reload", {}],
  ["post /v1/log-level", "/v1/log-level", { level: "debug" }],
  ["get /info", "/info"],
  ["get /namespaces", "/namespaces"],
  ["get /namespaces/{ns}", NS],
  ["get /namespaces/{ns}/audits/{epoch}", `${NS}/audits/17`],
  ["get /namespaces/{ns}/last-verified-epoch", `${NS}/last-verified-epoch`],
  ["get /namespaces/{ns}/reports", `${NS}/reports`],
  ["post /namespaces/{ns}/audits", `${NS}/audits`, { epoch: 17, digest: toHex(digestOf(1, 17)) }],
  [
    "post /namespaces/{ns}/reports",
    `${NS}/reports`,
    plexiSignatureResponse(report, report.publicKey, report.signature),
  ],
  ["get /v1/namespaces/{ns}/checkpoint", `/v1${NS}/checkpoint?epoch=16`],
  ["get /v1/namespaces/{ns}/checkpoint.{n}", `/v1${NS}/checkpoint.1`],
  ["get /distributor/v0/logs", "/distributor/v0/logs"],
  ["get /distributor/v0/witnesses", "/distributor/v0/witnesses"],
  ["get /distributor/v0/logs/{log}/checkpoint.{n}", `/distributor/v0/logs/${LOG}/checkpoint.1`],
  [
    "get /distributor/v0/logs/{log}/byWitness/{witness}/checkpoint",
    `/distributor/v0/logs/${LOG}/byWitness/a.example/checkpoint`,
  ],
  ["get /tlog-witness/{hash}/checkpoint", "/tlog-witness/unset/checkpoint"],
  ["get /v1/namespaces/{ns}/epochs/{epoch}/proof", `/v1${NS}/epochs/17/proof`],
  ["get /v1/events", "/v1/events"],
];

function operationOf(name: string): Operation {
  const [method = "", template = ""] = name.split(" ");
  const operation = description.paths[template]?.[method];
  if (operation === undefined) throw new Error(`${name} is not described`);
  return operation;
}

/** Places in the value that the schema has no words for. */
function undescribed(value: unknown, schema: Schema, place = "$"): string[] {
  if (schema.anyOf !== undefined) {
    const found = schema.anyOf
      .filter((one) => Value.Check(one as never, value))
      .map((one) => undescribed(value, one, place));
    return found.find((places) => places.length === 0) ?? found[0] ?? [place];
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => undescribed(item, schema.items ?? {}, `${place}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const { properties, additionalProperties: others } = schema;
    const one = properties?.[key] ?? (typeof others === "object" ? others : undefined);
    return one === undefined ? [`${place}.${key}`] : undescribed(item, one, `${place}.${key}`);
  });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly value: unknown;
}

async function ask(path: string, body: object | undefined): Promise<Answer> {
  const stream = new AbortController();
  const response = await fetch(url + path, {
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    signal: stream.signal,
  });
  const { status, headers } = response;
  const type = headers.get("content-type")?.split(";")[0] ?? "";
  if (type === "text/event-stream") {
    stream.abort();
    return { status, type, headers, value: "" };
  }
  const text = await response.text();
  return { status, type, headers, value: type.includes("json") ? JSON.parse(text) : text };
}

describe("/openapi.json", () => {
  it("is OpenAPI 3.1 and names every operation that there is a request for here, and no other", () => {
    expect(description.openapi).toBe("3.1.0");
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(GOOD.map(([name]) => name).sort());
  });

  it("gives each operation a known tag, and each parameter words", () => {
    const tags = new Set(description.tags.map(({ name }) => name));
    for (const [name] of GOOD) {
      const { tags: own = [], parameters = [] } = operationOf(name);
      expect(own.length, name).toBe(1);
      expect(tags.has(own[0] ?? ""), name).toBe(true);
      for (const parameter of parameters) expect(parameter.description, `${name}: ${parameter.name}`).toBeTruthy();
    }
  });

  it("says which operations need a token", () => {
    const guarded = GOOD.filter(([name]) => operationOf(name).security !== undefined).map(([name]) => name);
    expect(guarded).toEqual(
      GOOD.map(([name]) => name).filter(
        (name) =>
          (name.startsWith("post") && !["post /v1/quorum", "post /v1/reports"].includes(name)) ||
          name.endsWith("/proof"),
      ),
    );
  });

  it.each(GOOD)("agrees with the answer of %s", async (name, path, body) => {
    const real = (typeof path === "function" ? path() : path).replace("/unset/", `/${await originHash()}/`);
    const { status, type, headers, value } = await ask(real, body);
    expect(status).toBeLessThan(name === "get /readyz" ? 504 : 300);
    const schema = operationOf(name).responses[status]?.content?.[type]?.schema;
    expect(schema, `${status} ${type} is not described`).toBeDefined();
    expect([...Value.Errors(schema as never, value)]).toEqual([]);
    expect(undescribed(value, schema ?? {})).toEqual([]);
    const promised = Object.keys(operationOf(name).responses[status]?.headers ?? {});
    expect(promised.filter((header) => !headers.has(header))).toEqual([]);
  });

  it.each(GOOD.filter(([, , body]) => body !== undefined))("agrees with the problem of %s", async (name, path) => {
    const { status, type, value } = await ask(typeof path === "function" ? path() : path, { nonsense: true });
    expect([status, type]).toEqual([400, "application/problem+json"]);
    const schema = operationOf(name).responses["default"]?.content?.[type]?.schema;
    expect([...Value.Errors(schema as never, value)]).toEqual([]);
    expect(undescribed(value, schema ?? {})).toEqual([]);
  });
});

async function originHash(): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ORIGIN));
  return toHex(new Uint8Array(digest));
}

describe("the certificate's schema", () => {
  it("is published in docs and by every node, as the code has it", async () => {
    const schema = certificateJsonSchema();
    if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(SCHEMA_FILE, `${JSON.stringify(schema, undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(SCHEMA_FILE, "utf8"))).toEqual(schema);
    const response = await fetch(`${url}/v1/schemas/certificate.json`);
    expect(response.headers.get("content-type")).toBe("application/schema+json; charset=utf-8");
    expect(await response.json()).toEqual(schema);
  });

  it("takes certificates with and without cases, and nothing else", async () => {
    const schema = certificateJsonSchema() as never;
    for (const epoch of [16, 17]) {
      const { certificate } = (await (await fetch(`${url}/v1${NS}/quorum?epoch=${epoch}`)).json()) as {
        certificate: object;
      };
      expect([...Value.Errors(schema, certificate)]).toEqual([]);
      for (const wrong of [
        { ...certificate, format: "coaudit/certificate/v2" },
        { ...certificate, epoch: "17" },
        { ...certificate, digest: "00" },
        { ...certificate, signatures: {} },
        { ...certificate, signatures: [{ auditor: "a.example" }] },
        { ...certificate, namespace: "two words" },
      ]) {
        expect(Value.Check(schema, wrong)).toBe(false);
      }
    }
  });
});
