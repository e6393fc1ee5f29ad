import { expect, it } from "vitest";
import { measureShare } from "../../../src/lab/known-answers/known-answer.ts";
import { LIARS_IN_QUORUMS, SPLITS_NOTICED, TWO_FACED_AUDITORS } from "../../../src/lab/known-answers/questions.ts";

const WORLDS = 60;
/** One or two of each kind: `npm run known-answers` asks all of them of many worlds. */
const QUESTIONS = [...SPLITS_NOTICED.slice(-2), ...LIARS_IN_QUORUMS.slice(0, 2), ...TWO_FACED_AUDITORS.slice(0, 1)];

it.each(QUESTIONS.map((known, index) => ({ ...known, firstSeed: 1_000 * index + 1 })))(
  "worlds agree with arithmetic: $name",
  async ({ firstSeed, ...known }) => {
    expect(await measureShare(known, WORLDS, firstSeed)).toMatchObject({ worlds: WORLDS, agrees: true });
  },
);

it("worlds disagree with arithmetic that is wrong", async () => {
  const [known] = SPLITS_NOTICED;
  if (known === undefined) throw new Error("no question");
  const wrong = { ...known, expected: known.expected < 0.5 ? 0.95 : 0.05 };
  expect(await measureShare(wrong, 20, 1)).toMatchObject({ agrees: false });
});
