import { expect, it } from "vitest";
import { estimatePoint } from "../../../src/lab/statistics/point-estimates.ts";
import type { Detection, WorldMeasures } from "../../../src/simulator/world/measures.ts";

it("does not call a lie that most worlds never noticed quickly detected", () => {
  const noticed = Array.from({ length: 3 }, () => world({ firstMs: 1_000 }));
  const unnoticed = Array.from({ length: 7 }, () => world({ firstMs: null }));
  const first = estimatePoint([...noticed, ...unnoticed]).detection?.firstMs;
  expect(first).toMatchObject({ worlds: 10, censored: 7, median: { ms: null, highMs: null } });
  expect(first?.share).toMatchObject({ happened: 3, trials: 10, share: 0.3 });
  expect(first?.share.low).toBeCloseTo(0.1078, 4);
  expect(first?.quantiles.find(({ part }) => part === 0.25)?.ms).toBe(1_000);
});

it("leaves worlds without a lie out of detection, and says so where nobody lied", () => {
  const { detection: _, ...honest } = world({});
  expect(estimatePoint([honest, honest]).detection).toBeNull();
  expect(estimatePoint([honest, world({})]).detection?.firstMs.worlds).toBe(1);
});

it("adds up false convictions and takes quantiles of accepted epochs", () => {
  const worlds = [0, 0, 1, 9].map((victimAccepted) => ({ ...world({}), victimAccepted, falseConvictions: 1 }));
  const { victimAccepted, falseConvictions } = estimatePoint(worlds);
  expect(falseConvictions).toBe(4);
  expect(victimAccepted).toMatchObject({ count: 4, p50: 0, p90: 9, p99: 9, max: 9 });
  expect(victimAccepted.share).toMatchObject({ happened: 2, trials: 4, share: 0.5 });
  expect(victimAccepted.mean).toMatchObject({ mean: 2.5, low: 0 });
});

it("averages what nodes sent, and only over worlds that have it", () => {
  const [a, b] = [world({}), { ...world({}), quorumAvailability: null, headDelayMs: null }];
  const { perNode, quorumAvailability, headDelayMs } = estimatePoint([a, b]);
  expect(perNode.bytesSent).toMatchObject({ count: 2, mean: 1_000 });
  expect(quorumAvailability).toMatchObject({ count: 1, mean: 0.9 });
  expect(headDelayMs.p99).toMatchObject({ count: 1, mean: 80 });
});

it("is the same whatever the order of worlds", () => {
  const worlds = [5, 3, 8, null, 1].map((firstMs) => world({ firstMs }));
  expect(estimatePoint([...worlds].reverse())).toEqual(estimatePoint(worlds));
});

it("survives no worlds at all", () => {
  expect(estimatePoint([])).toMatchObject({ worlds: 0, detection: null, falseConvictions: 0 });
});

function world(detection: Partial<Detection>): WorldMeasures {
  return {
    epochs: 10,
    nodes: 4,
    detection: {
      observedMs: 60_000,
      firstMs: 100,
      firstEpochs: 0,
      everyHonestMs: 200,
      convictionMs: null,
      everyConvictionMs: null,
      clientMs: null,
      ...detection,
    },
    victimAccepted: 0,
    falseConvictions: 0,
    cases: 1,
    perNode: {
      messagesSent: 10,
      messagesReceived: 10,
      duplicatesReceived: 2,
      bytesSent: 1_000,
      syncRounds: 1,
      syncBytes: 100,
    },
    quorumAvailability: 0.9,
    clientAnswers: {},
    signedHeads: 40,
    headDelayMs: { p50: 30, p99: 80, max: 90 },
    events: 100,
    virtualMs: 60_000,
  };
}
