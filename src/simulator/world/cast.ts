/** The machines of a world by its scenario: honest auditors, liars with one or two faces, observers. */

import { AuditorMachine } from "../machines/auditor-machine.ts";
import type { Directory } from "../machines/directory.ts";
import { TWO_FACED } from "../machines/directory.ts";
import { LiarMachine, type Speech } from "../machines/liar-machine.ts";
import { ObserverMachine } from "../machines/observer-machine.ts";
import type { Machine, Surroundings } from "../machines/surroundings.ts";
import type { Behaviour, Fault } from "../scenario/scenario.ts";
import { neighboursOf } from "./topology.ts";

/** Every machine that is there from the beginning, auditors first, in the order of their names. */
export function castOf(world: Surroundings): Machine[] {
  const { directory, scenario } = world;
  const auditors = directory.auditors.flatMap((name) => auditorMachines(name, world));
  const observers = directory.observers.map(
    (place) =>
      new ObserverMachine(
        {
          place,
          neighbours: neighboursOf(place, scenario.network.observerDegree, world),
          durability: durabilityOf(place, scenario.faults),
        },
        world,
      ),
  );
  return [...auditors, ...observers];
}

function auditorMachines(name: string, world: Surroundings): Machine[] {
  const { behaviours, faults, provider } = world.scenario;
  const behaviour = behaviours.find(({ auditors }) => auditors.includes(name));
  if (behaviour === undefined || behaviour.kind === "lagging") {
    const epochsBehind = behaviour?.epochsBehind ?? 0;
    const isLiedTo = provider.lies.some(({ to }) => to.auditors.includes(name));
    // Two machines that are shown one history sign one history, and are as honest as one.
    const isCopied = faults.some(
      (fault) =>
        fault.node === name &&
        (fault.kind === "stolen-key" || (fault.kind === "second-machine" && (fault.shown === "fork" || isLiedTo))),
    );
    const character = isCopied ? "duplicated" : "honest";
    return [
      new AuditorMachine({ place: name, name, character, epochsBehind, durability: durabilityOf(name, faults) }, world),
    ];
  }
  const cases = behaviour.kind === "colluding" ? "hidden" : "shown";
  return world.directory
    .facesOf(name)
    .map(
      (place) =>
        new LiarMachine({ place, name, cases, speech: (epoch) => speechOf(behaviour, place === name, epoch) }, world),
    );
}

function speechOf({ kind, fromEpoch, toEpoch }: Behaviour, isFirstFace: boolean, epoch: number): Speech | undefined {
  const lies = epoch >= fromEpoch && (toEpoch === undefined || epoch <= toEpoch);
  if (!lies) return { branch: "main", signatures: "both" };
  if (kind === "silent") return undefined;
  if (kind === "lying") return { branch: "fork", signatures: "both" };
  if (isFirstFace) return { branch: "main", signatures: "both" };
  return { branch: "fork", signatures: kind === "half-heads" ? "half" : "both" };
}

function durabilityOf(place: string, faults: readonly Fault[]): "power-cuts" | "kept" {
  return faults.some(({ node, kind }) => node === place && (kind === "power-cut" || kind === "lost-claims"))
    ? "power-cuts"
    : "kept";
}

/** The epochs from which auditors sign another history without being shown it. */
export function lyingEpochs(behaviours: readonly Behaviour[]): number[] {
  return behaviours.filter(({ kind }) => kind === "lying" || TWO_FACED.has(kind)).map(({ fromEpoch }) => fromEpoch);
}

export function auditorsOf(directory: Directory, machines: readonly Machine[]): Machine[] {
  return machines.filter(({ name }) => directory.auditors.includes(name));
}
