/**
 * What readers are answered once a world is over: whom a quorum counts, and which digest each accepts. Who may be
 * counted or refused is asked of the scenario and of the pure definitions, not of the node under test.
 */
import { toHex } from "../../core/bytes.ts";
import { type Certificate, verifyCertificate } from "../../core/certificate.ts";
import { boundAt, convictedBy, isBoundBroken } from "../../core/evidence.ts";
import { defaultFaultBound } from "../../core/roster.ts";
import { isTrustNone, isWithin } from "../../core/settlement.ts";
import type { QuorumAnswer } from "../../node/view.ts";
import { NAMESPACE } from "../../simulator/actors/histories.ts";
import { WORLD_BEGINS_MS } from "../../simulator/ports/sim-clock.ts";
import { worldEndMs } from "../../simulator/scenario/defaults.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { World } from "../../simulator/world/world.ts";
import type { Violation } from "../../simulator/world/world-recorder.ts";
import type { Account } from "./account.ts";

/** Within it everybody who is up was restarted with the roster that retires somebody. */
const RETIRING_MS = 180_000;

/** What a node answers counts each auditor once, none that it convicted, none that retired, none that did not sign. */
export async function wronglyCounted(world: World, accounts: readonly Account[]): Promise<Violation[]> {
  const { epochs } = world.scenario;
  const retired = retirements(world.scenario);
  const found: Violation[] = [];
  for (const account of accounts) {
    const { machine } = account;
    for (const epoch of ["latest", epochs, epochs >> 1, 1] as const) {
      const answer = await machine.quorum(epoch, 1);
      if (answer === undefined) continue;
      const details = [...wrongSigners(account, answer), ...retiredIn(answer, retired)];
      const { signers, certificate } = answer;
      const twice = { ...certificate, signatures: [...certificate.signatures, ...certificate.signatures] };
      const counted = await recount(world, account, twice, epoch);
      if (counted !== signers.length) details.push(`${counted} count where each of ${signers.length} is named twice`);
      const rule = "quorums count whom they may";
      found.push(...details.map((detail) => ({ rule, who: machine.place, detail: `epoch ${epoch}: ${detail}` })));
    }
  }
  return found;
}

function wrongSigners({ convicted, statements }: Account, { signers, certificate }: QuorumAnswer): string[] {
  const names = signers.map(({ auditor }) => auditor);
  const wrong = names.find((name) => convicted.split(" ").includes(name));
  const signed = statements.filter(
    (statement) =>
      statement.type === "signed-head" &&
      statement.epoch === certificate.epoch &&
      toHex(statement.digest) === certificate.digest,
  );
  return [
    ...(wrong === undefined ? [] : [`${wrong} is convicted and counts`]),
    ...(names.length > signed.length ? [`${names.length} auditors count and ${signed.length} signed`] : []),
  ];
}

/** By auditor, the epoch at which everybody has retired it by the end of the world. */
function retirements(scenario: Scenario): ReadonlyMap<string, number> {
  const endMs = worldEndMs(scenario);
  const retired = scenario.faults.flatMap((fault) => (fault.kind === "retire" ? [fault] : []));
  const applied = retired.filter(({ atMs }) => atMs + RETIRING_MS <= endMs).sort((a, b) => a.atMs - b.atMs);
  return new Map(applied.map(({ node, epoch }) => [node, epoch]));
}

function retiredIn({ certificate, signers, missing }: QuorumAnswer, retired: ReadonlyMap<string, number>): string[] {
  return [...signers, ...missing].flatMap(({ auditor }) => {
    const last = retired.get(auditor);
    if (last === undefined || (last > 0 && certificate.epoch <= last)) return [];
    return [`${auditor} is retired there and is counted, or missed`];
  });
}

/**
 * No two honest readers accept two digests for one epoch, even where each asks for no more auditors than it takes to
 * have an honest one among them; whoever settled a fork accepts there what was really published; and whoever knows of
 * no open fork that convicts is refused nothing but what people settled as nobody's. [a settlement hides a split, or
 * leaves a reader where it was]
 */
export async function apart(world: World, accounts: readonly Account[]): Promise<Violation[]> {
  const { auditors, epochs, faults, faultBound = defaultFaultBound(auditors) } = world.scenario;
  // Only people make readers differ; and it takes time in worlds where reading does.
  if (!faults.some(({ kind }) => kind === "settle" || kind === "retire")) return [];
  const found: Violation[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const accepted = new Map<string, string>();
    for (const account of accounts) {
      const answer = await account.machine.quorum(epoch, faultBound + 1);
      if (answer === undefined) continue;
      const complain = (rule: string, detail: string): void =>
        void found.push({ rule, who: account.machine.place, detail: `epoch ${epoch}${detail}` });
      const { result, certificate } = answer;
      if (result === "conflict" && !mayRefuse(account, epoch)) complain("whoever settled is not stuck", "");
      if (result !== "satisfied") continue;
      accepted.set(certificate.digest, account.machine.place);
      const isSettled = (account.ledger.assumptions.settlements ?? []).some((one) =>
        isWithin(one, { namespace: NAMESPACE, epoch }),
      );
      if (isSettled && certificate.digest !== toHex(world.histories.digest(epoch, "main"))) {
        complain("whoever settled accepts what was published", ": the other history is accepted");
      }
    }
    if (accepted.size < 2) continue;
    const who = [...accepted.values()].join(", ");
    found.push({ rule: "readers accept one digest", who, detail: `two digests for epoch ${epoch}` });
  }
  return found;
}

/** A case that convicts the provider refuses its own epoch and all above it. */
function mayRefuse({ ledger, due }: Account, epoch: number): boolean {
  const where = { namespace: NAMESPACE, epoch };
  const { assumptions } = ledger;
  const convicted = new Set(due.flatMap(({ subject }) => (subject.kind === "auditor" ? [subject.auditor] : [])));
  const bound = boundAt(NAMESPACE, epoch, convicted, assumptions);
  return (
    isBoundBroken(bound.convicted, bound.faultBound) ||
    (assumptions.settlements ?? []).some((one) => isTrustNone(one) && isWithin(one, where)) ||
    due.some(
      ({ subject, class: one }) =>
        "epoch" in subject && subject.epoch <= epoch && convictedBy(subject, one) === "provider",
    )
  );
}

async function recount(
  world: World,
  { ledger }: Account,
  certificate: Certificate,
  epoch: number | "latest",
): Promise<number> {
  const { scheduler, verifier } = world;
  const request = { namespace: NAMESPACE, epoch, min: 1, nowMs: WORLD_BEGINS_MS + Math.floor(scheduler.nowUs / 1000) };
  return (await verifyCertificate(certificate, request, { assumptions: ledger.assumptions, verifier })).signers.length;
}
