/**
 * The provider: which epoch it shows to whom, when, on which branch. Pure decisions about a world's time; sim-source.ts
 * answers requests by them.
 */
import { drawUs } from "../engine/distribution.ts";
import type { RandomStream, RandomStreams } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { ProviderLie, ProviderScenario } from "../scenario/scenario.ts";
import type { Branch } from "../world/trace.ts";
import type { Histories } from "./histories.ts";

export interface ProviderOptions extends ProviderScenario {
  readonly epochs: number;
  readonly epochIntervalMs: number;
}

export interface ProviderModules {
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly histories: Histories;
  /** The provider lied to somebody. */
  readonly onLie: (to: string, epoch: number, branch: Branch) => void;
}

export class Provider {
  readonly #options: ProviderOptions;
  readonly #modules: ProviderModules;
  readonly #delays: Map<string, { random: RandomStream; delaysUs: number[] }> = new Map();

  constructor(options: ProviderOptions, modules: ProviderModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** The newest epoch that exists, shown to anybody or not. Epoch 1 appears one interval after the world began. */
  get newestEpoch(): number {
    const { epochIntervalMs, epochs } = this.#options;
    return Math.min(epochs, Math.floor(this.#modules.scheduler.nowUs / (epochIntervalMs * 1000)));
  }

  /** The newest epoch that this reader may see. */
  latest(to: string): number {
    const { nowUs } = this.#modules.scheduler;
    let epoch = this.newestEpoch;
    while (epoch > 0 && this.#appearsAtUs(to, epoch) > nowUs) epoch--;
    const rewind = this.#lie("rewind", to, epoch);
    if (rewind === undefined) return epoch;
    this.#modules.onLie(to, epoch, "main");
    return Math.max(0, epoch - rewind.epochs);
  }

  /** What is listed for an epoch to this reader: a branch, two, or none. */
  listed(to: string, epoch: number): readonly Branch[] {
    if (epoch > this.latest(to)) return [];
    if (this.#lie("list-both", to, epoch) !== undefined) return ["main", "fork"];
    return [this.branch(to, epoch)];
  }

  /** Which history this reader is shown. */
  branch(to: string, epoch: number): Branch {
    if (this.#lie("split", to, epoch) !== undefined) return "fork";
    const byTime = this.#lie("split-by-time", to, epoch);
    if (byTime === undefined) return "main";
    const sinceUs = this.#modules.scheduler.nowUs - this.#appearsAtUs(to, epoch);
    return sinceUs <= byTime.windowMs * 1000 ? "fork" : "main";
  }

  isWithheld(to: string, epoch: number): boolean {
    return this.#lie("withhold", to, epoch) !== undefined;
  }

  /** To be asked when the blob is sent, since the lie begins then. */
  isProofInvalid(to: string, epoch: number): boolean {
    const isInvalid = this.#lie("invalid-proof", to, epoch) !== undefined;
    if (isInvalid) this.#modules.onLie(to, epoch, "main");
    return isInvalid;
  }

  /** How long the answer to this request takes. */
  latencyUs(to: string, epoch: number, random: RandomStream): number {
    const slow = this.#lie("slow", to, epoch);
    return drawUs(this.#options.latencyMs, random) + (slow === undefined ? 0 : drawUs(slow.delayMs, random));
  }

  get failureRate(): number {
    return this.#options.failureRate;
  }

  #appearsAtUs(to: string, epoch: number): number {
    const { epochIntervalMs, publicationDelayMs } = this.#options;
    let held = this.#delays.get(to);
    if (held === undefined) {
      held = { random: this.#modules.streams.stream("publication", to), delaysUs: [0] };
      this.#delays.set(to, held);
    }
    while (held.delaysUs.length <= epoch) held.delaysUs.push(drawUs(publicationDelayMs, held.random));
    return epoch * epochIntervalMs * 1000 + (held.delaysUs[epoch] ?? 0);
  }

  #lie<Kind extends ProviderLie["kind"]>(
    kind: Kind,
    to: string,
    epoch: number,
  ): Extract<ProviderLie, { kind: Kind }> | undefined {
    return this.#options.lies.find(
      (lie): lie is Extract<ProviderLie, { kind: Kind }> =>
        lie.kind === kind &&
        epoch >= lie.fromEpoch &&
        (lie.toEpoch === undefined || epoch <= lie.toEpoch) &&
        (lie.to.auditors.includes(to) || lie.to.clients.includes(to)),
    );
  }
}

/** Where the other history begins: at the first lie that shows it. */
export function forkEpochOf(lies: readonly ProviderLie[], behaviourEpochs: readonly number[]): number {
  const shown = lies.filter(({ kind }) => kind === "split" || kind === "split-by-time" || kind === "list-both");
  return Math.min(...shown.map(({ fromEpoch }) => fromEpoch), ...behaviourEpochs, Number.POSITIVE_INFINITY);
}
