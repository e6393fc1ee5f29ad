/** The check of a contact on the thread of a page, in a headless Chromium: how long, and how long nothing else runs. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { KeyRequest } from "../../src/akd/keys/key-check.ts";
import { toHex } from "../../src/core/bytes.ts";
import { formatCertificate } from "../../src/core/certificate.ts";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { findChromium, withPage } from "../../test/interop/browser/chromium.ts";
import { PageServer } from "../../test/interop/readers/page-server.ts";
import { makeAuditors, NAMESPACE, ORIGIN } from "../../test/support/auditors.ts";

export interface PageFigures {
  /** Of one contact: in milliseconds, the least and the median of 20. */
  readonly leastMs: number;
  readonly medianMs: number;
  /** The longest time that the page's thread did nothing else: the least and the median of the same 20. */
  readonly leastPauseMs: number;
  readonly medianPauseMs: number;
}

const PATIENCE_MS = 120_000;

/** Undefined without a Chromium. `history`: of the most recent version of `request.label`, with this value. */
export async function measureInChromium(
  request: KeyRequest,
  value: Uint8Array,
  history: Uint8Array,
): Promise<PageFigures | undefined> {
  const chromium = findChromium();
  if (chromium === undefined) return undefined;
  const auditors = makeAuditors(5);
  const { epoch, digest, label, vrfKey } = request;
  const heads = auditors
    .slice(0, 4)
    .map((auditor) => ({ auditor: auditor.name, head: auditor.head(epoch, digest, Date.now()) }));
  const [first] = heads;
  if (first === undefined) throw new Error("nobody signs");
  const certificate = formatCertificate(first.head, heads, [], 0);
  const vkeys = auditors.map(({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`);
  const policy = [...vkeys, "group all 4 w0 w1 w2 w3 w4", "quorum all", ""].join("\n");
  const contact = { epoch, ...hexOf({ label, value, digest, proof: history }) };
  const pages = await PageServer.start((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ certificate })),
  );
  try {
    pages.files.set("/", '<!doctype html><script type="module" src="/page.js"></script>');
    pages.files.set("/page.js", await pageScript());
    const given = { policy, namespace: NAMESPACE, origin: ORIGIN, ...hexOf({ vrfKey }), contact };
    pages.files.set("/given.json", JSON.stringify(given));
    return await withPage(chromium, `http://127.0.0.1:${pages.port}/`, () => figures(pages));
  } finally {
    pages.close();
  }
}

async function pageScript(): Promise<string> {
  // Not compiled with the bench: it is JavaScript.
  const { bundle } = (await import(
    pathToFileURL(resolve("scripts/bundle.mjs")).href
  )) as typeof import("../bundle.mjs");
  return bundle(resolve("scripts/bench-keys/page.mjs"), {
    "coaudit-client/keys": resolve("src/client/keys/index.ts"),
    "coaudit-client": resolve("src/client/index.ts"),
  });
}

async function figures(pages: PageServer): Promise<PageFigures> {
  for (let waitedMs = 0; pages.reports.length === 0; waitedMs += 100) {
    if (waitedMs > PATIENCE_MS) throw new Error("the page says nothing");
    await new Promise((done) => setTimeout(done, 100));
  }
  const { times, pauses, error } = pages.reports[0] as { times: number[]; pauses: number[]; error?: string };
  if (error !== undefined) throw new Error(error);
  const sorted = (list: number[]): number[] => list.toSorted((a, b) => a - b);
  const [leastMs = 0, leastPauseMs = 0] = [sorted(times)[0], sorted(pauses)[0]];
  const middle = Math.floor(times.length / 2);
  const [medianMs = 0, medianPauseMs = 0] = [sorted(times)[middle], sorted(pauses)[middle]];
  return { leastMs, medianMs, leastPauseMs, medianPauseMs };
}

function hexOf(parts: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, toHex(bytes)]));
}
