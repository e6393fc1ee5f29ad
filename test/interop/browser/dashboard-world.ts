/** Five real nodes that show their dashboards, a provider that can fork, and a browser in front of one of them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { recording, World } from "../../e2e/world.ts";
import type { NodeProcess } from "../../support/processes.ts";
import { FLAGS } from "./chromium.ts";

export const AUDITORS: readonly string[] = ["alpha", "bravo", "charlie", "delta", "echo"].map(
  (name) => `${name}.example`,
);
export const VICTIMS: readonly string[] = AUDITORS.slice(3);
/** From here on the recorded provider has another history for the victims. */
export const FORK_AT = 17;
/** For what a page shows once the node has said it. */
export const PATIENCE = { timeout: 60_000 };

const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

export class DashboardWorld {
  readonly world: World;
  readonly #browser: Browser;
  #nodes: readonly NodeProcess[] = [];

  private constructor(world: World, browser: Browser) {
    this.world = world;
    this.#browser = browser;
  }

  /** The nodes audit, and nothing is published. */
  static async open(executablePath: string): Promise<DashboardWorld> {
    const world = await World.open({
      names: AUDITORS,
      log: await recording(),
      lies: [{ kind: "fork", to: [...VICTIMS] }],
    });
    for (const { configFile } of world.members) {
      const text = readFileSync(configFile, "utf8");
      writeFileSync(configFile, text.replace(/^api:\n/m, "api:\n  proofs: { access: open, epochs: 24 }\n"));
    }
    const browser = await chromium.launch({ executablePath, args: [...FLAGS] });
    const opened = new DashboardWorld(world, browser);
    opened.#nodes = await world.startAll(AUDITORS);
    return opened;
  }

  get url(): string {
    return `${this.world.node(AUDITORS[0] ?? "").url}/`;
  }

  /** Every node holds every auditor's head of it. */
  async publishTo(epoch: number): Promise<void> {
    await this.world.publishTo(epoch);
    await this.world.untilHeads(this.#nodes, epoch, AUDITORS);
  }

  async untilConvicted(): Promise<void> {
    for (const node of this.#nodes) {
      await this.world.until(`${node.name} convicts the provider`, async () =>
        (await node.cases()).some((one) => one.class === "split-view"),
      );
    }
  }

  /** Of the fork. */
  async caseId(): Promise<string> {
    const [found] = await this.world.node(AUDITORS[0] ?? "").cases();
    if (found === undefined) throw new Error("there is no case");
    return found.id;
  }

  async stopFirst(): Promise<void> {
    await this.world.node(AUDITORS[0] ?? "").stop();
  }

  async startFirst(): Promise<void> {
    await this.world.untilSigning(this.world.start(AUDITORS[0] ?? ""));
  }

  /**
   * `act` on a page of its own. Throws when the page complained on the console, of its policy or by an error, except of
   * what is `expected`.
   */
  async visit(
    act: (page: Page) => Promise<void>,
    how: BrowserContextOptions = {},
    hash = "",
    expected: RegExp = /^$/,
  ): Promise<void> {
    const context = await this.#browser.newContext({ ...DESK, ...how });
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith(this.url) && !request.url().startsWith("blob:")) complaints.push(request.url());
      });
      await page.goto(this.url + hash);
      await act(page);
      const unexpected = complaints.filter((complaint) => !expected.test(complaint));
      if (unexpected.length > 0) throw new Error(`the page complained: ${unexpected.join("; ")}`);
    } finally {
      await context.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.world.close();
  }
}

/** Kept for people to look at, in the folder that COAUDIT_PICTURES names. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["COAUDIT_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** What axe finds that keeps people out, with where. */
export async function seriousFlaws(page: Page): Promise<readonly string[]> {
  // Not as a script of the page: its policy lets none in.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = (await page.evaluate("axe.run()")) as { violations: readonly AxeFlaw[] };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

interface AxeFlaw {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}
