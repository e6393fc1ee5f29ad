import type { SentCase } from "../../api/answers/redact.ts";
import { timeText } from "../text.ts";

/** Whether it is open, and who has seen it. */
export function stateText({ state, acknowledged }: SentCase): string {
  if (acknowledged === undefined) return state;
  const note = acknowledged.note === undefined ? "" : `: ${acknowledged.note}`;
  return `${state}, acknowledged ${timeText(acknowledged.atMs)}${note}`;
}
