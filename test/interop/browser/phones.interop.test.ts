/** The page of `npm run demo:keys -- --page`, played to its end in a real browser, with everything behind it real. */
import { type ChildProcess, spawn } from "node:child_process";
import { chromium as launcher, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "./chromium.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so the page with two phones was not played");

let demo: ChildProcess;
let url: string;
beforeAll(async () => {
  // Needs `npm run build`.
  demo = spawn(process.execPath, ["scripts/demo/keys.mjs", "--page", "--port", "0"], { stdio: ["ignore", "pipe", 2] });
  url = await new Promise((resolve, reject) => {
    let said = "";
    demo.stdout?.on("data", (chunk) => {
      said += chunk;
      const found = /http:\/\/\S+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    demo.once("exit", () => reject(new Error(`the demonstration ended: ${said}`)));
  });
});
afterAll(async () => {
  const ended = new Promise((resolve) => demo.once("exit", resolve));
  demo.kill("SIGTERM");
  expect(await ended).toBe(0);
});

const PATIENCE = { timeout: 180_000 };

async function press(page: Page): Promise<void> {
  await page.locator("#next:enabled").click(PATIENCE);
  await page.locator("#next:enabled").waitFor(PATIENCE);
}

describe.skipIf(chromium === undefined)("the page with two phones", () => {
  it.each([
    ["a desk", { width: 1440, height: 900 }, "light"],
    ["a phone", { width: 390, height: 844 }, "dark"],
  ] as const)("tells its whole story on %s, and nothing sticks out", async (_where, viewport, colorScheme) => {
    const browser = await launcher.launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage({ viewport, colorScheme });
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(url);
      const told: string[][] = [];
      for (let chapter = 1; chapter <= 5; chapter++) {
        await press(page);
        await press(page);
        const texts = ["#alice .pill", "#bob .pill", "#alice .bubble:last-child small"];
        told.push(await Promise.all(texts.map((selector) => page.locator(selector).innerText())));
        const sticksOut = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        expect([chapter, sticksOut]).toEqual([chapter, false]);
      }
      expect(told).toEqual([
        ["✓ Verified", "✓ Verified", "Sent, encrypted"],
        ["⚠ Alarm", "✓ Verified", "Not sent"],
        ["⚠ Alarm", "✓ Verified", "Not sent"],
        ["New key", "⚠ Alarm", "Not sent"],
        ["⚠ Alarm", "⚠ Alarm", "Not sent"],
      ]);
      expect(await page.locator(".auditors").innerText()).toContain("evidence against the server");
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
