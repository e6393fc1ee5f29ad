/** How those who live in a world are called. Numbers count from 1, and have more digits where they need them. */
export function auditorName(number: number): string {
  return `auditor-${String(number).padStart(2, "0")}.example`;
}

export function observerName(number: number): string {
  return `observer-${String(number).padStart(4, "0")}`;
}

/** All of them, counted through all groups. */
export function clientNames(groups: readonly { readonly count: number }[]): string[] {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return Array.from({ length: total }, (_, index) => clientName(index + 1));
}

export function clientName(number: number): string {
  return `client-${String(number).padStart(2, "0")}`;
}
