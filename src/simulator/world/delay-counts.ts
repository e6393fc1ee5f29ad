/** How long heads took, counted by the millisecond, so that a million of them cost no more than the distinct times. */
export class DelayCounts {
  readonly #counts: Map<number, number> = new Map();
  #total = 0;

  add(ms: number): void {
    const whole = Math.round(ms);
    this.#counts.set(whole, (this.#counts.get(whole) ?? 0) + 1);
    this.#total++;
  }

  /** Null when nothing was counted. */
  summary(): { readonly p50: number; readonly p99: number; readonly max: number } | null {
    if (this.#total === 0) return null;
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const at = (part: number): number => {
      let seen = 0;
      for (const [ms, count] of sorted) {
        seen += count;
        if (seen >= part * this.#total) return ms;
      }
      return 0;
    };
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
