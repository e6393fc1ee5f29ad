/**
 * Options of every command that reads with a roster or a policy of its own; apart from their reading, which loads more.
 */
export const ROSTER_OPTION: readonly [string, string] = [
  "--roster <file>",
  "the auditors that you believe exist (YAML)",
];
export const POLICY_OPTION: readonly [string, string] = [
  "--policy <file>",
  "which auditors must agree (C2SP tlog-policy); without --roster its witnesses are the auditors that exist",
];
export const FAULT_BOUND_OPTION: readonly [string, string] = [
  "--fault-bound <f>",
  "how many of them you assume may lie or fail together (default: floor((n-1)/3))",
];
export const ORIGIN_OPTION: readonly [string, string] = [
  "--origin <ns=origin...>",
  "the origin of a namespace, where the roster file does not name it",
];
