import type { Fault } from "./scenario.ts";

/** When a fault has its node down, milliseconds, both ends included; before `from` for one that leaves it up. */
export function downtimeOf(fault: Fault): { readonly from: number; readonly to: number } {
  if (fault.kind === "join-late") return { from: 0, to: fault.atMs };
  return { from: fault.atMs, to: "downMs" in fault ? fault.atMs + fault.downMs : fault.atMs - 1 };
}
