import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeadColumn, WAYS } from "../../../src/lab/report/head-column.ts";
import { eventTimes, ledgerAt } from "../../../src/lab/report/page/ledger-at.js";
import { STATES, type Timeline } from "../../../src/lab/report/timeline.ts";
import { TimelineBuilder, type TimelineLimits } from "../../../src/lab/report/timeline-builder.ts";
import type { TraceLine } from "../../../src/simulator/world/trace.ts";
import { madeUpTrace } from "../../support/simulated-run.ts";

function timelineOf(lines: readonly TraceLine[], limits: Partial<TimelineLimits> = {}): Timeline {
  const builder = new TimelineBuilder(limits);
  for (const line of lines) builder.add(line);
  return builder.finish();
}

const placeOf = (timeline: Timeline, name: string): number => timeline.nodes.findIndex((node) => node.name === name);
const statesOf = (timeline: Timeline, name: string): string[] =>
  timeline.nodes[placeOf(timeline, name)]!.states.map(([, state]) => STATES[state]!);

describe("a timeline", () => {
  it("has a node for every name, auditors first, then observers and clients", () => {
    const { nodes } = timelineOf(madeUpTrace({ auditors: 5, observers: 4, clients: 2 }));
    expect(nodes.map(({ role }) => role).join(" ")).toBe(
      "auditor auditor auditor auditor auditor observer observer observer observer client client",
    );
  });

  it("takes a node from the main history over the other one and a case to a conviction", () => {
    const lines: TraceLine[] = [
      { t: 1, what: "shown", who: "auditor-02.example", epoch: 1, branch: "fork" },
      {
        t: 2,
        what: "head",
        who: "auditor-01.example",
        of: "auditor-02.example",
        epoch: 1,
        branch: "fork",
        via: "gossip",
      },
      { t: 3, what: "case", who: "auditor-01.example", id: "aa", class: "disagreement", about: "fork" },
      { t: 4, what: "case", who: "auditor-01.example", id: "aa", class: "split-view", about: "fork" },
      { t: 5, what: "case-explained", who: "auditor-01.example", id: "aa" },
    ];
    expect(statesOf(timelineOf(lines), "auditor-01.example")).toEqual(["main", "fork", "case", "convicted", "fork"]);
  });

  it("tells what a person knows of keys: an alarm about one is not over because another is right", () => {
    const answer = {
      what: "key-answer",
      who: "client-01",
      by: "lookup",
      reason: null,
      lie: null,
      epoch: 1,
      version: 1,
      deceived: false,
    } as const;
    const timeline = timelineOf([
      { t: 1, ...answer, about: "client-02", result: "verified" },
      { t: 2, ...answer, about: "client-03", result: "changed", lie: "inserted-version", deceived: true },
      { t: 3, ...answer, about: "client-02", result: "alarm", reason: "wrong-digest", epoch: null, version: null },
      { t: 4, ...answer, about: "client-01", by: "own", result: "verified" },
    ]);
    expect(statesOf(timeline, "client-01")).toEqual(["right", "deceived", "warned"]);
    expect(timeline.nodes[0]!.answers.map(([, result]) => result)).toEqual([
      "key of client-02: verified",
      "key of client-03: changed (a lie)",
      "key of client-02: alarm, wrong-digest",
      "own key: verified",
    ]);
  });

  it("tells a client that was deceived from one that was warned", () => {
    const answer = { what: "answer", who: "client-01", epoch: 1, asked: ["auditor-01.example"] } as const;
    const timeline = timelineOf([
      { t: 1, ...answer, result: "satisfied", branch: "main" },
      { t: 2, ...answer, result: "satisfied", branch: "main" },
      { t: 3, ...answer, result: "satisfied", branch: "fork" },
      { t: 4, ...answer, result: "wrong-digest", branch: "fork" },
      { t: 5, ...answer, result: "stale", branch: "main" },
    ]);
    expect(statesOf(timeline, "client-01")).toEqual(["right", "deceived", "warned", "unsure"]);
    expect(timeline.nodes[0]!.answers.map(([, result, , , , alike]) => [result, alike])).toEqual([
      ["satisfied", 2],
      ["satisfied", 1],
      ["wrong-digest", 1],
      ["stale", 1],
    ]);
  });

  it("keeps a node that never comes back down until the end, and one that joins late down until then", () => {
    const timeline = timelineOf([
      { t: 5, what: "up", who: "auditor-01.example", life: 1 },
      { t: 10, what: "epoch", epoch: 1, branch: "main" },
      { t: 20, what: "up", who: "auditor-02.example", life: 1 },
      { t: 30, what: "down", who: "auditor-01.example", life: 1, why: "kill" },
      { t: 90, what: "end" },
    ]);
    expect(timeline.nodes.map(({ down }) => down)).toEqual([[[30, 90, "kill"]], [[0, 20, "not there yet"]]]);
  });

  it("begins the lie when somebody is first shown the other history", () => {
    const timeline = timelineOf([
      { t: 10, what: "epoch", epoch: 1, branch: "main" },
      { t: 17, what: "shown", who: "client-01", epoch: 1, branch: "fork" },
      { t: 18, what: "shown", who: "client-02", epoch: 1, branch: "fork" },
    ]);
    expect(timeline.lieUs).toBe(17);
    expect(timeline.epochs).toEqual([
      [10, 1, 0],
      [17, 1, 1],
    ]);
  });

  it("joins more observers than have lanes into one, whose counts always add up", () => {
    const timeline = timelineOf(madeUpTrace({ observers: 60 }), { maxLanesOfRole: 40 });
    const [crowd] = timeline.crowds;
    expect(crowd).toMatchObject({ role: "observer", count: 60 });
    for (const [, ...counts] of crowd!.steps) expect(counts.reduce((a, b) => a + b)).toBe(60);
    const last = crowd!.steps.at(-1)!;
    expect(last[1 + crowd!.states.indexOf("convicted")]).toBe(60);
  });

  it("leaves out heads beyond its limit and says from when on and how many", () => {
    const lines = madeUpTrace();
    const all = lines.filter(({ what }) => what === "head" || what === "signed").length;
    const timeline = timelineOf(lines, { maxHeads: 50 });
    expect(timeline.leftOut).toEqual([
      expect.stringMatching(new RegExp(`^${all - 50} lines "head" from \\d+\\.\\d{3} s on`)),
    ]);
    const kept = timeline.nodes.map((_, place) => ledgerAt(timeline, place, timeline.endUs).heads.length);
    expect(kept.reduce((a, b) => a + b)).toBe(50);
  });

  it("knows of a node's other history even where its heads are left out", () => {
    const timeline = timelineOf(madeUpTrace(), { maxHeads: 0 });
    expect(timeline.nodes.filter(({ role }) => role !== "client").every(({ states }) => states.length > 1)).toBe(true);
  });
});

