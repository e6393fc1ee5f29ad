import { expect, it, vi } from "vitest";
import { FORKS_AHEAD, KEYS_FOUND, SWAPS_TAKEN } from "../../../src/lab/known-answers/key-questions.ts";
import { measureBounds, measureShare } from "../../../src/lab/known-answers/known-answer.ts";

/** Proofs are real: a busy core takes its time. */
vi.setConfig({ testTimeout: 300_000 });

const WORLDS = 30;
/** One or two of each kind: `npm run known-answers` asks all of them of more worlds. */
const QUESTIONS = [...KEYS_FOUND.slice(1, 2), ...SWAPS_TAKEN.slice(0, 2)];

it.each(QUESTIONS.map((known, index) => ({ ...known, firstSeed: 1_000 * index + 1 })))(
  "worlds agree with arithmetic: $name",
  async ({ firstSeed, ...known }) => {
    expect(await measureShare(known, WORLDS, firstSeed)).toMatchObject({ worlds: WORLDS, agrees: true });
  },
);

it.each(FORKS_AHEAD)("worlds keep within bounds: $name", async (known) => {
  expect(await measureBounds(known, 5)).toMatchObject({ worlds: 5, agrees: true });
});

it("worlds disagree with arithmetic that is wrong", async () => {
  const [known] = SWAPS_TAKEN;
  if (known === undefined) throw new Error("no question");
  expect(await measureShare({ ...known, expected: 0.95 }, 15, 1)).toMatchObject({ agrees: false });
});
