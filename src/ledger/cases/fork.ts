/** A run of epochs of one namespace that convict, and the few of them that a case keeps exhibits of. Pure. */
import { compareJudgements, type EpochJudgement, FORK_GAP_EPOCHS } from "../../core/evidence.ts";

/** An epoch whose heads convict, as it was judged last. */
export interface Sample {
  readonly epoch: number;
  readonly judgement: EpochJudgement;
}

export interface Fork {
  readonly first: Sample;
  readonly last: number;
  /** The epoch that makes the fork what it is; of equal ones the earliest, as for the others. */
  readonly strongest: Sample;
  /** With the largest minority, and with most auditors against the provider: for readers of another fault bound. */
  readonly widest: Sample;
  readonly contradicted: Sample;
}

/** Forks that an epoch belongs to: more than one when it joins them. */
export function forksNear(forks: readonly Fork[], epoch: number): Fork[] {
  return forks.filter(({ first, last }) => epoch >= first.epoch - FORK_GAP_EPOCHS && epoch <= last + FORK_GAP_EPOCHS);
}

/** The fork that these are once the epoch is known; none: a new one. */
export function joinForks(near: readonly Fork[], sample: Sample): Fork {
  const first = pick(
    near.map((fork) => fork.first),
    sample,
    () => 0,
  );
  return {
    first,
    last: Math.max(sample.epoch, ...near.map(({ last }) => last)),
    strongest: pick(
      near.map((fork) => fork.strongest),
      sample,
      compareJudgements,
    ),
    widest: pick(
      near.map((fork) => fork.widest),
      sample,
      (a, b) => b.minority - a.minority,
    ),
    contradicted: pick(
      near.map((fork) => fork.contradicted),
      sample,
      (a, b) => b.contradicted - a.contradicted,
    ),
  };
}

/** Ascending, without those that the new one took up. */
export function withFork(forks: readonly Fork[], joined: readonly Fork[], fork: Fork): Fork[] {
  return [...forks.filter((other) => !joined.includes(other)), fork].sort((a, b) => a.first.epoch - b.first.epoch);
}

/**
 * The epochs whose statements a case shows, most needed first. The newest shows a reader that settled it that it goes
 * on.
 */
export function sampledEpochs({ first, last, strongest, widest, contradicted }: Fork): number[] {
  return [...new Set([strongest.epoch, first.epoch, last, widest.epoch, contradicted.epoch])];
}

/**
 * `compare`: negative where the first is the better one. The newest judgement of an epoch takes the place of an older.
 */
function pick(
  samples: readonly Sample[],
  newest: Sample,
  compare: (a: EpochJudgement, b: EpochJudgement) => number,
): Sample {
  const all = [...samples.filter(({ epoch }) => epoch !== newest.epoch), newest];
  return all.reduce((a, b) => {
    const order = compare(a.judgement, b.judgement) || a.epoch - b.epoch;
    return order <= 0 ? a : b;
  });
}
