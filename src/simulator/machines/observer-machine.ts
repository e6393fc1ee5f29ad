/** A node that audits nothing: it hears, keeps, judges and passes on what auditors say. */
import { releaseHeldHeads } from "../../node/held-heads.ts";
import { buildListeningParts } from "../../node/parts.ts";
import { SimDisk } from "../ports/sim-disk.ts";
import { isCaseEvent, type Life, LivingMachine } from "./living-machine.ts";
import { simConfig } from "./node-config.ts";
import type { Surroundings } from "./surroundings.ts";

export interface ObserverMachineOptions {
  readonly place: string;
  /** The places to which it connects. */
  readonly neighbours: readonly string[];
  readonly durability: "power-cuts" | "kept";
}

export class ObserverMachine extends LivingMachine {
  readonly #neighbours: readonly string[];

  constructor({ place, neighbours, durability }: ObserverMachineOptions, world: Surroundings) {
    const identity = { place, name: place, role: "observer", character: "honest" } as const;
    super(identity, new SimDisk({ durability }, world), world);
    this.#neighbours = neighbours;
  }

  protected async live(life: Life): Promise<void> {
    const { directory } = this.world;
    const { ledger, gossip, network, budget, sync, dialer } = await buildListeningParts(
      simConfig({ name: this.place, roster: directory.rosterOf(this.place), faultBound: directory.faultBound }),
      life.ports,
    );
    this.follow(life, ledger);
    ledger.onEvent((event) => {
      if (isCaseEvent(event) && event.type !== "case-explained") void gossip.publishCase(event.record);
    });
    await network.start(budget);
    sync.start();
    dialer.setTargets(
      this.#neighbours.map((name) => ({
        name,
        peerId: directory.peerId(name),
        addresses: [directory.address(name)],
      })),
    );
    const { clock } = life.ports;
    await releaseHeldHeads({ ledger, clock, attempt: (work) => work }, new AbortController().signal);
  }
}
