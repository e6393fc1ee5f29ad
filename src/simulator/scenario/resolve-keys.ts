/** Keys with their defaults and names, and whether what is said of them can be. */
import type { TreePath } from "../../platform/yaml/yaml-tree.ts";
import { keysMadeBy } from "../actors/key-owners.ts";
import { checkSpan } from "./check-timelines.ts";
import { DEFAULT_KEYS } from "./defaults.ts";
import { clientNames } from "./entity-names.ts";
import { hiddenVersion } from "./hidden-version.ts";
import { contactsIn, isPublished, type KeysLie, type KeysScenario, type ToldLie } from "./keys-scenario.ts";
import type { Names } from "./resolve-names.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import type { WrittenKeys, WrittenKeysLie } from "./written-scenario.ts";

export function resolveKeys(written: WrittenKeys, names: Names): KeysScenario {
  const { contacts, watchEveryMs, newKeyEpochs } = { ...DEFAULT_KEYS, ...written };
  return {
    ...{ contacts, watchEveryMs, newKeyEpochs },
    lies: (written.lies ?? []).map((lie, index) => resolveLie(lie, names, ["keys", "lies", index])),
  };
}

function resolveLie(written: WrittenKeysLie, names: Names, path: TreePath): KeysLie {
  const { kind, fromEpoch = DEFAULT_KEYS.lie.fromEpoch, toEpoch } = written;
  const about = names.one(written.about, "clients", [...path, "about"]);
  const when = { fromEpoch, ...(toEpoch === undefined ? {} : { toEpoch }) };
  if (kind === "inserted-version" || kind === "tombstoned-version") return { kind, about, ...when };
  const told = { about, to: names.select(written.to ?? [], "clients", [...path, "to"]), ...when };
  switch (kind) {
    case "swapped-key":
      return { kind, ...told, ahead: written.ahead ?? DEFAULT_KEYS.lie.ahead };
    case "old-epoch":
      return { kind, ...told, behind: written.behind ?? DEFAULT_KEYS.lie.behind };
    default:
      return { kind, ...told };
  }
}

/** Throws CONFIG_INVALID. */
export function checkKeys(scenario: Scenario, tree: ScenarioTree): void {
  const { keys, clients, epochs } = scenario;
  if (keys === undefined) return;
  const people = clientNames(clients);
  if (people.length === 0) {
    throw tree.invalid(["clients"], clients, "a group of clients at least: it is they who check keys");
  }
  if (keys.contacts >= people.length) {
    const expected = `at most ${people.length - 1}: there are no more other clients`;
    throw tree.invalid(["keys", "contacts"], keys.contacts, expected);
  }
  for (const [index, { gossipWith }] of clients.entries()) {
    const expected = "0: clients that check keys tell each other nothing";
    if (gossipWith > 0) throw tree.invalid(["clients", index, "gossipWith"], gossipWith, expected);
  }
  for (const [index, lie] of keys.lies.entries()) {
    const path = ["keys", "lies", index];
    checkSpan(lie, path, epochs, tree);
    if (!isPublished(lie)) checkTold(lie, { keys, people, path, tree });
  }
}

interface LieContext {
  readonly keys: KeysScenario;
  readonly people: readonly string[];
  readonly path: TreePath;
  readonly tree: ScenarioTree;
}

function checkTold(lie: ToldLie, { keys, people, path, tree }: LieContext): void {
  const { about, to, fromEpoch } = lie;
  for (const [index, name] of to.entries()) {
    const asks = [name, ...contactsIn(people, name, keys.contacts)];
    const expected = `somebody who asks about ${about}: ${name} asks about ${asks.slice(0, 4).join(", ")}`;
    if (!asks.includes(about)) throw tree.invalid([...path, "to", index], name, expected);
  }
  const made = keysMadeBy(fromEpoch, keys.newKeyEpochs);
  const at = `${about} has ${made} at epoch ${fromEpoch}, and a new one every newKeyEpochs (${keys.newKeyEpochs})`;
  if (lie.kind === "forgotten-version" && made < 2) {
    throw tree.invalid([...path, "fromEpoch"], fromEpoch, `an epoch at which there are two versions: ${at}`);
  }
  if (lie.kind === "hidden-version" && hiddenVersion(made, fromEpoch) === undefined) {
    const expected = `an epoch at which a version can be hidden, such as 7 after 4 or 5 versions: ${at}`;
    throw tree.invalid([...path, "fromEpoch"], fromEpoch, expected);
  }
}
