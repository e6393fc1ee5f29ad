/**
 * What auditors' observations of one epoch amount to, and which heads take them back (docs/protocol.md 7.3): whoever
 * signed the very blob whose proof it had called wrong, or whose accusation more auditors than can lie contradict by
 * what they signed, convicts nobody. [a wrong line of one auditor's configuration convicts an honest provider for ever]
 */
import { toHex } from "./bytes.ts";
import { type Assumptions, boundAt, type CaseSubject, exceedsBound } from "./evidence.ts";
import type { Observation } from "./statement.ts";

/** Digest (hex) by auditor, of those that speak at one epoch, convicted auditors left out. */
export type Sides = ReadonlyMap<string, string>;

export interface ObservedEpoch {
  readonly namespace: string;
  readonly epoch: number;
  readonly observations: readonly { readonly auditor: string; readonly observation: Observation }[];
  /** At this epoch, and at the one before it. */
  readonly sides: Sides;
  readonly sidesBefore: Sides;
}

export interface JudgedObservations {
  readonly subject: CaseSubject & { readonly kind: "listing" | "proof" };
  readonly class: "forked-listing" | "invalid-epoch" | "disagreement";
  /** Whose observations these are: those of the groups that have this class. */
  readonly observers: readonly string[];
  /** Whose heads take observations back, or outweigh them; these heads travel with the case. */
  readonly against: readonly string[];
}

/** Digests of the empty tree, of which epoch 0 consists in either configuration (docs/protocol.md 12). */
const EMPTY_DIGESTS: ReadonlySet<string> = new Set([
  "f48ded419214732a2c610c1e280543744bab3c17aec33e444997fa2d8f79792a",
  "00".repeat(32),
]);

/** Observations are comparable when they name the same blobs and, for proofs, the same bytes: as lists. */
export function observationKey({ kind, blobNames, bodyHashes }: Observation): string {
  return JSON.stringify([kind, blobNames, kind === "invalid-proof" ? bodyHashes.map(toHex) : []]);
}

/** Undefined for kinds that are leads alone. */
export function observationSubject({ kind, namespace, epoch }: Observation): JudgedObservations["subject"] | undefined {
  if (kind === "conflicting-listing") return { kind: "listing", namespace, epoch };
  if (kind === "invalid-proof") return { kind: "proof", namespace, epoch };
  return undefined;
}

/** At most one result for listings and one for proofs; none where too few auditors agree. */
export function judgeObservations(
  seen: ObservedEpoch,
  { convicted, assumptions }: { readonly convicted: ReadonlySet<string>; readonly assumptions: Assumptions },
): JudgedObservations[] {
  const { namespace, epoch } = seen;
  const bound = boundAt(namespace, epoch, convicted, assumptions);
  const members = new Set(assumptions.roster.membersAt(namespace, epoch));
  const origin = assumptions.origins.get(namespace);
  const groups = new Map<string, { observation: Observation; observers: Set<string>; void: Set<string> }>();
  for (const { auditor, observation } of seen.observations) {
    if (observationSubject(observation) === undefined || convicted.has(auditor) || !members.has(auditor)) continue;
    if (observation.kind === "conflicting-listing" && !namesTwoDigests(observation)) continue;
    // What was seen at another log says nothing about the reader's.
    if ((origin ?? observation.origin) !== observation.origin) continue;
    const key = observationKey(observation);
    const group = groups.get(key) ?? { observation, observers: new Set(), void: new Set() };
    const isTakenBack = observation.kind === "invalid-proof" && signedOneOf(seen.sides.get(auditor), observation);
    (isTakenBack ? group.void : group.observers).add(auditor);
    groups.set(key, group);
  }
  const judged = [...groups.values()].flatMap((group) => judgeGroup(group, seen, bound) ?? []);
  return (["listing", "proof"] as const).flatMap((kind) =>
    strongestOf(judged.filter((one) => one.subject.kind === kind)),
  );
}

function judgeGroup(
  group: {
    readonly observation: Observation;
    readonly observers: ReadonlySet<string>;
    readonly void: ReadonlySet<string>;
  },
  { sides, sidesBefore }: ObservedEpoch,
  bound: { readonly faultBound: number; readonly convicted: number },
): JudgedObservations | undefined {
  const { observation, observers } = group;
  const subject = observationSubject(observation);
  if (subject === undefined || !exceedsBound(observers.size, bound)) return undefined;
  const names = [...observers].sort();
  if (subject.kind === "listing") return { subject, class: "forked-listing", observers: names, against: [] };
  const others = balancing(observation, observers, sides, sidesBefore);
  const against = [...new Set([...others, ...group.void])].sort();
  const isOutweighed = exceedsBound(others.length, bound);
  return { subject, class: isOutweighed ? "disagreement" : "invalid-epoch", observers: names, against };
}

/** Auditors beside the observers that signed both ends of one of the blobs: they hold a right proof between them. */
function balancing(
  { epoch, blobNames }: Observation,
  observers: ReadonlySet<string>,
  at: Sides,
  before: Sides,
): string[] {
  const ends = blobNames.map(digestsOf);
  return [...at].flatMap(([auditor, digest]) => {
    if (observers.has(auditor)) return [];
    const signedBoth = ends.some(({ previous, current }) => {
      const startsThere = epoch === 1 ? EMPTY_DIGESTS.has(previous) : before.get(auditor) === previous;
      return digest === current && startsThere;
    });
    return signedBoth ? [auditor] : [];
  });
}

function signedOneOf(digest: string | undefined, { blobNames }: Observation): boolean {
  return digest !== undefined && blobNames.some((name) => digestsOf(name).current === digest);
}

/** Two histories are two digests of one epoch: one blob listed twice, or a log that started over, is none. */
function namesTwoDigests({ epoch, blobNames }: Observation): boolean {
  const here = blobNames.filter((name) => name.startsWith(`${epoch}/`));
  return new Set(here.map((name) => digestsOf(name).current)).size > 1;
}

/** Of `E/<previous>/<current>`; a name that is none has no digests. */
function digestsOf(blobName: string): { readonly previous: string; readonly current: string } {
  const [, previous = "", current = ""] = blobName.split("/");
  return { previous, current };
}

/** One case an epoch and kind, whatever differing bodies were seen. */
function strongestOf(judged: readonly JudgedObservations[]): JudgedObservations[] {
  const convicting = judged.filter((one) => one.class !== "disagreement");
  const [first, ...rest] = convicting.length > 0 ? convicting : judged;
  if (first === undefined) return [];
  const union = (pick: (one: JudgedObservations) => readonly string[]): string[] =>
    [...new Set([first, ...rest].flatMap(pick))].sort();
  return [{ ...first, observers: union((one) => one.observers), against: union((one) => one.against) }];
}
