/**
 * What must hold once everything has healed: all honest ledgers are equal in the protocol's tokens, each holds what it
 * ever said it held, and the cases are those that the pure definition (core/derive-cases.ts) makes of all statements
 * together.
 */
import { toHex } from "../../core/bytes.ts";
import { type Certificate, verifyCertificate } from "../../core/certificate.ts";
import { deriveCases } from "../../core/derive-cases.ts";
import { boundAt, convictedBy, isBoundBroken } from "../../core/evidence.ts";
import { type AuditorHead, completeness } from "../../core/head.ts";
import { defaultFaultBound } from "../../core/roster.ts";
import { isTrustNone, isWithin } from "../../core/settlement.ts";
import type { Statement } from "../../core/statement.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { NAMESPACE } from "../../simulator/actors/histories.ts";
import { AuditorMachine } from "../../simulator/machines/auditor-machine.ts";
import { TWO_FACED } from "../../simulator/machines/directory.ts";
import { LivingMachine } from "../../simulator/machines/living-machine.ts";
import type { Machine } from "../../simulator/machines/surroundings.ts";
import { WORLD_BEGINS_MS } from "../../simulator/ports/sim-clock.ts";
import { worldEndMs } from "../../simulator/scenario/defaults.ts";
import { downtimeOf } from "../../simulator/scenario/downtime.ts";
import type { Fault, Scenario } from "../../simulator/scenario/scenario.ts";
import { PROVIDER_GUILT } from "../../simulator/world/guilt.ts";
import type { World } from "../../simulator/world/world.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import type { Invariants } from "./invariants.ts";

const CALM_MS = 600_000;

/** Faults after which a key may have signed what its claims do not know. */
const SECOND_VOICES: ReadonlySet<Fault["kind"]> = new Set(["restore-backup", "second-machine", "stolen-key"]);

interface Account {
  readonly machine: Machine;
  /** `auditor epoch digest...`, of auditors that nobody convicted. */
  readonly heads: ReadonlyMap<string, string>;
  readonly convicted: string;
  /** `id class`, of open cases, sorted. */
  readonly cases: readonly string[];
  readonly statements: readonly Statement[];
}

