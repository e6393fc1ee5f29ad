/**
 * The dashboard of a real node in a real browser, while five nodes audit a provider that then forks. Each test goes on
 * where the one before it ended.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NAMESPACE } from "../../e2e/world.ts";
import { findChromium } from "./chromium.ts";
import { AUDITORS, DashboardWorld, FORK_AT, PATIENCE, picture, seriousFlaws, VICTIMS } from "./dashboard-world.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so no dashboard was opened");

const PROOFS = "test/fixtures/akd/whatsapp_v1-main";
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const HOWS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["desk-light", { colorScheme: "light" }],
  ["desk-dark", { colorScheme: "dark" }],
  ["phone-light", { ...PHONE, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
];

describe.skipIf(chromium === undefined)("the dashboard", () => {
  let world: DashboardWorld;
  beforeAll(async () => {
    world = await DashboardWorld.open(chromium ?? "");
  });
  afterAll(() => world?.close());

  const figure = (page: Page, name: string, value: string) =>
    page
      .getByRole("region", { name: NAMESPACE })
      .locator(`[data-figure=${name}]`, { hasText: new RegExp(`^${value}$`) })
      .waitFor(PATIENCE);
  /** The steps that a check told, once it is over. */
  const check = async (page: Page, section: string, button: string): Promise<readonly string[]> => {
    const card = page.getByRole("region", { name: section });
    await card.getByRole("button", { name: button }).click(PATIENCE);
    await card.locator(".steps li").first().waitFor(PATIENCE);
    await card.getByRole("button", { name: button, disabled: false }).waitFor(PATIENCE);
    return card.locator(".steps .said").allTextContents();
  };

  it("shows what the node does, and each epoch as it comes", async () => {
    await world.publishTo(6);
    await world.visit(async (page) => {
      await figure(page, "signed", "6");
      await figure(page, "quorum", "6");
      await page.getByRole("heading", { name: "All is well" }).waitFor(PATIENCE);
      await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
      await world.publishTo(9);
      await figure(page, "signed", "9");
      await figure(page, "quorum", "9");
      await page.getByRole("link", { name: "Epoch 9" }).waitFor(PATIENCE);
      expect(await page.title()).toBe("Now · alpha.example · coaudit");
    });
  });

  it("holds no stream while nobody looks at it, and is up to date at once when somebody does", async () => {
    const see = (hidden: boolean): string => `
      Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));`;
    await world.visit(async (page) => {
      await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
      const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/v1/events"));
      await page.evaluate(see(true));
      await ended;
      await page.getByRole("status").getByText("Paused").waitFor(PATIENCE);
      await world.publishTo(12);
      await page.evaluate(see(false));
      await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
      await figure(page, "signed", "12");
      await page.getByRole("link", { name: "Epoch 12" }).waitFor(PATIENCE);
    });
  });

  it("has the visitor's own browser verify a certificate, an audit proof and somebody's key", async () => {
    await world.publishTo(16);
    const { lookups, vrfPublicKey } = JSON.parse(readFileSync(join(PROOFS, "manifest.json"), "utf8"));
    const lookup = lookups.find(({ epoch }: { epoch: number }) => epoch === 16);
    await world.visit(
      async (page) => {
        const digest = world.world.digest(16);
        const [certified] = await check(page, "The certificate", "Verify the certificate");
        expect(certified).toContain(`Epoch 16 has the digest ${digest}: 5 signatures are valid`);

        const proven = await check(page, "The audit proof", "Download and verify the proof");
        expect(proven[0]).toMatch(/The proof is valid: [\d.]+ kB verified in .* by WebAssembly\./);
        expect(proven).toContain("Right: What the proof says of epoch 15 is what the auditors signed.");
        expect(proven).toContain("Right: What the proof says of epoch 16 is what the auditors signed.");
        expect(await page.getByRole("progressbar").getAttribute("value")).toBe("1");

        await page.getByLabel("Label, as the directory").fill(Buffer.from(lookup.label, "hex").toString());
        await page.getByLabel("VRF key").fill(vrfPublicKey);
        await page.getByLabel("File with the lookup").setInputFiles(join(PROOFS, lookup.proof));
        const found = await check(page, "Somebody's key", "Verify the lookup");
        expect(found).toContain(`Right: Value: ${lookup.result.value}`);
        await page.getByLabel("Label, as the directory").fill("somebody else");
        const wrong = await check(page, "Somebody's key", "Verify the lookup");
        expect(wrong.at(-1)).toContain("Wrong: The lookup proof is not valid");
        await picture(page, "check-well");
      },
      {},
      `#/check/${NAMESPACE}/16`,
    );
  });

  it("takes a policy of the visitor's own in place of the node's roster", async () => {
    await world.visit(
      async (page) => {
        await page.getByText("The policy", { exact: true }).click(PATIENCE);
        const area = page.getByLabel("In C2SP's tlog-policy grammar");
        const [first = ""] = (await area.inputValue()).split("\n");
        await area.fill(`${first}\nquorum none-such\n`);
        await page
          .getByText(/policy/)
          .filter({ hasText: "none-such" })
          .first()
          .waitFor(PATIENCE);
        expect(await page.getByRole("button", { name: "Use this policy" }).isDisabled()).toBe(true);
        await area.fill(`${first}\nquorum w1\n`);
        await page.getByRole("button", { name: "Use this policy" }).click();
        const [certified] = await check(page, "The certificate", "Verify the certificate");
        expect(certified).toContain("1 signature is valid (alpha.example)");
      },
      {},
      `#/check/${NAMESPACE}/16`,
    );
  });

  it("shows a fork as it happens, and what it is made of", async () => {
    await world.visit(async (page) => {
      await figure(page, "signed", "16");
      await world.publishTo(20);
      await world.untilConvicted();
      await page.getByRole("heading", { name: "Evidence of a lie" }).waitFor(PATIENCE);
      await page.getByRole("link", { name: "See the evidence" }).click();
      await page.getByRole("heading", { name: "Auditors were shown different directories" }).waitFor(PATIENCE);
      const steps = await check(page, "Check it yourself", "Verify this case");
      expect(steps.at(-1)).toContain("Wrong: Auditors were shown different directories. It convicts the provider");
      const rows = page.getByRole("table").getByRole("row");
      expect(await rows.filter({ hasText: `signed epoch ${FORK_AT}` }).count()).toBeGreaterThan(4);

      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download the case with all its statements" }).click();
      const path = await (await download).path();
      expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ format: "coaudit/case/v1", class: "split-view" });
    });
  });

  it("tells who signed which of two digests, by letters and words", async () => {
    await world.visit(
      async (page) => {
        const table = page.getByRole("table");
        for (const name of AUDITORS) {
          const side = VICTIMS.includes(name) ? "B" : "A";
          const cell = table.getByRole("row").filter({ hasText: name }).locator(".seal");
          await cell.filter({ hasText: `signed digest ${side}` }).waitFor(PATIENCE);
        }
      },
      {},
      `#/epochs/${NAMESPACE}/${FORK_AT}`,
    );
  });

  const pages = (): readonly (readonly [string, string])[] => [
    ["now", "#/"],
    ["signatures", "#/signatures"],
    ["cases", "#/cases"],
    ["case", "case"],
    ["auditors", "#/peers"],
    ["auditor", `#/auditors/${VICTIMS[0]}`],
    ["epoch", `#/epochs/${NAMESPACE}/${FORK_AT}`],
    ["check", `#/check/${NAMESPACE}/16`],
    ["nothing", "#/no/such/page/here"],
  ];

  it.each(HOWS)("is without serious flaws for a screen reader, and nothing sticks out: %s", async (how, options) => {
    await world.publishTo(24);
    for (const [name, hash] of pages()) {
      const target = name === "case" ? `#/cases/${await world.caseId()}` : hash;
      await world.visit(
        async (page) => {
          await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
          await page.getByText("Asking the node").waitFor({ state: "detached", ...PATIENCE });
          if (["now", "signatures", "auditor", "epoch"].includes(name)) {
            await page.locator("td .seal").first().waitFor(PATIENCE);
            await page
              .getByText("…", { exact: true })
              .first()
              .waitFor({ state: "detached", ...PATIENCE });
          }
          await picture(page, `${name}-${how}`);
          const sticksOut = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
          expect([name, sticksOut]).toEqual([name, false]);
          expect([name, await seriousFlaws(page)]).toEqual([name, []]);
        },
        options,
        target,
      );
    }
  });

  it.each([390, 820, 1280])("has room for many auditors with long names: %i px", async (width) => {
    await world.publishTo(24);
    const many = Array.from({ length: 30 }, (_, index) => ({
      auditor: `auditor-${index}.transparency.test`,
      epoch: 24,
    }));
    await world.visit(
      async (page) => {
        await page.route("**/v1/status", async (route) => {
          const status = await (await route.fetch()).json();
          for (const one of status.namespaces) one.heights.push(...many);
          await route.fulfill({ json: status });
        });
        await page.reload();
        await page.getByRole("link", { name: "auditor-29" }).waitFor(PATIENCE);
        await page.locator("td .seal").first().waitFor(PATIENCE);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      },
      { viewport: { width, height: 900 } },
      "#/signatures",
    );
  });

  it("is used by the keyboard alone", async () => {
    await world.visit(async (page) => {
      await page.getByRole("heading", { name: "Evidence of a lie" }).waitFor(PATIENCE);
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").innerText()).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      expect(await page.locator(":focus").evaluate("document.activeElement.tagName")).toBe("MAIN");
      await page.getByRole("link", { name: "Cases" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Cases" }).waitFor(PATIENCE);
      // Whoever came here by keyboard goes on at the beginning of the page.
      expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Case" }).waitFor(PATIENCE);
    });
  });

  it("says when the node is out of reach, and goes on when it is back", async () => {
    await world.visit(
      async (page) => {
        await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
        await world.stopFirst();
        await page.getByText("The node does not answer.").waitFor(PATIENCE);
        await world.startFirst();
        await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
        await page.getByText("The node does not answer.").waitFor({ state: "detached", ...PATIENCE });
      },
      {},
      "",
      /ERR_|Failed to load resource/,
    );
  });

  it("asks by itself where the node gives it no stream", async () => {
    await world.visit(
      async (page) => {
        await page.route("**/v1/events", (route) => route.fulfill({ status: 503, body: "{}" }));
        await page.reload();
        await page.getByRole("status").getByText("Every 10 s").waitFor(PATIENCE);
        await figure(page, "signed", "24");
        await page.locator("td .seal").first().waitFor(PATIENCE);
      },
      {},
      "",
      /503/,
    );
  });

  it("loads less than 150 KB, packed, before it shows everything but a check", async () => {
    await world.visit(async (page) => {
      await page.getByRole("heading", { name: "Evidence of a lie" }).waitFor(PATIENCE);
      const paths = (await page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
      )) as string[];
      const files = ["/", ...paths.filter((path) => path.startsWith("/dashboard/"))];
      const sizes = await Promise.all(
        files.map(
          async (path) => gzipSync(Buffer.from(await (await fetch(new URL(path, world.url))).arrayBuffer())).length,
        ),
      );
      const total = sizes.reduce((sum, size) => sum + size, 0);
      console.log(`first load: ${files.length} files, ${total} bytes packed`);
      expect(files.length).toBeGreaterThan(2);
      expect(total).toBeLessThan(150_000);
    });
  });
});
