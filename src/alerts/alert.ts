/** What a person is told, and how it is written. */
import { toHex, utf8 } from "../core/bytes.ts";
import { sha256 } from "../core/hash.ts";
import { printable } from "../core/printable.ts";

export type AlertKind =
  | "case"
  | "lead"
  | "halted"
  | "own-key-conflict"
  | "bound-broken"
  | "behind"
  | "not-signing"
  | "disk"
  | "peer-gone"
  | "test";

/** `critical`: worth waking somebody. `warning`: a look by day. */
export type Severity = "critical" | "warning";

/** Something that is not well now. */
export interface Condition {
  /** The same while it is the same matter: one alert for each. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly namespace?: string;
  readonly auditor?: string;
  readonly case?: string;
  /** Told again when this changes, such as the class of a case. */
  readonly revision?: string;
  /** One line: what, and where. */
  readonly summary: string;
  readonly what: string;
  /** Whether to act, and when. */
  readonly act: string;
  /** Commands and places to read. */
  readonly how: readonly string[];
}

export interface Alert extends Condition {
  readonly node: string;
  readonly state: "firing" | "resolved";
  readonly startedAtMs: number;
  /** When it ended. */
  readonly endedAtMs?: number;
}

/** Names, messages and notes of others stand in texts: one line each, and no longer than this. */
const MAX_TEXT_CHARACTERS = 600;

export function plain(text: string): string {
  const line = printable(text);
  return line.length > MAX_TEXT_CHARACTERS ? `${line.slice(0, MAX_TEXT_CHARACTERS)}...` : line;
}

/** The same in every message about one alert, so that a receiver that is told twice can tell. */
export function alertId({ node, key, startedAtMs }: Alert): string {
  return toHex(sha256(utf8(`${node} ${key} ${startedAtMs}`))).slice(0, 32);
}

/** For a person, whatever it is read on. */
export function alertText(alert: Alert): string {
  const { node, state, severity, summary, what, act, how, startedAtMs, endedAtMs } = alert;
  if (state === "resolved") {
    const lasted = endedAtMs === undefined ? "" : ` at ${dateText(endedAtMs)}`;
    return `[RESOLVED] ${node}: ${summary}\nIt began at ${dateText(startedAtMs)} and ended${lasted}. Nothing to do.\n`;
  }
  const label = alert.kind === "test" ? "TEST" : severity.toUpperCase();
  return [
    `[${label}] ${node}: ${summary}`,
    what,
    act,
    ...how.map((line) => `  ${line}`),
    `Since ${dateText(startedAtMs)}.`,
    "",
  ].join("\n");
}

/** As a hook or a webhook takes it (docs/operations.md, Alerts). */
export function alertJson(alert: Alert): object {
  const { revision: _revision, ...shown } = alert;
  return { format: "coaudit/alert/v1", id: alertId(alert), ...shown, text: alertText(alert) };
}

function dateText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
