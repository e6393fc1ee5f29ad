/** One auditor's word on one epoch: a shape, a colour, and words for those who see neither. */
import { type EpochMarks, type Mark, sideName } from "../live/marks.ts";
import { TEXTS } from "../texts.ts";
import { clockText, durationText } from "./time.ts";

const TEXT = TEXTS.marks;
const SHAPES = { signed: "✓", late: "◷", half: "½", both: "✕", none: "·" } as const;

export function MarkCell({ mark, marks }: { readonly mark: Mark; readonly marks: EpochMarks }) {
  const isSplit = marks.sides.length > 1;
  const words = markWords(mark, isSplit);
  return (
    <span class={`seal ${sealClass(mark)}`} title={words}>
      <span aria-hidden="true">{isSplit && mark.kind === "signed" ? sideName(mark.side) : SHAPES[mark.kind]}</span>
      <span class="unseen">{words}</span>
    </span>
  );
}

export function markWords({ kind, side, timestampMs, delayMs }: Mark, isSplit: boolean): string {
  const what = kind === "signed" && isSplit ? TEXT.signedSide(sideName(side)) : TEXT.words[kind];
  if (timestampMs === undefined || delayMs === undefined) return what;
  return `${what}, ${TEXT.at(clockText(timestampMs), durationText(delayMs))}`;
}

export function Legend({ isSplit }: { readonly isSplit: boolean }) {
  const one = (kind: keyof typeof SHAPES, side: number, shape: string, words: string) => (
    <li>
      <span class={`seal ${sealClass({ kind, side })}`} aria-hidden="true">
        {shape}
      </span>
      {words}
    </li>
  );
  return (
    <ul class="legend" aria-label={TEXT.legend}>
      {one("signed", 0, SHAPES.signed, TEXT.words.signed)}
      {isSplit && one("signed", 0, sideName(0), TEXT.signedSide(sideName(0)))}
      {isSplit && one("signed", 1, sideName(1), TEXT.signedSide(sideName(1)))}
      {one("late", 0, SHAPES.late, TEXT.words.late)}
      {one("half", 0, SHAPES.half, TEXT.words.half)}
      {isSplit && one("both", 0, SHAPES.both, TEXT.words.both)}
      {one("none", 0, SHAPES.none, TEXT.words.none)}
    </ul>
  );
}

function sealClass({ kind, side }: Pick<Mark, "kind" | "side">): string {
  return kind === "signed" ? `side-${Math.min(side, 2)}` : kind;
}
