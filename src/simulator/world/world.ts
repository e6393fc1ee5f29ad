/** A world: machines, a provider, clients and everything that breaks, on one virtual clock. */
import { CoauditError } from "../../core/errors.ts";
import { checkNumber } from "../../core/numbers.ts";
import { shown } from "../../core/printable.ts";
import { Histories } from "../actors/histories.ts";
import { KeyTrees } from "../actors/key-trees.ts";
import { forkEpochOf, Provider } from "../actors/provider.ts";
import type { Client } from "../clients/client.ts";
import { hostOf } from "../clients/node-answers.ts";
import type { Person } from "../clients/person.ts";
import type { Drain } from "../engine/drain.ts";
import { RandomStreams } from "../engine/random-streams.ts";
import { Scheduler } from "../engine/scheduler.ts";
import { AuditorMachine } from "../machines/auditor-machine.ts";
import { Directory, secondPlace } from "../machines/directory.ts";
import type { Machine, Surroundings } from "../machines/surroundings.ts";
import { SimHub } from "../network/sim-hub.ts";
import { Interner } from "../ports/interner.ts";
import { type ProofCheck, proofCheck } from "../ports/proofs.ts";
import { MemoVerifier } from "../ports/signatures.ts";
import { StatementMemo } from "../ports/statement-memo.ts";
import { worldEndMs } from "../scenario/defaults.ts";
import { clientNames } from "../scenario/entity-names.ts";
import { isPublished } from "../scenario/keys-scenario.ts";
import { checkWhole } from "../scenario/read-scenario.ts";
import type { ProviderLie, Scenario } from "../scenario/scenario.ts";
import { castOf, lyingEpochs } from "./cast.ts";
import { clienteleOf } from "./clientele.ts";
import { scheduleFaults } from "./faults.ts";
import type { WorldMeasures } from "./measures.ts";
import { takeMeasures } from "./take-measures.ts";
import { Trace, type TraceSink } from "./trace.ts";
import { type Onlooker, WorldRecorder } from "./world-recorder.ts";

export interface WorldOptions {
  readonly scenario: Scenario;
  /** A whole number from 0 to 2^53-1. */
  readonly seed: number;
  /** Default: fast. */
  readonly drain?: Drain;
}

const DRAINS: readonly Drain[] = ["fast", "reference"];

/** Machines are started within this time, so that a thousand do not do everything in one instant. */
const START_SPREAD_MS = 2_000;

export class World implements Surroundings {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly hub: SimHub;
  readonly verifier: MemoVerifier;
  readonly proofCheck: ProofCheck;
  readonly statements: StatementMemo;
  readonly interner: Interner = new Interner();
  readonly histories: Histories;
  readonly provider: Provider;
  readonly directory: Directory;
  readonly watcher: WorldRecorder;
  readonly trace: Trace;
  readonly machines: Machine[];
  readonly clients: readonly Client[];
  /** Where clients check keys. */
  readonly people: readonly Person[];
  readonly #hosts: Map<string, Machine> = new Map();

