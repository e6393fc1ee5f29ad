/** Retries what may pass by itself within seconds. */
import { backoffMs, type Clock, type Random } from "../../core/clock.ts";
import { isWorthARetry, retryAfterMs } from "../source.ts";
import { aborted, type Where } from "./http.ts";

export interface RetrySettings {
  /** Attempts of one request, including the first; the auditor has its own, longer back-off. */
  readonly attempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

export interface RetryModules {
  readonly clock: Clock;
  /** For jitter. */
  readonly random: Random;
}

export async function retrying<T>(
  where: Where,
  settings: RetrySettings,
  modules: RetryModules,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures + 1 >= settings.attempts || !isWorthARetry(error)) throw error;
      // A server that asks for a longer pause gets it from the caller's own back-off.
      if ((retryAfterMs(error) ?? 0) > settings.backoffCapMs) throw error;
      await backOff(failures, where, settings, modules, signal);
    }
  }
}

/** Throws SOURCE_ABORTED. */
export async function backOff(
  failures: number,
  where: Where,
  { backoffBaseMs, backoffCapMs }: RetrySettings,
  { clock, random }: RetryModules,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(backoffMs(random, failures, backoffBaseMs, backoffCapMs), signal);
  if (signal.aborted) throw aborted(where);
}
