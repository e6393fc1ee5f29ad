import { describe, expect, it } from "vitest";
import { Incarnation } from "../../../src/simulator/engine/incarnation.ts";
import { Scheduler } from "../../../src/simulator/engine/scheduler.ts";

function born(): { scheduler: Scheduler; incarnation: Incarnation } {
  const scheduler = new Scheduler({ drain: "fast" });
  return { scheduler, incarnation: new Incarnation("a", 1, scheduler) };
}

describe("an incarnation", () => {
  it("gets what was computed at the end of the delay", async () => {
    const { scheduler, incarnation } = born();
    let value = "before";
    const answer = incarnation.later(5, () => value);
    value = "after";
    await scheduler.run(5);
    await expect(answer).resolves.toBe("after");
  });

  it.each([0, 5])("is handed what a computation throws as a rejection, after %i us", async (delayUs) => {
    const { scheduler, incarnation } = born();
    const answer = incarnation.later(delayUs, () => {
      throw new Error("it broke");
    });
    const refused = expect(answer).rejects.toThrow("it broke");
    await scheduler.run(5);
    await refused;
  });

  it("takes no step of the scheduler for what takes no time", async () => {
    const { scheduler, incarnation } = born();
    await expect(incarnation.later(0, () => 1)).resolves.toBe(1);
    expect(scheduler.events).toBe(0);
  });

  it("is not woken after its death: nothing settles, and no `finally` runs", async () => {
    const { scheduler, incarnation } = born();
    const ghosts: string[] = [];
    const live = async (): Promise<void> => {
      try {
        await incarnation.later(10, () => {
          ghosts.push("computed");
        });
        ghosts.push("resolved");
      } catch {
        ghosts.push("rejected");
      } finally {
        ghosts.push("finally");
      }
    };
    void live();
    incarnation.schedule(10, () => {
      ghosts.push("event");
      return true;
    });
    scheduler.schedule(5, () => {
      incarnation.die();
      return true;
    });
    await scheduler.run(100);
    expect(incarnation.isAlive).toBe(false);
    expect(ghosts).toEqual([]);
  });

  it("does nothing by the calls it makes after its death", async () => {
    const { scheduler, incarnation } = born();
    incarnation.die();
    const done: string[] = [];
    for (const delayUs of [0, 5]) {
      void incarnation
        .later(delayUs, () => {
          done.push("computed");
        })
        .finally(() => done.push("finally"));
    }
    incarnation.schedule(1, () => {
      done.push("event");
      return true;
    });
    await scheduler.run(100);
    expect(done).toEqual([]);
  });
});
