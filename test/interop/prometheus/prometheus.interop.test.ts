/** Metrics, rules and dashboard as a real Prometheus has them, which scrapes three real nodes. */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { liveLog, World } from "../../e2e/world.ts";
import { freePort } from "../../support/ports.ts";
import { hasPrometheus, Prometheus, promtool } from "./prometheus.ts";

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const RULES = file("config/prometheus/coaudit.rules.yml");
const NAMES = ["a.example", "b.example", "c.example"] as const;
const FORK_AT = 6;
const TOKEN = "ab".repeat(32);
/** Judged after minutes or hours of samples; `promtool test rules` has them. */
const NEEDS_HISTORY = /^Coaudit(HeadSyncFailing|DiskFilling|EventLoopBlocked|AuditorsWait|DiskLow)$/;

const isHere = await hasPrometheus();
if (!isHere) console.warn("skipped: no prometheus and promtool (Debian: apt-get install prometheus)");

describe.skipIf(!isHere)("promtool", () => {
  it("accepts the rules and the example of a scrape", async () => {
    expect(await promtool("check", "rules", RULES)).toContain("SUCCESS");
    expect(await promtool("check", "config", "--syntax-only", file("config/prometheus/prometheus.yml"))).toContain(
      "SUCCESS",
    );
  });

  it("finds that each rule fires in its fault, and not beside it", async () => {
    const tests = file("test/interop/prometheus/rules.test.yml");
    expect(await promtool("test", "rules", tests)).toContain("SUCCESS");
    const text = await readFile(tests, "utf8");
    for (const name of alertsIn(await readFile(RULES, "utf8"))) {
      expect(text).toContain(`- name: ${name} fires`);
      expect(text).toContain(`- name: ${name} is quiet`);
    }
  });
});

describe.skipIf(!isHere)("a Prometheus that scrapes three nodes", () => {
  const open: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const one of open.reverse()) await one.close();
  });

  it("is quiet while all is well, sees series in every panel, and tells each fault", async () => {
    const world = await World.open({
      names: NAMES,
      log: await liveLog({ forkAt: FORK_AT }),
      lies: [{ kind: "fork", to: ["c.example"] }],
    });
    open.push(world);
    const targets = new Map<string, string>();
    for (const name of NAMES) targets.set(name, await withMetrics(world.member(name).configFile));
    const at = (name: (typeof NAMES)[number]): string => targets.get(name) ?? "";
    const [, b, c] = await world.startAll(NAMES);
    const prometheus = await Prometheus.start({
      "prometheus.yml": scraping([...targets.values()]),
      "metrics.token": TOKEN,
      "coaudit.rules.yml": atOnce(await readFile(RULES, "utf8")),
    });
    open.push({ close: () => prometheus.stop() });
    for (let epoch = 1; epoch < FORK_AT; epoch++) {
      await world.publishTo(epoch);
      await world.untilHeads([...world.nodes.values()], epoch, NAMES);
    }

    await world.until("all nodes are scraped, and nothing fires", async () => {
      const up = await prometheus.query('up{job="coaudit"} == 1');
      const signed = await prometheus.query(`coaudit_epoch{stage="quorum"} == ${FORK_AT - 1}`);
      return up.length === 3 && signed.length === 3 && (await prometheus.firing()).length === 0;
    });
    expect(await prometheus.query("coaudit_lag_epochs != 0")).toEqual([]);
    const queries = await panelQueries();
    expect(queries.length).toBeGreaterThan(20);
    let without: string[] = queries;
    await world
      .until("every panel has series", async () => {
        const found = await Promise.all(without.map(async (query) => [query, await prometheus.query(query)] as const));
        without = found.filter(([, samples]) => samples.length === 0).map(([query]) => query);
        return without.length === 0;
      })
      .catch((error: unknown) => {
        throw new Error(`no series: ${without.join("\n")}`, { cause: error });
      });
    expect(await prometheus.firing()).toEqual([]);

    const tells = (alert: string, name: (typeof NAMES)[number]): Promise<void> =>
      world.until(`${alert} fires at ${name}`, async () =>
        (await prometheus.firing()).includes(`${alert} ${at(name)}`),
      );
    await world.publishTo(FORK_AT);
    await tells("CoauditProviderConvicted", "a.example");
    await world.stopProvider();
    await tells("CoauditProviderUnreachable", "b.example");
    await c?.kill();
    await tells("CoauditNodeDown", "c.example");
    await tells("CoauditPeerGone", "a.example");
    await b?.kill();
    await tells("CoauditAlone", "a.example");
    // Faults of others are not this node's.
    const ofA = (await prometheus.firing()).filter((one) => one.endsWith(at("a.example")));
    expect(ofA.map((one) => one.split(" ")[0])).toEqual([
      "CoauditAlone",
      "CoauditPeerGone",
      "CoauditProviderConvicted",
      "CoauditProviderUnreachable",
    ]);
  });
});

/** The node's metrics on a port of its own, with a token; returns host and port. */
async function withMetrics(configFile: string): Promise<string> {
  const port = await freePort();
  await writeFile(join(dirname(configFile), "metrics.token"), TOKEN);
  const text = await readFile(configFile, "utf8");
  const lines = `metrics: { port: ${port}, token-file: metrics.token }\n`;
  await writeFile(configFile, text.replace(/^namespaces:/m, `${lines}namespaces:`));
  return `127.0.0.1:${port}`;
}

function scraping(targets: readonly string[]): string {
  return `global: { scrape_interval: 1s, evaluation_interval: 1s, scrape_timeout: 1s }
rule_files: [coaudit.rules.yml]
scrape_configs:
  - job_name: coaudit
    authorization: { credentials_file: metrics.token }
    static_configs: [{ targets: [${targets.map((one) => `"${one}"`).join(", ")}] }]
`;
}

/** Tells each fault as soon as it is seen, except those that need a history to be faults. */
function atOnce(rules: string): string {
  return rules
    .split(/(?=^ {6}- alert: )/m)
    .map((rule) => (NEEDS_HISTORY.test(alertsIn(rule)[0] ?? "") ? rule : rule.replace(/^ {8}for: .*\n/m, "")))
    .join("");
}

function alertsIn(rules: string): string[] {
  return [...rules.matchAll(/^ {6}- alert: (\w+)$/gm)].map(([, name = ""]) => name);
}

/** With the variables as a person has them who has chosen nothing. */
async function panelQueries(): Promise<string[]> {
  const dashboard = JSON.parse(await readFile(file("config/grafana/coaudit.json"), "utf8")) as {
    panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  };
  return dashboard.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "30s")),
  );
}
