/**
 * A run in words: what the lie was, who noticed when, who was convicted; and the moments that its timeline points at.
 */
import { counted } from "../../core/counted.ts";
import { defaultFaultBound } from "../../core/roster.ts";
import { nobodyHonest } from "../experiment/nobody-honest.ts";
import { stoppedSigning } from "../experiment/stopped-signing.ts";
import type { Moment } from "./lanes-view.ts";
import { keyLieWords, lieWords } from "./lie-words.ts";
import { durationText } from "./page/time-text.js";
import type { RunSummary } from "./summary.ts";
import { STATES, type StateName, type Timeline } from "./timeline.ts";

export interface Story {
  readonly sentences: readonly string[];
  readonly moments: readonly Moment[];
}

export function tellStory(summary: RunSummary, timeline: Timeline): Story {
  const { measures, scenario } = summary;
  const startUs = lieStartUs(summary, timeline);
  const liars = new Set(scenario.behaviours.flatMap(({ auditors }) => auditors));
  const warning = nobodyHonest(scenario);
  const sentences = [
    setting(summary),
    ...(warning === undefined ? [] : [warning]),
    ...lies(summary, timeline, startUs),
  ];
  const moments: Moment[] = startUs === null ? [] : [{ atUs: startUs, text: "the lie begins", kind: "fork" }];
  const { detection } = measures;
  if (detection !== undefined && startUs !== null) {
    const point = (ms: number | null, text: string, kind: Moment["kind"]): void => {
      if (ms !== null) moments.push({ atUs: Math.round(startUs + ms * 1000), text: `${text} (+${ofMs(ms)})`, kind });
    };
    point(detection.firstMs, "first noticed", "case");
    point(detection.convictionMs, "first conviction", "convicted");
    point(detection.everyHonestMs, "every honest node knows", "case");
    point(detection.everyConvictionMs, "every honest node convicts", "convicted");
    point(detection.clientMs, "first client is warned", "case");
    point(detection.victimMs ?? null, "a victim refuses the key", "case");
    point(detection.ownerMs ?? null, "the owner finds the key", "case");
    const who = (state: StateName): string => firstIn(timeline, state, startUs, liars) ?? "An honest node";
    if (detection.firstMs === null) {
      const nobody = measures.keys === undefined ? "Nobody" : "No auditor, and no other node,";
      sentences.push(
        `${nobody} noticed in the ${ofMs(detection.observedMs)} that the world went on: later than that is all this run can say of the time of detection.`,
      );
    } else {
      const epochs = detection.firstEpochs ?? 0;
      const inEpochs = epochs === 0 ? "within the same epoch" : `${epochs} ${epochs === 1 ? "epoch" : "epochs"} on`;
      sentences.push(`${who("case")} noticed first, ${ofMs(detection.firstMs)} later, ${inEpochs}.`);
      sentences.push(
        detection.everyHonestMs === null
          ? "Some honest node that was up at the end never learned of it."
          : `Every honest node knew after ${ofMs(detection.everyHonestMs)}.`,
      );
      sentences.push(conviction(detection.convictionMs, detection.everyConvictionMs, who("convicted")));
    }
    sentences.push(...clients(summary));
  }
  sentences.push(...silences(summary, timeline), ...disturbances(timeline));
  sentences.push(
    measures.falseConvictions === 0
      ? "False convictions: 0."
      : `False convictions: ${measures.falseConvictions}. This must never happen: please report it with the command below.`,
  );
  return { sentences, moments: joined(moments) };
}

/**
 * Where no other history was shown (an invalid proof, a rewind), the lie begins with its first epoch; a lie about a key
 * when it was first told, or when it was in the tree for all to see.
 */
export function lieStartUs({ scenario, measures }: RunSummary, timeline: Timeline): number | null {
  if (scenario.keys !== undefined && measures.detection !== undefined) {
    return Math.round(timeline.endUs - measures.detection.observedMs * 1000);
  }
  if (timeline.lieUs !== null || measures.detection === undefined) return timeline.lieUs;
  const first = Math.min(...scenario.provider.lies.map(({ fromEpoch }) => fromEpoch));
  return timeline.epochs.find(([, epoch]) => epoch === first)?.[0] ?? null;
}

function setting({ scenario, measures }: RunSummary): string {
  const observers = scenario.observers > 0 ? `, ${counted(scenario.observers, "observer")}` : "";
  const asking = scenario.clients.reduce((sum, { count }) => sum + count, 0);
  const clients = asking > 0 ? ` and ${counted(asking, "client")}` : "";
  const bound = scenario.faultBound ?? defaultFaultBound(scenario.auditors);
  return `${counted(scenario.auditors, "auditor")}${observers}${clients} over ${counted(measures.epochs, "epoch")} of ${ofMs(scenario.epochIntervalMs)}; up to ${bound} of the auditors may lie (f = ${bound}).`;
}

