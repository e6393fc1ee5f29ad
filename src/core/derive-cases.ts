/**
 * From verified statements to cases, all at once: the definition that the ledger's incremental book is tested against.
 */
import { compareText, toHex } from "./bytes.ts";
import {
  type Assumptions,
  type CaseClass,
  type CaseSubject,
  caseId,
  type EpochJudgement,
  FORK_GAP_EPOCHS,
  forkClass,
  groupForks,
  judgeEpoch,
  observationsConvict,
  strongerJudgement,
} from "./evidence.ts";
import type { AuditorHead, ProviderHead } from "./head.ts";
import { isInWindow } from "./roster.ts";
import type { KeyRotation, Observation, Statement } from "./statement.ts";

export interface DerivedCase {
  readonly id: string;
  readonly subject: CaseSubject;
  readonly class: CaseClass;
  /** Conflicting epochs of a fork, ascending; empty for other subjects. */
  readonly epochs: readonly number[];
}

/**
 * All cases that these statements make for this reader, sorted by id. The statements' signatures have been verified.
 * Statements by keys outside the roster prove nothing to this reader. `gapEpochs`: Infinity where the statements are
 * samples of one fork.
 */
export function deriveCases(
  statements: readonly Statement[],
  assumptions: Assumptions,
  gapEpochs: number = FORK_GAP_EPOCHS,
): DerivedCase[] {
  const heads = statements.filter((s) => s.type === "signed-head" || s.type === "half-head");
  const convicted = convictedAuditors(
    heads,
    statements.filter((s) => s.type === "key-rotation"),
    assumptions,
  );
  const providerHeads = statements.filter((s) => s.type === "provider-head");
  const cases: DerivedCase[] = [...convicted].map((auditor) => {
    const subject: CaseSubject = { kind: "auditor", auditor };
    return { id: caseId(subject), subject, class: "auditor-equivocation", epochs: [] };
  });
  cases.push(...forks({ heads, providerHeads, convicted, gapEpochs }, assumptions));
  cases.push(
    ...observed(
      statements.filter((s) => s.type === "observation"),
      convicted,
      assumptions,
    ),
  );
  return cases.sort((a, b) => compareText(a.id, b.id));
}

/**
 * docs/protocol.md 6.1 row 3. A half head does not prove its namespace: it counts only if the reader knows that origin
 * and namespace belong together.
 */
export function bindsNamespace(head: AuditorHead, assumptions: Assumptions): boolean {
  return head.type === "signed-head" || assumptions.origins.get(head.namespace) === head.origin;
}

/**
 * docs/protocol.md 8. A convicted auditor's heads count for no quorum, except up to the epoch to which this reader
 * still trusts it.
 */
export function isVoid(
  auditor: string,
  epoch: number,
  convicted: ReadonlySet<string>,
  assumptions: Assumptions,
): boolean {
  if (!convicted.has(auditor)) return false;
  const trustedUntil = assumptions.roster.byName(auditor)?.trustedUntil;
  return trustedUntil === undefined || epoch > trustedUntil;
}

/** docs/protocol.md 7.1. Observations are comparable when they name the same blobs and, for proofs, the same bytes. */
export function observationSubject(observation: Observation): CaseSubject | undefined {
  const { kind, namespace, epoch } = observation;
  if (kind === "conflicting-listing") return { kind: "listing", namespace, epoch };
  if (kind === "invalid-proof") return { kind: "proof", namespace, epoch };
  return undefined;
}

export function observationKey({ kind, blobNames, bodyHashes }: Observation): string {
  return [kind, ...blobNames, ...(kind === "invalid-proof" ? bodyHashes.map(toHex) : [])].join(" ");
}

function convictedAuditors(
  heads: readonly AuditorHead[],
  rotations: readonly KeyRotation[],
  assumptions: Assumptions,
): Set<string> {
  const convicted = new Set<string>();
  const digests = new Map<string, string>();
  for (const head of heads) {
    const auditor = assumptions.roster.byKey(head.publicKey)?.auditor.name;
    if (auditor === undefined || !bindsNamespace(head, assumptions)) continue;
    const slot = `${auditor} ${head.namespace} ${head.epoch}`;
    const digest = toHex(head.digest);
    if ((digests.get(slot) ?? digest) !== digest) convicted.add(auditor);
    digests.set(slot, digest);
  }
  const successors = new Map<string, string>();
  for (const rotation of rotations) {
    const auditor = assumptions.roster.byKey(rotation.oldPublicKey)?.auditor.name;
    if (auditor === undefined) continue;
    const old = toHex(rotation.oldPublicKey);
    const content = rotationContent(rotation);
    if ((successors.get(old) ?? content) !== content) convicted.add(auditor);
    successors.set(old, content);
  }
  return convicted;
}

