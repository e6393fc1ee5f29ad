/** Clients of a random world may check keys. Drawn from a stream of its own, so that all else of a seed stays. */

import { keysMadeBy } from "../../simulator/actors/key-owners.ts";
import { type RandomStream, RandomStreams } from "../../simulator/engine/random-streams.ts";
import { clientNames } from "../../simulator/scenario/entity-names.ts";
import { hiddenVersion } from "../../simulator/scenario/hidden-version.ts";
import type { KeysLie, KeysScenario } from "../../simulator/scenario/keys-scenario.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";

/** Of the worlds that have clients: real proofs take a second or two of a world. */
const SHARE = 0.1;
/** As many epochs as a lookup may be behind, and then some. */
const MAX_BEHIND = 30;

export function withRandomKeys(scenario: Scenario, seed: number): Scenario {
  const random = new RandomStreams(seed).stream("hunt-keys");
  const [group] = scenario.clients;
  if (group === undefined || !random.chance(SHARE)) return scenario;
  const clients = [{ ...group, count: 3 }];
  const newKeyEpochs = random.below(6);
  const lies = random.chance(0.7) ? [randomLie(random, scenario.epochs, newKeyEpochs, clientNames(clients))] : [];
  const keys: KeysScenario = { contacts: 1, watchEveryMs: 300_000, newKeyEpochs, lies };
  return { ...scenario, clients, keys };
}

const KINDS: readonly KeysLie["kind"][] = [
  "swapped-key",
  "hidden-version",
  "forgotten-version",
  "old-epoch",
  "other-vrf-key",
  "other-label",
  "denied",
  "withheld",
  "inserted-version",
  "tombstoned-version",
];

/** Denies where the kind that was drawn cannot be told at the epoch that was drawn. */
function randomLie(
  random: RandomStream,
  epochs: number,
  newKeyEpochs: number,
  [victim = "", about = ""]: readonly string[],
): KeysLie {
  const kind = KINDS[random.below(KINDS.length)] ?? "denied";
  const fromEpoch = 1 + random.below(epochs);
  const end = random.chance(0.5) ? { toEpoch: Math.min(epochs, fromEpoch + random.below(5)) } : {};
  const ahead = random.below(4);
  const behind = 1 + random.below(MAX_BEHIND);
  const when = { about, fromEpoch, ...end };
  const told = { ...when, to: [victim] };
  const made = keysMadeBy(fromEpoch, newKeyEpochs);
  switch (kind) {
    case "swapped-key":
      return { kind, ...told, ahead };
    case "old-epoch":
      return { kind, ...told, behind };
    case "inserted-version":
    case "tombstoned-version":
      return { kind, ...when };
    case "hidden-version":
      return hiddenVersion(made, fromEpoch) === undefined ? { kind: "denied", ...told } : { kind, ...told };
    case "forgotten-version":
      return made < 2 ? { kind: "denied", ...told } : { kind, ...told };
    default:
      return { kind, ...told };
  }
}
