/**
 * Reports on standard error how fast long work goes and how much is left: a bar on a terminal, else a line now and
 * then.
 */
import { systemClock } from "../platform/system.ts";

export interface WorkProgressOptions {
  readonly total: number;
  /** What is counted: "epochs". */
  readonly unit: string;
  /** With JSON only a bar on a terminal is of use. */
  readonly isQuiet: boolean;
}

const LINE_EVERY_MS = 10_000;

interface Bar {
  start(total: number, value: number, payload: object): void;
  update(value: number, payload: object): void;
  stop(): void;
}

export class WorkProgress {
  readonly #options: WorkProgressOptions;
  #startMs = systemClock.elapsedMs();
  #lineMs = systemClock.elapsedMs();
  #skipped = 0;
  #done = 0;
  #bytes = 0;
  #bar: Bar | undefined;

  constructor(options: WorkProgressOptions) {
    this.#options = options;
  }

  /** So many of the total were `skipped`: done by an earlier run. */
  async start(skipped: number): Promise<void> {
    this.#skipped = skipped;
    this.#startMs = systemClock.elapsedMs();
    this.#lineMs = this.#startMs;
    const { total, unit, isQuiet } = this.#options;
    if (process.stderr.isTTY !== true || isQuiet) return;
    const { default: progress } = await import("cli-progress");
    const format = `{bar} {value} of {total} ${unit}{speed}`;
    this.#bar = new progress.SingleBar({ format, clearOnComplete: true }, progress.Presets.shades_classic);
    this.#bar.start(total, skipped, { speed: "" });
  }

  advance(count: number, sizeBytes = 0): void {
    this.#done += count;
    this.#bytes += sizeBytes;
    const done = this.#skipped + this.#done;
    this.#bar?.update(done, { speed: `, ${this.#speed()}` });
    if (this.#bar !== undefined || this.#options.isQuiet || systemClock.elapsedMs() - this.#lineMs < LINE_EVERY_MS)
      return;
    this.#lineMs = systemClock.elapsedMs();
    console.error(`${done} of ${this.#options.total} ${this.#options.unit}, ${this.#speed()}`);
  }

  /** A line of its own, also beside a bar. */
  note(text: string): void {
    console.error(this.#bar === undefined ? text : `\n${text}`);
  }

  stop(): void {
    this.#bar?.stop();
  }

  #speed(): string {
    const { total, unit } = this.#options;
    const seconds = Math.max((systemClock.elapsedMs() - this.#startMs) / 1000, 0.001);
    const left = (total - this.#skipped - this.#done) * (seconds / Math.max(this.#done, 1));
    const bytes = this.#bytes === 0 ? "" : ` ${(this.#bytes / seconds / 1e6).toFixed(1)} MB/s,`;
    return `${(this.#done / seconds).toFixed(1)} ${unit}/s,${bytes} ${duration(left)} left`;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
