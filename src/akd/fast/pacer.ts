/** Long work in short sections: whoever shares the thread gets its turn. */

/** Longest section without a pause, in ms; a section may overrun it by one step of the work (a few ms). */
const SECTION_MS = 4;

/** What Node and browsers have in common of a message port. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: number): void;
  close(): void;
}

export class Pacer {
  readonly #signal: AbortSignal;
  #channel: { readonly port1: Port; readonly port2: Port } | undefined;
  #resume: () => void = () => {};
  #sectionStartMs = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Call between steps. Lets the event loop turn when the section has been long enough; throws the signal's reason when aborted. */
  async pause(): Promise<void> {
    if (performance.now() - this.#sectionStartMs >= SECTION_MS) {
      await this.#turn();
      this.#sectionStartMs = performance.now();
    }
    this.#signal.throwIfAborted();
  }

  /** Whoever awaited something else has paused as well. */
  restart(): void {
    this.#sectionStartMs = performance.now();
  }

  isDue(): boolean {
    return performance.now() - this.#sectionStartMs >= SECTION_MS;
  }

  close(): void {
    this.#channel?.port1.close();
    this.#channel = undefined;
  }

  /** A message to oneself comes after everything that the event loop has to do already, and needs no timer. */
  #turn(): Promise<void> {
    if (this.#channel === undefined) {
      this.#channel = new MessageChannel() as unknown as { port1: Port; port2: Port };
      this.#channel.port1.onmessage = () => this.#resume();
    }
    const { port2 } = this.#channel;
    return new Promise((resolve) => {
      this.#resume = resolve;
      port2.postMessage(0);
    });
  }
}
