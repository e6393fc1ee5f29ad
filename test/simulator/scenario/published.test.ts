import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DOCS_FILE, SCHEMA_FILE, schemaFileText, withReference } from "../../../scripts/scenario-docs/published.ts";
import { DEFAULT_REASONS, DEFAULT_SCENARIO } from "../../../src/simulator/scenario/defaults.ts";
import { readScenario } from "../../../src/simulator/scenario/read-scenario.ts";
import { ScenarioSchema } from "../../../src/simulator/scenario/scenario-schema.ts";

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly default?: unknown;
}

/** Paths of a schema's values that are no groups, with their defaults. */
function leaves({ properties = {} }: SchemaNode, prefix = ""): [string, unknown][] {
  return Object.entries(properties).flatMap(([key, value]) =>
    value.properties === undefined ? [[`${prefix}${key}`, value.default]] : leaves(value, `${prefix}${key}.`),
  );
}

describe("what is published of the scenario schema (`npm run scenario-docs` writes it)", () => {
  it("is the schema that files are read with", () => {
    expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(schemaFileText());
  });

  it("is the reference in the documentation", () => {
    const document = readFileSync(DOCS_FILE, "utf8");
    expect(withReference(document)).toBe(document);
  });

  it("gives a reason for every default", () => {
    const paths = leaves(ScenarioSchema as SchemaNode).map(([path]) => path);
    expect(Object.keys(DEFAULT_REASONS).sort()).toEqual(paths.filter((path) => path !== "title").sort());
  });

  it("names the defaults that a scenario without them gets", () => {
    const scenario = readScenario("title: T", "t.yaml");
    const keys = readScenario("title: T\nclients: [{count: 2}]\nkeys: {}", "t.yaml").keys;
    for (const [path, value] of leaves(ScenarioSchema as SchemaNode)) {
      const found = path
        .split(".")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], { ...scenario, keys });
      if (path !== "title") expect([path, found]).toEqual([path, value]);
    }
    expect(scenario).toEqual({ title: "T", ...DEFAULT_SCENARIO });
  });
});