  /** Throws CONFIG_INVALID for what is no scenario, NUMBER_OUT_OF_RANGE for a wrong seed, USAGE for another drain. */
  constructor(options: WorldOptions, modules: { readonly trace?: TraceSink; readonly onlooker?: Onlooker } = {}) {
    // Of a program that is not checked by a compiler.
    const { scenario, seed, drain = "fast" } = (options ?? {}) as WorldOptions;
    checkWhole(scenario);
    checkNumber(seed, "seed");
    if (!DRAINS.includes(drain)) {
      throw new CoauditError("USAGE", `drain: ${shown(drain)} is neither ${DRAINS.join(" nor ")}`, { option: "drain" });
    }
    this.scenario = scenario;
    this.scheduler = new Scheduler({ drain });
    this.streams = new RandomStreams(seed);
    const lies = [...scenario.provider.lies, ...liesToCopies(scenario)];
    const signedUnseen = [...lyingEpochs(scenario.behaviours), ...thievesEpochs(scenario)];
    const forkEpoch = forkEpochOf(lies, [...signedUnseen, ...swapEpochs(scenario)]);
    const { keys, crypto } = scenario;
    const keyTrees = keys && new KeyTrees({ keys, people: clientNames(scenario.clients), forkEpoch });
    this.histories = new Histories({ forkEpoch, crypto, ...(keyTrees && { directory: keyTrees }) });
    this.trace = new Trace({ nowUs: () => this.scheduler.nowUs, ...(modules.trace ? { sink: modules.trace } : {}) });
    this.watcher = new WorldRecorder({ ...this.#clockwork(), ...this, ...modules, trace: this.trace });
    this.hub = new SimHub(scenario.network, this);
    this.verifier = new MemoVerifier(scenario.crypto);
    this.proofCheck = proofCheck(scenario.crypto);
    this.statements = new StatementMemo(this);
    this.provider = new Provider(
      { ...scenario.provider, lies, epochs: scenario.epochs, epochIntervalMs: scenario.epochIntervalMs },
      { ...this.#clockwork(), histories: this.histories, onLie: (_to, epoch) => this.watcher.lied(epoch) },
    );
    this.directory = new Directory(scenario);
    this.machines = castOf(this);
    for (const machine of this.machines) this.#hosts.set(hostOf(machine.place), machine);
    const { clients, people } = clienteleOf({
      ...this.#clockwork(),
      ...this,
      keyTrees,
      machineAt: (place) => this.machineAt(place),
      machineAtHost: (host) => this.#hosts.get(host),
    });
    this.clients = clients;
    this.people = people;
    this.#begin();
  }

  /** How long the world lasts, microseconds. */
  get endUs(): number {
    return worldEndMs(this.scenario) * 1000;
  }

  /** Lets everything happen that is due until then. */
  async run(untilUs: number): Promise<void> {
    await this.scheduler.run(untilUs);
    const failure = this.trace.failure ?? this.watcher.failure;
    if (failure !== undefined) throw failure;
  }

  /** Of all that has happened until now. */
  measures(): WorldMeasures {
    return takeMeasures({ ...this.#clockwork(), ...this, recorder: this.watcher });
  }

  machineAt(place: string): Machine | undefined {
    return this.#hosts.get(hostOf(place));
  }

  #clockwork(): Pick<World, "scheduler" | "streams"> {
    return { scheduler: this.scheduler, streams: this.streams };
  }

  #begin(): void {
    const late = new Set(this.scenario.faults.filter(({ kind }) => kind === "join-late").map(({ node }) => node));
    for (const machine of this.machines) {
      if (late.has(machine.place)) continue;
      const delayUs = this.streams.stream("start", machine.place).below(START_SPREAD_MS) * 1000;
      this.scheduler.schedule(delayUs, () => {
        machine.up();
        return true;
      });
    }
    scheduleFaults(this.scenario.faults, {
      world: this,
      machineAt: (place) => this.machineAt(place),
      machines: () => this.machines,
      join: (machine) => {
        this.machines.push(machine);
        this.#hosts.set(hostOf(machine.place), machine);
      },
    });
    for (let epoch = 1; epoch <= this.scenario.epochs; epoch++) this.#announce(epoch);
    this.scheduler.schedule(this.endUs, () => {
      this.#traceHalts();
      return false;
    });
    for (const partition of this.scenario.network.partitions) this.#announcePartition(partition);
    for (const client of [...this.clients, ...this.people]) client.start();
  }

  /** For the trace alone. */
  #announce(epoch: number): void {
    this.scheduler.schedule(Math.round(epoch * this.scenario.epochIntervalMs * 1000), () => {
      this.trace.add({ what: "epoch", epoch, branch: "main" });
      const isInserted = this.scenario.keys?.lies.some((lie) => isPublished(lie) && lie.fromEpoch === epoch);
      if (isInserted === true) this.watcher.lied(epoch);
      this.#traceHalts();
      return false;
    });
  }

  #announcePartition({ fromMs, toMs, groups }: Scenario["network"]["partitions"][number]): void {
    const at = (ms: number, what: "partition" | "healed"): void => {
      this.scheduler.schedule(Math.round(ms * 1000), () => {
        this.trace.add({ what, groups });
        return false;
      });
    };
    at(fromMs, "partition");
    at(toMs, "healed");
  }

  readonly #halts: Map<string, string> = new Map();

  #traceHalts(): void {
    for (const machine of this.machines) {
      if (!(machine instanceof AuditorMachine)) continue;
      const reason = machine.haltReason;
      const id = `${machine.place} ${machine.life}`;
      if (reason === undefined || this.#halts.get(id) === reason) continue;
      this.#halts.set(id, reason);
      this.trace.add({ what: "halted", who: machine.place, reason });
    }
  }
}

/** A key that is swapped for somebody is on the other history, whether or not auditors are shown it. */
function swapEpochs({ keys }: Scenario): number[] {
  return (keys?.lies ?? []).flatMap(({ kind, fromEpoch }) => (kind === "swapped-key" ? [fromEpoch] : []));
}

/** A thief signs another history from the next epoch on, whether or not the provider shows one. */
function thievesEpochs({ faults, epochIntervalMs }: Scenario): number[] {
  return faults.flatMap(({ kind, atMs }) => (kind === "stolen-key" ? [Math.floor(atMs / epochIntervalMs) + 1] : []));
}

/** A second machine that is shown the other history is lied to at a place that no scenario can name. */
function liesToCopies({ faults, epochIntervalMs }: Scenario): ProviderLie[] {
  return faults.flatMap((fault) => {
    if (fault.kind !== "second-machine" || fault.shown !== "fork") return [];
    const fromEpoch = Math.floor(fault.atMs / epochIntervalMs) + 1;
    return [{ kind: "split", fromEpoch, to: { auditors: [secondPlace(fault.node)], clients: [] } } as const];
  });
}
