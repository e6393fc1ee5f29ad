/** The dashboard of a real node in a real browser, while five nodes audit a provider that then forks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NAMESPACE } from "../../e2e/world.ts";
import { findChromium } from "./chromium.ts";
import { DashboardWorld, PATIENCE, picture } from "./dashboard-world.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("SKIPPED: no chromium here, so no dashboard was opened");

describe.skipIf(chromium === undefined)("the dashboard", () => {
  let world: DashboardWorld;
  beforeAll(async () => {
    world = await DashboardWorld.open(chromium ?? "");
  });
  afterAll(() => world?.close());

  it("shows what the node does, and each epoch as it comes", async () => {
    await world.publishTo(6);
    await world.visit(async (page) => {
      const card = page.getByRole("region", { name: NAMESPACE });
      await card.locator("[data-figure=signed]", { hasText: /^6$/ }).waitFor(PATIENCE);
      await card.locator("[data-figure=quorum]", { hasText: /^6$/ }).waitFor(PATIENCE);
      await page.getByRole("heading", { name: "All is well" }).waitFor(PATIENCE);
      await page.getByRole("status").getByText("Live").waitFor(PATIENCE);
      await world.publishTo(9);
      await card.locator("[data-figure=signed]", { hasText: /^9$/ }).waitFor(PATIENCE);
      await card.locator("[data-figure=quorum]", { hasText: /^9$/ }).waitFor(PATIENCE);
      expect(await page.title()).toBe("Now · alpha.example · coaudit");
      await picture(page, "now-well");
    });
  });
});
