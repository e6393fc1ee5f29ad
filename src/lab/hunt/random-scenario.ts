/**
 * A scenario drawn from a seed: a few auditors, a provider that may lie, and everything that breaks in years, within an
 * hour.
 */
import { checkNumber } from "../../core/numbers.ts";
import { defaultFaultBound } from "../../core/roster.ts";
import type { Distribution } from "../../simulator/engine/distribution.ts";
import { type RandomStream, RandomStreams } from "../../simulator/engine/random-streams.ts";
import { TWO_FACED } from "../../simulator/machines/directory.ts";
import { auditorName } from "../../simulator/scenario/entity-names.ts";
import type {
  Behaviour,
  ClientGroup,
  Costs,
  Fault,
  LinkSchedule,
  NetworkScenario,
  Partition,
  ProviderLie,
  Scenario,
} from "../../simulator/scenario/scenario.ts";
import { EPOCH_MS, FaultDraw, inOrder, isApart, timeBelow } from "./random-faults.ts";

export interface HuntSize {
  readonly auditors: number;
  readonly epochs: number;
  readonly crashes: number;
}

/** The size of the target in docs/performance-simulator.md. */
export const HUNT_SIZE: HuntSize = { auditors: 5, epochs: 50, crashes: 20 };

/** Larger ones take minutes. */
export const MAX_HUNT_SIZE: HuntSize = { auditors: 64, epochs: 10_000, crashes: 10_000 };

const DAY_MS = 86_400_000;
/**
 * Everything that breaks is whole again so long before the end: ten rounds of head sync, and the ten minutes after
 * which something is a fact.
 */
const SETTLE_MS = 25 * 60_000;
/** What people settle after the last epoch has ten minutes to reach everybody. */
const SETTLE_LATE_MS = SETTLE_MS - 10 * 60_000;

export function randomScenario(seed: number, size: HuntSize = HUNT_SIZE): Scenario {
  checkNumber(seed, "seed");
  checkNumber(size.auditors, "auditors", 2, MAX_HUNT_SIZE.auditors);
  checkNumber(size.epochs, "epochs", 3, MAX_HUNT_SIZE.epochs);
  checkNumber(size.crashes, "crashes", 0, MAX_HUNT_SIZE.crashes);
  const draw = new ScenarioDraw(seed, size);
  return draw.scenario();
}

/** A node is up most of the time. */
const MAX_DRAWS = 20;

function withoutFaultBound({ faultBound: _given, ...scenario }: Scenario): Scenario {
  return scenario;
}

class ScenarioDraw {
  readonly #seed: number;
  readonly #size: HuntSize;
  readonly #random: RandomStream;
  readonly #names: readonly string[];
  /** When the last epoch appears. */
  readonly #endMs: number;
  readonly #faultBound: number;
  readonly #faultDraw: FaultDraw;

  constructor(seed: number, size: HuntSize) {
    this.#seed = seed;
    this.#size = size;
    this.#random = new RandomStreams(seed).stream("hunt");
    this.#names = Array.from({ length: size.auditors }, (_, i) => auditorName(i + 1));
    this.#endMs = size.epochs * EPOCH_MS;
    this.#faultDraw = new FaultDraw(this.#random, this.#endMs);
    this.#faultBound = defaultFaultBound(size.auditors);
  }

  scenario(): Scenario {
    // Drawn in a fixed order: a line added below changes what seeds mean, and so belongs at the end.
    const behaviours = this.#random.chance(0.4) && this.#faultBound > 0 ? this.#behaviours() : [];
    const lies = this.#random.chance(0.6) ? this.#lies() : [];
    const faults = this.#faults(behaviours);
    const scenario = this.#world(behaviours, lies, faults);
    const people = this.#people(faults);
    const whole = people.length === 0 ? scenario : { ...scenario, faults: inOrder([...faults, ...people]) };
    // The same f, reckoned by every reader from the roster of each epoch.
    return this.#random.chance(0.3) ? withoutFaultBound(whole) : whole;
  }

