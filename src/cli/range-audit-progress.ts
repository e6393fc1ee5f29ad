/** Says on standard error how fast an audit of a range goes and what is left: a bar on a terminal, else a line now and then. */

export interface RangeAuditProgressOptions {
  readonly from: number;
  readonly to: number;
  /** Nothing but a bar on a terminal is of use next to JSON. */
  readonly isQuiet: boolean;
}

const LINE_EVERY_MS = 10_000;

interface Bar {
  start(total: number, value: number, payload: object): void;
  update(value: number, payload: object): void;
  stop(): void;
}

export class RangeAuditProgress {
  readonly #options: RangeAuditProgressOptions;
  readonly #total: number;
  #startMs = performance.now();
  #lineMs = performance.now();
  #skipped = 0;
  #epochs = 0;
  #bytes = 0;
  #bar: Bar | undefined;

  constructor(options: RangeAuditProgressOptions) {
    this.#options = options;
    this.#total = options.to - options.from + 1;
  }

  /** `skipped` epochs were verified before. */
  async start(skipped: number): Promise<void> {
    this.#skipped = skipped;
    this.#startMs = performance.now();
    this.#lineMs = this.#startMs;
    if (process.stderr.isTTY !== true || this.#options.isQuiet) return;
    const { default: progress } = await import("cli-progress");
    const format = "{bar} {value} of {total} epochs, {speed}";
    this.#bar = new progress.SingleBar({ format, clearOnComplete: true }, progress.Presets.shades_classic);
    this.#bar.start(this.#total, skipped, { speed: "" });
  }

  verified(sizeBytes: number): void {
    this.#epochs++;
    this.#bytes += sizeBytes;
    const done = this.#skipped + this.#epochs;
    this.#bar?.update(done, { speed: this.#speed() });
    if (this.#bar !== undefined || this.#options.isQuiet || performance.now() - this.#lineMs < LINE_EVERY_MS) return;
    this.#lineMs = performance.now();
    console.error(`${done} of ${this.#total} epochs, ${this.#speed()}`);
  }

  stop(): void {
    this.#bar?.stop();
  }

  #speed(): string {
    const seconds = Math.max((performance.now() - this.#startMs) / 1000, 0.001);
    const left = (this.#total - this.#skipped - this.#epochs) * (seconds / this.#epochs);
    return `${(this.#epochs / seconds).toFixed(1)} epochs/s, ${(this.#bytes / seconds / 1e6).toFixed(1)} MB/s, ${duration(left)} left`;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
