import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kaplanMeier, type Observation, timeQuantile } from "../../../src/lab/statistics/kaplan-meier.ts";
import { logRank } from "../../../src/lab/statistics/log-rank.ts";

/**
 * Remission times in weeks of the 6-MP trial (Freireich et al., Blood 21, 1963), which textbooks compute the estimator
 * on: 21 patients with the drug, of whom 12 were censored, and 21 without. The medians are 23 and 8 weeks, log-rank
 * 16.79.
 */
const DRUG = observed("6 6 6 7 10 13 16 22 23", "6 9 10 11 17 19 20 25 32 32 34 35");
const PLACEBO = observed("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23", "");

describe("the 6-MP trial", () => {
  // lifelines 0.30.3: KaplanMeierFitter().fit(times, events).survival_function_ and .confidence_interval_ (log-log
  // bands).
  it.each([
    [6, 0.857143, 0.619718, 0.951552],
    [7, 0.806723, 0.563147, 0.922809],
    [9, 0.806723, 0.563147, 0.922809],
    [10, 0.752941, 0.5032, 0.889362],
    [13, 0.690196, 0.43161, 0.849066],
    [22, 0.537815, 0.267779, 0.746791],
    [23, 0.448179, 0.188052, 0.680143],
    [35, 0.448179, 0.188052, 0.680143],
  ])("at week %i the curve and its bands are those of lifelines", (week, survival, low, high) => {
    const step = kaplanMeier(DRUG).findLast(({ timeMs }) => timeMs <= week);
    expect(step?.survival).toBeCloseTo(survival, 6);
    expect(step?.low).toBeCloseTo(low, 6);
    expect(step?.high).toBeCloseTo(high, 6);
  });

  it("counts who is at risk and who left", () => {
    expect(kaplanMeier(DRUG)[0]).toMatchObject({ timeMs: 6, atRisk: 21, events: 3, censored: 1 });
    expect(kaplanMeier(DRUG)[1]).toMatchObject({ timeMs: 7, atRisk: 17, events: 1, censored: 0 });
    expect(kaplanMeier(DRUG).at(-1)).toMatchObject({ timeMs: 35, atRisk: 1, events: 0, censored: 1 });
  });

  it("has Greenwood's variance", () => {
    // By hand: 0.857143² * 3 / (21 * 18).
    expect(kaplanMeier(DRUG)[0]?.variance).toBeCloseTo(0.0058309, 7);
  });

  it("has the published medians, with the limits of lifelines", () => {
    expect(timeQuantile(kaplanMeier(DRUG), 0.5)).toEqual({ part: 0.5, ms: 23, lowMs: 13, highMs: null });
    expect(timeQuantile(kaplanMeier(PLACEBO), 0.5)).toEqual({ part: 0.5, ms: 8, lowMs: 4, highMs: 11 });
  });

  it("has the other quantiles of lifelines, and says which were not reached", () => {
    const quantiles = (of: readonly Observation[]) =>
      [0.1, 0.25, 0.75, 0.9].map((part) => timeQuantile(kaplanMeier(of), part).ms);
    expect(quantiles(DRUG)).toEqual([6, 13, null, null]);
    expect(quantiles(PLACEBO)).toEqual([2, 4, 12, 17]);
  });

  it("has the published log-rank", () => {
    // lifelines 0.30.3: logrank_test(...).test_statistic and .p_value.
    const { chiSquare, probability } = logRank(DRUG, PLACEBO);
    expect(chiSquare).toBeCloseTo(16.792940989216547, 9);
    expect(probability).toBeCloseTo(4.168809109334511e-5, 12);
  });
});

describe("the ends of a curve", () => {
  it("is empty without worlds", () => {
    expect(kaplanMeier([])).toEqual([]);
    expect(timeQuantile([], 0.5)).toEqual({ part: 0.5, ms: null, lowMs: null, highMs: null });
  });

  it("stays at 1 where no world saw the event", () => {
    const steps = kaplanMeier(observed("", "5 7 7"));
    expect(steps.map(({ survival, low, high }) => [survival, low, high])).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(timeQuantile(steps, 0.1).ms).toBeNull();
  });

  it("limits a time that all of thirty worlds share", () => {
    const steps = kaplanMeier(Array.from({ length: 30 }, () => ({ timeMs: 400, happened: true })));
    // 1 - 0.025^(1/30).
    expect(steps).toMatchObject([{ survival: 0, variance: null, low: 0 }]);
    expect(steps[0]?.high).toBeCloseTo(0.115703, 6);
    expect(timeQuantile(steps, 0.5)).toEqual({ part: 0.5, ms: 400, lowMs: 400, highMs: 400 });
    expect(timeQuantile(steps, 0.99).highMs).toBeNull();
  });

  it("does not limit a median by two worlds", () => {
    expect(timeQuantile(kaplanMeier(observed("3 9", "")), 0.5)).toEqual({ part: 0.5, ms: 3, lowMs: 3, highMs: null });
  });

  it("reaches a part that the curve hits exactly", () => {
    const steps = kaplanMeier(observed("1 2 3 4 5 6 7 8 9 10", ""));
    expect([0.1, 0.3, 0.5, 0.7, 0.9, 1].map((part) => timeQuantile(steps, part).ms)).toEqual([1, 3, 5, 7, 9, 10]);
  });
});

const observations = fc.array(fc.record({ timeMs: fc.integer({ min: 0, max: 40 }), happened: fc.boolean() }), {
  minLength: 1,
  maxLength: 60,
});

it("is the plain share of those left where nobody is censored", () => {
  fc.assert(
    fc.property(observations, (mixed) => {
      const all = mixed.map(({ timeMs }) => ({ timeMs, happened: true }));
      for (const step of kaplanMeier(all)) {
        const left = all.filter(({ timeMs }) => timeMs > step.timeMs).length;
        expect(step.survival).toBeCloseTo(left / all.length, 10);
      }
    }),
  );
});

it("falls, keeps within its bands, and accounts for every world", () => {
  fc.assert(
    fc.property(observations, (mixed) => {
      const steps = kaplanMeier(mixed);
      expect(steps.reduce((total, { events, censored }) => total + events + censored, 0)).toBe(mixed.length);
      let before = 1;
      for (const { survival, low, high } of steps) {
        expect(survival).toBeLessThanOrEqual(before);
        expect(low).toBeLessThanOrEqual(survival + 1e-12);
        expect(high).toBeGreaterThanOrEqual(survival - 1e-12);
        expect(high).toBeLessThanOrEqual(1);
        before = survival;
      }
    }),
  );
});

function observed(events: string, censored: string): Observation[] {
  const times = (text: string, happened: boolean) =>
    text.split(" ").flatMap((time) => (time === "" ? [] : [{ timeMs: Number(time), happened }]));
  return [...times(events, true), ...times(censored, false)];
}
