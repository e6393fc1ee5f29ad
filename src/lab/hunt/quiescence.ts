/**
 * What must hold once everything has healed: all honest ledgers are equal in the protocol's tokens, each holds what it
 * ever said it held, and the cases are those that the pure definition (core/derive-cases.ts) makes of all statements
 * together.
 */
import { toHex } from "../../core/bytes.ts";
import { NAMESPACE } from "../../simulator/actors/histories.ts";
import { AuditorMachine } from "../../simulator/machines/auditor-machine.ts";
import { TWO_FACED } from "../../simulator/machines/directory.ts";
import { LivingMachine } from "../../simulator/machines/living-machine.ts";
import { worldEndMs } from "../../simulator/scenario/defaults.ts";
import { downtimeOf } from "../../simulator/scenario/downtime.ts";
import type { Fault, Scenario } from "../../simulator/scenario/scenario.ts";
import { PROVIDER_GUILT } from "../../simulator/world/guilt.ts";
import type { World } from "../../simulator/world/world.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import { type Account, accountsOf } from "./account.ts";
import type { Invariants } from "./invariants.ts";
import { apart, wronglyCounted } from "./readers.ts";

const CALM_MS = 600_000;
/** Once a path is right again its operator ends the halt that it caused. */
const RESUMING_MS = 180_000;

/** Faults after which a key may have signed what its claims do not know. */
const SECOND_VOICES: ReadonlySet<Fault["kind"]> = new Set(["restore-backup", "second-machine", "stolen-key"]);

/** Reads every honest ledger; the world's time must go on meanwhile where reading takes time. */
export async function violationsAtRest(world: World, invariants: Invariants): Promise<Violation[]> {
  // An observer knows one auditor. [claims that are lost keep a node down for good]
  const isAuditorDown = world.machines.some(({ role, isUp }) => role === "auditor" && !isUp);
  const accounts = await accountsOf(
    world.machines.filter(({ character, role }) => character === "honest" && (role === "auditor" || !isAuditorDown)),
  );
  const always = [
    ...lost(accounts, invariants),
    ...neverThere(world),
    ...haltedForNothing(world),
    ...(await wronglyCounted(world, accounts)),
  ];
  if (!heals(world.scenario)) return always;
  return [
    ...always,
    ...unequal(accounts),
    ...wrongCases(accounts),
    ...unconvicted(world, accounts),
    ...(await apart(world, accounts)),
    ...idle(world, accounts),
  ];
}

/**
 * True where everybody can have heard everything by now: nodes compare ledgers, and nothing was cut for the last ten
 * rounds.
 */
function heals(scenario: Scenario): boolean {
  const { network } = scenario;
  const calmMs = worldEndMs(scenario) - CALM_MS;
  return (
    network.headSync && [...network.partitions, ...network.links].every(({ toMs }) => (toMs ?? Infinity) <= calmMs)
  );
}

/** A node that starts comes up, whatever its last life left behind; claims that are damaged keep it down. */
function neverThere(world: World): Violation[] {
  return world.machines.flatMap((machine) => {
    if (machine.character !== "honest" || machine.place !== machine.name || !(machine instanceof LivingMachine))
      return [];
    const mayBeDown = machine.disk.claims !== "whole" || isDownAtTheEnd(machine.place, world.scenario);
    if (machine.isUp ? machine.ledger !== undefined : mayBeDown) return [];
    const detail = machine.isUp ? "it is starting for ever" : "it is down and was not told to be";
    return [{ rule: "whoever starts comes up", who: machine.place, detail }];
  });
}

function isDownAtTheEnd(place: string, scenario: Scenario): boolean {
  const endMs = worldEndMs(scenario);
  return scenario.faults.some((fault) => fault.node === place && downtimeOf(fault).to >= endMs - CALM_MS);
}

function lost(accounts: readonly Account[], invariants: Invariants): Violation[] {
  return accounts.flatMap(({ machine, statements }) => {
    const roster = machine.ledger?.assumptions.roster;
    const now = new Set(
      statements.flatMap((statement) => {
        if (statement.type !== "signed-head" && statement.type !== "half-head") return [];
        const auditor = roster?.byKey(statement.publicKey)?.auditor.name;
        return [`${auditor} ${statement.epoch} ${toHex(statement.digest)}`];
      }),
    );
    const gone = [...(invariants.held.get(machine)?.keys() ?? [])].find((head) => !now.has(head));
    if (gone === undefined) return [];
    return [{ rule: "ledgers only grow", who: machine.place, detail: `it held ${gone} and does not now` }];
  });
}

