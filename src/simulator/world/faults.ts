/** What breaks, and when: crashes, disks, clocks, backups that are put back, keys that speak from a second place. */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { claimKey } from "../../ledger/store/keyspace.ts";
import type { KeyRange } from "../../ledger/store/store.ts";
import { NAMESPACE } from "../actors/histories.ts";
import { AuditorMachine } from "../machines/auditor-machine.ts";
import { secondPlace } from "../machines/directory.ts";
import { LiarMachine } from "../machines/liar-machine.ts";
import { LivingMachine } from "../machines/living-machine.ts";
import type { EndOfLife, Machine, Surroundings } from "../machines/surroundings.ts";
import { CONFIGURATION } from "../ports/proofs.ts";
import { CLAIMS_TABLE, type DiskTrouble, type SimDisk } from "../ports/sim-disk.ts";
import { worldEndMs } from "../scenario/defaults.ts";
import type { Fault } from "../scenario/scenario.ts";
import { People } from "./people.ts";

export interface FaultModules {
  readonly world: Surroundings;
  readonly machineAt: (place: string) => Machine | undefined;
  readonly machines: () => readonly Machine[];
  /** A machine that was not there from the beginning. */
  readonly join: (machine: Machine) => void;
}

/** Puts every fault of the scenario on the world's clock. */
export function scheduleFaults(faults: readonly Fault[], modules: FaultModules): void {
  for (const fault of faults) {
    const machine = modules.machineAt(fault.node);
    if (machine !== undefined) new FaultSchedule(machine, modules).add(fault);
  }
}

class FaultSchedule {
  readonly #machine: Machine;
  readonly #modules: FaultModules;

  constructor(machine: Machine, modules: FaultModules) {
    this.#machine = machine;
    this.#modules = modules;
  }

