/** One file touches the clock, randomness and timers, so that all other code runs under a virtual clock too. */
import type { Rule } from "./rule.ts";

/** The clock of a process, that of a browser, and the drain of the simulator's scheduler. */
const SYSTEMS = ["src/platform/system.ts", "src/client/web-system.ts", "src/simulator/engine/drain.ts"];
/**
 * A report's page runs in a browser alone. The pacer shares a thread with other work, which takes real time in a
 * virtual world too, and decides nothing.
 */
const REAL_TIME = /^src\/(lab\/report\/page\/|akd\/fast\/pacer\.ts$)/;
const SYSTEM =
  /\bnew Date\(\)|\b(?:Date\.now|performance\.(?:now|timeOrigin)|process\.(?:hrtime|nextTick|uptime)|set(?:Timeout|Interval|Immediate)|Math\.random|random(?:Bytes|UUID|Int|FillSync)|getRandomValues|AbortSignal\.timeout|Atomics\.wait)\b/;
const MODULES = /^(node:)?(timers|timers\/promises|perf_hooks)$/;

export const clocks: Rule = {
  name: "clocks",
  check: ({ code }) =>
    code
      .filter(({ path }) => path.startsWith("src/") && !SYSTEMS.includes(path) && !REAL_TIME.test(path))
      .flatMap(({ path, scanned, imports }) => [
        ...scanned.flatMap(({ code: text }, index) => {
          const found = SYSTEM.exec(text)?.[0];
          return found === undefined ? [] : [{ path, line: index + 1, message: belongs(found) }];
        }),
        ...imports
          .filter(({ target }) => MODULES.test(target))
          .map(({ target, line }) => ({ path, line, message: belongs(target) })),
      ]),
};

function belongs(what: string): string {
  return `${what} belongs in ${SYSTEMS.join(" or ")}; take a Clock or a Random`;
}
