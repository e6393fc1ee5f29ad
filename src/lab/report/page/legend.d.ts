import type { MarkKind, Palette } from "../lanes-view.ts";

export const LEGEND: readonly { readonly kind: MarkKind | "down"; readonly words: string }[];
export function legendMark(kind: MarkKind | "down", palette: Palette): string;
export function drawLegend(width: number, palette: Palette): string;
