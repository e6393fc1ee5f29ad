/** The clients of a world: those that ask about digests, or, where the scenario has keys, persons who check keys. */
import type { SignatureVerifier } from "../../core/ed25519.ts";
import type { Histories } from "../actors/histories.ts";
import { KeyDesk } from "../actors/key-desk.ts";
import type { KeyTrees } from "../actors/key-trees.ts";
import type { Provider } from "../actors/provider.ts";
import { Client } from "../clients/client.ts";
import { contactsOf } from "../clients/contacts.ts";
import { Person } from "../clients/person.ts";
import type { ClientOptions } from "../clients/quorum-client.ts";
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Directory } from "../machines/directory.ts";
import type { Machine } from "../machines/surroundings.ts";
import { clientName, clientNames } from "../scenario/entity-names.ts";
import { contactsIn } from "../scenario/keys-scenario.ts";
import type { ClientGroup, Scenario } from "../scenario/scenario.ts";
import { quorumPolicy } from "./quorum-policy.ts";
import type { WorldRecorder } from "./world-recorder.ts";

export interface ClienteleModules {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly directory: Directory;
  readonly verifier: SignatureVerifier;
  readonly provider: Provider;
  readonly histories: Histories;
  readonly keyTrees: KeyTrees | undefined;
  readonly watcher: WorldRecorder;
  readonly machineAt: (place: string) => Machine | undefined;
  readonly machineAtHost: (host: string) => Machine | undefined;
}

/** Not started yet. */
export interface Clientele {
  readonly clients: readonly Client[];
  readonly people: readonly Person[];
}

export function clienteleOf(modules: ClienteleModules): Clientele {
  const { scenario, keyTrees } = modules;
  const options = scenario.clients
    .flatMap((group) => Array.from({ length: group.count }, () => group))
    .map((group, index) => optionsOf(group, clientName(index + 1), modules));
  if (scenario.keys !== undefined && keyTrees !== undefined) {
    return { clients: [], people: peopleOf(options, { ...modules, keys: scenario.keys, keyTrees }) };
  }
  const clients: Client[] = [];
  for (const one of options) {
    clients.push(new Client(one, { ...modules, ...whomToAsk(one, modules), others: () => clients }));
  }
  return { clients, people: [] };
}

function peopleOf(
  options: readonly ClientOptions[],
  modules: ClienteleModules & { readonly keys: NonNullable<Scenario["keys"]>; readonly keyTrees: KeyTrees },
): Person[] {
  const { keys, keyTrees: trees, scenario, watcher } = modules;
  const people = clientNames(scenario.clients);
  const desk = new KeyDesk(
    { keys, people },
    {
      ...modules,
      trees,
      onShown: (to, epoch, branch) => watcher.shown(to, epoch, branch),
      onLie: (epoch) => watcher.lied(epoch),
    },
  );
  const { epochIntervalMs } = scenario;
  return options.map(
    (one) =>
      new Person(
        { ...one, keys, epochIntervalMs, contacts: contactsIn(people, one.name, keys.contacts) },
        { ...modules, ...whomToAsk(one, modules), trees, desk },
      ),
  );
}

function optionsOf(group: ClientGroup, name: string, { directory, scenario }: ClienteleModules): ClientOptions {
  const roster = directory.rosterOf(name);
  return {
    ...{ name, group, roster },
    policy: quorumPolicy(roster, group.quorum),
    faultBound: directory.faultBound,
    latencyMs: scenario.network.latencyMs,
  };
}

function whomToAsk(
  { name, group }: ClientOptions,
  modules: ClienteleModules,
): { readonly contacts: readonly Machine[]; readonly machineAt: ClienteleModules["machineAtHost"] } {
  return { contacts: contactsOf(name, group.of, modules), machineAt: modules.machineAtHost };
}
