import { expect, it } from "vitest";
import { keyLieWords, lieWords } from "../../../src/lab/report/lie-words.ts";
import type { KeysLie } from "../../../src/simulator/scenario/keys-scenario.ts";
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

const told = { about: "b", to: ["a"], fromEpoch: 2 };

it.each<[KeysLie, string]>([
  [{ ...told, kind: "swapped-key", ahead: 0 }, "shows a another key of b, on a fork"],
  [{ ...told, kind: "swapped-key", ahead: 3 }, "shows a another key of b, on a fork 3 epochs ahead"],
  [{ ...told, kind: "hidden-version" }, "shows a a version of b's key that b is not shown"],
  [{ ...told, kind: "forgotten-version" }, "shows a the key of b before the newest"],
  [{ ...told, kind: "old-epoch", behind: 1 }, "answers a about b from 1 epoch ago"],
  [{ ...told, kind: "other-vrf-key" }, "answers a about b under another VRF key"],
  [{ ...told, kind: "other-label" }, "answers a about somebody else than b"],
  [{ ...told, kind: "denied" }, "denies b to a"],
  [{ ...told, kind: "withheld" }, "does not answer a about b"],
  [{ kind: "inserted-version", about: "b", fromEpoch: 2 }, "shows everybody a key of b that b never made"],
  [
    { kind: "tombstoned-version", about: "b", fromEpoch: 2 },
    "shows everybody a key of b that b never made and then removes its value",
  ],
])("a lie about a key, of the kind $0.kind, has words", (lie, words) => {
  expect(keyLieWords(lie, (names) => names.join(", "))).toBe(words);
});
