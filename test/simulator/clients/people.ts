/** Worlds in which three persons check keys, for tests. */
import type { KeysLie, KeysScenario } from "../../../src/simulator/scenario/keys-scenario.ts";
import type { ClientGroup } from "../../../src/simulator/scenario/scenario.ts";
import type { KeyMeasures } from "../../../src/simulator/world/measures.ts";
import type { TraceLine } from "../../../src/simulator/world/trace.ts";
import { CLIENTS, type LivedWorld, linesOf, live, type ScenarioChanges } from "../small-world.ts";

export const ALICE = "client-01";
export const BOB = "client-02";
export const CAROL = "client-03";
export const KEYS: KeysScenario = { contacts: 1, watchEveryMs: 100_000, newKeyEpochs: 4, lies: [] };
/** Every person asks all auditors, at moments that go round the epochs. */
export const PEOPLE: ClientGroup = { ...CLIENTS, count: 3, ask: 5, quorum: 4, everyMs: 47_000 };

type KeyAnswer = Extract<TraceLine, { what: "key-answer" }>;

export interface Checked extends LivedWorld {
  readonly answers: readonly KeyAnswer[];
  readonly keys: KeyMeasures;
}

export async function checked(keys: Partial<KeysScenario>, changes: ScenarioChanges = {}): Promise<Checked> {
  const lived = await live({ clients: [PEOPLE], epochs: 12, ...changes, keys: { ...KEYS, ...keys } });
  const { keys: measured } = lived.world.measures();
  if (measured === undefined) throw new Error("nobody checks keys");
  return { ...lived, answers: linesOf(lived.lines, "key-answer"), keys: measured };
}

/** Alice is told a lie about Bob, from epoch 8 on. */
export function told(kind: KeysLie["kind"], more: object = {}): KeysLie {
  const own = kind === "swapped-key" ? { ahead: 0 } : {};
  return { kind, about: BOB, to: [ALICE], fromEpoch: 8, ...own, ...more } as KeysLie;
}

export function alarmsOf(answers: readonly KeyAnswer[], who: string): string[] {
  const alarms = answers.filter((one) => one.who === who && one.result === "alarm");
  return [...new Set(alarms.map(({ reason }) => `${reason}`))];
}