function lies({ scenario }: RunSummary, timeline: Timeline, startUs: number | null): string[] {
  const behaviours = scenario.behaviours.map(
    ({ auditors, kind, fromEpoch }) =>
      `${list(auditors)} ${auditors.length === 1 ? "is" : "are"} ${kind} from epoch ${fromEpoch} on.`,
  );
  const told = scenario.provider.lies.map((lie, i) => {
    const when =
      i === 0 && startUs !== null
        ? `At ${durationText(startUs)}, epoch ${lie.fromEpoch}`
        : `From epoch ${lie.fromEpoch} on`;
    const until = lie.toEpoch === undefined ? "" : `, until epoch ${lie.toEpoch}`;
    const to = list([...lie.to.auditors, ...lie.to.clients]) || "nobody";
    return `${when}, the provider ${lieWords(lie, to)}${until}.`;
  });
  const aboutKeys = (scenario.keys?.lies ?? []).map((lie) => {
    const until = lie.toEpoch === undefined ? "" : `, until epoch ${lie.toEpoch}`;
    return `From epoch ${lie.fromEpoch} on, the directory ${keyLieWords(lie, list)}${until}.`;
  });
  told.push(...aboutKeys);
  if (told.length === 0)
    told.push(
      timeline.lieUs === null ? "The provider told everybody the truth." : "Somebody was shown another history.",
    );
  return [...told, ...behaviours];
}

function conviction(firstMs: number | null, everyMs: number | null, who: string): string {
  if (firstMs === null)
    return "Nobody convicted the provider: what was seen can be explained by auditors that lie within the fault bound.";
  const all = everyMs === null ? "not every honest node did" : `every honest node did after ${ofMs(everyMs)}`;
  return `${who} convicted the provider (or its publication channel) first, after ${ofMs(firstMs)}; ${all}.`;
}

function clients({ scenario, measures }: RunSummary): string[] {
  if (scenario.clients.length === 0) return [];
  const { victimAccepted, detection, keys } = measures;
  if (keys !== undefined) return keySentences(keys, detection);
  const accepted =
    victimAccepted === 0
      ? "No client accepted an epoch of the other history"
      : `Clients accepted ${counted(victimAccepted, "epoch")} of the other history`;
  const warned = detection?.clientMs ?? null;
  return [`${accepted}; ${warned === null ? "none was warned" : `the first was warned after ${ofMs(warned)}`}.`];
}

function keySentences(
  { checks, deceived }: NonNullable<RunSummary["measures"]["keys"]>,
  detection: RunSummary["measures"]["detection"],
): string[] {
  const after = (ms: number | null | undefined, who: string, what: string): string =>
    ms === null || ms === undefined ? `no ${who} ${what}` : `the first ${who} ${what} after ${ofMs(ms)}`;
  const taken = deceived === 0 ? "no wrong key was taken" : `${counted(deceived, "time")} a wrong key was taken`;
  const [victim, owner] = [
    after(detection?.victimMs, "victim", "refused the wrong key"),
    after(detection?.ownerMs, "owner", "found it in the own history"),
  ];
  return [`Keys were checked ${counted(checks, "time")}, and ${taken}; ${victim}; ${owner}.`];
}

/** Nothing where the page carries not all that was signed. */
function silences({ scenario }: RunSummary, timeline: Timeline): string[] {
  if (timeline.leftOut.some((what) => what.includes('"signed"'))) return [];
  const last = timeline.nodes.map(
    ({ name, signed }) => [name, signed.reduce((most, [, epoch]) => Math.max(most, epoch), 0)] as const,
  );
  return stoppedSigning(scenario, new Map(last)).map((sentence) => `${sentence}.`);
}

function disturbances(timeline: Timeline): string[] {
  const outages = timeline.nodes.flatMap(({ down }) => down).length;
  const parts = [
    ...(outages > 0 ? [`nodes were down ${outages === 1 ? "once" : `${outages} times`}`] : []),
    ...(timeline.partitions.length > 0
      ? [`the network was split ${timeline.partitions.length === 1 ? "once" : `${timeline.partitions.length} times`}`]
      : []),
  ];
  return parts.length === 0 ? [] : [`On the way ${parts.join(", and ")}.`];
}

/** Names of those who came to this state, or a worse one, first; liars left out. */
function firstIn(timeline: Timeline, name: StateName, fromUs: number, liars: ReadonlySet<string>): string | undefined {
  const least = STATES.indexOf(name);
  let firstUs = Number.POSITIVE_INFINITY;
  let names: string[] = [];
  for (const node of timeline.nodes) {
    if (node.role === "client" || liars.has(node.name)) continue;
    const atUs = node.states.find(([when, state]) => state >= least && when >= fromUs)?.[0];
    if (atUs === undefined || atUs > firstUs) continue;
    if (atUs < firstUs) names = [];
    firstUs = atUs;
    names.push(node.name);
  }
  return names.length === 0 ? undefined : list(names);
}

/** Moments at one and the same time share a line. */
function joined(moments: readonly Moment[]): Moment[] {
  const kept: Moment[] = [];
  for (const moment of [...moments].sort((a, b) => a.atUs - b.atUs)) {
    const last = kept.at(-1);
    if (last?.atUs === moment.atUs)
      kept[kept.length - 1] = { ...moment, text: `${last.text.replace(/ \(\+.*\)$/, "")}, ${moment.text}` };
    else kept.push(moment);
  }
  return kept;
}

function ofMs(ms: number): string {
  return durationText(Math.round(ms * 1000));
}

/** `a, b and c`; of many the first ones. */
function list(names: readonly string[]): string {
  if (names.length > 6) return `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
