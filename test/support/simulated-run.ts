/**
 * Made-up but plausible results of a run and of a sweep, for tests of the report: one lie, heads that travel, cases, a
 * crash, a partition, clients.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { estimatePoint } from "../../src/lab/statistics/point-estimates.ts";
import { RandomStreams } from "../../src/simulator/engine/random-streams.ts";
import type { Scenario } from "../../src/simulator/scenario/scenario.ts";
import type { Detection, WorldMeasures } from "../../src/simulator/world/measures.ts";
import type { Branch, TraceEvent, TraceLine } from "../../src/simulator/world/trace.ts";

export interface MadeUpOptions {
  readonly auditors?: number;
  readonly observers?: number;
  readonly clients?: number;
  readonly epochs?: number;
  readonly seed?: number;
  /** The last so many auditors are shown the other history from the second epoch on; 0: nobody lies. */
  readonly victims?: number;
  readonly title?: string;
}

const EPOCH_MS = 60_000;
const LIE_FROM = 2;

export function madeUpScenario(options: MadeUpOptions = {}): Scenario {
  const { auditors = 5, observers = 4, clients = 2, epochs = 4, victims = 2 } = options;
  return {
    title: options.title ?? "Split view against two auditors",
    about: "The provider shows two of five auditors another history.",
    sources: {},
    epochs,
    epochIntervalMs: EPOCH_MS,
    settleMs: 30_000,
    auditors,
    observers,
    crypto: "symbolic",
    costs: { verifySignatureMs: 0.1, verifyProofMs: 100, signMs: 0.1, readMs: 0.1, writeMs: 0.2, syncMs: 2 },
    network: {
      gossip: "mesh",
      headSync: true,
      observerDegree: 4,
      latencyMs: { uniform: [10, 90] },
      lossRate: 0,
      duplicateRate: 0,
      partitions: [],
      links: [],
    },
    provider: {
      publicationDelayMs: 0,
      latencyMs: 20,
      failureRate: 0,
      lies:
        victims === 0
          ? []
          : [
              {
                kind: "split",
                fromEpoch: LIE_FROM,
                to: { auditors: auditorNames(auditors).slice(-victims), clients: ["client-02"] },
              },
            ],
    },
    behaviours: [],
    faults: [],
    clients: [{ count: clients, ask: 2, everyMs: 20_000, choice: "random", of: "auditors", quorum: 2, gossipWith: 0 }],
  };
}

export function auditorNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `auditor-${String(i + 1).padStart(2, "0")}.example`);
}

/**
 * The lines in order of time, as a world writes them: own heads are told by "signed", the other history by "shown". One
 * node crashes, the observers are cut off for a while.
 */
