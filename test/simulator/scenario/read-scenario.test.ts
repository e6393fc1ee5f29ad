import { describe, expect, it } from "vitest";
import { isCoauditError } from "../../../src/core/errors.ts";
import { parseSet } from "../../../src/simulator/scenario/overrides.ts";
import { readScenario, scenarioVariant } from "../../../src/simulator/scenario/read-scenario.ts";
import { scenarioHash } from "../../../src/simulator/scenario/scenario-hash.ts";

const read = (text: string) => readScenario(`title: T\n${text}`, "s.yaml");

/** The message that reading this ends with. */
function refusal(text: string, ...sets: string[]): string {
  try {
    scenarioVariant({ text: `title: T\n${text}`, file: "s.yaml" }, sets.map(parseSet));
  } catch (error) {
    if (isCoauditError(error)) return error.message;
    throw error;
  }
  return "it was read";
}

describe("a scenario file", () => {
  it("needs a title alone; all else has a default", () => {
    const scenario = read("");
    expect(scenario).toMatchObject({ title: "T", auditors: 5, network: { gossip: "mesh" }, provider: { lies: [] } });
    expect(Object.hasOwn(scenario, "faultBound")).toBe(false);
    expect(refusal("titel: x").replace("title: T\n", "")).toContain("did you mean title?");
    expect(() => readScenario("", "s.yaml")).toThrow("s.yaml: title: found nothing, expected a title");
  });

  it("keeps the defaults beside what a group of settings names", () => {
    expect(read("network: {lossRate: 0.25}").network).toMatchObject({ lossRate: 0.25, headSync: true });
    expect(read("costs: {syncMs: {uniform: [1, 2]}}").costs).toMatchObject({
      syncMs: { uniform: [1, 2] },
      signMs: 0.1,
    });
  });

  it.each([
    ["[2, auditor-05.example]", ["auditor-02.example", "auditor-05.example"]],
    ["{count: 2}", ["auditor-04.example", "auditor-05.example"]],
    ["{count: 0}", []],
    ["{share: 0.5}", ["auditor-04.example", "auditor-05.example"]],
    ["{share: 0.01}", ["auditor-05.example"]],
    ["{share: 0}", []],
  ])("resolves victims %s to names", (written, names) => {
    const [lie] = read(`provider: {lies: [{kind: split, to: {auditors: ${written}}}]}`).provider.lies;
    expect(lie).toEqual({ kind: "split", to: { auditors: names, clients: [] }, fromEpoch: 1 });
  });

  it("counts clients through all groups", () => {
    const { provider, clients } = read(
      "clients: [{count: 2}, {count: 3, quorum: 2}]\nprovider: {lies: [{kind: split, to: {clients: {share: 0.4}}}]}",
    );
    expect(provider.lies[0]?.to.clients).toEqual(["client-04", "client-05"]);
    expect(clients.map(({ quorum }) => quorum)).toEqual([4, 2]);
  });

  it("makes a schedule of each pair of links, until the world ends", () => {
    const { links } = read(
      "network: {links: [{from: 2, to: [1, 3, observer-0001], lossRate: 1}]}\nobservers: 1",
    ).network;
    expect(links.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "auditor-02.example auditor-01.example",
      "auditor-02.example auditor-03.example",
      "auditor-02.example observer-0001",
    ]);
    expect(links[0]).toMatchObject({ fromMs: 0, toMs: 21 * 30_000 + 180_000, oneWay: false, lossRate: 1 });
  });

  it("has the same hash however whom it means was written, and another for another value", () => {
    const named = read("provider: {lies: [{kind: split, to: {auditors: [4, 5]}}]}");
    const counted = read("auditors: 5\nprovider: {lies: [{to: {auditors: {count: 2}}, kind: split}]}");
    expect(scenarioHash(counted)).toBe(scenarioHash(named));
    expect(scenarioHash(named)).toMatch(/^[0-9a-f]{64}$/);
    expect(scenarioHash(read("epochs: 21"))).not.toBe(scenarioHash(read("epochs: 20")));
  });
});