describe("partitions of a timeline", () => {
  const line = (t: number, what: "partition" | "healed", name: string): TraceLine => ({ t, what, groups: [[name]] });

  it("are healed by their groups, else the oldest first, and last until the end where nobody heals them", () => {
    const step = fc.tuple(fc.constantFrom("partition" as const, "healed" as const), fc.constantFrom("a", "b", "c"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const spans: { fromUs: number; toUs: number; groups: string }[] = [];
        for (const [t, [what, groups]] of steps.entries()) {
          const open = spans.filter(({ toUs }) => toUs < 0);
          const healed = open.find((span) => span.groups === groups) ?? open[0];
          if (what === "partition") spans.push({ fromUs: t, toUs: -1, groups });
          else if (healed !== undefined) healed.toUs = t;
        }
        const endUs = Math.max(0, steps.length - 1);
        expect(timelineOf(steps.map(([what, name], t) => line(t, what, name))).partitions).toEqual(
          spans.map((span) => (span.toUs < 0 ? { ...span, toUs: endUs } : span)),
        );
      }),
    );
  });

  // With a look at all of them for each line that heals one, this would take minutes.
  it("may be as many as a page takes, all open at once", () => {
    const most = 100_000;
    const numbers = Array.from({ length: most }, (_, i) => i);
    const { partitions } = timelineOf([
      ...numbers.map((i) => line(i, "partition", String(i))),
      ...numbers.map((i) => line(most + i, "healed", String(most - 1 - i))),
    ]);
    expect(partitions).toHaveLength(most);
    expect(partitions[0]).toEqual({ fromUs: 0, toUs: 2 * most - 1, groups: "0" });
  });
});

describe("a ledger at a time", () => {
  const timeline = timelineOf(madeUpTrace());

  it("holds the heads that were heard by then, of whom, for which epoch and side, and by which way", () => {
    const place = placeOf(timeline, "observer-0002");
    const { heads } = ledgerAt(timeline, place, timeline.endUs);
    expect(heads).toHaveLength(5 * 4);
    const ofVictim = heads.filter(({ of, epoch }) => timeline.nodes[of]!.name === "auditor-05.example" && epoch === 3);
    expect(ofVictim).toMatchObject([{ branch: 1 }]);
    const halfUs = heads[10]!.atUs;
    expect(ledgerAt(timeline, place, halfUs - 100).heads).toEqual(heads.filter(({ atUs }) => atUs <= halfUs - 100));
  });

  it("counts what a node signed itself as its own head", () => {
    const place = placeOf(timeline, "auditor-01.example");
    const own = ledgerAt(timeline, place, timeline.endUs).heads.filter(({ way }) => way === "own");
    expect(own.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  it("tells the case of that time, and whether the node was up", () => {
    const place = placeOf(timeline, "auditor-01.example");
    expect(ledgerAt(timeline, place, 12_000_000)).toMatchObject({ down: "power-cut", cases: [] });
    expect(ledgerAt(timeline, place, timeline.endUs)).toMatchObject({
      down: undefined,
      cases: [{ class: "split-view" }],
    });
  });

  it("can be walked through in ascending steps from the beginning to the end", () => {
    const times = eventTimes(timeline);
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(timeline.endUs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });
});

it("packs heads so that a page reads them back to a tenth of a millisecond", () => {
  const head = fc.record({ waitUs: fc.nat(3_000_000_000), claim: fc.nat(1_000_000), way: fc.constantFrom(...WAYS) });
  fc.assert(
    fc.property(fc.array(head, { maxLength: 30 }), (heads) => {
      const column = new HeadColumn();
      let atUs = 0;
      const expected = heads.map(({ waitUs, claim, way }) => {
        atUs += waitUs;
        column.add(atUs, claim, way);
        return { atUs: Math.round(atUs / 100) * 100, epoch: claim, way };
      });
      // Every claim is one of epoch `claim`.
      const claims = new Proxy([], { get: (_, key) => [0, Number(key), 0] });
      const node = {
        name: "",
        role: "auditor" as const,
        states: [],
        down: [],
        signed: [],
        shown: [],
        cases: [],
        halted: [],
        answers: [],
        heads: column.toBase64(),
      };
      const timeline = {
        endUs: atUs,
        lieUs: null,
        epochs: [],
        partitions: [],
        nodes: [node],
        claims,
        cases: [],
        crowds: [],
        lines: 0,
        leftOut: [],
      };
      expect(ledgerAt(timeline, 0, Number.MAX_SAFE_INTEGER).heads).toMatchObject(expected);
    }),
  );
});
