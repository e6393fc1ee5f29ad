/**
 * A run of conflicting epochs of one namespace, and the few of its epochs that prove its class. Pure: the case book
 * keeps forks in step with the statements held.
 */
import { toBase64, toHex } from "../../core/bytes.ts";
import { type CaseClass, caseId, type EpochJudgement, FORK_GAP_EPOCHS } from "../../core/evidence.ts";
import type { EpochView } from "../epoch-view.ts";

/** A conflicting epoch, as last seen. */
export interface Sample {
  readonly epoch: number;
  readonly judgement: EpochJudgement;
  /**
   * Encoded statements in base64, alternating between the digests: the first two contradict each other, and a cut
   * leaves both sides. Computed on first use: most epochs of a long fork are never its best, and base64 was half of
   * what a head of a split epoch cost the case book.
   */
  readonly exhibits: () => readonly string[];
}

export interface Fork {
  readonly id: string;
  readonly first: Sample;
  readonly last: number;
  /** Its epoch with the largest minority; of equal ones the earliest, as for the others. */
  readonly widest: Sample;
  /** Its epoch at which most auditors contradict the provider. */
  readonly contradicted: Sample;
  readonly equivocating: Sample | undefined;
}

/** `view` holds only heads that speak. */
export function sampleOf(view: EpochView, judgement: EpochJudgement): Sample {
  let made: readonly string[] | undefined;
  const exhibits = (): readonly string[] => {
    made ??= inTurns(view);
    return made;
  };
  return { epoch: view.epoch, judgement, exhibits };
}

function inTurns({ heads, providerHeads }: EpochView): string[] {
  const sides = new Map<string, string[]>();
  for (const { head, bytes } of [...providerHeads, ...heads]) {
    const digest = toHex(head.digest);
    sides.set(digest, [...(sides.get(digest) ?? []), toBase64(bytes)]);
  }
  const longest = Math.max(0, ...[...sides.values()].map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => [...sides.values()].flatMap((side) => side[i] ?? [])).flat();
}

/** Forks that an epoch belongs to: more than one when it joins them. */
export function forksNear(forks: readonly Fork[], epoch: number): Fork[] {
  return forks.filter(({ first, last }) => epoch >= first.epoch - FORK_GAP_EPOCHS && epoch <= last + FORK_GAP_EPOCHS);
}

/** The fork that these become with this epoch; with none, a new one. */
export function joinForks(namespace: string, near: readonly Fork[], sample: Sample): Fork {
  const best = (samples: readonly Sample[], strength: (judgement: EpochJudgement) => number): Sample =>
    [...samples.filter(({ epoch }) => epoch !== sample.epoch), sample].reduce((a, b) => {
      const difference = strength(a.judgement) - strength(b.judgement);
      return difference > 0 || (difference === 0 && a.epoch < b.epoch) ? a : b;
    });
  const first = best(
    near.map((fork) => fork.first),
    () => 0,
  );
  const equivocating = best(
    near.flatMap((fork) => fork.equivocating ?? []),
    ({ providerEquivocates }) => Number(providerEquivocates),
  );
  return {
    // The usual case, one epoch more at the end, needs no hash.
    id:
      near.find((fork) => fork.first.epoch === first.epoch)?.id ??
      caseId({ kind: "fork", namespace, epoch: first.epoch }),
    first,
    last: Math.max(sample.epoch, ...near.map(({ last }) => last)),
    widest: best(
      near.map((fork) => fork.widest),
      ({ minority }) => minority,
    ),
    contradicted: best(
      near.map((fork) => fork.contradicted),
      ({ contradicted }) => contradicted,
    ),
    equivocating: equivocating.judgement.providerEquivocates ? equivocating : undefined,
  };
}

/** Nothing that the case depends on has changed since. */
export function saysTheSame(fork: Fork, before: Fork): boolean {
  return (
    fork.id === before.id &&
    fork.first === before.first &&
    fork.widest === before.widest &&
    fork.contradicted === before.contradicted &&
    fork.equivocating === before.equivocating
  );
}

/** The strongest of its epochs, part by part. */
export function judgementOf({ widest, contradicted, equivocating }: Fork): EpochJudgement {
  return {
    minority: widest.judgement.minority,
    contradicted: contradicted.judgement.contradicted,
    providerEquivocates: equivocating !== undefined,
  };
}

/** The epoch that decides the fork's class. */
export function decisiveSample({ widest, contradicted, equivocating }: Fork, caseClass: CaseClass): Sample {
  if (equivocating !== undefined) return equivocating;
  const isContradiction = caseClass === "provider-contradiction" || widest.judgement.minority === 0;
  return isContradiction ? contradicted : widest;
}

/**
 * What a reader needs, most needed first: two statements that differ at the first epoch give the case's id, those of
 * the decisive epoch its class; the others are for readers of another roster or fault bound. [a liar's disagreements
 * leave no room for the proof of a split view]
 */
export function exhibitsOf(fork: Fork, caseClass: CaseClass): string[] {
  const { first, widest, contradicted, equivocating } = fork;
  const samples = [decisiveSample(fork, caseClass), first, widest, contradicted];
  return [
    ...first.exhibits().slice(0, 2),
    ...(equivocating?.exhibits().slice(0, 2) ?? []),
    ...samples.flatMap(({ exhibits }) => exhibits()),
  ];
}