  add(fault: Fault): void {
    const { atMs } = fault;
    switch (fault.kind) {
      case "kill":
      case "power-cut":
      case "stop":
        this.#at(atMs, () => this.#machine.down(fault.kind as EndOfLife));
        this.#at(atMs + fault.downMs, () => this.#machine.up());
        break;
      case "restore-backup":
        this.#restoreBackup(atMs, fault.downMs, fault.ageMs);
        break;
      case "second-machine":
        this.#secondMachine(atMs, fault.forMs);
        break;
      case "stolen-key":
        this.#at(atMs, () => this.#thief(fault.epochs));
        break;
      case "disk-full":
        this.#diskTrouble("full", atMs, fault.forMs);
        break;
      case "disk-error":
        this.#diskTrouble("error", atMs, fault.forMs);
        break;
      case "lost-claims":
        this.#at(atMs, () => {
          this.#machine.down("power-cut");
          this.#withNode(({ disk }) => disk.table(CLAIMS_TABLE).loseLast(CLAIMS, fault.records));
        });
        this.#at(atMs + fault.downMs, () => this.#machine.up());
        break;
      case "clock-jump":
        this.#at(atMs, () => this.#jump(fault.byMs));
        this.#at(atMs + fault.forMs, () => this.#jump(-fault.byMs));
        break;
      case "wrong-configuration":
        this.#at(atMs, () => this.#configure("experimental"));
        this.#at(atMs + fault.forMs, () => this.#configure(CONFIGURATION));
        break;
      case "spoiled-proofs":
        this.#spoiledProofs(atMs, fault.forMs);
        break;
      case "retire":
        this.#at(atMs, () => this.#retire(fault.epoch));
        break;
      case "settle":
        this.#settle(atMs, fault.trust);
        break;
      case "join-late":
        this.#at(atMs, () => this.#machine.up());
        break;
    }
  }

  /**
   * Afterwards the operator makes room and restarts the node: after a failed write it refuses everything until then.
   */
  #diskTrouble(trouble: DiskTrouble, atMs: number, forMs: number): void {
    const set = (now: DiskTrouble | undefined): void =>
      this.#withNode((machine) => {
        machine.disk.trouble = now;
      });
    this.#at(atMs, () => set(trouble));
    this.#at(atMs + forMs, () => {
      set(undefined);
      this.#machine.down("kill");
    });
    this.#at(atMs + forMs + RESTART_MS, () => this.#machine.up());
  }

  #configure(configuration: ConfigurationName): void {
    this.#withAuditor((machine) => {
      machine.configuration = configuration;
      this.#restart(machine);
    });
  }

  #spoiledProofs(atMs: number, forMs: number): void {
    const set = (spoils: boolean): void =>
      this.#withAuditor((machine) => {
        machine.spoilsProofs = spoils;
      });
    this.#at(atMs, () => set(true));
    this.#at(atMs + forMs, () => set(false));
    // It may be down when somebody looks.
    this.#lookUntilTheEnd(atMs + forMs + LOOK_MS, () => this.#withAuditor((machine) => machine.resume()));
  }

  #retire(epoch: number): void {
    const { world, machines } = this.#modules;
    world.directory.retire(this.#machine.name, epoch);
    // One after the other, as operators do.
    for (const [index, machine] of machines().entries()) {
      this.#at(index * RESTART_MS, () => this.#restart(machine));
    }
  }

  #settle(atMs: number, trust: "main" | "none"): void {
    const { world, machines } = this.#modules;
    const { histories, watcher } = world;
    const people = new People({ trust }, { histories, machines, watcher });
    // Whoever joins late, or was down, has to hear of it too.
    this.#lookUntilTheEnd(atMs, () => {
      people.settleAt(this.#machine);
      people.spread();
    });
  }

  /** One look at a time is on the world's clock, so that a long world does not begin with thousands. */
  #lookUntilTheEnd(atMs: number, look: () => void): void {
    const lookAt = (ms: number): void => {
      if (ms >= worldEndMs(this.#modules.world.scenario)) return;
      this.#at(ms - this.#modules.world.scheduler.nowUs / 1000, () => {
        look();
        lookAt(ms + LOOK_MS);
      });
    };
    lookAt(atMs);
  }

  #restart(machine: Machine): void {
    if (!machine.isUp) return;
    machine.down("kill");
    this.#at(RESTART_MS, () => machine.up());
  }

  #jump(byMs: number): void {
    this.#withNode((machine) => {
      machine.skewMs += byMs;
    });
  }

  #restoreBackup(atMs: number, downMs: number, ageMs: number): void {
    let backup: SimDisk | undefined;
    this.#at(Math.max(0, atMs - ageMs), () =>
      this.#withNode((machine) => {
        backup = machine.disk.copy();
      }),
    );
    this.#at(atMs, () => this.#machine.down("kill"));
    this.#at(atMs + downMs, () =>
      this.#withNode((machine) => {
        if (backup !== undefined) machine.disk = backup;
        machine.up();
      }),
    );
  }

  #secondMachine(atMs: number, forMs: number): void {
    let second: AuditorMachine | undefined;
    this.#at(atMs, () =>
      this.#withAuditor(({ name, character, disk }) => {
        const place = secondPlace(name);
        second = new AuditorMachine(
          { place, name, character, disk: disk.copy(), durability: "kept" },
          this.#modules.world,
        );
        this.#modules.join(second);
        second.up();
      }),
    );
    this.#at(atMs + forMs, () => second?.down("kill"));
  }

  #thief(epochs: number): void {
    const { name } = this.#machine;
    const { world, join } = this.#modules;
    const from = world.provider.newestEpoch + 1;
    const thief = new LiarMachine(
      {
        place: secondPlace(name),
        name,
        cases: "shown",
        speech: (epoch) =>
          epoch >= from && epoch < from + epochs ? { branch: "fork", signatures: "both" } : undefined,
      },
      world,
    );
    join(thief);
    thief.up();
  }

  /** Any that runs a node, a liar's and an observer's too. */
  #withNode(change: (machine: LivingMachine) => void): void {
    if (this.#machine instanceof LivingMachine) change(this.#machine);
  }

  #withAuditor(change: (machine: AuditorMachine) => void): void {
    if (this.#machine instanceof AuditorMachine) change(this.#machine);
  }

  /** From now on; while the world is made, from its beginning. */
  #at(ms: number, happens: () => void): void {
    this.#modules.world.scheduler.schedule(Math.round(ms * 1000), () => {
      happens();
      return true;
    });
  }
}

const CLAIMS: KeyRange = { gte: claimKey(NAMESPACE, 0), lt: claimKey(NAMESPACE, Number.MAX_SAFE_INTEGER) };

/** How long an operator takes to restart a node whose disk has room again. */
const RESTART_MS = 1_000;
/** People look so often, until the world ends: what they decided is to be done everywhere. */
const LOOK_MS = 60_000;
