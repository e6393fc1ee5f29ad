/** The outcome of one world, on one screen. */
import { defaultFaultBound } from "../../core/roster.ts";
import type { FirstVoices } from "../../lab/experiment/first-voices.ts";
import { nobodyHonest } from "../../lab/experiment/nobody-honest.ts";
import type { RunSummary } from "../../lab/experiment/run-directory.ts";
import { bytesText } from "../../lab/report/bytes-text.ts";
import { commandText } from "../../lab/report/command-text.ts";
import { keyLieWords, lieWords } from "../../lab/report/lie-words.ts";
import type { Scenario } from "../../simulator/scenario/scenario.ts";
import type { Detection, KeyMeasures, WorldMeasures } from "../../simulator/world/measures.ts";
import { type Colors, table } from "../table.ts";
import { counted, shortHex } from "../text.ts";

export interface WorldSummary {
  readonly summary: RunSummary;
  readonly voices: FirstVoices;
  /** Who stopped signing, in sentences without a full stop. */
  readonly stopped: readonly string[];
  readonly tookMs: number;
  /** The scenario as it was named, and what was set. */
  readonly path: string;
  readonly sets: readonly string[];
  readonly files: { readonly trace: string | undefined; readonly lines: number | undefined };
}

export function worldSummaryText(world: WorldSummary, colors: Colors): string {
  const { scenario, measures } = world.summary;
  return [
    colors.bold(scenario.title),
    colors.dim(setting(world)),
    "",
    ...liesText(scenario),
    "",
    ...detectionText(world, colors),
    table([], factsOf(world, colors), colors),
    "",
    ...warnings(scenario, colors),
    ...(world.stopped.length > 0 ? [...world.stopped.map(colors.yellow), ""] : []),
    ...(measures.falseConvictions > 0 ? [falseText(scenario, colors), ""] : []),
    `${colors.dim("next:")} ${nextCommand(world)}`,
  ].join("\n");
}

function warnings(scenario: Scenario, colors: Colors): string[] {
  const warning = nobodyHonest(scenario);
  return warning === undefined ? [] : [colors.yellow(warning), ""];
}

function setting({ summary, tookMs }: WorldSummary): string {
  const { scenario, measures, seed } = summary;
  const clients = scenario.clients.reduce((sum, { count }) => sum + count, 0);
  const who = [
    counted(scenario.auditors, "auditor"),
    ...(scenario.observers === 0 ? [] : [counted(scenario.observers, "observer")]),
    ...(clients === 0 ? [] : [counted(clients, "client")]),
  ].join(", ");
  const epochs = `${counted(scenario.epochs, "epoch")} of ${timeText(scenario.epochIntervalMs)}`;
  return `${who}; ${epochs}; seed ${seed}; ${timeText(measures.virtualMs)} in ${timeText(tookMs)}`;
}

function liesText({ provider, behaviours, faults, keys }: Scenario): string[] {
  const lines = [
    ...provider.lies.map((lie) => {
      const to = names([...lie.to.auditors, ...lie.to.clients]);
      return `the provider ${lieWords(lie, to)}, ${spanText(lie)}`;
    }),
    ...(keys?.lies ?? []).map((lie) => `the directory ${keyLieWords(lie, names)}, ${spanText(lie)}`),
    ...behaviours.map((entry) => `${names(entry.auditors)}: ${entry.kind}, ${spanText(entry)}`),
    ...faults.map(({ kind, node, atMs }) => `${node}: ${kind} at ${timeText(atMs)}`),
  ];
  if (lines.length === 0) return ["Nobody lies, nothing breaks."];
  return lines.length > MAX_LINES
    ? [...lines.slice(0, MAX_LINES - 1), `... ${lines.length - MAX_LINES + 1} more`]
    : lines;
}

/** The rest of the screen is for the outcome. */
const MAX_LINES = 6;

function spanText({ fromEpoch, toEpoch }: { readonly fromEpoch: number; readonly toEpoch?: number }): string {
  return toEpoch === undefined ? `from epoch ${fromEpoch} on` : `epochs ${fromEpoch} to ${toEpoch}`;
}

function detectionText(world: WorldSummary, colors: Colors): string[] {
  const { measures } = world.summary;
  const { detection } = measures;
  if (detection === undefined) return [];
  const beganMs = measures.virtualMs - detection.observedMs;
  const rows = MOMENTS.flatMap(({ key, label }) => {
    const afterMs = detection[key];
    if (afterMs === undefined) return [];
    if (key === "clientMs" && world.summary.scenario.clients.length === 0) return [];
    if (afterMs === null) return [[label, colors.yellow("never"), ""]];
    return [[label, colors.green(timeText(afterMs)), voicesAt(key, (beganMs + afterMs) * 1000, world)]];
  });
  const head = `of the lie at ${timeText(beganMs)}`;
  return [table([head, "after", "who"], rows, colors), ""];
}

type Moment = Exclude<keyof Detection, "observedMs" | "firstEpochs">;

const MOMENTS: readonly { readonly key: Moment; readonly label: string }[] = [
  { key: "firstMs", label: "first noticed" },
  { key: "everyHonestMs", label: "known everywhere" },
  { key: "convictionMs", label: "first conviction" },
  { key: "everyConvictionMs", label: "convicted everywhere" },
  { key: "clientMs", label: "first client warned" },
  { key: "victimMs", label: "victim refused" },
  { key: "ownerMs", label: "owner found it" },
];

