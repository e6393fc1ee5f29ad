/**
 * The cases that observations make, kept in step with the observations and with the heads that take them back or
 * outweigh them (docs/protocol.md 7.3).
 */
import { toBase64 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { type Assumptions, caseId } from "../../core/evidence.ts";
import { judgeObservations, type Sides } from "../../core/observed.ts";
import type { EpochView } from "../epoch-view.ts";
import type { CaseChanges, HeldObservation } from "./case-changes.ts";
import { newCaseRecord, withExhibits } from "./case-record.ts";
import { type CaseRecords, eventOf, reopened } from "./case-records.ts";
import type { CaseSources } from "./case-sources.ts";
import { saidOf } from "./conflict-row.ts";
import { headsOf } from "./exhibits.ts";

export interface ObservationCasesModules {
  readonly clock: Clock;
  readonly assumptions: () => Assumptions;
  readonly sources: CaseSources;
  readonly records: CaseRecords;
  readonly convicted: ReadonlySet<string>;
}

interface ObservedAt {
  readonly namespace: string;
  readonly epoch: number;
  readonly observations: readonly HeldObservation[];
  /** An epoch that is not in the store yet. */
  readonly view?: EpochView;
}

export class ObservationCases {
  readonly #modules: ObservationCasesModules;
  /** Epochs with observations by namespace; the ledger keeps at most 1,024 of an auditor. */
  readonly #epochs: Map<string, Set<number>> = new Map();
  /** By namespace, cases that the observations held make now. */
  readonly #live: Map<string, Set<string>> = new Map();

  constructor(modules: ObservationCasesModules) {
    this.#modules = modules;
  }

  get live(): Iterable<string> {
    return [...this.#live.values()].flatMap((ids) => [...ids]);
  }

  /** True when a head more at this epoch may change a case although it agrees with all others. */
  weigh(namespace: string, epoch: number): boolean {
    const epochs = this.#epochs.get(namespace);
    return epochs !== undefined && (epochs.has(epoch) || epochs.has(epoch + 1));
  }

  async headsChanged(view: EpochView, changes: CaseChanges): Promise<void> {
    const { namespace } = view;
    for (const epoch of [view.epoch, view.epoch + 1]) {
      if (this.#epochs.get(namespace)?.has(epoch) !== true) continue;
      const observations = await this.#modules.sources.observationsAt(namespace, epoch);
      await this.#judge({ namespace, epoch, observations, view }, changes);
    }
  }

  /** `seen`: all observations held for the epoch, after one was stored. */
  async changed(seen: ObservedAt, changes: CaseChanges): Promise<void> {
    this.#epochs.set(seen.namespace, (this.#epochs.get(seen.namespace) ?? new Set()).add(seen.epoch));
    await this.#judge(seen, changes);
  }

  async rebuild(namespace: string, changes: CaseChanges): Promise<void> {
    const { sources } = this.#modules;
    const epochs = new Set<number>();
    this.#epochs.set(namespace, epochs);
    this.#live.delete(namespace);
    for await (const epoch of sources.observedEpochs(namespace)) epochs.add(epoch);
    for (const epoch of epochs) {
      await this.#judge({ namespace, epoch, observations: await sources.observationsAt(namespace, epoch) }, changes);
    }
  }

  async #judge(seen: ObservedAt, changes: CaseChanges): Promise<void> {
    const { clock, records, convicted, assumptions } = this.#modules;
    const { namespace, epoch, observations } = seen;
    const at = await this.#viewOf(epoch, seen);
    const before = await this.#viewOf(epoch - 1, seen);
    const judged = judgeObservations(
      { namespace, epoch, observations, sides: this.#heard(at), sidesBefore: this.#heard(before) },
      { convicted, assumptions: assumptions() },
    );
    const live = this.#live.get(namespace) ?? new Set();
    this.#live.set(namespace, live);
    const nowMs = clock.now();
    for (const kind of ["listing", "proof"] as const) {
      const id = caseId({ kind, namespace, epoch });
      const found = judged.find(({ subject }) => subject.kind === kind);
      const held = records.get(id);
      if (found === undefined) {
        live.delete(id);
        if (held?.state !== "open") continue;
        records.save({ ...held, state: "explained", changedAtMs: nowMs }, changes, "case-explained");
        changes.sync = true;
        continue;
      }
      live.add(id);
      const against = new Set(found.against);
      const exhibits = [
        // What takes back or outweighs goes first: without it the case convicts whoever is innocent.
        ...headsOf(at, against),
        ...headsOf(before, against),
        ...observations.flatMap(({ auditor, bytes }) => (found.observers.includes(auditor) ? [toBase64(bytes)] : [])),
      ];
      let record = held ?? newCaseRecord(found.subject, found.class, nowMs);
      if (record.class !== found.class || record.state !== "open") {
        record = { ...reopened(record), class: found.class, changedAtMs: nowMs };
      }
      record = withExhibits(record, exhibits);
      if (record === held) continue;
      records.save(record, changes, eventOf(record, held));
      changes.sync = true;
    }
  }

  #viewOf(epoch: number, { namespace, view }: ObservedAt): Promise<EpochView> {
    if (view?.epoch === epoch) return Promise.resolve(view);
    return this.#modules.sources.epochView(namespace, epoch);
  }

  #heard(view: EpochView): Sides {
    const { sides } = saidOf(view, this.#modules.assumptions());
    return new Map([...sides].filter(([auditor]) => !this.#modules.convicted.has(auditor)));
  }
}
