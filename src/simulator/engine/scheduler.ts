/**
 * The virtual clock of a world: one queue of events in the order of (time, sequence). A step settles at most one
 * promise of a port, and the next one begins only when everything that it woke has run to its next wait; so a world is
 * the same whatever machine runs it.
 */
import { breathe, type Drain, drainThen } from "./drain.ts";

/** True when it may have woken code that awaits: then the scheduler lets that code run before the next event. */
export type Action = () => boolean;

export interface Scheduled {
  cancel(): void;
}

interface Event extends Scheduled {
  readonly atUs: number;
  readonly sequence: number;
  action: Action | undefined;
}

export interface SchedulerOptions {
  readonly drain: Drain;
  /**
   * A world that does more than this within one microsecond is going round in circles: that is an error, and not a
   * process that hangs. 1,000 nodes that each do a hundred things at once reach a tenth of it.
   */
  readonly maxEventsPerInstant?: number;
}

const MAX_EVENTS_PER_INSTANT = 1_000_000;
/** After this many steps that woke something, the process gets a turn: every 10 to 50 ms. */
const STEPS_PER_BREATH = 4_096;

export class Scheduler {
  readonly #drain: Drain;
  readonly #maxEventsPerInstant: number;
  readonly #heap: Event[] = [];
  #nowUs = 0;
  #sequence = 0;
  #events = 0;
  #atInstant = 0;
  #sinceBreath = 0;

  constructor(options: SchedulerOptions) {
    this.#drain = options.drain;
    this.#maxEventsPerInstant = options.maxEventsPerInstant ?? MAX_EVENTS_PER_INSTANT;
  }

  /** Microseconds since the world began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** How many events have happened; cancelled ones do not count. */
  get events(): number {
    return this.#events;
  }

  /** How many events are queued, cancelled ones that are not passed yet included. */
  get pending(): number {
    return this.#heap.length;
  }

  /** `delayUs`: a whole number from 0; of two events at one time the one that was scheduled first happens first. */
  schedule(delayUs: number, action: Action): Scheduled {
    // A time that is not a number could end up anywhere in the queue, and no world would be reproducible after it.
    if (!(delayUs >= 0)) throw new RangeError(`an event ${delayUs} us from now: expected a number from 0`);
    const event: Event = {
      atUs: this.#nowUs + delayUs,
      sequence: this.#sequence++,
      action,
      cancel() {
        // Left in the queue, without what it holds: taking it out would cost a search.
        event.action = undefined;
      },
    };
    this.#push(event);
    return event;
  }

  /** Lets everything happen that is due until then, and sets the time to it. Rejects with what an action throws. */
  run(untilUs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (this.#advance(untilUs)) this.#next(step);
          else {
            this.#nowUs = Math.max(this.#nowUs, untilUs);
            resolve();
          }
        } catch (error) {
          reject(error);
        }
      };
      // What was woken before the run comes first.
      drainThen(this.#drain, step);
    });
  }

  #next(step: () => void): void {
    this.#sinceBreath++;
    if (this.#sinceBreath < STEPS_PER_BREATH) {
      drainThen(this.#drain, step);
    } else {
      this.#sinceBreath = 0;
      breathe(() => drainThen(this.#drain, step));
    }
  }

  /** Runs events up to the first that woke something; false: nothing more is due. */
  #advance(untilUs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atUs > untilUs) return false;
      this.#pop();
      const { action } = next;
      if (action === undefined) continue;
      next.action = undefined;
      this.#enter(next.atUs);
      if (action()) return true;
    }
  }

  #enter(atUs: number): void {
    this.#events++;
    this.#atInstant = atUs === this.#nowUs ? this.#atInstant + 1 : 0;
    this.#nowUs = atUs;
    if (this.#atInstant > this.#maxEventsPerInstant) {
      throw new Error(`the world does not move on: ${this.#atInstant} events at ${atUs} us`);
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && isBefore(heap[right] as Event, heap[child] as Event)) child = right;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}
