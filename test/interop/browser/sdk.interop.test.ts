/** The SDK in a real browser: with WebCrypto, and on a page on plain http, which has none. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../../scripts/bundle.mjs";
import { toHex } from "../../../src/core/bytes.ts";
import { formatCertificate } from "../../../src/core/certificate.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { PageServer, type Report } from "../readers/page-server.ts";
import { PLAIN_HOST } from "./browser-process.ts";
import { findChromium, withPage } from "./chromium.ts";
import { findFirefox, withFirefoxPage } from "./firefox.ts";

interface Browser {
  readonly name: string;
  /** Undefined where this machine has none. */
  readonly program: string | undefined;
  readonly withPage: typeof withPage;
}

const browsers: readonly Browser[] = [
  { name: "Chromium", program: findChromium(), withPage },
  { name: "Firefox", program: findFirefox(), withPage: withFirefoxPage },
];
for (const { name, program } of browsers) {
  if (program === undefined) console.warn(`SKIPPED: no ${name} here, so the SDK was not tried in it`);
}

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
  fetch("/report", { method: "POST", body: JSON.stringify({ ...text, isSecure: isSecureContext, hasSubtle: crypto.subtle !== undefined }) });
}, 20);
`;

const MEASURE = `
import { QuorumClient } from "coaudit-client";
const { certificate, policy } = await (await fetch("/given.json")).json();
const times = [];
let result;
for (let i = 0; i < 40; i++) {
  const client = new QuorumClient({ nodes: [], policy });
  const start = performance.now();
  result = (await client.verify(certificate, 17)).result;
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
await fetch("/report", { method: "POST", body: JSON.stringify({ result, medianMs: times[20], hasSubtle: crypto.subtle !== undefined }) });
`;

let folder: string;
let pages: PageServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-page-"));
  execFileSync(process.execPath, ["examples/browser/build.mjs", folder]);
  writeFileSync(join(folder, "measure.mjs"), MEASURE);
  pages = await PageServer.start((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ certificate })),
  );
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const measure = await bundle(join(folder, "measure.mjs"), { "coaudit-client": resolve("src/client/index.ts") });
  for (const [path, text] of [
    ["/", page.replace("</body>", '<script type="module" src="/reporter.js"></script></body>')],
    ["/page.js", readFileSync(join(folder, "page.js"), "utf8")],
    ["/reporter.js", REPORTER],
    ["/measure", '<!doctype html><script type="module" src="/measure.js"></script>'],
    ["/measure.js", measure],
    ["/reader.policy", policy],
    ["/given.json", JSON.stringify({ certificate, policy })],
  ] as const) {
    pages.files.set(path, text);
  }
});
afterAll(() => {
  pages?.close();
  rmSync(folder, { recursive: true });
});

async function open(browser: Browser, host: string, path: string): Promise<Report> {
  pages.reports.length = 0;
  await browser.withPage(browser.program ?? "", `http://${host}:${pages.port}${path}`, () =>
    expect.poll(() => pages.reports.length, { timeout: 60_000 }).toBe(1),
  );
  return pages.reports[0] ?? {};
}

const question = (host: string, digest: string): string =>
  `/?${new URLSearchParams({ node: `http://${host}:${pages.port}`, namespace: NAMESPACE, epoch: "17", digest })}`;

describe.each(browsers)("the SDK in $name", (browser) => {
  const isMissing = browser.program === undefined;

  it.skipIf(isMissing).each([
    ["with WebCrypto", "127.0.0.1", true],
    ["on plain http, without crypto.subtle", PLAIN_HOST, false],
  ])("tells the right digest from a wrong one, %s", async (_what, host, hasSubtle) => {
    const right = await open(browser, host, question(host, shown));
    expect(right).toMatchObject({ result: "satisfied", hasSubtle, isSecure: hasSubtle });
    expect(await open(browser, host, question(host, "ab".repeat(32)))).toMatchObject({
      result: "wrong-digest",
      hasSubtle,
    });
  });

  it.skipIf(isMissing).each(["127.0.0.1", PLAIN_HOST])("verifies 10 auditors, 20 signatures, at %s", async (host) => {
    const { result, medianMs, hasSubtle } = await open(browser, host, "/measure");
    expect(result).toBe("satisfied");
    console.log(
      `${browser.name}: 10 auditors, ${hasSubtle === true ? "WebCrypto" : "JavaScript"}: median ${Number(medianMs).toFixed(1)} ms`,
    );
  });
});
