/** What must hold under every attack. */
import type { Figures } from "./measure.ts";

const MAX_HEAD_P99_MS = 1_000;
const MAX_HEALTH_MS = 250;
const MAX_RESTART_SECONDS = 20;
const MAX_RSS_MEGABYTES = 400;

/**
 * Names each requirement that was missed and does not depend on the machine: nothing lost, bounded memory, a quiet log.
 */
export function missedWithoutTimes({ attack, attacker, heads, rssMegabytes, errorLines }: Figures): string[] {
  return [
    attack !== "nothing" && attacker.connections === 0 ? "no stranger got through, so nothing was shown" : undefined,
    heads.missing > 0 ? `${heads.missing} of ${heads.expected} heads missing` : undefined,
    rssMegabytes > MAX_RSS_MEGABYTES ? `RSS ${rssMegabytes.toFixed(0)} MB` : undefined,
    errorLines > 0 ? `${errorLines} lines at error` : undefined,
  ].filter((text) => text !== undefined);
}

/** All requirements, for a machine that does nothing else. */
export function missed(figures: Figures): string[] {
  const { heads, healthP99Ms, restartSeconds, peerSeconds } = figures;
  return [
    ...missedWithoutTimes(figures),
    heads.p99Ms > MAX_HEAD_P99_MS ? "heads late" : undefined,
    healthP99Ms > MAX_HEALTH_MS ? "/healthz late" : undefined,
    (restartSeconds ?? 0) > MAX_RESTART_SECONDS ? "unguarded after a restart" : undefined,
    (peerSeconds ?? 0) > MAX_RESTART_SECONDS ? "a restarted peer is not heard" : undefined,
  ].filter((text) => text !== undefined);
}
