/** docs/metrics.md names every series and every alert, and no other. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { NodeMetrics } from "../../src/metrics/node-metrics.ts";
import { MadeUpNode } from "./reading.ts";

const text = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

it("every series stands in the documentation with its labels' names, and none that is not there", async () => {
  const documented = [...(await text("docs/metrics.md")).matchAll(/^\| `(coaudit_\w+)` \|/gm)].map(([, name]) => name);
  const scraped = await new NodeMetrics().text(new MadeUpNode().reading());
  const served = [...scraped.matchAll(/^# TYPE (coaudit_\w+) (\w+)$/gm)].map(
    ([, name = "", kind]) => `${name}${kind === "counter" ? "_total" : ""}`,
  );
  expect(documented.sort()).toEqual(served.sort());
});

it("every alert stands in the documentation with its severity", async () => {
  const rules = await text("config/prometheus/coaudit.rules.yml");
  const alerts = [...rules.matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g)].map(([, name, how]) => `${name} ${how}`);
  const documented = [...(await text("docs/metrics.md")).matchAll(/^\| `(Coaudit\w+)` \| (\w+) \|/gm)];
  expect(documented.map(([, name, how]) => `${name} ${how}`)).toEqual(alerts);
  expect(alerts.length).toBeGreaterThan(15);
});

it("rules and dashboard ask for series that there are", async () => {
  const scraped = await new NodeMetrics().text(new MadeUpNode().reading());
  const served = new Set([...scraped.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const asked = (await Promise.all(["config/prometheus/coaudit.rules.yml", "config/grafana/coaudit.json"].map(text)))
    .join("\n")
    .matchAll(/\b((?:coaudit|process|nodejs)_\w+)/g);
  for (const [, name = ""] of asked) expect(served).toContain(name.replace(/_(total|bucket)$/, ""));
});
