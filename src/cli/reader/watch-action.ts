/** What `coaudit watch` does: follows the nodes and prints each result. */
import type { LookupResult } from "../../client/results.ts";
import { parseNumber } from "../../core/numbers.ts";
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { type Colors, colorsOf } from "../table.ts";
import { counted, printable, timeText } from "../text.ts";
import { namespaceOf, type QuestionFlags, questionOf } from "./question.ts";
import { quorumJson, resultText } from "./quorum-text.ts";
import { RESULT_EXITS } from "./result-exits.ts";

export interface WatchFlags extends QuestionFlags {
  readonly namespace: string;
  readonly interval: string;
  readonly count?: string;
  readonly json?: true;
}

/** Sets the exit code to that of the last result. Throws as askQuorum does for wrong options. */
export async function watchHeads(flags: WatchFlags, context: CliContext): Promise<void> {
  const namespace = namespaceOf(flags.namespace);
  const intervalMs = parseNumber(flags.interval, "--interval", 1, 86_400) * 1000;
  let left = flags.count === undefined ? Number.POSITIVE_INFINITY : parseNumber(flags.count, "--count", 1);
  const question = await questionOf(flags, { namespace, epoch: "latest" });
  const colors = colorsOf(context);
  const stop = new AbortController();
  const unlisten = context.onSignal(() => stop.abort());
  try {
    for await (const found of question.client.watch(namespace, { intervalMs, signal: stop.signal })) {
      const asked = { ...question, namespace, epoch: "latest" as const, found };
      context.out(flags.json === true ? JSON.stringify(quorumJson(asked)) : line(found, colors));
      context.exitCode = RESULT_EXITS[found.result];
      if (--left === 0) break;
    }
  } finally {
    unlisten();
    question.client.close();
  }
}

function line(found: LookupResult, colors: Colors): string {
  const time = timeText(systemClock.now());
  const result = resultText(found.result, colors);
  if (found.result !== "satisfied") return `${time}  ${result}: ${printable(found.explanation)}`;
  const warned = found.cases.length === 0 ? "" : `  ${colors.yellow(counted(found.cases.length, "open case"))}`;
  return `${time}  ${result}  epoch ${found.head.epoch}  ${found.head.digest}  ${found.signers.length} signed${warned}`;
}
