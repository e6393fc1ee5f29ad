import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Drain } from "../../../src/simulator/engine/drain.ts";
import { Scheduler } from "../../../src/simulator/engine/scheduler.ts";

const DRAINS: readonly Drain[] = ["fast", "reference"];

/** Resolves after so many turns of the microtask queue. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}

describe.each(DRAINS)("the scheduler, drained in the %s way", (drain) => {
  it("lets events happen by their time, and at one time in the order in which they were scheduled", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
        const scheduler = new Scheduler({ drain });
        const happened: [number, number][] = [];
        delays.forEach((delay, i) => {
          scheduler.schedule(delay, () => {
            happened.push([scheduler.nowUs, i]);
            return i % 3 === 0;
          });
        });
        await scheduler.run(20);
        const expected = delays.map((delay, i): [number, number] => [delay, i]);
        expect(happened).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
        expect(scheduler.events).toBe(delays.length);
      }),
      { numRuns: 50 },
    );
  });

  it("skips what was cancelled, before its time and in the very instant, and does not count it", async () => {
    const scheduler = new Scheduler({ drain });
    const happened: string[] = [];
    const happens = (what: string) => (): boolean => {
      happened.push(what);
      return true;
    };
    scheduler.schedule(1, happens("cancelled early")).cancel();
    scheduler.schedule(2, () => {
      sameInstant.cancel();
      return happens("first")();
    });
    const sameInstant = scheduler.schedule(2, happens("cancelled in its instant"));
    const over = scheduler.schedule(3, happens("last"));
    await scheduler.run(10);
    over.cancel();
    over.cancel();
    expect(happened).toEqual(["first", "last"]);
    expect(scheduler.events).toBe(2);
  });

  it("stops at the time asked for, and goes on from there", async () => {
    const scheduler = new Scheduler({ drain });
    const happened: number[] = [];
    for (const at of [5, 10, 11]) {
      scheduler.schedule(at, () => {
        happened.push(scheduler.nowUs);
        return false;
      });
    }
    await scheduler.run(10);
    expect(happened).toEqual([5, 10]);
    expect(scheduler.nowUs).toBe(10);
    scheduler.schedule(0, () => {
      happened.push(-1);
      return false;
    });
    await scheduler.run(9);
    expect(scheduler.nowUs).toBe(10);
    await scheduler.run(100);
    expect(happened).toEqual([5, 10, -1, 11]);
    expect(scheduler.nowUs).toBe(100);
  });

  it.each([1, 10, 500])(
    "begins a step only when what the one before woke has run %i turns to its end",
    async (count) => {
      const scheduler = new Scheduler({ drain });
      const order: string[] = [];
      const woken = new Promise<void>((resolve) => {
        scheduler.schedule(1, () => {
          resolve();
          return true;
        });
      });
      void (async () => {
        await woken;
        await turns(count);
        // What wakes somebody else in the drain belongs to it too.
        await Promise.all([turns(count), Promise.resolve().then(() => turns(count))]);
        order.push("woken");
      })();
      scheduler.schedule(1, () => {
        order.push("next step");
        return true;
      });
      await scheduler.run(1);
      expect(order).toEqual(["woken", "next step"]);
    },
  );

  it("finishes what was woken before a run, and by its last event, before the run ends", async () => {
    const scheduler = new Scheduler({ drain });
    const order: string[] = [];
    void turns(50).then(() => order.push("before"));
    scheduler.schedule(0, () => {
      order.push("event");
      void turns(50).then(() => order.push("after"));
      return true;
    });
    await scheduler.run(0);
    expect(order).toEqual(["before", "event", "after"]);
  });

  it("rejects with what an action throws", async () => {
    const scheduler = new Scheduler({ drain });
    scheduler.schedule(1, () => {
      throw new Error("it broke");
    });
    await expect(scheduler.run(1)).rejects.toThrow("it broke");
  });

  it("lets what is scheduled at once happen in the same instant, behind what was due there", async () => {
    const scheduler = new Scheduler({ drain });
    const happened: string[] = [];
    scheduler.schedule(5, () => {
      scheduler.schedule(0, () => {
        happened.push(`again at ${scheduler.nowUs}`);
        return true;
      });
      happened.push("first");
      return true;
    });
    scheduler.schedule(5, () => {
      happened.push("second");
      return true;
    });
    await scheduler.run(5);
    expect(happened).toEqual(["first", "second", "again at 5"]);
  });
});

describe("the scheduler", () => {
  it("takes event after event without a drain as long as nothing is woken", async () => {
    const scheduler = new Scheduler({ drain: "fast" });
    const order: string[] = [];
    void turns(3).then(() => order.push("microtask"));
    await turns(3);
    scheduler.schedule(1, () => {
      void Promise.resolve().then(() => order.push("woken all the same"));
      order.push("event 1");
      return false;
    });
    scheduler.schedule(2, () => {
      order.push("event 2");
      return false;
    });
    await scheduler.run(2);
    expect(order).toEqual(["microtask", "event 1", "event 2", "woken all the same"]);
  });

  it("gives up on a world that does not move on", async () => {
    const scheduler = new Scheduler({ drain: "fast", maxEventsPerInstant: 100 });
    const again = (): boolean => {
      scheduler.schedule(0, again);
      return true;
    };
    scheduler.schedule(7, again);
    await expect(scheduler.run(10)).rejects.toThrow("the world does not move on: 101 events at 7 us");
  });

  it("does not mind as many events at each of many instants", async () => {
    const scheduler = new Scheduler({ drain: "fast", maxEventsPerInstant: 100 });
    for (let i = 0; i < 1000; i++) scheduler.schedule(Math.floor(i / 100), () => false);
    await scheduler.run(10);
    expect(scheduler.events).toBe(1000);
  });

  it("lets the process breathe in a long run: timers and messages come through", async () => {
    const scheduler = new Scheduler({ drain: "fast" });
    let steps = 0;
    const step = (): boolean => {
      steps++;
      scheduler.schedule(1, step);
      return true;
    };
    step();
    const heardAt = new Promise<number>((resolve) => setImmediate(() => resolve(steps)));
    await scheduler.run(20_000);
    expect(await heardAt).toBeLessThan(20_000);
  });

  it.each([Number.NaN, -1])("refuses an event %d us from now", (delayUs) => {
    expect(() => new Scheduler({ drain: "fast" }).schedule(delayUs, () => false)).toThrow(RangeError);
  });
});