/** docs/protocol.md 6.2. What two rotations of one key must agree on; the time may differ. */
export function rotationContent({ newPublicKey, starts }: KeyRotation): string {
  return [toHex(newPublicKey), ...starts.map(({ namespace, epoch }) => `${namespace}:${epoch}`)].join(" ");
}

interface ForkStatements {
  readonly heads: readonly AuditorHead[];
  readonly providerHeads: readonly ProviderHead[];
  readonly convicted: ReadonlySet<string>;
  readonly gapEpochs: number;
}

function forks(
  { heads, providerHeads, convicted, gapEpochs }: ForkStatements,
  assumptions: Assumptions,
): DerivedCase[] {
  const epochs = new Map<string, Map<number, { sides: Map<string, string>; providerDigests: Set<string> }>>();
  const at = (namespace: string, epoch: number): { sides: Map<string, string>; providerDigests: Set<string> } => {
    const byEpoch = epochs.get(namespace) ?? new Map();
    epochs.set(namespace, byEpoch);
    const found = byEpoch.get(epoch) ?? { sides: new Map(), providerDigests: new Set() };
    byEpoch.set(epoch, found);
    return found;
  };
  for (const head of heads) {
    const entry = assumptions.roster.byKey(head.publicKey);
    // Not even where its heads still count for a quorum: it would be both liar and witness.
    if (entry === undefined || convicted.has(entry.auditor.name) || !countsAsSide(head, assumptions)) continue;
    at(head.namespace, head.epoch).sides.set(entry.auditor.name, toHex(head.digest));
  }
  for (const head of providerHeads) {
    const keys = assumptions.providerKeys.get(head.namespace) ?? [];
    if (!keys.some((key) => toHex(key) === toHex(head.publicKey))) continue;
    at(head.namespace, head.epoch).providerDigests.add(toHex(head.digest));
  }
  const cases: DerivedCase[] = [];
  for (const [namespace, byEpoch] of epochs) {
    const judgements = new Map<number, EpochJudgement>();
    for (const [epoch, { sides, providerDigests }] of byEpoch) {
      const judgement = judgeEpoch({ sides, providerDigests: [...providerDigests] });
      if (judgement !== undefined) judgements.set(epoch, judgement);
    }
    for (const group of groupForks(
      [...judgements.keys()].sort((a, b) => a - b),
      gapEpochs,
    )) {
      const subject: CaseSubject = { kind: "fork", namespace, epoch: group.first };
      const judgement = group.epochs.map((epoch) => judgements.get(epoch) as EpochJudgement).reduce(strongerJudgement);
      cases.push({
        id: caseId(subject),
        subject,
        class: forkClass(judgement, convicted.size, assumptions.faultBound),
        epochs: group.epochs,
      });
    }
  }
  return cases;
}

/**
 * docs/protocol.md 7.1. A head speaks for its auditor in a fork when its key was in use at that epoch and it is about
 * the reader's origin.
 */
export function countsAsSide(head: AuditorHead, assumptions: Assumptions): boolean {
  const entry = assumptions.roster.byKey(head.publicKey);
  if (entry === undefined || !isInWindow(entry.key, head.namespace, head.epoch)) return false;
  const origin = assumptions.origins.get(head.namespace);
  return origin === undefined ? head.type === "signed-head" : origin === head.origin;
}

function observed(
  observations: readonly Observation[],
  convicted: ReadonlySet<string>,
  assumptions: Assumptions,
): DerivedCase[] {
  const observers = new Map<string, { subject: CaseSubject; auditors: Set<string> }>();
  for (const observation of observations) {
    const subject = observationSubject(observation);
    const auditor = assumptions.roster.byKey(observation.publicKey)?.auditor.name;
    if (subject === undefined || auditor === undefined || convicted.has(auditor)) continue;
    // What was seen in another log says nothing about the reader's.
    if ((assumptions.origins.get(observation.namespace) ?? observation.origin) !== observation.origin) continue;
    const key = `${caseId(subject)} ${observationKey(observation)}`;
    const group = observers.get(key) ?? { subject, auditors: new Set() };
    group.auditors.add(auditor);
    observers.set(key, group);
  }
  const cases = new Map<string, DerivedCase>();
  for (const { subject, auditors } of observers.values()) {
    if (!observationsConvict(auditors.size, convicted.size, assumptions.faultBound)) continue;
    const id = caseId(subject);
    cases.set(id, { id, subject, class: subject.kind === "listing" ? "forked-listing" : "invalid-epoch", epochs: [] });
  }
  return [...cases.values()];
}
