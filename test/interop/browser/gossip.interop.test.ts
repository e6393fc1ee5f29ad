/** A page of another origin, in a real browser, asks several real nodes that gossip with each other. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { bundled, ReadersWorld } from "../readers/readers-world.ts";
import { PLAIN_HOST } from "./browser-process.ts";
import { findChromium, withPage } from "./chromium.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so no page asked nodes of another origin");

describe.skipIf(chromium === undefined)("a page elsewhere, with four nodes that gossip", () => {
  let world: ReadersWorld;

  beforeAll(async () => {
    world = await ReadersWorld.open(["a.example", "b.example", "c.example", "d.example"]);
    world.pages.files.set("/", '<!doctype html><script type="module" src="/page.js"></script>');
    world.pages.files.set("/page.js", await bundled("page.mjs"));
    const start = 'new Worker("/worker.js", { type: "module" })';
    world.pages.files.set("/with-a-worker", `<!doctype html><script>${start}</script>`);
    world.pages.files.set("/worker.js", await bundled("worker.mjs"));
  });
  afterAll(() => world?.close());

  it.each([
    ["with WebCrypto", "127.0.0.1", true],
    ["on plain http, without crypto.subtle", PLAIN_HOST, false],
  ])(
    "tells the right digest from a wrong one, and sees a new epoch as it comes, %s",
    async (_what, host, hasSubtle) => {
      const url = `http://${host}:${world.pages.port}/`;
      await world.ask(3, (follow) => withPage(chromium ?? "", url, follow), { isSecure: hasSubtle, hasSubtle });
    },
  );

  it("does the same in a worker", async () => {
    const url = `http://127.0.0.1:${world.pages.port}/with-a-worker`;
    await world.ask(3, (follow) => withPage(chromium ?? "", url, follow), { isWorker: true });
  });
});
