import { describe, expect, it } from "vitest";
import { Deadline, startTimer } from "../../src/core/deadline.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

describe("a deadline", () => {
  it("passes when its time is up, and not before", async () => {
    const clock = new VirtualClock();
    const deadline = new Deadline(clock, 1000);
    await clock.advance(999);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([false, false]);
    await clock.advance(1);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([true, true]);
  });

  it("ends with any of its parents, even one that had already ended, without having expired", async () => {
    const clock = new VirtualClock();
    const [one, two] = [new AbortController(), new AbortController()];
    const deadline = new Deadline(clock, 1000, one.signal, two.signal);
    two.abort();
    expect([deadline.signal.aborted, deadline.expired]).toEqual([true, false]);
    expect(new Deadline(clock, 1000, two.signal).signal.aborted).toBe(true);
  });

  it("leaves nothing behind when it is cancelled: no timer, no listener, no signal", async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const listeners = new Set<unknown>();
    const { signal } = parent;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (type: string, listener: () => void) => {
      listeners.add(listener);
      add(type, listener);
    };
    signal.removeEventListener = (type: string, listener: () => void) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    const deadlines = Array.from({ length: 8 }, () => new Deadline(clock, 1000, signal));
    expect([clock.sleeping, listeners.size]).toEqual([8, 8]);
    for (const deadline of deadlines) deadline.cancel();
    expect([clock.sleeping, listeners.size]).toEqual([0, 0]);
    parent.abort();
    await clock.advance(2000);
    expect(deadlines.filter((deadline) => deadline.signal.aborted)).toEqual([]);
  });
});

describe("a timer", () => {
  it("goes off once, or never when it was stopped first", async () => {
    const clock = new VirtualClock();
    const late: string[] = [];
    startTimer(clock, 10, () => void late.push("left"));
    const stop = startTimer(clock, 10, () => void late.push("stopped"));
    stop();
    stop();
    await clock.advance(1000);
    expect(late).toEqual(["left"]);
  });

  it("that is stopped while it is going off does not go off", async () => {
    const clock = new VirtualClock();
    const late: string[] = [];
    const stops: (() => void)[] = [];
    // Two that are due at the same moment: the first stops the second.
    startTimer(clock, 10, () => stops[0]?.());
    stops.push(startTimer(clock, 10, () => void late.push("second")));
    await clock.advance(10);
    expect(late).toEqual([]);
  });
});
