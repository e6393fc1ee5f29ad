/**
 * From verified statements to cases, all at once: the definition that the ledger's incremental book is tested against.
 */
import { compareText, toHex } from "./bytes.ts";
import { convictedAuditors } from "./convictions.ts";
import { type Assumptions, type CaseClass, type CaseSubject, caseId } from "./evidence.ts";
import { judgeForks } from "./forks.ts";
import type { AuditorHead, ProviderHead } from "./head.ts";
import { judgeObservations, type Sides } from "./observed.ts";
import { speakerOf } from "./speaking.ts";
import type { Observation, Statement } from "./statement.ts";

export interface DerivedCase {
  readonly id: string;
  readonly subject: CaseSubject;
  readonly class: CaseClass;
  /** Of a fork the epochs that convict, of a dissent those at which the auditor differs, ascending; else empty. */
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
  gapEpochs?: number,
): DerivedCase[] {
  const heads = statements.filter((s) => s.type === "signed-head" || s.type === "half-head");
  const convicted = convictedAuditors(
    heads,
    statements.filter((s) => s.type === "key-rotation"),
    assumptions,
  );
  const cases: Omit<DerivedCase, "id">[] = [...convicted].map((auditor) => {
    return { subject: { kind: "auditor", auditor }, class: "auditor-equivocation", epochs: [] };
  });
  const said = saidByNamespace(
    heads,
    statements.filter((s) => s.type === "provider-head"),
    assumptions,
  );
  const modules = { convicted, assumptions, ...(gapEpochs === undefined ? {} : { gapEpochs }) };
  for (const [namespace, epochs] of said) cases.push(...judgeForks(namespace, epochs, modules));
  const observations = statements.filter((s) => s.type === "observation");
  cases.push(...observed(observations, said, modules));
  return cases.map((one) => ({ id: caseId(one.subject), ...one })).sort((a, b) => compareText(a.id, b.id));
}

interface Said {
  readonly sides: Map<string, string>;
  readonly providerDigests: string[];
}

function saidByNamespace(
  heads: readonly AuditorHead[],
  providerHeads: readonly ProviderHead[],
  assumptions: Assumptions,
): Map<string, Map<number, Said>> {
  const all = new Map<string, Map<number, Said>>();
  const at = (namespace: string, epoch: number): Said => {
    const epochs = all.get(namespace) ?? new Map<number, Said>();
    all.set(namespace, epochs);
    const found = epochs.get(epoch) ?? { sides: new Map(), providerDigests: [] };
    epochs.set(epoch, found);
    return found;
  };
  for (const head of heads) {
    const speaker = speakerOf(head, assumptions);
    if (speaker !== undefined) at(head.namespace, head.epoch).sides.set(speaker, toHex(head.digest));
  }
  for (const head of providerHeads) {
    const keys = assumptions.providerKeys.get(head.namespace) ?? [];
    if (!keys.some((key) => toHex(key) === toHex(head.publicKey))) continue;
    const { providerDigests } = at(head.namespace, head.epoch);
    if (!providerDigests.includes(toHex(head.digest))) providerDigests.push(toHex(head.digest));
  }
  return all;
}

function observed(
  observations: readonly Observation[],
  said: ReadonlyMap<string, ReadonlyMap<number, Said>>,
  modules: { readonly convicted: ReadonlySet<string>; readonly assumptions: Assumptions },
): Omit<DerivedCase, "id">[] {
  const epochs = new Map<string, { auditor: string; observation: Observation }[]>();
  for (const observation of observations) {
    const auditor = modules.assumptions.roster.byKey(observation.publicKey)?.auditor.name;
    if (auditor === undefined) continue;
    const key = JSON.stringify([observation.namespace, observation.epoch]);
    epochs.set(key, [...(epochs.get(key) ?? []), { auditor, observation }]);
  }
  return [...epochs].flatMap(([key, here]) => {
    const [namespace, epoch] = JSON.parse(key) as [string, number];
    const heard = (at: number): Sides => {
      const sides = said.get(namespace)?.get(at)?.sides ?? new Map<string, string>();
      return new Map([...sides].filter(([auditor]) => !modules.convicted.has(auditor)));
    };
    const seen = { namespace, epoch, observations: here, sides: heard(epoch), sidesBefore: heard(epoch - 1) };
    return judgeObservations(seen, modules).map(({ subject, class: caseClass }) => ({
      subject,
      class: caseClass,
      epochs: [],
    }));
  });
}
