import { expect, it } from "vitest";
import { nobodyHonest, nobodyHonestAt } from "../../../src/lab/experiment/nobody-honest.ts";
import { behaviour, scenarioOf } from "../../simulator/small-world.ts";

it.each([
  ["nobody lies", [], undefined],
  ["one is honest", [behaviour("lying", [2, 3, 4, 5])], undefined],
  ["one lags, the others lie", [behaviour("lying", [2, 3, 4, 5]), behaviour("lagging", [1])], undefined],
  ["all lie", [behaviour("lying", [1, 2, 3, 4, 5])], /no honest node is there/],
  [
    "all lie or are silent",
    [behaviour("colluding", [1, 2, 3]), behaviour("silent", [4, 5])],
    /no honest node is there/,
  ],
])("where %s", (_, behaviours, words) => {
  const text = nobodyHonest(scenarioOf({ behaviours }));
  if (words === undefined) expect(text).toBeUndefined();
  else expect(text).toMatch(words);
});

it("names the observers that are left", () => {
  const scenario = scenarioOf({ behaviours: [behaviour("lying", [1, 2, 3, 4, 5])], observers: 3 });
  expect(nobodyHonest(scenario)).toMatch(/only observers are honest/);
});

it("says of a sweep at how many of its points that is so", () => {
  expect(nobodyHonestAt([null, null])).toBeUndefined();
  expect(nobodyHonestAt(["Nobody."])).toBe("Nobody.");
  expect(nobodyHonestAt([null, "Nobody.", "Nobody."])).toBe("At 2 of 3 points: Nobody.");
});
