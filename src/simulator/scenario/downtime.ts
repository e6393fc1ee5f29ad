import type { Fault } from "./scenario.ts";

/** When a fault has its node down, milliseconds, both ends included; before `from` for one that leaves it up. */
export function downtimeOf(fault: Fault): { readonly from: number; readonly to: number } {
  const { atMs } = fault;
  switch (fault.kind) {
    case "join-late":
      return { from: 0, to: atMs };
    case "kill":
    case "power-cut":
    case "stop":
    case "restore-backup":
    case "lost-claims":
      return { from: atMs, to: atMs + fault.downMs };
    default:
      return { from: atMs, to: atMs - 1 };
  }
}