const OF_CLIENTS: ReadonlySet<Moment> = new Set(["clientMs", "victimMs", "ownerMs"]);

function voicesAt(key: Moment, timeUs: number, { voices, summary }: WorldSummary): string {
  const atUs = Math.round(timeUs);
  if (OF_CLIENTS.has(key)) return voices.clientAt(atUs) ?? "";
  const liars = new Set(summary.scenario.behaviours.flatMap(({ auditors }) => auditors));
  const honest = voices.nodesAt(atUs).filter((name) => !liars.has(name));
  return honest.length === 0 ? "" : `${key.startsWith("every") ? "last: " : ""}${names(honest)}`;
}

function factsOf(world: WorldSummary, colors: Colors): string[][] {
  const { measures, traceHash, scenario } = world.summary;
  const { perNode, headDelayMs, falseConvictions } = measures;
  const facts: string[][] = [
    ["f", `${faultBoundOf(scenario)} of ${counted(scenario.auditors, "auditor")} may lie`],
    ["cases", `${number(measures.cases)} on ${counted(measures.nodes, "node")}`],
    ["false convictions", falseConvictions === 0 ? "0" : colors.red(String(falseConvictions))],
    ...(scenario.clients.length === 0 || measures.keys !== undefined ? [] : clientFacts(measures, colors)),
    ...(measures.keys === undefined ? [] : keyFacts(measures.keys, colors)),
    ["heads signed", number(measures.signedHeads)],
    ...(headDelayMs === null
      ? []
      : [
          [
            "until a node has one",
            `${timeText(headDelayMs.p50)} (half), ${timeText(headDelayMs.p99)} (99 %), ${timeText(headDelayMs.max)} (all)`,
          ],
        ]),
    ["a node sends", `${number(perNode.messagesSent)} messages, ${bytesText(perNode.bytesSent)}`],
    [
      "a node receives",
      `${number(perNode.messagesReceived)} messages, ${number(perNode.duplicatesReceived)} of them duplicates`,
    ],
    ["a node's head sync", `${number(perNode.syncRounds)} rounds, ${bytesText(perNode.syncBytes)}`],
    ["trace", traceText(world, traceHash)],
  ];
  return facts.map(([label = "", value = ""]) => [colors.dim(label), value]);
}

function clientFacts({ clientAnswers, quorumAvailability, victimAccepted }: WorldMeasures, colors: Colors): string[][] {
  const counts = Object.entries(clientAnswers).sort(([, a], [, b]) => b - a);
  const shown = counts.map(([result, count]) => `${number(count)} ${result}`).join(", ");
  const share = quorumAvailability === null ? "nobody asked" : `${(quorumAvailability * 100).toFixed(1)} %`;
  return [
    ["answers to clients", shown === "" ? "none" : shown],
    ["quorum available", share],
    [
      "other history accepted",
      victimAccepted === 0 ? "never" : colors.red(victimAccepted === 1 ? "once" : `${number(victimAccepted)} times`),
    ],
  ];
}

function keyFacts({ checks, results, verified, deceived, falseAlarms }: KeyMeasures, colors: Colors): string[][] {
  const counts = Object.entries(results).sort(([, a], [, b]) => b - a);
  const shown = counts.map(([result, count]) => `${number(count)} ${result}`).join(", ");
  return [
    ["keys checked", `${number(checks)}${shown === "" ? "" : `: ${shown}`}`],
    ["shown to be right", verified === null ? "nobody asked" : `${(verified * 100).toFixed(1)} %`],
    ["wrong keys taken", deceived === 0 ? "none" : colors.red(number(deceived))],
    ["false alarms", falseAlarms === 0 ? "0" : colors.red(String(falseAlarms))],
  ];
}

function traceText({ files }: WorldSummary, traceHash: string): string {
  if (files.trace === undefined) return shortHex(traceHash);
  return `${shortHex(traceHash)}, ${number(files.lines ?? 0)} lines: ${files.trace}`;
}

function faultBoundOf({ faultBound, auditors }: Scenario): number {
  return faultBound ?? defaultFaultBound(auditors);
}

function falseText(scenario: Scenario, colors: Colors): string {
  const liars = new Set(scenario.behaviours.flatMap((entry) => entry.auditors)).size;
  const bound = faultBoundOf(scenario);
  if (liars > bound)
    return colors.yellow(`${liars} auditors lie and f is ${bound}: beyond its bound nothing is guaranteed.`);
  return colors.red("An honest party was convicted. That must never happen: please report it, with summary.json.");
}

function nextCommand({ path, sets, summary, files }: WorldSummary): string {
  if (files.trace === undefined) {
    const words = ["sim", "run", path, ...sets.flatMap((set) => ["--set", set]), "--seed", String(summary.seed)];
    return `${commandText([...words, "--out", NEXT_FOLDER])}   keeps trace and summary`;
  }
  const folder = files.trace.replace(/\/?[^/]*$/, "");
  return commandText(["sim", "report", folder]);
}

const NEXT_FOLDER = "results";

/** Two names, and how many more. */
function names(all: readonly string[]): string {
  if (all.length === 0) return "nobody";
  return all.length <= 3 ? all.join(", ") : `${all.slice(0, 2).join(", ")} and ${all.length - 2} more`;
}

function timeText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${trimmed(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${trimmed(ms / 60_000)} min`;
  return `${trimmed(ms / 3_600_000)} h`;
}

/** 30, 1.5 */
function trimmed(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** 12,345 */
function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
