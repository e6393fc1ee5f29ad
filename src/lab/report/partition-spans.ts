/**
 * From when to when the network was split, and between whom. A step for each line, however many partitions are open: a
 * trace may come from others.
 */

export interface PartitionSpan {
  readonly fromUs: number;
  readonly toUs: number;
  readonly groups: string;
}

interface Span {
  readonly fromUs: number;
  /** Negative: it is open. */
  toUs: number;
  readonly groups: string;
}

/** In the order in which they began; those before `next` are healed. */
interface Queue {
  readonly spans: Span[];
  next: number;
}

export class PartitionSpans {
  readonly #all: Queue = { spans: [], next: 0 };
  readonly #byGroups = new Map<string, Queue>();

  begin(fromUs: number, groups: string): void {
    const span: Span = { fromUs, toUs: -1, groups };
    this.#all.spans.push(span);
    const same = this.#byGroups.get(groups);
    if (same === undefined) this.#byGroups.set(groups, { spans: [span], next: 0 });
    else same.spans.push(span);
  }

  /** The oldest that is open between these groups, else the oldest that is open. */
  heal(atUs: number, groups: string): void {
    const span = oldestOpen(this.#byGroups.get(groups)) ?? oldestOpen(this.#all);
    if (span !== undefined) span.toUs = atUs;
  }

  /** Those that are still open last until the end. */
  finish(endUs: number): PartitionSpan[] {
    return this.#all.spans.map((span) => (span.toUs < 0 ? { ...span, toUs: endUs } : span));
  }
}

function oldestOpen(queue: Queue | undefined): Span | undefined {
  if (queue === undefined) return undefined;
  while ((queue.spans[queue.next]?.toUs ?? -1) >= 0) queue.next++;
  return queue.spans[queue.next];
}
