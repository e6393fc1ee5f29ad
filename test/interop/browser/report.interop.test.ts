/**
 * The report of a run in a real browser: walk through time, zoom, look into nodes, by mouse and by keyboard, without a
 * network.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeReport } from "../../../src/lab/report/report.ts";
import { type MadeUpOptions, writeMadeUpRun, writeMadeUpSweep } from "../../support/simulated-run.ts";
import { FLAGS, findChromium } from "./chromium.ts";

const executablePath = findChromium();
if (executablePath === undefined) console.warn("SKIPPED: no chromium here, so no report was opened in a browser");

const AUDITORS = { path: "auditors", values: [3, 5] };

describe.skipIf(executablePath === undefined)("a report in Chromium", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let requests: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "coaudit-report-"));
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...FLAGS] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    complaints = [];
    requests = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
  });
  /** The policy of the page complains on the console, as does every mistake of its script. */
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  async function open(path: string): Promise<void> {
    const file = join(folder, `${path.replaceAll("/", "-")}.html`);
    writeFileSync(file, (await makeReport([join(folder, path)])).html);
    await page.goto(pathToFileURL(file).href);
    expect(requests).toEqual([pathToFileURL(file).href]);
  }

  async function openRun(name: string, options: MadeUpOptions = {}): Promise<void> {
    writeMadeUpRun(join(folder, name), options);
    await open(name);
  }

  const lane = (name: string) => page.getByRole("button", { name: `${name}: show its ledger` });
  const heads = () => page.getByRole("table", { name: /^Heads that it heard/ });
  const ledger = (): Promise<string> => page.locator("#ledger").innerText();
  const now = (): Promise<string> => page.locator("#now").innerText();

  it("shows a node's ledger when its lane is clicked: the heads of both sides at that time", async () => {
    await openRun("clicked");
    await page.getByRole("button", { name: "Whole run" }).click();
    await page.locator("#time").fill("1000");
    await lane("observer-0002").locator("text").click();
    expect(await page.locator("#node").inputValue()).toBe("6");
    expect(await ledger()).toMatch(/convicts; has signed 0 heads/);
    expect(await heads().locator("tbody tr").count()).toBe(4);
    expect(await heads().locator(".other").count()).toBe(2 * 3);
    expect(await heads().locator(".main").count()).toBe(5 * 4 - 2 * 3);
  });

  it("goes back in time with the slider: the ledger forgets what was heard later", async () => {
    await openRun("scrubbed");
    await page.getByRole("button", { name: "Whole run" }).click();
    await lane("auditor-02.example").locator("text").click();
    await page.locator("#time").fill("10");
    expect(await now()).toMatch(/^2\.700 s, 58\.\d s before the lie$/);
    expect(await ledger()).toContain("knows the main history alone");
    expect(await heads().locator("tbody tr").count()).toBe(1);
    await page.locator("#time").focus();
    await page.keyboard.press("End");
    expect(await now()).toMatch(/^270\.000 s, \+/);
    expect(await heads().locator("tbody tr").count()).toBe(4);
  });

  it("goes from event to event, zooms and chooses nodes by the keyboard alone", async () => {
    await openRun("typed");
    await page.locator("#lanes").focus();
    await page.keyboard.press("ArrowRight");
    const before = await now();
    await page.keyboard.press("ArrowRight");
    const after = await now();
    expect(after).not.toBe(before);
    await page.keyboard.press("ArrowLeft");
    expect(await now()).toBe(before);
    const shown = await page.locator("#lanes svg").getAttribute("aria-label");
    await page.keyboard.press("+");
    expect(await page.locator("#lanes svg").getAttribute("aria-label")).not.toBe(shown);
    await lane("auditor-03.example").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#node option:checked").innerText()).toBe("auditor-03.example");
    expect(await lane("auditor-03.example").getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("#lanes :focus").getAttribute("data-node")).toBe("2");
  });

  it("shows what a client was answered", async () => {
    await openRun("asked");
    await page.getByRole("button", { name: "Whole run" }).click();
    await page.locator("#time").fill("1000");
    await page.locator("#node").selectOption({ label: "client-02" });
    expect(await ledger()).toMatch(/conflict/);
    expect(await ledger()).toMatch(/◆ other/);
  });

  it("looks into one of a thousand observers, who share a lane", async () => {
    await openRun("crowded", { auditors: 10, observers: 990, epochs: 20, victims: 5 });
    await page.locator("[data-crowd=observer]").click();
    await page.locator("#node").selectOption({ label: "observer-0777" });
    await page.getByRole("button", { name: "Whole run" }).click();
    await page.locator("#time").fill("1000");
    expect(await heads().locator("tbody tr").count()).toBe(20);
    expect(await heads().locator("tbody td").count()).toBe(20 * 10);
  });

  it.each([
    ["a run", "phone-run"],
    ["a sweep", "phone-sweep"],
  ])("shows %s on a phone without anything beyond its edge", async (_, name) => {
    await page.setViewportSize({ width: 360, height: 780 });
    const path = join(folder, name);
    if (name === "phone-run") writeMadeUpRun(path);
    else writeMadeUpSweep(path, { vary: [AUDITORS, { path: "network.lossRate", values: [0, 0.2, 0.5] }] });
    await open(name);
    const wide = await page.locator("html, body, body *").evaluateAll((elements) =>
      elements
        .filter((one) => one.scrollWidth > one.clientWidth + 1)
        .filter((one) => one.ownerDocument.defaultView?.getComputedStyle(one).overflowX !== "visible")
        .map(({ tagName, className, id }) => `${tagName}.${className}#${id}`),
    );
    // Headings that are there for screen readers alone, and text to copy.
    expect(wide.filter((one) => !one.startsWith("TEXTAREA") && !one.startsWith("THEAD"))).toEqual([]);
    const width = await page.locator("html").evaluate((element) => element.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
  });

  it("copies the table for LaTeX", async () => {
    writeMadeUpSweep(join(folder, "sweep"), { vary: [AUDITORS] });
    await open("sweep");
    const area = page.locator("#latex0");
    await page.locator("[data-copies=latex0]").click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await area.inputValue()).toMatch(/^\\begin\{table\}/);
    expect(await area.evaluate((element) => element.ownerDocument.getSelection()?.toString().slice(0, 13))).toBe(
      "\\begin{table}",
    );
  });
});
