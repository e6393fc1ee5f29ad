import { expect, it } from "vitest";
import { lieWords } from "../../../src/lab/report/lie-words.ts";
import type { ProviderLie } from "../../../src/simulator/scenario/scenario.ts";

const common = { to: { auditors: ["a"], clients: [] }, fromEpoch: 2 };

it.each<[ProviderLie, string]>([
  [{ ...common, kind: "split" }, "shows another history to a"],
  [
    { ...common, kind: "split-by-time", windowMs: 1500 },
    "shows another history to a for 1.5 s after each epoch appears",
  ],
  [{ ...common, kind: "rewind", epochs: 1 }, "goes back by 1 epoch before a"],
  [{ ...common, kind: "rewind", epochs: 2 }, "goes back by 2 epochs before a"],
  [{ ...common, kind: "invalid-proof" }, "shows proofs that do not verify to a"],
  [{ ...common, kind: "withhold" }, "withholds its epochs from a"],
  [{ ...common, kind: "slow", delayMs: 5 }, "answers a slowly"],
  [{ ...common, kind: "list-both" }, "lists both histories to a"],
])("a lie of the kind $0.kind has words", (lie, words) => {
  expect(lieWords(lie, "a")).toBe(words);
});
