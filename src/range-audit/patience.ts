/** How long an audit waits for a log that cannot be read: for as long as it takes to mend a server. */
import { backoffMs, type Clock, type Random } from "../core/clock.ts";
import { errorMessage, isCoauditError } from "../core/errors.ts";
import { isTransportError, isWorthARetry, retryAfterMs } from "../source/source.ts";

export interface PatienceModules {
  readonly clock: Clock;
  readonly random: Random;
  /** Says to whoever started it why it waits. */
  readonly note: (text: string) => void;
}

/** The node's. */
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;
/** A node tries for ever; a command ends some time, and goes on from there when it is started again. */
const GIVE_UP_AFTER_MS = 3_600_000;
/** Half a minute, for replicas that are not told at the same time. */
const MAX_MISSES = 5;
/** What does not pass by itself. */
const FINAL = [
  "SOURCE_ABORTED",
  "SOURCE_NOT_FOUND",
  "SOURCE_STATUS",
  "SOURCE_REDIRECTED",
  "SOURCE_TOO_LARGE",
  "SOURCE_FOLDER_UNREADABLE",
] as const;

export class Patience {
  readonly #modules: PatienceModules;
  readonly #beganMs: number;
  #failures = 0;

  constructor(modules: PatienceModules) {
    this.#modules = modules;
    this.#beganMs = modules.clock.elapsedMs();
  }

  /**
   * Waits before the next attempt; false: there is none. `hasRead`: the log was readable before, so that its address is
   * right, and what is wrong with its answers may pass. `isListed`: it is about a blob that was listed a moment ago.
   */
  async wait(
    error: unknown,
    { hasRead, isListed }: { readonly hasRead: boolean; readonly isListed: boolean },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, random, note } = this.#modules;
    const isOver = clock.elapsedMs() - this.#beganMs >= GIVE_UP_AFTER_MS;
    const isOnItsWay = isListed && isCoauditError(error, "SOURCE_NOT_FOUND") && this.#failures < MAX_MISSES;
    if (signal.aborted || isOver || !(isOnItsWay || mayPass(error, hasRead))) return false;
    const ownMs = backoffMs(random, this.#failures++, RETRY_BASE_MS, RETRY_CAP_MS);
    const waitMs = Math.max(ownMs, Math.min(retryAfterMs(error) ?? 0, RETRY_CAP_MS));
    note(`${errorMessage(error)}; trying again in ${Math.ceil(waitMs / 1000)} s`);
    await clock.sleep(waitMs, signal);
    return !signal.aborted;
  }

  /** The answer of the first question to the log, however long it takes to be given. Throws the last error. */
  async through<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await question();
      } catch (error) {
        if (!(await this.wait(error, { hasRead: false, isListed: false }, signal))) throw error;
      }
    }
  }
}

function mayPass(error: unknown, hasRead: boolean): boolean {
  if (!hasRead) return isWorthARetry(error) && !isCoauditError(error, "SOURCE_UNREACHABLE");
  return isTransportError(error) && (isWorthARetry(error) || !isCoauditError(error, ...FINAL));
}
