/**
 * Who stopped signing: no measure shows an auditor that fell silent, and the fewer sign, the fewer can notice a lie.
 */
import { auditorName } from "../../simulator/scenario/entity-names.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import { MAX_AUDITORS } from "../../simulator/scenario/schema-parts.ts";
import type { TraceLine, TraceSink } from "../../simulator/world/trace.ts";

/** This many epochs may be missing at the end: the last ones published may not be signed yet. */
const PATIENCE_EPOCHS = 2;
const MAX_NAMES = 6;
const MAX_SENTENCES = 3;

/** Follows a trace. */
export class LastSigned implements TraceSink {
  /** By auditor. */
  readonly epochs: Map<string, number> = new Map();
  readonly #next: TraceSink | undefined;

  /** `next` gets every line too. */
  constructor(next?: TraceSink) {
    this.#next = next;
  }

  line(text: string): void {
    this.#next?.line(text);
    if (!text.includes('"what":"signed"')) return;
    const line = JSON.parse(text) as TraceLine;
    if (line.what === "signed") this.epochs.set(line.who, Math.max(line.epoch, this.epochs.get(line.who) ?? 0));
  }
}

/**
 * `auditor-04.example and auditor-05.example signed nothing after epoch 6`; `lastSigned`: each auditor's last epoch,
 * where it signed at all. Auditors that are silent or lag by the scenario's own word, or that a fault strikes, are left
 * out.
 */
export function stoppedSigning(scenario: Scenario, lastSigned: ReadonlyMap<string, number>): string[] {
  const byEpoch = new Map<number, string[]>();
  for (const name of expectedToSign(scenario)) {
    const epoch = lastSigned.get(name) ?? 0;
    if (epoch >= scenario.epochs - PATIENCE_EPOCHS) continue;
    byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), name]);
  }
  const groups = [...byEpoch].sort(([a], [b]) => a - b);
  const left = groups.slice(MAX_SENTENCES).flatMap(([, names]) => names);
  return [
    ...groups
      .slice(0, MAX_SENTENCES)
      .map(([epoch, names]) => `${list(names)} signed nothing${epoch === 0 ? "" : ` after epoch ${epoch}`}`),
    ...(left.length === 0 ? [] : [`${list(left)} stopped signing later`]),
  ];
}

function expectedToSign({ auditors, behaviours, faults }: Scenario): string[] {
  const excused = new Set([
    ...behaviours.filter(({ kind }) => kind === "silent" || kind === "lagging").flatMap((entry) => entry.auditors),
    ...faults.map(({ node }) => node),
  ]);
  const names = Array.from({ length: Math.min(auditors, MAX_AUDITORS) }, (_, index) => auditorName(index + 1));
  return names.filter((name) => !excused.has(name));
}

function list(names: readonly string[]): string {
  if (names.length > MAX_NAMES)
    return `${names.slice(0, MAX_NAMES - 2).join(", ")} and ${names.length - MAX_NAMES + 2} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