function unequal(accounts: readonly Account[]): Violation[] {
  const [first, ...others] = accounts;
  if (first === undefined) return [];
  const found: Violation[] = [];
  const differ = (other: Account, detail: string): void => {
    const who = `${first.machine.place}, ${other.machine.place}`;
    found.push({ rule: "healed ledgers are equal", who, detail });
  };
  for (const other of others) {
    if (other.convicted !== first.convicted) {
      differ(other, `convicted: ${first.convicted || "nobody"} and ${other.convicted || "nobody"}`);
      continue;
    }
    const slots = new Set([...first.heads.keys(), ...other.heads.keys()]);
    const slot = [...slots].find((one) => first.heads.get(one) !== other.heads.get(one));
    if (slot !== undefined) differ(other, `${slot}: ${first.heads.get(slot)} and ${other.heads.get(slot)}`);
    if (other.cases.join() !== first.cases.join()) differ(other, `cases: ${first.cases} and ${other.cases}`);
  }
  return found;
}

/**
 * Every split between honest auditors is a case with one id, and so is everything else that the statements of all
 * prove.
 */
function wrongCases(accounts: readonly Account[]): Violation[] {
  return accounts.flatMap(({ machine, ledger, cases, due: derived }) => {
    const due = derived.map(({ id, class: caseClass }) => `${id} ${caseClass}`).sort();
    if (due.join() === cases.join()) return [];
    const names = new Map(ledger.cases().map(({ id, subject, state }) => [id, `${JSON.stringify(subject)} ${state}`]));
    const list = (ids: readonly string[]): string =>
      ids.map((one) => `${one} ${names.get(one.split(" ")[0] ?? "") ?? ""}`).join(", ") || "none";
    const detail = `its cases are ${list(cases)}; the statements of all make ${list(due)}`;
    return [{ rule: "cases are what the statements make", who: machine.place, detail }];
  });
}

/** An auditor with two faces shows one of them to each half of the others, who tell each other. */
function unconvicted(world: World, accounts: readonly Account[]): Violation[] {
  const { behaviours, epochs } = world.scenario;
  const liars = behaviours.filter(({ kind, fromEpoch }) => TWO_FACED.has(kind) && fromEpoch < epochs);
  return liars.flatMap(({ auditors }) =>
    accounts
      .filter(({ convicted }) => auditors.some((name) => !convicted.split(" ").includes(name)))
      .map(({ machine }) => ({
        rule: "whoever shows two faces is convicted",
        who: machine.place,
        detail: `${auditors.join(", ")} signed two digests for an epoch and is not convicted`,
      })),
  );
}

/**
 * A halt needs a person to end it: nobody halts unless its own key speaks elsewhere, its disk was put back, or the
 * provider lies.
 */
function haltedForNothing(world: World): Violation[] {
  const { faults, provider } = world.scenario;
  const endMs = worldEndMs(world.scenario);
  return world.machines.flatMap((machine) => {
    if (!(machine instanceof AuditorMachine) || machine.haltReason === undefined) return [];
    const { haltReason, name, place } = machine;
    const speaksElsewhere = faults.some(({ kind, node }) => node === name && SECOND_VOICES.has(kind));
    const isSpoiled = faults.some(
      (fault) =>
        fault.node === name && fault.kind === "spoiled-proofs" && fault.atMs + fault.forMs + RESUMING_MS >= endMs,
    );
    if (haltReason === "invalid-proof" && isSpoiled) return [];
    const hasReason =
      haltReason === "own-key-conflict"
        ? speaksElsewhere
        : provider.lies.some(({ kind, to }) => PROVIDER_GUILT.has(kind) && to.auditors.includes(name));
    if (hasReason) return [];
    return [{ rule: "nobody halts for nothing", who: place, detail: `it is halted: ${haltReason}` }];
  });
}

/** Whoever can sign does: an auditor that stands still for no reason would pass every other rule. */
function idle(world: World, accounts: readonly Account[]): Violation[] {
  const { epochs, provider, behaviours, faults } = world.scenario;
  const hindered = new Set([
    ...provider.lies.flatMap(({ to }) => to.auditors),
    ...behaviours.flatMap(({ auditors }) => auditors),
    ...faults.flatMap(({ kind, node }) => (kind === "retire" ? [node] : [])),
  ]);
  return accounts.flatMap(({ machine }) => {
    if (!(machine instanceof AuditorMachine) || machine.place !== machine.name) return [];
    if (hindered.has(machine.name) || machine.haltReason !== undefined || !machine.isUp) return [];
    const height = machine.ledger?.height(NAMESPACE, machine.name) ?? 0;
    // Too few had answered for long: it leaves to others what was listed then, and these worlds' logs end.
    if (height === epochs || (machine.mark ?? 0) >= epochs) return [];
    const detail = `epoch ${height} of ${epochs} is the last it signed (${machine.trouble ?? "no trouble"})`;
    return [{ rule: "whoever can sign does", who: machine.place, detail }];
  });
}
