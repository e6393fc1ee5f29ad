import { expect, it } from "vitest";
import { measureShare } from "../../../src/simulator/known-answers/known-answer.ts";
import { LIARS_IN_QUORUMS, SPLITS_NOTICED } from "../../../src/simulator/known-answers/questions.ts";

const WORLDS = 120;

it.each(SPLITS_NOTICED)("worlds agree with arithmetic: $name", async (known) => {
  expect(await measureShare(known, WORLDS)).toMatchObject({ worlds: WORLDS, agrees: true });
});

it.each(LIARS_IN_QUORUMS)("worlds agree with arithmetic: $name", async (known) => {
  expect(await measureShare(known, WORLDS)).toMatchObject({ worlds: WORLDS, agrees: true });
});

it("worlds disagree with arithmetic that is wrong", async () => {
  const [known] = SPLITS_NOTICED;
  if (known === undefined) throw new Error("no question");
  expect(await measureShare({ ...known, expected: known.expected + 0.3 }, WORLDS)).toMatchObject({ agrees: false });
});