describe("a scenario file that cannot be is refused at line and column", () => {
  it.each([
    [
      "epochs: 0",
      "s.yaml:2:1: epochs: found 0, expected how many epochs are published, a whole number from 1 to 100,000",
    ],
    ["epocs: 3", 's.yaml:2:1: epocs: found "epocs", expected one of the keys'],
    ["Epochs: 3", "did you mean epochs?"],
    ["network:\n  losRate: 1", 's.yaml:3:3: network.losRate: found "losRate", expected one of the keys bandwidth'],
    ["network:\n  losRate: 1", "did you mean lossRate?"],
    [
      "network:\n  lossRate: 1.5",
      "s.yaml:3:3: network.lossRate: found 1.5, expected the share of gossip messages that are lost, a number from 0 to 1",
    ],
    ["network:", "s.yaml:2:1: network: found null, expected the network between the nodes; or leave the key out"],
    ["network: {gossip: mash}", "expected gossipsub's mesh, or no gossip: mesh or none"],
    [
      "network: {latencyMs: fast}",
      'network.latencyMs: found "fast", expected one-way latency of a message on a link, milliseconds: a number, {uniform',
    ],
    [
      "network: {latencyMs: {uniform: [5, 1]}}",
      "network.latencyMs.uniform: found [5,1], expected the lower number first",
    ],
    ["network: {latencyMs: {quantiles: [[0, 1], [0.5, 2]]}}", "expected a first fraction of 0 and a last one of 1"],
    [
      "network: {latencyMs: {quantiles: [[0, 5], [1, 2]]}}",
      "network.latencyMs.quantiles[1]: found [1,2], expected fractions",
    ],
    [
      "provider:\n  lies:\n    - kind: split\n      to: {auditors: [1]}\n      windowMs: 5",
      's.yaml:6:7: provider.lies[0].windowMs: found "windowMs", expected no such key with kind split; it belongs to kind split-by-time',
    ],
    ["provider: {lies: [{kind: splt, to: {auditors: [1]}}]}", "did you mean split?"],
    [
      "provider: {lies: [{to: {auditors: [1]}}]}",
      "provider.lies[0].kind: found nothing, expected a kind: one of split,",
    ],
    ["provider: {lies: [{kind: split}]}", "provider.lies[0].to: found nothing, expected to whom it lies"],
    ["provider: {lies: [{kind: split, to: {}}]}", "provider.lies[0].to: found {}, expected auditors, clients or both"],
    [
      "provider: {lies: [{kind: split, to: {auditors: 3}}]}",
      "provider.lies[0].to.auditors: found 3, expected which auditors: a list such as [3, auditor-04.example], {count: 2}",
    ],
    [
      "provider: {lies: [{kind: split, to: {auditors: [6]}}]}",
      "s.yaml:2:49: provider.lies[0].to.auditors[0]: found 6, expected an auditor, auditor-01.example to auditor-05.example",
    ],
    ["provider: {lies: [{kind: split, to: {auditors: [auditor-4.example]}}]}", "did you mean auditor-04.example?"],
    [
      "provider: {lies: [{kind: split, to: {auditors: [4, auditor-04.example]}}]}",
      'auditors[1]: found "auditor-04.example", expected everybody once',
    ],
    [
      "provider: {lies: [{kind: split, to: {auditors: {count: 6}}}]}",
      "auditors.count: found 6, expected at most 5: there are no more auditors",
    ],
    ["provider: {lies: [{kind: split, to: {clients: [1]}}]}", "expected nobody: the scenario has no clients"],
    [
      "provider: {lies: [{kind: split, to: {auditors: [1]}, fromEpoch: 21}]}",
      "fromEpoch: found 21, expected at most 20, the last epoch",
    ],
    [
      "provider: {lies: [{kind: split, to: {auditors: [1]}, fromEpoch: 5, toEpoch: 4}]}",
      "toEpoch: found 4, expected at least fromEpoch (5)",
    ],
    [
      "provider: {lies: [{kind: rewind, to: {auditors: [1]}, fromEpoch: 2, epochs: 2}]}",
      "epochs: found 2, expected less than fromEpoch (2)",
    ],
    [
      "behaviours: [{kind: silent, auditors: [1]}, {kind: lying, auditors: [1], fromEpoch: 7}]",
      'behaviours[1].auditors: found "auditor-01.example", expected one behaviour an auditor: auditor-01.example has behaviours[0]',
    ],
    [
      "behaviours: [{kind: silent, auditors: [1], epochsBehind: 2}]",
      "expected no such key with kind silent; it belongs to kind lagging",
    ],
    [
      "faults: [{kind: kill, node: 1, atMs: 1000}, {kind: stop, node: 1, atMs: 2000}]",
      "faults[1].atMs: found 2000, expected a time at which auditor-01.example is up: faults[0] has it down from 1000 to 61000 ms",
    ],
    ["faults: [{kind: join-late, node: 1, atMs: 810000}]", "expected less than 810000, when the world ends"],
    ["faults: [{kind: stolen-key, node: observer-0001, atMs: 1}]\nobservers: 1", "expected an auditor,"],
    [
      "network: {partitions: [{groups: [[1, 2], [2]]}]}",
      "expected groups that share nobody: auditor-02.example is in groups[0] too",
    ],
    ["network: {partitions: [{groups: [[1]], fromMs: 5, toMs: 5}]}", "toMs: found 5, expected more than fromMs (5)"],
    [
      "network: {links: [{from: 1, to: 2}]}",
      "network.links[0].lossRate: found nothing, expected lossRate, latencyMs or both",
    ],
    [
      "network: {links: [{from: 1, to: 1, lossRate: 1}]}",
      "network.links[0].to: found 1, expected a node at the other end",
    ],
    ["clients: [{quorum: 6}]", "clients[0].quorum: found 6, expected at most 5"],
    [
      "clients: [{ask: 6}]",
      "clients[0].ask: found 6, expected at most 5: there are no more auditors, and of is auditors",
    ],
    ["clients: [{count: 2, gossipWith: 2}]", "clients[0].gossipWith: found 2, expected at most 1"],
    ["clients: [{count: 9000}, {count: 9000}]", "clients: found 18000, expected at most 10000 clients in all groups"],
    ["faultBound: 6", "faultBound: found 6, expected at most 5"],
    ["auditors: 257", "a whole number from 1 to 256"],
    ["epochs: [", "s.yaml:2:10: not YAML: "],
    ["epochs: 1\nepochs: 2", "s.yaml:3:1: not YAML: the key stands twice"],
  ])("%s", (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it("and a value from the command line by what was typed there", () => {
    expect(refusal("network: {lossRate: 0}", "network.lossRate=2")).toBe(
      "s.yaml with network.lossRate=2: network.lossRate: found 2, expected the share of gossip messages that are lost, a number from 0 to 1",
    );
  });

  it("and a source of a value that no scenario has, by where it was written", () => {
    expect(refusal("sources:\n  network.losRate: a paper")).toBe(
      's.yaml:3:3: sources.network.losRate: found "network.losRate", expected a path of a scenario file, such as network.lossRate or clients.0.ask; did you mean network.lossRate?',
    );
    expect(refusal("sources: {clients.0.asks: a paper}")).toContain("did you mean clients.0.ask?");
    expect(refusal("sources: {clients.ask: a paper}")).toContain("expected a path");
    expect(refusal("sources: {epochs.0: a paper}")).toContain("expected a path");
  });

  it.each(["epochs", "clients", "clients.0.ask", "network.latencyMs.quantiles", "provider.lies.1.to.auditors.count"])(
    "but takes a source of %s",
    (path) => expect(read(`sources: {${path}: a paper}`).sources).toEqual({ [path]: "a paper" }),
  );
});