/** Reads every honest ledger; the world's time must go on meanwhile where reading takes time. */
export async function violationsAtRest(world: World, invariants: Invariants): Promise<Violation[]> {
  const accounts: Account[] = [];
  // An observer knows one auditor. [claims that are lost keep a node down for good]
  const isAuditorDown = world.machines.some(({ role, isUp }) => role === "auditor" && !isUp);
  for (const machine of world.machines) {
    if (machine.character !== "honest" || machine.ledger === undefined) continue;
    if (machine.role === "observer" && isAuditorDown) continue;
    accounts.push(await account(machine, machine.ledger));
  }
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

async function account(machine: Machine, ledger: Ledger): Promise<Account> {
  const { statements, assumptions, convicted } = ledger;
  const heads = new Map<string, string>();
  const all: Statement[] = [];
  for (const auditor of assumptions.roster.names) {
    for await (const [epoch, slot] of statements.headSlots(NAMESPACE, auditor, 0, Number.MAX_SAFE_INTEGER)) {
      const said = statements.statementsOf<AuditorHead>(slot).map(({ statement }) => statement);
      all.push(...said);
      if (convicted.has(auditor)) continue;
      heads.set(`${auditor} ${epoch}`, said.map((head) => `${toHex(head.digest)}/${completeness(head)}`).join(" "));
    }
  }
  for await (const { observation } of statements.observations(NAMESPACE)) all.push(observation);
  const open = ledger.cases().filter(({ state }) => state === "open");
  return {
    machine,
    heads,
    convicted: [...convicted].sort().join(" "),
    cases: open.map(({ id, class: caseClass }) => `${id} ${caseClass}`).sort(),
    statements: all,
  };
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
  const everything = [...new Set(accounts.flatMap(({ statements }) => statements))];
  return accounts.flatMap(({ machine, cases }) => {
    const { ledger } = machine;
    if (ledger === undefined) return [];
    const due = deriveCases(everything, ledger.assumptions)
      .map(({ id, class: caseClass }) => `${id} ${caseClass}`)
      .sort();
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
  return world.machines.flatMap((machine) => {
    if (!(machine instanceof AuditorMachine) || machine.haltReason === undefined) return [];
    const { haltReason, name, place } = machine;
    const speaksElsewhere = faults.some(({ kind, node }) => node === name && SECOND_VOICES.has(kind));
    const isSpoiled = faults.some(({ kind, node }) => node === name && kind === "spoiled-proofs");
    if (haltReason === "invalid-proof" && isSpoiled) return [];
    const hasReason =
      haltReason === "own-key-conflict"
        ? speaksElsewhere
        : provider.lies.some(({ kind, to }) => PROVIDER_GUILT.has(kind) && to.auditors.includes(name));
    if (hasReason) return [];
    return [{ rule: "nobody halts for nothing", who: place, detail: `it is halted: ${haltReason}` }];
  });
}

/** What a node answers counts each auditor once, none that it convicted, and none that did not sign. */
async function wronglyCounted(world: World, accounts: readonly Account[]): Promise<Violation[]> {
  const { epochs } = world.scenario;
  const found: Violation[] = [];
  for (const { machine, convicted, statements } of accounts) {
    for (const epoch of ["latest", epochs, epochs >> 1, 1] as const) {
      const answer = await machine.quorum(epoch, 1);
      if (answer === undefined) continue;
      const complain = (detail: string): void => {
        found.push({ rule: "quorums count whom they may", who: machine.place, detail: `epoch ${epoch}: ${detail}` });
      };
      const { signers, certificate } = answer;
      const names = signers.map(({ auditor }) => auditor);
      const wrong = names.find((name) => convicted.split(" ").includes(name));
      if (wrong !== undefined) complain(`${wrong} is convicted and counts`);
      const signed = statements.filter(
        (statement) =>
          statement.type === "signed-head" &&
          statement.epoch === certificate.epoch &&
          toHex(statement.digest) === certificate.digest,
      );
      const members = machine.ledger?.assumptions.roster.membersAt(NAMESPACE, certificate.epoch) ?? [];
      const retired = names.find((name) => !members.includes(name));
      if (retired !== undefined) complain(`${retired} is retired there and counts`);
      if (names.length > signed.length) complain(`${names.length} auditors count and ${signed.length} signed`);
      const twice = { ...certificate, signatures: [...certificate.signatures, ...certificate.signatures] };
      const counted = await recount(world, machine, twice, epoch);
      if (counted !== names.length) complain(`${counted} count where each of ${names.length} is named twice`);
    }
  }
  return found;
}

/**
 * No two honest readers accept two digests for one epoch, and whoever knows of no open fork that convicts is refused
 * nothing but what people settled as nobody's. [a settlement hides a split, or leaves a reader where it was]
 */
async function apart(world: World, accounts: readonly Account[]): Promise<Violation[]> {
  const { auditors, epochs, faults, faultBound = defaultFaultBound(auditors) } = world.scenario;
  // Only people make readers differ; and it takes time in worlds where reading does.
  if (!faults.some(({ kind }) => kind === "settle" || kind === "retire")) return [];
  const found: Violation[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const accepted = new Map<string, string>();
    for (const { machine } of accounts) {
      const answer = await machine.quorum(epoch, auditors - faultBound);
      if (answer === undefined) continue;
      if (answer.result === "satisfied") accepted.set(answer.certificate.digest, machine.place);
      const stuck = answer.result === "conflict" && !mayRefuse(machine, epoch);
      if (stuck) found.push({ rule: "whoever settled is not stuck", who: machine.place, detail: `epoch ${epoch}` });
    }
    if (accepted.size < 2) continue;
    const who = [...accepted.values()].join(", ");
    found.push({ rule: "readers accept one digest", who, detail: `two digests for epoch ${epoch}` });
  }
  return found;
}

function mayRefuse({ ledger }: Machine, epoch: number): boolean {
  if (ledger === undefined) return true;
  const where = { namespace: NAMESPACE, epoch };
  const { convicted, faultBound } = boundAt(NAMESPACE, epoch, ledger.convicted, ledger.assumptions);
  return (
    isBoundBroken(convicted, faultBound) ||
    ledger.settlementsThatHold().some((one) => isTrustNone(one) && isWithin(one, where)) ||
    ledger
      .cases()
      .some(({ subject, class: one, state }) => state === "open" && convictedBy(subject, one) === "provider")
  );
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

async function recount(
  world: World,
  { ledger }: Machine,
  certificate: Certificate,
  epoch: number | "latest",
): Promise<number | undefined> {
  if (ledger === undefined) return undefined;
  const { scheduler, verifier } = world;
  const request = { namespace: NAMESPACE, epoch, min: 1, nowMs: WORLD_BEGINS_MS + Math.floor(scheduler.nowUs / 1000) };
  return (await verifyCertificate(certificate, request, { assumptions: ledger.assumptions, verifier })).signers.length;
}
