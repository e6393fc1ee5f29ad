import { expect, it } from "vitest";
import { Incarnation } from "../../../src/simulator/engine/incarnation.ts";
import { Scheduler } from "../../../src/simulator/engine/scheduler.ts";
import { SimClock } from "../../../src/simulator/ports/sim-clock.ts";

it("sleeps until the time that was meant has passed, also over a fraction of a microsecond", async () => {
  const scheduler = new Scheduler({ drain: "fast" });
  const clock = new SimClock({ scheduler, incarnation: new Incarnation("a", 1, scheduler) });
  const untilMs = 0.0001;
  let rounds = 0;
  const waiting = (async () => {
    for (; clock.elapsedMs() < untilMs; rounds++) await clock.sleep(untilMs - clock.elapsedMs());
  })();
  await scheduler.run(1_000_000);
  await waiting;
  expect(rounds).toBe(1);
});
