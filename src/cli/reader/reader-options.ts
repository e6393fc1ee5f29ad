/**
 * Options of the commands that decide with the reader's own roster or policy; apart from their parsing, which loads
 * more.
 */
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
