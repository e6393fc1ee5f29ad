import type { LanesView } from "../lanes-view.ts";
import type { Timeline } from "../timeline.ts";

/** Where a time lies in a drawing. */
export interface Scale {
  readonly left: number;
  readonly right: number;
  readonly fromUs: number;
  readonly toUs: number;
  x(us: number): number;
  usAt(x: number): number;
}

export function scaleOf(view: Pick<LanesView, "fromUs" | "toUs" | "width">): Scale;
export function drawLanes(timeline: Timeline, view: LanesView): string;
