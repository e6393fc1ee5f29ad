/** This machine's clock, as far as claims may carry its time (docs/protocol.md 11, promise 3). */
import { MAX_CLOCK_SKEW_MS } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import type { Claim } from "../ledger/claims/claim-record.ts";
import { clockProblem, listingProblem, needsListing, type SourceTime, type TimeWitnesses } from "./look/clock-check.ts";
import type { Examiner } from "./look/examiner.ts";
import type { NewestListed } from "./look/newest-listed.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Claims, OtherAuditors } from "./ports.ts";
import type { Trouble } from "./trouble.ts";

export interface ClaimClockModules {
  readonly claims: Claims;
  readonly others: OtherAuditors;
  readonly examiner: Examiner;
  readonly newest: NewestListed;
  readonly sourceTime: SourceTime;
  readonly clock: Clock;
}

export class ClaimClock {
  readonly #options: ResolvedOptions;
  readonly #modules: ClaimClockModules;
  /** The newest listed epoch whose time the clock agreed with, and that time. */
  #listed: { readonly epoch: number; readonly publishedMs: number | undefined } | undefined;

  constructor(options: ResolvedOptions, modules: ClaimClockModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** What keeps a claim for this epoch from being made now. Throws SOURCE_ errors and the signal's reason. */
  async trouble(epoch: number, signal: AbortSignal): Promise<Trouble | undefined> {
    const { clock } = this.#modules;
    const witnesses = this.#witnesses();
    const problem = clockProblem(clock.now(), witnesses, this.#options.clockToleranceMs);
    if (problem !== undefined) return clockTrouble("CLOCK_IN_DOUBT", problem);
    if (!needsListing(clock.now(), witnesses)) return undefined;
    const listed = await this.#newestListed(epoch, signal);
    const unknown = listingProblem(clock.now(), listed.publishedMs, listed.epoch);
    if (unknown !== undefined) return clockTrouble("CLOCK_UNCONFIRMED", unknown);
    this.#listed = listed;
    return undefined;
  }

  /**
   * A promise that was made while the clock was wrong, so that no ledger takes its head before that time comes.
   * `ask`: nobody has said that the clock is right now. `leave`: somebody has, after it: it stays a promise and is not
   * published.
   */
  ofHeld({ epoch, timestampMs }: Claim): "sign" | "leave" | Trouble {
    const { claims, clock } = this.#modules;
    const nowMs = clock.now();
    if (timestampMs <= nowMs + MAX_CLOCK_SKEW_MS) return "sign";
    const { namespace, clockToleranceMs } = this.#options;
    if ((claims.notBeforeMs(namespace) ?? 0) < timestampMs) return "leave";
    const problem = clockProblem(nowMs, this.#witnesses(), clockToleranceMs) ?? "";
    return clockTrouble("CLOCK_IN_DOUBT", `epoch ${epoch} is promised: ${problem}`);
  }

  #witnesses(): TimeWitnesses {
    const { claims, others, sourceTime } = this.#modules;
    const { namespace } = this.#options;
    return {
      notBeforeMs: claims.notBeforeMs(namespace),
      wordMs: claims.clockWord(namespace)?.atMs,
      sourceMs: sourceTime.nowMs(),
      headTimesMs: others.recentHeadTimesMs(),
    };
  }

  async #newestListed(epoch: number, signal: AbortSignal): Promise<{ epoch: number; publishedMs: number | undefined }> {
    const newest = Math.max(epoch, this.#modules.newest.epoch ?? 0);
    if (this.#listed?.epoch === newest) return this.#listed;
    const { publishedMs } = await this.#modules.examiner.list(newest, signal);
    return { epoch: newest, publishedMs };
  }
}

export function clockTrouble(code: string, message: string): Trouble {
  return { reason: "clock", code, message };
}