  #world(behaviours: Behaviour[], lies: ProviderLie[], faults: Fault[]): Scenario {
    return {
      title: `hunt ${this.#seed}`,
      about: "",
      sources: {},
      epochs: this.#size.epochs,
      epochIntervalMs: EPOCH_MS,
      settleMs: SETTLE_MS,
      auditors: this.#size.auditors,
      observers: this.#random.chance(0.2) ? 1 : 0,
      faultBound: this.#faultBound,
      crypto: "symbolic",
      costs: this.#costs(),
      network: this.#network(),
      provider: {
        publicationDelayMs: { uniform: [0, 4_000] },
        latencyMs: { uniform: [10, 300] },
        failureRate: this.#random.chance(0.3) ? 0.1 : 0,
        lies,
      },
      behaviours,
      faults,
      clients: this.#random.chance(0.3) ? [this.#clients()] : [],
    };
  }

  #costs(): Costs {
    // Without costs a delivery is one step: then only crashes come between. With them everything may.
    if (this.#random.chance(0.3)) {
      return { verifySignatureMs: 0, verifyProofMs: 0, signMs: 0, readMs: 0, writeMs: 0, syncMs: 0 };
    }
    const slow: Distribution = { uniform: [0, this.#random.chance(0.3) ? 2_000 : 40] };
    return {
      // A busy machine is slow for minutes: then the same and contradicting heads are under way side by side.
      verifySignatureMs: { uniform: [0, this.#random.chance(0.3) ? 1_000 : 2] },
      verifyProofMs: { uniform: [10, 2_000] },
      signMs: slow,
      readMs: this.#random.chance(0.5) ? 0 : { uniform: [0, 1] },
      writeMs: { uniform: [0, 2] },
      syncMs: slow,
    };
  }

  #network(): NetworkScenario {
    const lossy = this.#random.chance(0.5);
    return {
      gossip: this.#random.chance(0.1) ? "none" : "mesh",
      headSync: true,
      observerDegree: 3,
      latencyMs: { uniform: [5, this.#random.chance(0.3) ? 3_000 : 150] },
      lossRate: lossy ? this.#random.below(50) / 100 : 0,
      duplicateRate: lossy ? 0.1 : 0,
      partitions: this.#random.chance(0.4) ? [this.#partition()] : [],
      links: this.#random.chance(0.2) ? [this.#link()] : [],
    };
  }

  #partition(): Partition {
    const fromMs = this.#timeMs(this.#endMs * 0.8);
    const group = this.#random.sample(this.#names, 1 + this.#random.below(this.#names.length - 1)).sort();
    return { fromMs, toMs: this.#until(fromMs, 20 * EPOCH_MS), groups: [group] };
  }

  #link(): LinkSchedule {
    const [from = "", to = ""] = this.#random.sample(this.#names, 2);
    const fromMs = this.#timeMs(this.#endMs);
    return { from, to, fromMs, toMs: this.#until(fromMs, this.#endMs), oneWay: true, lossRate: 0.8 };
  }

  #behaviours(): Behaviour[] {
    const kinds: readonly Behaviour["kind"][] = [
      "silent",
      "lagging",
      "lying",
      "equivocating",
      "half-heads",
      "colluding",
    ];
    const liars = this.#random.sample(this.#names, 1 + this.#random.below(this.#faultBound));
    return liars.sort().map((name) => {
      const fromEpoch = this.#epoch();
      const kind = kinds[this.#random.below(kinds.length)] ?? "silent";
      const toEpoch = this.#random.chance(0.5)
        ? Math.max(fromEpoch, this.#size.epochs - this.#random.below(5))
        : undefined;
      return {
        auditors: [name],
        fromEpoch,
        kind,
        ...(kind === "lagging" ? { epochsBehind: 3 } : {}),
        ...(toEpoch === undefined ? {} : { toEpoch }),
      };
    });
  }

  #lies(): ProviderLie[] {
    const to = {
      auditors: this.#random.sample(this.#names, 1 + this.#random.below(this.#names.length - 1)).sort(),
      clients: [],
    };
    const fromEpoch = this.#epoch();
    const toEpoch = fromEpoch + this.#random.below(10);
    switch (this.#random.below(8)) {
      case 0:
        return [{ kind: "split", to, fromEpoch, toEpoch }];
      case 1: {
        const epochs = 1 + this.#random.below(2);
        return [{ kind: "rewind", to, fromEpoch: fromEpoch + epochs, toEpoch: toEpoch + epochs, epochs }];
      }
      case 2:
        return [{ kind: "invalid-proof", to, fromEpoch, toEpoch: fromEpoch }];
      case 3:
        return [{ kind: "withhold", to, fromEpoch, toEpoch: fromEpoch }];
      case 4:
        return [{ kind: "list-both", to, fromEpoch, toEpoch: fromEpoch }];
      case 5:
        return [{ kind: "split-by-time", to, fromEpoch, toEpoch, windowMs: this.#timeMs(20_000) }];
      default:
        return [{ kind: "split", to, fromEpoch }];
    }
  }

  /** Crashes of every kind; and, of honest auditors as far as f allows, what makes a key speak twice. */
  #faults(behaviours: readonly Behaviour[]): Fault[] {
    const faults: Fault[] = [];
    const add = (draw: () => Fault): void => {
      const fault = this.#whileUp(draw, faults);
      if (fault !== undefined) faults.push(fault);
    };
    for (let i = 0; i < this.#size.crashes; i++) add(() => this.#faultDraw.crash(this.#anyone()));
    const others = this.#names.filter((name) => !behaviours.some(({ auditors }) => auditors.includes(name)));
    if (this.#random.chance(0.3)) add(() => this.#faultDraw.trouble(this.#anyone()));
    if (this.#random.chance(0.2)) add(() => this.#faultDraw.loss(this.#anyone()));
    for (const { auditors } of behaviours.filter(({ kind }) => TWO_FACED.has(kind))) {
      const [node = ""] = auditors;
      const fault: Fault = { kind: "clock-jump", node, atMs: 0, forMs: 2 * this.#endMs, byMs: DAY_MS };
      // It dates its heads ahead, so that they are not due while this world lasts.
      if (this.#random.chance(0.4)) add(() => fault);
    }
    const [victim] = this.#random.sample(others, 1);
    if (victim !== undefined && behaviours.length < this.#faultBound && this.#random.chance(0.3)) {
      add(() => this.#faultDraw.secondVoice(victim));
    }
    return inOrder(faults);
  }

  /** Mistakes of operators, one at a time; who is retired, and which side of a fork was right. */
  #people(faults: readonly Fault[]): Fault[] {
    const people: Fault[] = [];
    const add = (draw: () => Fault): void => {
      const fault = this.#whileUp(draw, [...faults, ...people]);
      if (fault !== undefined) people.push(fault);
    };
    if (this.#random.chance(0.25)) add(() => this.#faultDraw.mistake(this.#anyone()));
    if (this.#random.chance(0.2) && this.#names.length > 3 * this.#faultBound + 1) {
      const [thief] = faults.filter(({ kind }) => kind === "stolen-key");
      const node = thief?.node ?? this.#anyone();
      const epoch = this.#random.chance(0.5) ? 0 : this.#epoch();
      add(() => ({ kind: "retire", node, atMs: this.#timeMs(this.#endMs), epoch }));
    }
    if (this.#random.chance(0.4)) {
      const trust = this.#random.chance(0.7) ? "main" : "none";
      // After the last epoch no later one judges what was settled, nor opens it again.
      const isLate = this.#random.chance(0.5);
      const atMs = (): number => (isLate ? this.#endMs + this.#timeMs(SETTLE_LATE_MS) : this.#timeMs(this.#endMs));
      add(() => ({ kind: "settle", node: this.#anyone(), atMs: atMs(), trust }));
    }
    return people;
  }

  /** What happens to a node that is down happens to nobody. Undefined: its time is taken up by other faults. */
  #whileUp(draw: () => Fault, faults: readonly Fault[]): Fault | undefined {
    for (let i = 0; i < MAX_DRAWS; i++) {
      const fault = draw();
      if (faults.every((other) => other.node !== fault.node || isApart(other, fault))) return fault;
    }
    return undefined;
  }

  #clients(): ClientGroup {
    const quorum = this.#names.length - this.#faultBound;
    return {
      count: 2,
      ask: 2,
      everyMs: 2 * EPOCH_MS,
      choice: this.#random.chance(0.5) ? "pinned" : "random",
      of: "auditors",
      quorum,
      gossipWith: 0,
    };
  }

  /** At most `mostMs` later, and before everything is to be whole. */
  #until(fromMs: number, mostMs: number): number {
    return Math.max(fromMs + 1, Math.min(this.#endMs, fromMs + this.#timeMs(mostMs)));
  }

  #anyone(): string {
    return this.#names[this.#random.below(this.#names.length)] ?? "";
  }

  #epoch(): number {
    return 1 + this.#random.below(this.#size.epochs - 2);
  }

  /** A whole number of milliseconds below `belowMs`. */
  #timeMs(belowMs: number): number {
    return timeBelow(this.#random, belowMs);
  }
}
