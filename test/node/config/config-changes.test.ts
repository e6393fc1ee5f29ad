import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig, type NodeConfig } from "../../../src/node/config/config.ts";
import { configChanges } from "../../../src/node/config/config-changes.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { systemRandom } from "../../../src/platform/system.ts";

let folder: string;
let file: string;
let before: NodeConfig;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-changes-"));
  const options = { name: "a.example", folder, listen: "/ip4/127.0.0.1/tcp/7600", apiPort: 7680 };
  file = (await initNode(options, { random: systemRandom })).configFile;
  writeFileSync(join(folder, "token"), "ab".repeat(32));
  const [vkey] =
    /a\.example\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+/.exec(readFileSync(join(folder, "roster.yaml"), "utf8")) ?? [];
  writeFileSync(join(folder, "policy.txt"), `witness a ${vkey}\nquorum a\n`);
  before = await loadConfig(file);
});
afterEach(() => rmSync(folder, { recursive: true }));

const NAMESPACE = "[{ namespace: x.v1, origin: x, configuration: whatsapp_v1, source: https://p.example/ }]";

const ADDED = ["namespaces: x.v1"];
const withKey = (key: string, value: string): string => NAMESPACE.replace(" }]", `, ${key}: ${value} }]`);

/** Every key of the file: one that is not here is one that a reload forgets without a word. */
it.each<[from: string, to: string, live: string[], restart: string[]]>([
  ["name: a.example", "name: b.example", [], ["name"]],
  ["data: ./data", "data: ./other", [], ["data"]],
  ["signing-key: ./signing.key", "signing-key: ./other.key", [], ["signing-key"]],
  ["network-key: ./network.key", "network-key: ./other.key", [], ["network-key"]],
  ["tcp/7600]", "tcp/7601]", [], ["listen"]],
  ["log-level: info", "behind-proxy: [/ip4/127.0.0.1/tcp/7600]", [], ["behind-proxy"]],
  ["log-level: info", "announce: [/dns4/a.example/tcp/7600]", [], ["announce"]],
  ["host: 127.0.0.1", "host: 127.0.0.2", [], ["api.host"]],
  ["port: 7680", "port: 7681", [], ["api.port"]],
  ["port: 7680", "port: 7680\n  rate-limit: 50", ["api.rate-limit"], []],
  ["port: 7680", "port: 7680\n  reports: open", [], ["api.reports"]],
  ["port: 7680", "port: 7680\n  dashboard: open", [], ["api.dashboard"]],
  ["port: 7680", "port: 7680\n  proofs: { epochs: 3 }", [], ["api.proofs"]],
  ["log-level: info", "metrics: { port: 7681 }", [], ["metrics"]],
  ["log-level: info", "log-level: debug", ["log-level"], []],
  ["log-level: info", "fault-bound: 0", ["fault-bound"], []],
  ["log-level: info", "allow-alone: true", [], ["allow-alone"]],
  ["log-level: info", "verify-threads: 1", [], ["verify-threads"]],
  ["log-level: info", "alerts: { receivers: [{ name: x, webhook: http://127.0.0.1/ }] }", ["alerts"], []],
  ["log-level: info", "policies: { mine: policy.txt }", ["policies"], []],
  ["namespaces: []", `namespaces: ${withKey("provider-keys", `[${"ab".repeat(32)}]`)}`, ["provider-keys"], ADDED],
  ["namespaces: []", `namespaces: ${withKey("push-token-file", "token")}`, [], ["push-token-file", ...ADDED]],
  ["namespaces: []", `namespaces: ${NAMESPACE}`, [], ["namespaces: x.v1"]],
])("%s -> %s", async (from, to, live, restart) => {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
  const after = await loadConfig(file);
  expect(configChanges(before, before, after)).toEqual({ live, restart });
  expect(configChanges(after, after, await loadConfig(file))).toEqual({ live: [], restart: [] });
});

it("names the auditors that come, go and change", async () => {
  const roster = join(folder, "roster.yaml");
  const text = readFileSync(roster, "utf8");
  writeFileSync(roster, text.replace("addresses:", "retired: { x.v1: 3 }\n    addresses:"));
  const after = await loadConfig(file);
  expect(configChanges(before, before, after)).toEqual({ live: ["roster: changed a.example"], restart: [] });
  expect(configChanges(after, after, before)).toEqual({ live: ["roster: changed a.example"], restart: [] });
});

it("names what people settled", async () => {
  const roster = join(folder, "roster.yaml");
  const sides = `{ "${"ab".repeat(32)}": [a.example], "${"cd".repeat(32)}": [] }`;
  const settlement = `{ namespace: x.v1, first: 3, last: 4, sides: ${sides}, trust: none, note: seen }`;
  writeFileSync(roster, `${readFileSync(roster, "utf8")}settlements: [${settlement}]\n`);
  const after = await loadConfig(file);
  expect(configChanges(before, before, after)).toEqual({ live: ["settlements"], restart: [] });
});
