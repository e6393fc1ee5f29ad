import { describe, expect, it } from "vitest";
import { parseSet, parseVary } from "../../../src/simulator/scenario/overrides.ts";
import { scenarioVariant } from "../../../src/simulator/scenario/read-scenario.ts";

const source = {
  file: "s.yaml",
  text: "title: T\nprovider: {lies: [{kind: split, to: {auditors: {share: 0.5}}, fromEpoch: 3, toEpoch: 9}]}\n",
};
const variant = (...sets: string[]) => scenarioVariant(source, sets.map(parseSet));

describe("--set", () => {
  it("replaces a value before shares are resolved", () => {
    const names = variant("auditors=10").provider.lies[0]?.to.auditors;
    expect(names).toHaveLength(5);
    expect(names?.at(0)).toBe("auditor-06.example");
    expect(variant("provider.lies.0.to.auditors={count: 1}").provider.lies[0]?.to.auditors).toHaveLength(1);
  });

  it("makes what is on the way, appends to a list, and leaves a key out for null", () => {
    expect(variant("network.lossRate=0.5").network).toMatchObject({ lossRate: 0.5, headSync: true });
    expect(variant("clients.0.count=3").clients).toMatchObject([{ count: 3, ask: 1 }]);
    expect(Object.hasOwn(variant("provider.lies.0.toEpoch=null").provider.lies[0] ?? {}, "toEpoch")).toBe(false);
    const second = "provider.lies.1={kind: withhold, to: {auditors: {count: 1}}}";
    expect(variant(second).provider.lies.map(({ kind }) => kind)).toEqual(["split", "withhold"]);
    expect(variant("provider.lies=[]").provider.lies).toEqual([]);
  });

  it("lets a later value win, and leaves the source as it was", () => {
    expect(variant("epochs=30", "epochs=40").epochs).toBe(40);
    expect(variant().epochs).toBe(20);
  });

  it.each([
    ["provider.lies.1.fromEpoch=1", "expected 0 in place of 1: the list has 1 entry; a further one is given whole"],
    ["provider.lies.2={kind: split}", "expected 0 to 1 in place of 2: the list has 1 entry"],
    ["title.x=1", 'there is no x in "T"'],
    ["epochs", "expected path=value, such as network.lossRate=0.1"],
    ["epochs=", "expected path=value"],
    ["a..b=1", "expected path=value"],
    ["__proto__.x=1", "expected path=value"],
    ["epochs=[1", "expected a value in YAML"],
  ])("refuses %s", (set, message) => {
    expect(() => variant(set)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) }),
    );
  });

  it("does not reach for what every object has", () => {
    expect(() => variant("constructor.prototype.x=1")).toThrow();
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });
});

describe("--vary", () => {
  it.each([
    ["auditors=3,5,10,20", "auditors", [3, 5, 10, 20]],
    ["network.lossRate=0..0.5:0.1", "network.lossRate", [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    ["auditors=3..6", "auditors", [3, 4, 5, 6]],
    ["auditors=3..7:2", "auditors", [3, 5, 7]],
    ["network.lossRate=0..1", "network.lossRate", [0, 1]],
    ["network.lossRate=0.3..0.3:0.1", "network.lossRate", [0.3]],
    ["network.gossip=mesh,none", "network.gossip", ["mesh", "none"]],
    ["network.headSync=true, false", "network.headSync", [true, false]],
    ["faults.0.byMs=-10..10:10", "faults.0.byMs", [-10, 0, 10]],
  ])("reads %s", (text, path, values) => {
    expect(parseVary(text)).toEqual({ path, values });
  });

  it.each([
    "auditors",
    "auditors=",
    "auditors=5..3",
    "auditors=3..5:0",
    "auditors=3,3",
    "auditors=a..b",
    "x=0..1:0.00001",
    "x={a: 1}",
  ])("refuses %s", (text) => {
    expect(() => parseVary(text)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it.each([
    ["network.lossRate=0..0.5", "expected a step as in 0..0.5:0.1; between whole numbers alone"],
    ["network.lossRate=0.25..1", "expected a step as in 0.25..1:0.15;"],
    ["network.lossRate=0..0.5:0.2", "a step that reaches 0.5: this one makes 0, 0.2, 0.4; a step of 0.25 fits"],
    ["auditors=3..8:2", "a step that reaches 8: this one makes 3, 5, 7; a step of 1 fits"],
    ["epochs=1..100:7", "this one makes 1, 8, 15, ..., 99; a step of 9 fits"],
  ])("takes no range whose values would be other ones than one thinks: %s", (text, message) => {
    expect(() => parseVary(text)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) }),
    );
  });
});
