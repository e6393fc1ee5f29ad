/** From what was said at the epochs of one namespace to its forks and its leads (docs/protocol.md 7.1, 7.2 and 7.4). */
import {
  type Assumptions,
  boundAt,
  type CaseSubject,
  compareJudgements,
  type EpochJudgement,
  FORK_GAP_EPOCHS,
  groupForks,
  judgeEpoch,
} from "./evidence.ts";
import { isSilenced, isWithin, opensAgain, type SaidAtEpoch, type Settlement } from "./settlement.ts";

export interface JudgedFork {
  readonly subject: CaseSubject & { readonly kind: "fork" | "dissent" };
  readonly class: EpochJudgement["class"];
  /** Ascending; of a fork those that convict, of a dissent those at which its auditor differs. */
  readonly epochs: readonly number[];
}

export interface ForkModules {
  readonly convicted: ReadonlySet<string>;
  readonly assumptions: Assumptions;
  /** Default: FORK_GAP_EPOCHS; Infinity where the statements are samples of one fork. */
  readonly gapEpochs?: number;
}

/** `said`: by epoch, convicted auditors among them. */
export function judgeForks(
  namespace: string,
  said: ReadonlyMap<number, SaidAtEpoch>,
  modules: ForkModules,
): JudgedFork[] {
  const settlements = settlementsThatHold(namespace, said, modules);
  const convicting = new Map<number, EpochJudgement>();
  const leads: [number, EpochJudgement][] = [];
  for (const [epoch, here] of [...said].sort(([a], [b]) => a - b)) {
    const judgement = judgeSaid({ namespace, epoch, said: here, settlements }, modules);
    if (judgement === undefined) continue;
    if (convicts(judgement)) convicting.set(epoch, judgement);
    else leads.push([epoch, judgement]);
  }
  const forks = groupForks([...convicting.keys()], modules.gapEpochs).map(({ first, epochs }): JudgedFork => {
    const judgements = epochs.map((epoch) => convicting.get(epoch) as EpochJudgement).sort(compareJudgements);
    const strongest = judgements[0] as EpochJudgement;
    return { subject: { kind: "fork", namespace, epoch: first }, class: strongest.class, epochs };
  });
  const dissents = new Map<string, number[]>();
  for (const [epoch, { dissenters }] of leads) {
    // Beside a fork it is a part of it that few have spoken about. [a lead opened and closed at each epoch of a fork]
    if (forks.some(({ epochs }) => isNear(epochs, epoch))) continue;
    for (const auditor of dissenters) dissents.set(auditor, [...(dissents.get(auditor) ?? []), epoch]);
  }
  const dissenting = [...dissents].map(([auditor, epochs]): JudgedFork => {
    return { subject: { kind: "dissent", namespace, auditor }, class: "disagreement", epochs };
  });
  return [...forks, ...dissenting];
}

function isNear(epochs: readonly number[], epoch: number): boolean {
  const [first = 0, last = first] = [epochs[0], epochs.at(-1)];
  return epoch >= first - FORK_GAP_EPOCHS && epoch <= last + FORK_GAP_EPOCHS;
}

/** Undefined where those who are heard agree. */
export function judgeSaid(
  at: {
    readonly namespace: string;
    readonly epoch: number;
    readonly said: SaidAtEpoch;
    /** Those that hold. */
    readonly settlements: readonly Settlement[];
  },
  { convicted, assumptions }: Pick<ForkModules, "convicted" | "assumptions">,
): EpochJudgement | undefined {
  const { namespace, epoch, said, settlements } = at;
  const settled = settlements.find((settlement) => isWithin(settlement, at));
  const sides = new Map(
    [...said.sides].filter(([auditor]) => {
      // A convicted auditor never speaks: it would be liar and witness at once.
      return !convicted.has(auditor) && (settled === undefined || !isSilenced(settled, auditor));
    }),
  );
  const providerDigests = settled === undefined ? said.providerDigests : [];
  return judgeEpoch({ sides, providerDigests }, boundAt(namespace, epoch, convicted, assumptions));
}

export function convicts(judgement: EpochJudgement): boolean {
  return judgement.class !== "disagreement";
}

/** Without those that what was said since has opened again. */
function settlementsThatHold(
  namespace: string,
  said: ReadonlyMap<number, SaidAtEpoch>,
  modules: ForkModules,
): readonly Settlement[] {
  const all = (modules.assumptions.settlements ?? []).filter((settlement) => settlement.namespace === namespace);
  return all.filter((settlement) => ![...said].some(([epoch, here]) => opens(settlement, epoch, here, modules)));
}

/**
 * Whether what was said at this epoch opens the settled case again: within it, more than people had looked at; above
 * it, an epoch of the same fork that convicts by itself.
 */
export function opens(
  settlement: Settlement,
  epoch: number,
  said: SaidAtEpoch,
  modules: Pick<ForkModules, "convicted" | "assumptions">,
): boolean {
  const { namespace, last } = settlement;
  // What agrees opens nothing. A reader may hold a settlement and no more than one head of its epochs.
  if (new Set([...said.sides.values(), ...said.providerDigests]).size < 2) return false;
  const sides = new Map([...said.sides].filter(([auditor]) => !modules.convicted.has(auditor)));
  if (isWithin(settlement, { namespace, epoch })) return opensAgain(settlement, epoch, { ...said, sides });
  if (epoch <= last || epoch - last > FORK_GAP_EPOCHS) return false;
  const judgement = judgeSaid({ namespace, epoch, said, settlements: [] }, modules);
  return judgement !== undefined && convicts(judgement);
}
