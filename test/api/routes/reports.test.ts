/** What readers report: kept beside everything else, only with a certificate that satisfies, and only where allowed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import { QuorumClient } from "../../../src/client/quorum-client.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { formatCertificate } from "../../../src/core/certificate.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { silentLogger } from "../../../src/core/log.ts";
import type { WrongDigestReport } from "../../../src/core/wrong-digest.ts";
import { ReportBook } from "../../../src/node/report-book.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, T0 } from "../../support/auditors.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { dial } from "../dial.ts";
import { FakeNode } from "../fake-node.ts";

const auditors = makeAuditors(4);
const TOKEN = "t".repeat(64);
let folder: string;
let node: FakeNode;
let book: ReportBook;
let api: Api;
let url: string;
const lines: string[] = [];
const log = {
  ...silentLogger,
  info: (_fields: object, text: string) => void lines.push(text),
  warn: (_fields: object, text: string) => void lines.push(text),
  error: (_fields: object, text: string) => void lines.push(text),
};

beforeEach(async () => {
  lines.length = 0;
  folder = mkdtempSync(join(tmpdir(), "coaudit-reports-"));
  node = new FakeNode(auditors);
  book = await ReportBook.open(join(folder, "reports.json"), { clock: systemClock, log });
  api = createApi({ operatorToken: TOKEN }, { node, log, clock: systemClock, reports: book });
  ({ url } = await api.start());
});
afterEach(async () => {
  await api.stop();
  await book.close();
  rmSync(folder, { recursive: true });
});

function reportOf(signers: readonly number[], change: Partial<WrongDigestReport> = {}): WrongDigestReport {
  const heads = signers.map((index) => ({
    auditor: auditors[index]!.name,
    head: auditors[index]!.head(17, digestOf(1, 17)),
  }));
  const certificate = formatCertificate(heads[0]!.head, heads, [], 0);
  return {
    ...{ format: "coaudit/wrong-digest/v1", namespace: NAMESPACE, epoch: 17, shownDigest: "ab".repeat(32) },
    ...{ auditedDigest: certificate.digest, reportedAtMs: T0, certificate, ...change },
  };
}

const post = (body: unknown, to = url): Promise<Response> =>
  fetch(`${to}/v1/reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const typeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { type?: string }).type;

describe("POST /v1/reports", () => {
  it("keeps a report once for each digest, with a count, and nothing else", async () => {
    expect((await post(reportOf([0, 1, 2]))).status).toBe(201);
    expect((await post(reportOf([1, 2, 3]))).status).toBe(200);
    expect((await post(reportOf([0, 1, 2], { shownDigest: "cd".repeat(32) }))).status).toBe(201);
    expect(
      book
        .list()
        .map(({ shownDigest, count }) => [shownDigest.slice(0, 2), count])
        .sort(),
    ).toEqual([
      ["ab", 2],
      ["cd", 1],
    ]);
    expect(Object.keys(book.list()[0]!).sort()).toEqual(
      ["auditedDigest", "count", "epoch", "firstMs", "lastMs", "namespace", "shownDigest"].sort(),
    );
    expect(node.statements).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("is looked at 60 times at once by all together, and once a second after that", async () => {
    await api.stop();
    const clock = new VirtualClock();
    api = createApi({ operatorToken: TOKEN }, { node, log, clock, reports: book });
    ({ url } = await api.start());
    const body = JSON.stringify(reportOf([0, 1, 2]));
    const head = `POST /v1/reports HTTP/1.1\r\nhost: node\r\nconnection: close\r\ncontent-type: application/json\r\n`;
    const reportFrom = async (from: string): Promise<string> => {
      const { socket, received, closed } = await dial(new URL(url), from);
      socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
      await closed;
      return received().slice(9, 12);
    };
    const answers: string[] = [];
    for (let i = 0; i < 62; i++) answers.push(await reportFrom(`127.0.1.${1 + (i % 7)}`));
    expect(answers).toEqual(["201", ...new Array(59).fill("200"), "429", "429"]);
    await clock.advance(1_000);
    expect([await reportFrom("127.0.1.8"), await reportFrom("127.0.1.8")]).toEqual(["200", "429"]);
  });

  it("is shown in the status to the operator, to nobody else, and changes no readiness", async () => {
    const status = async (headers: Record<string, string> = {}): Promise<{ reports?: unknown; ready: boolean }> =>
      (await (await fetch(`${url}/v1/status`, { headers })).json()) as { reports?: unknown; ready: boolean };
    const operator = { authorization: `Bearer ${TOKEN}` };
    const before = await status(operator);
    await post(reportOf([0, 1, 2]));
    expect(await status(operator)).toMatchObject({ ready: before.ready, reports: [{ epoch: 17, count: 1 }] });
    expect((await status()).reports).toBeUndefined();
    expect((await fetch(`${url}/auditz`)).status).toBe(200);
  });

  it.each<[string, () => unknown, number, string]>([
    ["too few signatures", () => reportOf([0, 1]), 422, "report-refused"],
    [
      "signatures by others",
      () => {
        const report = reportOf([0, 1, 2]);
        const signatures = report.certificate.signatures.map((one) => ({ ...one, plexiSignature: "00".repeat(64) }));
        return { ...report, certificate: { ...report.certificate, signatures } };
      },
      422,
      "report-refused",
    ],
    [
      "the digest that the auditors saw",
      () => reportOf([0, 1, 2], { shownDigest: toHex(digestOf(1, 17)) }),
      400,
      "parameter-invalid",
    ],
    ["another epoch than its certificate", () => reportOf([0, 1, 2], { epoch: 18 }), 400, "parameter-invalid"],
    ["no certificate", () => ({ ...reportOf([0, 1, 2]), certificate: 7 }), 400, "parameter-invalid"],
    ["nothing", () => ({}), 400, "parameter-invalid"],
    ["a list", () => [], 400, "parameter-invalid"],
    ["a digest that is none", () => reportOf([0, 1, 2], { shownDigest: "<script>" }), 400, "parameter-invalid"],
    [
      "more than a report can hold",
      () => ({ ...reportOf([0, 1, 2]), more: "x".repeat(300_000) }),
      413,
      "body-too-large",
    ],
  ])("keeps nothing with %s", async (_what, body, status, slug) => {
    const response = await post(body());
    expect([response.status, await typeOf(response)]).toEqual([status, `urn:coaudit:problem:${slug}`]);
    expect(book.list()).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("is for the namespaces that the node audits", async () => {
    const report = reportOf([0, 1, 2]);
    const other = { ...report, namespace: "other.v1", certificate: { ...report.certificate, namespace: "other.v1" } };
    expect((await post(other)).status).toBe(404);
  });

  it("is off unless the operator allows it", async () => {
    const closed = createApi({}, { node, log, clock: systemClock });
    const { url: to } = await closed.start();
    const response = await post(reportOf([0, 1, 2]), to);
    expect([response.status, await typeOf(response)]).toEqual([403, "urn:coaudit:problem:reports-off"]);
    await closed.stop();
  });

  it("is bounded for one address, whatever it sends", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await post(i % 2 === 0 ? reportOf([0, 1, 2]) : {})).status);
    expect(statuses.slice(10)).toEqual([429, 429]);
    expect(statuses.slice(0, 10)).not.toContain(429);
    // Readers are not affected.
    expect((await fetch(`${url}/v1/status`)).status).toBe(200);
  });
});

describe("an app's report", () => {
  it("is sent when the app wants it, and each node says what it made of it", async () => {
    const closed = createApi({}, { node, log, clock: systemClock });
    const { url: other } = await closed.start();
    const policy = auditors.map(
      ({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`,
    );
    const client = new QuorumClient({
      nodes: [url, other],
      policy: [...policy, "group g 3 w0 w1 w2 w3", "quorum g", ""].join("\n"),
    });
    expect(await client.sendReport(reportOf([0, 1, 2]))).toEqual([
      { url, isTaken: true },
      { url: other, isTaken: false, reason: expect.stringContaining("this node takes no reports") },
    ]);
    expect(book.list()).toHaveLength(1);
    await expect(client.sendReport({} as WrongDigestReport)).rejects.toMatchObject({ code: "REPORT_INVALID" });
    await closed.stop();
  });
});
