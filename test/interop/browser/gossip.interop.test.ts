/** A page of another origin, in a real browser, asks several real nodes that gossip with each other. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../../scripts/bundle.mjs";
import { liveLog, NAMESPACE, World } from "../../e2e/world.ts";
import { findChromium, PLAIN_HOST, withPage } from "./chromium.ts";
import { PageServer, type Report } from "./page-server.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so no page asked nodes of another origin");

const NAMES = ["a.example", "b.example", "c.example", "d.example"];
/** A page that polls would show nothing in this time. */
const HOUR_MS = 3_600_000;

const PAGE = `
import { QuorumClient, webStorageTrust } from "coaudit-client";
const { nodes, policy, namespace, epoch, digest, intervalMs } = await (await fetch("/given.json")).json();
const report = (step, value) => fetch("/report", { method: "POST", body: JSON.stringify({ step, ...value }) });
const told = ({ result, head, signers, nodes, report }) => ({ result, head, signers: signers.length, nodes, report });
try {
  await report("page", { origin: location.origin, isSecure: isSecureContext, hasSubtle: crypto.subtle !== undefined });
  const client = new QuorumClient({ nodes, policy, trustState: webStorageTrust(localStorage) });
  await report("latest", told(await client.latest(namespace)));
  await report("right", told(await client.check(namespace, epoch, digest)));
  await report("wrong", told(await client.check(namespace, epoch, "ab".repeat(32))));
  const stop = new AbortController();
  const resumed = await fetch(nodes[0] + "/v1/events", { headers: { "last-event-id": "x-1" }, signal: stop.signal });
  const reader = resumed.body.getReader();
  let text = "";
  while (!text.includes("event: ")) text += new TextDecoder().decode((await reader.read()).value);
  stop.abort();
  await report("resumed", { event: /event: (.*)/.exec(text)[1] });
  for await (const found of client.watch(namespace, { intervalMs })) await report("watched", told(found));
} catch (error) {
  await report("failed", { error: String(error.stack) });
}
`;

describe.skipIf(chromium === undefined)("a page elsewhere, with four nodes that gossip", () => {
  let world: World;
  let pages: PageServer;
  let newest = 0;

  beforeAll(async () => {
    world = await World.open({ names: NAMES, log: liveLog() });
    await world.startAll(NAMES);
    pages = await PageServer.start();
    const folder = mkdtempSync(join(tmpdir(), "coaudit-page-"));
    try {
      writeFileSync(join(folder, "page.mjs"), PAGE);
      const sdk = resolve("src/client/index.ts");
      pages.files.set("/page.js", await bundle(join(folder, "page.mjs"), { "coaudit-client": sdk }));
    } finally {
      rmSync(folder, { recursive: true });
    }
    pages.files.set("/", '<!doctype html><script type="module" src="/page.js"></script>');
  });
  afterAll(async () => {
    pages?.close();
    await world?.close();
  });

  /** Everybody holds everybody's head of the next epoch. */
  async function publishNext(): Promise<string> {
    newest++;
    await world.publishTo(newest);
    await world.untilHeads([...world.nodes.values()], newest, NAMES);
    return world.digest(newest);
  }

  async function told(step: string, holds: (report: Report) => boolean = () => true): Promise<Report> {
    let found: Report | undefined;
    await world.until(`the page tells "${step}"`, () => {
      const failed = pages.reports.find((report) => report["step"] === "failed");
      if (failed !== undefined) throw new Error(String(failed["error"]));
      found = pages.reports.find((report) => report["step"] === step && holds(report));
      return found !== undefined;
    });
    return found ?? {};
  }

  it.each([
    ["with WebCrypto", "127.0.0.1", true],
    ["on plain http, without crypto.subtle", PLAIN_HOST, false],
  ])(
    "is told the right digest from a wrong one, and sees a new epoch as it comes, %s",
    async (_what, host, hasSubtle) => {
      const digest = await publishNext();
      const epoch = newest;
      const witnesses = world.members.map(({ vkey }, i) => `witness w${i} ${vkey}\n`).join("");
      const policy = `${witnesses}group three-of-us 3 w0 w1 w2 w3\nquorum three-of-us\n`;
      const nodes = [...world.nodes.values()].map(({ url }) => url);
      const given = { nodes, policy, namespace: NAMESPACE, epoch, digest, intervalMs: HOUR_MS };
      pages.files.set("/given.json", JSON.stringify(given));
      pages.reports.length = 0;
      await withPage(chromium ?? "", `http://${host}:${pages.port}/`, async () => {
        expect(await told("page")).toMatchObject({ isSecure: hasSubtle, hasSubtle });
        const heard = NAMES.map((_, i) => ({ url: nodes[i], head: { epoch, digest }, remarks: [] }));
        expect(await told("latest")).toMatchObject({
          result: "satisfied",
          head: { epoch, digest },
          signers: 4,
          nodes: heard,
        });
        expect(await told("right")).toMatchObject({ result: "satisfied" });
        expect(await told("wrong")).toMatchObject({
          result: "wrong-digest",
          report: { shownDigest: "ab".repeat(32), auditedDigest: digest },
        });
        expect(await told("resumed")).toMatchObject({ event: "reset" });
        await told("watched");
        const next = await publishNext();
        const isNext = ({ head }: Report): boolean => (head as { epoch?: number } | undefined)?.epoch === epoch + 1;
        expect(await told("watched", isNext)).toMatchObject({ result: "satisfied", head: { digest: next } });
      });
    },
  );
});
