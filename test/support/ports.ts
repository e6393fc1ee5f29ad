/** Ports for processes whose addresses must stand in files before they run. */
import { createServer } from "node:net";

/**
 * Below the range from which the system takes ports for outgoing connections: one of those could be taken between the
 * look and the start. Each test worker has a slice of its own.
 */
const FIRST_PORT = 15_000;
const SLICE = 500;
const SLICES = 32;

const slice = Number(process.env.VITEST_POOL_ID ?? 0) % SLICES;
/** Other runs of the tests on this machine have the same slices. */
let next = Math.floor(Math.random() * SLICE);

/** A port that was free a moment ago, and not given before by this worker. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < SLICE; attempt++) {
    const port = FIRST_PORT + slice * SLICE + (next++ % SLICE);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${FIRST_PORT + slice * SLICE} on`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
