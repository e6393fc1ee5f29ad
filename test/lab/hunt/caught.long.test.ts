import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { huntWorld } from "../../../src/lab/hunt/hunt-world.ts";
import { readScenario } from "../../../src/simulator/scenario/read-scenario.ts";

const FOLDER = fileURLToPath(new URL("caught/", import.meta.url));

/** Scenarios that broke a rule once, as the hunt printed them; the seed is in the file's name. */
describe("a world that a hunt caught", () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith(".yaml")))("breaks no rule any more: %s", async (name) => {
    const seed = Number(/seed-(\d+)\.yaml$/.exec(name)?.[1]);
    const scenario = readScenario(readFileSync(FOLDER + name, "utf8"), name);
    expect((await huntWorld(scenario, seed)).violations).toEqual([]);
  });
});
