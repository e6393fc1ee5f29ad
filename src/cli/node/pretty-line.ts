/**
 * A line of the log for people. A formatter of our own and not pino-pretty: what others sent stands in these lines, and
 * nothing of it may reach the terminal as more than text.
 */
import picocolors from "picocolors";
import { printable } from "../text.ts";

/** `12:00:00.000 WARN  a lead: auditors differ  case=3fa1... class=disagreement`, with the line's end. */
export function prettyLine(line: string, style: "plain" | "colors"): string {
  const colors = picocolors.createColors(style === "colors");
  const paint = { debug: colors.dim, info: colors.green, warn: colors.yellow, error: colors.red };
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const label = String(level);
  const painted = (paint[label as keyof typeof paint] ?? String)(label.toUpperCase().padEnd(5));
  const shown = Object.entries(fields).map(([name, value]) => `${colors.dim(`${printable(name)}=`)}${textOf(value)}`);
  const clock = colors.dim(String(time).slice(11, 23));
  return `${[`${clock} ${painted} ${printable(String(msg))}`, ...shown].join("  ")}\n`;
}

function textOf(value: unknown): string {
  if (typeof value === "string" && /^[^\s"=]+$/.test(value)) return printable(value);
  return printable(JSON.stringify(value) ?? "");
}
