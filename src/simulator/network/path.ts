/**
 * One direction between two nodes: how long it takes, what it loses and when it is cut. It outlives connections and
 * lives.
 */
import { drawUs } from "../engine/distribution.ts";
import type { RandomStream, RandomStreams } from "../engine/random-streams.ts";
import type { LinkSchedule } from "../scenario/scenario.ts";
import { cutsBetween, type LinkConditions, type Span, schedulesBetween } from "./conditions.ts";

export class Path {
  readonly #from: string;
  readonly #to: string;
  readonly #conditions: LinkConditions;
  readonly #streams: RandomStreams;
  readonly #cuts: readonly Span[];
  readonly #schedules: readonly LinkSchedule[];
  #random: RandomStream | undefined;

  constructor(
    ends: { from: string; to: string },
    conditions: LinkConditions,
    modules: { readonly streams: RandomStreams },
  ) {
    this.#from = ends.from;
    this.#to = ends.to;
    this.#conditions = conditions;
    this.#streams = modules.streams;
    this.#cuts = cutsBetween(ends.from, ends.to, conditions.partitions);
    this.#schedules = schedulesBetween(ends.from, ends.to, conditions.links);
  }

  /** Drawn for one message that leaves then. */
  latencyUs(atUs: number): number {
    let { latencyMs } = this.#conditions;
    for (const schedule of this.#schedules) {
      if (schedule.latencyMs !== undefined && isWithin(schedule, atUs)) latencyMs = schedule.latencyMs;
    }
    return typeof latencyMs === "number" ? Math.round(latencyMs * 1000) : drawUs(latencyMs, this.#stream());
  }

  /** Drawn for one gossip message that leaves then. */
  loses(atUs: number): boolean {
    let { lossRate } = this.#conditions;
    if (this.#schedules.length > 0) {
      for (const schedule of this.#schedules) {
        if (schedule.lossRate !== undefined && isWithin(schedule, atUs)) lossRate = schedule.lossRate;
      }
    }
    return lossRate > 0 && this.#stream().chance(lossRate);
  }

  /** Drawn for one gossip message: it arrives twice. */
  doubles(): boolean {
    const { duplicateRate } = this.#conditions;
    return duplicateRate > 0 && this.#stream().chance(duplicateRate);
  }

  isCut(atUs: number): boolean {
    return this.#cuts.length > 0 && this.opensAtUs(atUs) > atUs;
  }

  /** `atUs` unless it is cut then; else when the cut ends. */
  opensAtUs(atUs: number): number {
    for (const cut of this.#cuts) {
      if (atUs < cut.fromUs) break;
      if (atUs < cut.toUs) return cut.toUs;
    }
    return atUs;
  }

  /** When a gossip message that leaves then arrives. A cut when it leaves or would arrive loses it: undefined. */
  gossipArrivalUs(departUs: number): number | undefined {
    const arrivalUs = departUs + this.latencyUs(departUs);
    return this.#cuts.length > 0 && (this.isCut(departUs) || this.isCut(arrivalUs)) ? undefined : arrivalUs;
  }

  /** When what TCP carries arrives: it is sent again until the cut ends. */
  reliableArrivalUs(departUs: number): number {
    const latencyUs = this.latencyUs(departUs);
    if (this.#cuts.length === 0) return departUs + latencyUs;
    let arrivalUs = this.opensAtUs(departUs) + latencyUs;
    while (this.isCut(arrivalUs)) arrivalUs = this.opensAtUs(arrivalUs) + latencyUs;
    return arrivalUs;
  }

  /** Made at the first draw: most worlds have constant latency and no loss, and 20,000 paths. */
  #stream(): RandomStream {
    this.#random ??= this.#streams.stream("path", `${this.#from} ${this.#to}`);
    return this.#random;
  }
}

function isWithin(schedule: LinkSchedule, atUs: number): boolean {
  return atUs >= schedule.fromMs * 1000 && atUs < schedule.toMs * 1000;
}
