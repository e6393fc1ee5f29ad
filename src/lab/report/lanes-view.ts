/** How a timeline is drawn (page/lanes.js): what part of it, how wide, in which colours. */

/**
 * By Okabe and Ito, distinguishable with every kind of colour vision; each colour also has a shape or a thickness of
 * its own.
 */
export interface Palette {
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly paper: string;
  readonly edge: string;
  readonly band: string;
  readonly selected: string;
  readonly main: string;
  readonly fork: string;
  readonly case: string;
  readonly convicted: string;
  readonly unsure: string;
  readonly halted: string;
  readonly down: string;
}

/** Within one drawing, with the hatch that it defines. */
export interface DrawingPalette extends Palette {
  readonly hatch: string;
}

export type MarkKind = "main" | "fork" | "case" | "convicted" | "unsure" | "halted";

/** A time that the story speaks of. */
export interface Moment {
  readonly atUs: number;
  readonly text: string;
  readonly kind: MarkKind;
}

export interface LanesView {
  readonly fromUs: number;
  readonly toUs: number;
  readonly endUs: number;
  readonly width: number;
  readonly palette: Palette;
  readonly moments: readonly Moment[];
  /** Place of the node that is looked at; -1: none. */
  readonly selected: number;
  /** Begins the ids of the drawing's own elements, unique in its document. */
  readonly id: string;
}

/** For figures on white paper. */
export const PAPER: Palette = {
  ink: "#1a1a1a",
  faint: "#595959",
  grid: "#dddddd",
  paper: "#ffffff",
  edge: "#1a1a1a",
  band: "#f0f0f0",
  selected: "#e8f1f8",
  main: "#0072b2",
  fork: "#d55e00",
  case: "#f0c000",
  convicted: "#009e73",
  unsure: "#8a8a8a",
  halted: "#1a1a1a",
  down: "#8a8a8a",
};

/** For a page, whose style sheet says what the names mean, in light and dark. */
export const PAGE_PALETTE: Palette = Object.fromEntries(
  Object.keys(PAPER).map((name) => [name, `var(--${name})`]),
) as Record<keyof Palette, string>;
