/** What the machines of a world have in common: lives that begin, and end by a stop, a kill or a power cut. */
import { isCoauditError } from "../../core/errors.ts";
import type { CaseEvent } from "../../ledger/cases/case-changes.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { LedgerEvent } from "../../ledger/ledger-types.ts";
import { answerQuorum } from "../../node/quorum.ts";
import { headViews } from "../../node/status.ts";
import type { HeadView, QuorumAnswer } from "../../node/view.ts";
import { NAMESPACE } from "../actors/histories.ts";
import { Incarnation } from "../engine/incarnation.ts";
import type { SimDisk } from "../ports/sim-disk.ts";
import { type LifePorts, lifePorts } from "./life-ports.ts";
import type { Character, EndOfLife, Machine, MachineIdentity, Surroundings } from "./surroundings.ts";

export interface Life {
  readonly incarnation: Incarnation;
  readonly ports: LifePorts;
  /** There once the parts are assembled. */
  ledger?: Ledger;
}

export abstract class LivingMachine<OneLife extends Life = Life> implements Machine {
  readonly place: string;
  readonly name: string;
  readonly role: MachineIdentity["role"];
  character: Character;
  /** What outlives a life. Replaced when a backup is restored. */
  disk: SimDisk;
  /** How far its clock is ahead. */
  skewMs = 0;
  protected readonly world: Surroundings;
  #life = 0;
  #current: OneLife | undefined;

  constructor({ place, name, role, character }: MachineIdentity, disk: SimDisk, world: Surroundings) {
    this.place = place;
    this.name = name;
    this.role = role;
    this.character = character;
    this.disk = disk;
    this.world = world;
  }

  /** Goes on for as long as the life does; what it throws while alive is a failure of the machine. */
  protected abstract live(life: OneLife): Promise<void>;

  get life(): number {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#current !== undefined;
  }

  get ledger(): Ledger | undefined {
    return this.#current?.ledger;
  }

  get current(): OneLife | undefined {
    return this.#current;
  }

  up(): void {
    if (this.isUp) return;
    this.#life++;
    const incarnation = new Incarnation(this.place, this.#life, this.world.scheduler);
    const ports = lifePorts(incarnation, { disk: this.disk, skewMs: () => this.skewMs }, this.world);
    const life = { incarnation, ports } as OneLife;
    this.#current = life;
    this.world.watcher.up(this);
    void this.live(life).catch((error: unknown) => {
      if (incarnation.isAlive) this.fail(error);
    });
  }

  down(why: EndOfLife): void {
    if (this.isUp) this.end(why);
  }

  async quorum(epoch: number | "latest", min: number): Promise<QuorumAnswer | undefined> {
    const life = this.#current;
    if (life?.ledger === undefined) return undefined;
    const { clock } = life.ports;
    // Not the node's own verifier, which draws how long it takes: with a client more, all nodes would draw something
    // else from then on.
    const { verifier } = this.world;
    const modules = { ledger: life.ledger, clock, verifier, policies: new Map() };
    const answer = await answerQuorum({ namespace: NAMESPACE, epoch, enough: min }, modules);
    return life.incarnation.later(0, () => answer);
  }

  async heads(epoch: number): Promise<readonly HeadView[]> {
    const life = this.#current;
    if (life?.ledger === undefined) return [];
    const views = headViews(await life.ledger.epochView(NAMESPACE, epoch));
    return life.incarnation.later(0, () => views);
  }

  /**
   * A process whose disk is full or broken may end, and one whose claims are damaged has to; any other that ends by
   * itself is at fault.
   */
  protected fail(error: unknown): void {
    const isDamaged = this.disk.claims !== "whole" && isCoauditError(error, "CLAIMS_DAMAGED");
    if (this.disk.trouble === undefined && !isDamaged) this.world.watcher.failed(this, error);
    else this.end("kill");
  }

  /** From now on nothing that this life does has any effect. */
  protected end(why: EndOfLife): void {
    const life = this.#current;
    if (life === undefined) return;
    const { hub, directory, scheduler, streams, watcher } = this.world;
    life.incarnation.die();
    this.#current = undefined;
    watcher.down(this, why);
    const peerId = directory.peerId(this.place);
    if (why === "power-cut") {
      hub.vanish(peerId);
      this.disk.losePower(scheduler.nowUs, streams.stream("power-cut", this.place, this.#life));
    } else {
      hub.reset(peerId);
    }
  }

  /** Tells the watcher what the ledger tells. */
  protected follow(life: OneLife, ledger: Ledger): void {
    life.ledger = ledger;
    ledger.onEvent((event) => {
      if (isCaseEvent(event)) this.world.watcher.case(this, event);
      else this.world.watcher.statement(this, event);
    });
  }
}

export function isCaseEvent(event: LedgerEvent): event is LedgerEvent & CaseEvent {
  return event.type === "case-opened" || event.type === "case-changed" || event.type === "case-explained";
}
