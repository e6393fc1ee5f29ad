export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}

/** Runs a stranger's life again and again until the signal aborts: one that was hung up on returns at once. */
export async function again(signal: AbortSignal, live: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await live();
    } catch {
      // Whatever the node did to this one, the next one comes.
    }
    await pause(200, signal);
  }
}

/** Runs `step` this often, however long each takes, but never two at once. */
export async function paced(perSecond: number, signal: AbortSignal, step: () => Promise<void> | void): Promise<void> {
  let dueMs = performance.now();
  while (!signal.aborted) {
    await step();
    dueMs = Math.max(dueMs + 1000 / perSecond, performance.now() - 1000);
    await pause(Math.max(0, dueMs - performance.now()), signal);
  }
}