export function madeUpTrace(options: MadeUpOptions = {}): TraceLine[] {
  const { observers = 4, clients = 2, epochs = 4, victims = 2, seed = 1 } = options;
  const random = new RandomStreams(seed).stream("made-up");
  const auditors = auditorNames(options.auditors ?? 5);
  const watchers = Array.from({ length: observers }, (_, i) => `observer-${String(i + 1).padStart(4, "0")}`);
  const nodes = [...auditors, ...watchers];
  const faultBound = Math.floor((auditors.length - 1) / 3);
  const lines: TraceLine[] = [];
  const at = (ms: number, event: TraceEvent): void => {
    lines.push({ t: Math.round(ms * 1000), ...event });
  };
  const isVictim = (i: number): boolean => i >= auditors.length - victims;
  for (const who of nodes) at(0, { what: "up", who, life: 1 });
  at(10_000, { what: "down", who: nodes[0] as string, life: 1, why: "power-cut" });
  at(14_000, { what: "up", who: nodes[0] as string, life: 2 });
  if (observers > 0) {
    at(20_000, { what: "partition", groups: [auditors, watchers] });
    at(40_000, { what: "healed", groups: [auditors, watchers] });
  }
  /** When each node heard of how many auditors on each side, over the epochs of the lie. */
  const heard = new Map(nodes.map((who) => [who, [] as { ms: number; branch: Branch; of: string }[]]));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const startMs = (epoch - 1) * EPOCH_MS + 1_000;
    const isLie = victims > 0 && epoch >= LIE_FROM;
    at(startMs, { what: "epoch", epoch, branch: "main" });
    auditors.forEach((of, i) => {
      const branch: Branch = isLie && isVictim(i) ? "fork" : "main";
      const shownMs = startMs + 20 + random.below(50);
      const signedMs = shownMs + 100 + random.below(40);
      if (branch === "fork") at(shownMs, { what: "shown", who: of, epoch, branch });
      at(signedMs, { what: "signed", who: of, epoch, branch });
      for (const who of nodes) {
        const via = who === of ? "own" : random.chance(0.9) ? "gossip" : "sync";
        const delayMs = via === "own" ? 0 : via === "gossip" ? 10 + random.below(200) : 1000 + random.below(4000);
        if (via !== "own") at(signedMs + delayMs, { what: "head", who, of, epoch, branch, via });
        if (isLie) heard.get(who)?.push({ ms: signedMs + delayMs, branch, of });
      }
    });
  }
  const id = "c0".repeat(32);
  for (const who of nodes) {
    const sides = { main: new Set<string>(), fork: new Set<string>() };
    let last = "";
    for (const { ms, branch, of } of (heard.get(who) ?? []).sort((a, b) => a.ms - b.ms)) {
      sides[branch].add(of);
      const minority = Math.min(sides.main.size, sides.fork.size);
      const found = minority === 0 ? "" : minority > faultBound ? "split-view" : "disagreement";
      if (found === last) continue;
      last = found;
      at(ms + 0.3, { what: "case", who, id, class: found, about: "fork" });
    }
  }
  for (let c = 1; c <= clients; c++) {
    for (let ms = 5_000 + c * 300; ms < epochs * EPOCH_MS; ms += 20_000) {
      const epoch = Math.floor((ms - 1_000) / EPOCH_MS) + 1;
      const isLied = c === 2 && victims > 0 && epoch >= LIE_FROM;
      at(ms, {
        what: "answer",
        who: `client-${String(c).padStart(2, "0")}`,
        result: isLied ? "conflict" : "satisfied",
        epoch,
        branch: isLied ? "fork" : "main",
        asked: auditors.slice(0, 2),
      });
    }
  }
  at(epochs * EPOCH_MS + 30_000, { what: "end" });
  return lines
    .map((line, i) => ({ line, i }))
    .sort((a, b) => a.line.t - b.line.t || a.i - b.i)
    .map(({ line }) => line);
}

export function madeUpMeasures(overrides: Partial<WorldMeasures> = {}): WorldMeasures {
  return {
    epochs: 4,
    nodes: 9,
    detection: {
      observedMs: 209_000,
      firstMs: 152.3,
      firstEpochs: 0,
      everyHonestMs: 380,
      convictionMs: 190.1,
      everyConvictionMs: 4_410,
      clientMs: 4_600,
    },
    victimAccepted: 0,
    falseConvictions: 0,
    cases: 1,
    perNode: {
      messagesSent: 120,
      messagesReceived: 80,
      duplicatesReceived: 40,
      bytesSent: 30_000,
      syncRounds: 3,
      syncBytes: 900,
    },
    quorumAvailability: 0.9,
    clientAnswers: { satisfied: 12, conflict: 9 },
    signedHeads: 20,
    headDelayMs: { p50: 80, p99: 4200, max: 4990 },
    events: 12_345,
    virtualMs: 270_000,
    ...overrides,
  };
}

export function madeUpRunSummary(options: MadeUpOptions = {}): Record<string, unknown> {
  return {
    coaudit: "0.1.0",
    commit: "8314552c548e7979cabaf05cc98cb36970950943",
    node: "v20.20.2",
    command: ["coaudit", "sim", "run", "split.yaml", "--seed", "7", "--out", "out"],
    kind: "run",
    seed: 7,
    scenarioHash: "ab".repeat(32),
    scenario: madeUpScenario(options),
    traceHash: "cd".repeat(32),
    measures: options.victims === 0 ? withoutLie() : madeUpMeasures(),
  };
}

