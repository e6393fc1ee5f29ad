/** Long work in short sections: whoever shares the thread gets its turn. */

/** Longest section without a pause, in ms; a section may overrun it by one step of the work (a few ms). */
const SECTION_MS = 4;

/** What Node and browsers have in common of a message port. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: number): void;
  close(): void;
}

interface Channel {
  readonly port1: Port;
  readonly port2: Port;
}

export class Pacer {
  readonly #signal: AbortSignal;
  /**
   * Two, in turns: Node hands out what arrives at a port while it hands out messages of that port, without a turn of
   * its loop.
   */
  #channels: Channel[] = [];
  #resume: () => void = () => {};
  #sectionStartMs = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Call between steps. Lets the event loop turn when the section has been long enough; throws the signal's reason when
   * aborted.
   */
  async pause(): Promise<void> {
    if (performance.now() - this.#sectionStartMs >= SECTION_MS) {
      await this.#turn();
      this.#sectionStartMs = performance.now();
    }
    this.#signal.throwIfAborted();
  }

  close(): void {
    for (const { port1 } of this.#channels.splice(0)) port1.close();
  }

  /** A message to oneself comes after everything that the event loop has to do already, and needs no timer. */
  #turn(): Promise<void> {
    if (this.#channels.length === 0) {
      this.#channels = [new MessageChannel(), new MessageChannel()] as unknown as Channel[];
      for (const { port1 } of this.#channels) port1.onmessage = () => this.#resume();
    }
    const channel = this.#channels.shift() as Channel;
    this.#channels.push(channel);
    return new Promise((resolve) => {
      this.#resume = resolve;
      channel.port2.postMessage(0);
    });
  }
}
