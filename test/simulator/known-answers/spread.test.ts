import { expect, it } from "vitest";
import { measureBounds } from "../../../src/simulator/known-answers/known-answer.ts";
import { SPREADS } from "../../../src/simulator/known-answers/questions.ts";

const SMALL = SPREADS.slice(0, 3);

it.each(SMALL)("heads keep within bounds: $name", async (known) => {
  expect(await measureBounds(known, 3)).toMatchObject({ worlds: 3, agrees: true });
});

it("takes no more than a few hops more for four times as many nodes", async () => {
  const [few, , many] = SMALL;
  if (few === undefined || many === undefined) throw new Error("no question");
  const [near, far] = [await measureBounds(few, 3), await measureBounds(many, 3)];
  expect(far.most).toBeGreaterThanOrEqual(near.most);
  expect(far.most - near.most).toBeLessThanOrEqual(3);
});