export interface MadeUpSweepOptions {
  readonly vary: readonly { readonly path: string; readonly values: readonly (string | number)[] }[];
  readonly repeats?: number;
  readonly title?: string;
  /** In place of what madeUpScenario has. */
  readonly scenario?: Partial<Scenario>;
  /** Of worlds in which nobody notices; these are watched for a minute. */
  readonly undetectedShare?: number;
  /**
   * As when clients alone are lied to: no node notices anything, clients are warned, and every second world accepts.
   */
  readonly noticedBy?: "nodes" | "clients";
  /** By point; default: none. */
  readonly warnings?: readonly (string | null)[];
}

/** Writes a sweep's folder: the later a value stands in its list, the later the lie is detected. */
export function writeMadeUpSweep(folder: string, options: MadeUpSweepOptions): void {
  const { vary, repeats = 12, undetectedShare = 0.2, noticedBy = "nodes" } = options;
  let combinations: Record<string, string | number>[] = [{}];
  for (const { path, values } of vary)
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [path]: value })));
  const rows: string[] = [];
  const points = combinations.map((values, point) => {
    const worlds = Array.from({ length: repeats }, (_, repeat) => {
      const random = new RandomStreams(repeat).stream("made-up sweep", String(point));
      const firstMs = random.chance(undetectedShare) ? null : 100 + point * 50 + random.below(900);
      const later = (ms: number): number | null => (firstMs === null ? null : firstMs + ms);
      const detection: Detection = {
        observedMs: 60_000,
        firstMs,
        firstEpochs: firstMs === null ? null : 0,
        everyHonestMs: later(300),
        convictionMs: later(500),
        everyConvictionMs: later(900),
        clientMs: later(4_000),
      };
      const clientsAlone = {
        firstMs: null,
        firstEpochs: null,
        everyHonestMs: null,
        convictionMs: null,
        everyConvictionMs: null,
      };
      if (noticedBy === "clients") Object.assign(detection, clientsAlone);
      const shown = Object.values(detection).map((value) => value ?? "");
      const cells = Object.values(values).map((value) => (String(value).includes(",") ? `"${value}"` : value));
      rows.push([point, repeat, repeat + 1, ...cells, ...shown, "ab".repeat(32)].join(","));
      return madeUpMeasures({ detection, victimAccepted: noticedBy === "clients" ? repeat % 2 : 0 });
    });
    const warning = options.warnings?.[point] ?? null;
    return { values, scenarioHash: "ab".repeat(32), warning, ...estimatePoint(worlds) };
  });
  const times = [
    "observedMs",
    "firstMs",
    "firstEpochs",
    "everyHonestMs",
    "convictionMs",
    "everyConvictionMs",
    "clientMs",
  ];
  const heads = [
    "point",
    "repeat",
    "seed",
    ...vary.map(({ path }) => path),
    ...times.map((time) => `detection.${time}`),
  ];
  const {
    measures: _,
    traceHash: __,
    ...head
  } = madeUpRunSummary(options.title === undefined ? {} : { title: options.title });
  const scenario = { ...(head["scenario"] as Scenario), ...options.scenario };
  const command = ["coaudit", "sim", "sweep", "split.yaml", "--out", "my results"];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "worlds.csv"), `${[[...heads, "traceHash"].join(","), ...rows].join("\n")}\n`);
  writeFileSync(
    join(folder, "summary.json"),
    JSON.stringify({ ...head, scenario, command, kind: "sweep", vary, repeats, points }),
  );
}

/** Writes a run's folder. */
export function writeMadeUpRun(folder: string, options: MadeUpOptions = {}): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "summary.json"), JSON.stringify(madeUpRunSummary(options)));
  writeFileSync(
    join(folder, "trace.jsonl"),
    `${madeUpTrace(options)
      .map((line) => JSON.stringify(line))
      .join("\n")}\n`,
  );
}

function withoutLie(): WorldMeasures {
  const { detection: _, ...measures } = madeUpMeasures();
  return measures;
}
