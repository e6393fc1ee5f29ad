/** Times and durations as people read them. */
import { LOCALE, TEXTS } from "../texts.ts";

const STEPS = [
  { unit: TEXTS.units.d, ms: 86_400_000 },
  { unit: TEXTS.units.h, ms: 3_600_000 },
  { unit: TEXTS.units.min, ms: 60_000 },
  { unit: TEXTS.units.s, ms: 1_000 },
] as const;

/** The two largest units: "2 min 5 s", "0.4 s". */
export function durationText(ms: number): string {
  if (ms > 0 && ms < 100) return `${Math.max(1, Math.round(ms))} ${TEXTS.units.ms}`;
  if (ms < 10_000)
    return `${(Math.max(0, ms) / 1_000).toLocaleString(LOCALE, { maximumFractionDigits: 1 })} ${TEXTS.units.s}`;
  const first = STEPS.findIndex((step) => ms >= step.ms);
  const parts: string[] = [];
  let rest = ms;
  for (const { unit, ms: size } of STEPS.slice(first, first + 2)) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number > 0) parts.push(`${number} ${unit}`);
  }
  return parts.join(" ");
}

export function agoText(ms: number): string {
  return ms < 1_500 ? TEXTS.justNow : TEXTS.ago(durationText(ms < 60_000 ? Math.floor(ms / 1_000) * 1_000 : ms));
}

/** As short as a cell of a table. */
export function delayText(ms: number): string {
  if (ms >= 10_000) return durationText(ms);
  return `${(ms / 1_000).toLocaleString(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ${TEXTS.units.s}`;
}

/** In the visitor's own time zone, which it names. */
export function timeText(unixMs: number): string {
  return new Intl.DateTimeFormat(LOCALE, {
    dateStyle: "medium",
    timeStyle: "long",
  }).format(unixMs);
}

/** The time of day, to the millisecond. */
export function clockText(unixMs: number): string {
  return new Intl.DateTimeFormat(LOCALE, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  }).format(unixMs);
}
