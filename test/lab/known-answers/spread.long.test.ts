import { expect, it } from "vitest";
import { measureBounds } from "../../../src/lab/known-answers/known-answer.ts";
import { NOTICED_BY_GOSSIP, SPREADS } from "../../../src/lab/known-answers/questions.ts";

it("heads reach 32 nodes, and 128, within the hops that graphs allow", async () => {
  const [few, , many] = SPREADS;
  if (few === undefined || many === undefined) throw new Error("no question");
  expect(await measureBounds(few, 3)).toMatchObject({ worlds: 3, agrees: true });
  expect(await measureBounds(many, 1)).toMatchObject({ worlds: 1, agrees: true });
});

it("more hops than any graph needs are not called right", async () => {
  const [few] = SPREADS;
  if (few === undefined) throw new Error("no question");
  expect(await measureBounds({ ...few, expected: { low: 20, high: 30 } }, 1)).toMatchObject({ agrees: false });
});

it("auditors that gossip all hold a case within a poll and a few messages", async () => {
  expect(await measureBounds(NOTICED_BY_GOSSIP, 10)).toMatchObject({ agrees: true });
});
