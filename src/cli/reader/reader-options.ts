/**
 * Options of the commands that decide with the reader's own roster or policy; apart from their parsing, which loads
 * more.
 */
import type { Command } from "commander";
import { repeated } from "../repeated.ts";

export const ROSTER_OPTION: readonly [string, string] = ["--roster <file>", "your roster of auditors (YAML)"];
export const POLICY_OPTION: readonly [string, string] = [
  "--policy <file>",
  "which auditors must agree (C2SP tlog-policy); without --roster, its witnesses are the roster",
];
export const FAULT_BOUND_OPTION: readonly [string, string] = [
  "--fault-bound <f>",
  "how many auditors you assume may lie or fail together (default: floor((n-1)/3))",
];
export const ORIGIN_OPTION: readonly [string, string] = [
  "--origin <ns=origin...>",
  "the origin of a namespace, if the roster file does not name it",
];

/** Whom to ask, about what, and under whose policy. */
export function withQuestionOptions(command: Command): Command {
  return command
    .requiredOption("--node <url>", "a node to ask (repeatable)", repeated)
    .requiredOption("--namespace <ns>", "the namespace")
    .option(...POLICY_OPTION)
    .option(...ROSTER_OPTION)
    .option("--config <file>", "a node's configuration: its roster and f are yours")
    .option("--min <k>", "how many auditors of the roster must agree (default: floor(2n/3)+1)")
    .option("--max-age <seconds>", "ignore older signatures of the newest head (default: a day)")
    .option("--trust-state <file>", "remember in this file what was accepted, so that no node can roll it back")
    .option(...FAULT_BOUND_OPTION)
    .option(...ORIGIN_OPTION);
}
