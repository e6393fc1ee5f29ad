/** The SDK in a real browser: with WebCrypto, and on a page on plain http, which has none. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../../scripts/bundle.mjs";
import { toHex } from "../../../src/core/bytes.ts";
import { formatCertificate } from "../../../src/core/certificate.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { findChromium, PLAIN_HOST, withPage } from "./chromium.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so the SDK was not tried in a browser");

const auditors = makeAuditors(10);
const heads = auditors.map((auditor) => ({ auditor: auditor.name, head: auditor.head(17, digestOf(1, 17)) }));
const certificate = formatCertificate(heads[0]!.head, heads, [], 0);
const witnesses = auditors.map(({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`);
const names = auditors.map((_, i) => `w${i}`).join(" ");
const policy = [...witnesses, `group all-of-us 7 ${names}`, "quorum all-of-us", ""].join("\n");
const shown = toHex(digestOf(1, 17));

/** Tells the server what the page shows, once it shows something. */
const REPORTER = `
const output = document.getElementById("result");
const timer = setInterval(() => {
  if (output.textContent === "asking") return;
  clearInterval(timer);
  const text = { result: output.textContent, explanation: document.getElementById("explanation").textContent };
  fetch("/done", { method: "POST", body: JSON.stringify({ ...text, isSecure: isSecureContext, hasSubtle: crypto.subtle !== undefined }) });
}, 20);
`;

const MEASURE = `
import { QuorumClient } from "coaudit-client";
const { certificate, policy } = await (await fetch("/given")).json();
const times = [];
let result;
for (let i = 0; i < 40; i++) {
  const client = new QuorumClient({ nodes: [], policy });
  const start = performance.now();
  result = (await client.verify(certificate, 17)).result;
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
await fetch("/done", { method: "POST", body: JSON.stringify({ result, medianMs: times[20], hasSubtle: crypto.subtle !== undefined }) });
`;

let folder: string;
let server: Server;
let port: number;
let report: (text: string) => void = () => undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-page-"));
  execFileSync(process.execPath, ["examples/browser/build.mjs", folder]);
  writeFileSync(join(folder, "measure.mjs"), MEASURE);
  const pages: Record<string, [string, string | Uint8Array]> = {
    "/": [
      "text/html",
      readFileSync(join(folder, "index.html"), "utf8").replace(
        "</body>",
        '<script type="module" src="/reporter.js"></script></body>',
      ),
    ],
    "/page.js": ["text/javascript", readFileSync(join(folder, "page.js"))],
    "/reporter.js": ["text/javascript", REPORTER],
    "/measure": ["text/html", '<!doctype html><script type="module" src="/measure.js"></script>'],
    "/measure.js": [
      "text/javascript",
      await bundle(join(folder, "measure.mjs"), { "coaudit-client": resolve("src/client/index.ts") }),
    ],
    "/reader.policy": ["text/plain", policy],
    "/given": ["application/json", JSON.stringify({ certificate, policy })],
  };
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    if (pathname === "/done") {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => report(text));
      return response.end();
    }
    const node = pathname.startsWith("/v1/") ? ["application/json", JSON.stringify({ certificate })] : undefined;
    const [type, body] = node ?? pages[pathname] ?? ["text/plain", ""];
    response.writeHead(200, { "content-type": String(type) });
    return response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function open(host: string, path: string): Promise<Record<string, unknown>> {
  const reported = new Promise<string>((done, fail) => {
    report = done;
    AbortSignal.timeout(60_000).addEventListener("abort", () => fail(new Error("the page said nothing in a minute")));
  });
  return JSON.parse(await withPage(chromium ?? "", `http://${host}:${port}${path}`, () => reported));
}

const question = (host: string, digest: string): string =>
  `/?${new URLSearchParams({ node: `http://${host}:${port}`, namespace: NAMESPACE, epoch: "17", digest })}`;

describe.skipIf(chromium === undefined)("the SDK in Chromium", () => {
  it.each([
    ["with WebCrypto", "127.0.0.1", true],
    ["on plain http, without crypto.subtle", PLAIN_HOST, false],
  ])("tells the right digest from a wrong one, %s", async (_what, host, hasSubtle) => {
    const right = await open(host, question(host, shown));
    expect(right).toMatchObject({ result: "satisfied", hasSubtle, isSecure: hasSubtle });
    expect(await open(host, question(host, "ab".repeat(32)))).toMatchObject({ result: "wrong-digest", hasSubtle });
  });

  it.each(["127.0.0.1", PLAIN_HOST])("verifies 10 auditors, 20 signatures, at %s", async (host) => {
    const { result, medianMs, hasSubtle } = await open(host, "/measure");
    expect(result).toBe("satisfied");
    console.log(
      `10 auditors, ${hasSubtle === true ? "WebCrypto" : "JavaScript"}: median ${Number(medianMs).toFixed(1)} ms`,
    );
  });
});
