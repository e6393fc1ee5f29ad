/** Numbers of a sweep in words, for people and for LaTeX. */
import type { MeanEstimate, ShareEstimate, TimeQuantile } from "../../statistics/estimates.ts";
import type { DetectionTime } from "../../statistics/point-estimates.ts";
import type { Html } from "../html.ts";
import { durationText } from "../page/time-text.js";

/** What the curve of each time falls by, and how a table's heading calls it. */
export const TIME_WORDS: Readonly<
  Record<DetectionTime, { readonly title: string; readonly axis: string; readonly head: string }>
> = {
  firstMs: {
    title: "First detection by an honest node",
    axis: "worlds in which no honest node has noticed",
    head: "first detection",
  },
  everyHonestMs: {
    title: "Every honest node knows",
    axis: "worlds in which some honest node does not know",
    head: "every honest node",
  },
  convictionMs: { title: "First conviction", axis: "worlds in which nobody has convicted", head: "conviction" },
  everyConvictionMs: {
    title: "Every honest node convicts",
    axis: "worlds in which some honest node has not convicted",
    head: "every conviction",
  },
  clientMs: {
    title: "First client that is warned",
    axis: "worlds in which no client is warned",
    head: "client warned",
  },
  victimMs: {
    title: "The victim refuses the wrong key",
    axis: "worlds in which no victim has refused it",
    head: "victim",
  },
  ownerMs: {
    title: "The owner finds the wrong key",
    axis: "worlds in which the owner has not found it",
    head: "owner",
  },
};

export function msText(ms: number | null): string {
  return ms === null ? "not reached" : durationText(Math.round(ms * 1000));
}

/** `152 ms [140 ms, 170 ms]`; an open end where the band never falls so far. */
export function quantileText({ ms, lowMs, highMs }: TimeQuantile): string {
  if (ms === null && lowMs === null) return msText(null);
  return `${msText(ms)} ${intervalText({ low: lowMs, high: highMs }, msText)}`;
}

/** `[140 ms, 170 ms]`; ∞ where it is open upwards. */
export function intervalText(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  format: (value: number | null) => string,
): string {
  return `[${format(low)}, ${high === null ? "∞" : format(high)}]`;
}

/** What the infinity sign of an open interval means, where one of these texts has it. */
export function openIntervalNote(texts: readonly string[]): Html {
  if (!texts.some((text) => text.includes("∞"))) return "";
  return "<p>∞: the interval is open upwards. Too few worlds saw the event while anybody looked for data to bound the time from above; more repeats, or longer worlds, may close it.</p>";
}

/** `0.95 [0.89, 0.98]` */
export function shareText(estimate: ShareEstimate): string {
  const text = shareValueText(estimate.share);
  return estimate.share === null ? text : `${text} ${intervalText(estimate, shareValueText)}`;
}

/** `0.95`; a digit more next to 0 and 1. */
export function shareValueText(share: number | null): string {
  if (share === null) return "–";
  return share.toFixed((share > 0.99 && share < 1) || (share > 0 && share < 0.01) ? 3 : 2);
}

export function meanText({ mean, low, high }: MeanEstimate): string {
  if (mean === null) return "–";
  return low === null || high === null ? round(mean) : `${round(mean)} [${round(low)}, ${round(high)}]`;
}

/** Three digits that matter; whole numbers in full. */
export function round(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
