import { describe, expect, it } from "vitest";
import { clockText, durationText, timeTicks } from "../../../src/lab/report/page/time-text.js";
import { tellStory } from "../../../src/lab/report/story.ts";
import type { RunSummary } from "../../../src/lab/report/summary.ts";
import type { Timeline } from "../../../src/lab/report/timeline.ts";
import { TimelineBuilder } from "../../../src/lab/report/timeline-builder.ts";
import { type MadeUpOptions, madeUpMeasures, madeUpRunSummary, madeUpTrace } from "../../support/simulated-run.ts";

function summaryOf(options: MadeUpOptions = {}, more: Partial<RunSummary> = {}): RunSummary {
  return { ...(madeUpRunSummary(options) as unknown as RunSummary), ...more };
}

function timelineOf(options: MadeUpOptions = {}): Timeline {
  const builder = new TimelineBuilder();
  for (const line of madeUpTrace(options)) builder.add(line);
  return builder.finish();
}

describe("the story of a run", () => {
  it("says what the lie was, who noticed when, and who was convicted", () => {
    const told = tellStory(summaryOf(), timelineOf()).sentences.join("\n");
    expect(told).toContain("5 auditors, 4 observers and 2 clients over 4 epochs of 60 s");
    expect(told).toMatch(
      /epoch 2, the provider shows another history to auditor-04.example, auditor-05.example and client-02/,
    );
    expect(told).toMatch(/noticed first, 152.3 ms later, within the same epoch/);
    expect(told).toMatch(/convicted the provider \(or its publication channel\) first, after 190.1 ms/);
    expect(told).toContain("False convictions: 0.");
  });

  it("names those who noticed first out of the trace, liars left out", () => {
    const timeline = timelineOf();
    const first = tellStory(summaryOf(), timeline).sentences.find((one) => one.includes("noticed first"))!;
    const name = first.split(" noticed")[0]!;
    const { scenario } = summaryOf();
    const liar = { ...scenario, behaviours: [{ auditors: [name], kind: "colluding" as const, fromEpoch: 1 }] };
    const others = tellStory(summaryOf({}, { scenario: liar }), timeline).sentences;
    expect(others.find((one) => one.includes("noticed first"))).not.toContain(name);
    expect(others).toContain(`${name} is colluding from epoch 1 on.`);
  });

  it("says of an undetected lie how long somebody looked, not that it took so long", () => {
    const never = {
      observedMs: 209_000,
      firstMs: null,
      firstEpochs: null,
      everyHonestMs: null,
      convictionMs: null,
      everyConvictionMs: null,
      clientMs: null,
    };
    const { sentences, moments } = tellStory(
      summaryOf({}, { measures: madeUpMeasures({ detection: never }) }),
      timelineOf(),
    );
    expect(sentences.join("\n")).toContain("Nobody noticed in the 3 min 29 s that the world went on");
    expect(moments.map(({ text }) => text)).toEqual(["the lie begins"]);
  });

  it("tells of a world without a lie", () => {
    const { sentences, moments } = tellStory(summaryOf({ victims: 0 }), timelineOf({ victims: 0 }));
    expect(sentences).toContain("The provider told everybody the truth.");
    expect(moments).toEqual([]);
  });

  it("says which auditors sign no more, but not of one that a fault strikes", () => {
    const ends = { epochs: 12 };
    const told = (more: Partial<RunSummary["scenario"]>): string[] => {
      const summary = summaryOf({}, { scenario: { ...summaryOf().scenario, ...ends, ...more } });
      return [...tellStory(summary, timelineOf()).sentences].filter((one) => one.includes("signed nothing"));
    };
    const [first, ...others] = ["01", "02", "03", "04", "05"].map((number) => `auditor-${number}.example`);
    const namesOf = (names: (string | undefined)[]): string => `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
    expect(told({})).toEqual([`${namesOf([first, ...others])} signed nothing after epoch 4.`]);
    const faults = [{ kind: "join-late", node: first ?? "", atMs: 1 }] as const;
    expect(told({ faults })).toEqual([`${namesOf(others)} signed nothing after epoch 4.`]);
    expect(told({ epochs: 6 })).toEqual([]);
  });

  it("does not hide a false conviction", () => {
    const { sentences } = tellStory(summaryOf({}, { measures: madeUpMeasures({ falseConvictions: 2 }) }), timelineOf());
    expect(sentences.at(-1)).toMatch(/^False convictions: 2\. This must never happen/);
  });

  it("points at its moments in order of time, those at one time together", () => {
    const detection = { ...madeUpMeasures().detection!, convictionMs: 152.3 };
    const { moments } = tellStory(summaryOf({}, { measures: madeUpMeasures({ detection }) }), timelineOf());
    expect(moments.map(({ text }) => text).slice(0, 2)).toEqual([
      "the lie begins",
      "first noticed, first conviction (+152.3 ms)",
    ]);
    expect(moments.map(({ atUs }) => atUs)).toEqual([...moments.map(({ atUs }) => atUs)].sort((a, b) => a - b));
  });
});

describe("times in words", () => {
  it.each([
    [0, "0 s"],
    [7, "7 µs"],
    [152_300, "152.3 ms"],
    [4_410_000, "4.41 s"],
    [200_000_000, "3 min 20 s"],
    [7_200_000_000, "2 h"],
    [-1_500_000, "−1.5 s"],
  ])("%i us is %s", (us, words) => expect(durationText(us)).toBe(words));

  it.each([
    [61_190_000, "61.190 s"],
    [3_723_250_000, "1:02:03.250"],
  ])("%i us since the beginning is %s", (us, words) => expect(clockText(us)).toBe(words));

  it("puts round times on an axis, in one unit, as many as there is room for", () => {
    expect(timeTicks(182_000_000, 195_000_000, 7).map(({ text }) => text)).toEqual([
      "182 s",
      "184 s",
      "186 s",
      "188 s",
      "190 s",
      "192 s",
      "194 s",
    ]);
    expect(timeTicks(60_100_000, 60_400_000, 4).map(({ text }) => text)).toEqual([
      "60.1 s",
      "60.2 s",
      "60.3 s",
      "60.4 s",
    ]);
  });
});
