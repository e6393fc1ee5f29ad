/** What one node did and knew, gathered in order of time. */
import type { Branch, TraceLine } from "../../simulator/world/trace.ts";
import type { HeadColumn } from "./head-column.ts";
import { type BranchNumber, type Role, STATES, type StateName, type TimelineNode } from "./timeline.ts";

type KeyAnswer = Extract<TraceLine, { what: "key-answer" }>;

export class NodeHistory {
  readonly name: string;
  readonly role: Role;
  readonly heads: HeadColumn;
  readonly signed: [number, number, BranchNumber][] = [];
  readonly shown: [number, number, BranchNumber][] = [];
  readonly halted: [number, string][] = [];
  readonly #states: [number, number][] = [];
  readonly #down: [number, number, string][] = [];
  readonly #cases: [number, number, string | null][] = [];
  readonly #openCases = new Map<number, string>();
  readonly #answers: [number, string, number, number, string, number][] = [];
  /** What it knows of each key: an alarm about one is not over because another is right. */
  readonly #keys = new Map<string, StateName>();
  #hasFork = false;

  constructor(name: string, role: Role, heads: HeadColumn) {
    this.name = name;
    this.role = role;
    this.heads = heads;
    if (role !== "client") this.#enter(0, "main");
  }

  up(atUs: number, isLate: boolean): void {
    const last = this.#down.at(-1);
    if (last !== undefined && last[1] < 0) last[1] = atUs;
    else if (isLate) this.#down.push([0, atUs, "not there yet"]);
  }

  down(atUs: number, why: string): void {
    this.#down.push([atUs, -1, why]);
  }

  hearsFork(atUs: number): void {
    if (this.#hasFork) return;
    this.#hasFork = true;
    this.#enterByCases(atUs);
  }

  /** A case that grows stronger comes again, with its new class. */
  holdsCase(atUs: number, place: number, caseClass: string): void {
    if (this.#openCases.get(place) === caseClass) return;
    this.#openCases.set(place, caseClass);
    this.#cases.push([atUs, place, caseClass]);
    this.#enterByCases(atUs);
  }

  explains(atUs: number, place: number): void {
    if (!this.#openCases.delete(place)) return;
    this.#cases.push([atUs, place, null]);
    this.#enterByCases(atUs);
  }

  answers(atUs: number, result: string, epoch: number, branch: Branch | undefined, asked: string): void {
    const branchNumber = branch === undefined ? -1 : branch === "fork" ? 1 : 0;
    const last = this.#answers.at(-1);
    if (last !== undefined && last[1] === result && last[3] === branchNumber) last[5]++;
    else this.#answers.push([atUs, result, epoch, branchNumber, asked, 1]);
    this.#enter(atUs, clientState(result, branch));
  }

  /** Of a check of a key; on a page an answer like another. */
  checksKey(atUs: number, { about, by, result, reason, deceived, epoch }: KeyAnswer): void {
    const whose = about === this.name ? "own key" : `key of ${about}`;
    const words = `${whose}: ${result}${reason === null ? "" : `, ${reason}`}${deceived ? ` ${A_LIE}` : ""}`;
    const last = this.#answers.at(-1);
    if (last !== undefined && last[1] === words && last[4] === by) last[5]++;
    else this.#answers.push([atUs, words, epoch ?? -1, -1, by, 1]);
    this.#keys.set(about, keyState(result, deceived));
    const states = [...this.#keys.values()];
    const worst = (["warned", "deceived"] as const).find((state) => states.includes(state));
    this.#enter(atUs, worst ?? keyState(result, deceived));
  }

  finish(endUs: number): TimelineNode {
    return {
      name: this.name,
      role: this.role,
      states: this.#states,
      down: this.#down.map(([from, to, why]) => [from, to < 0 ? endUs : to, why]),
      signed: this.signed,
      shown: this.shown,
      cases: this.#cases,
      halted: this.halted,
      answers: this.#answers,
      heads: this.heads.toBase64(),
    };
  }

  #enterByCases(atUs: number): void {
    const classes = [...this.#openCases.values()];
    if (classes.some(convicts)) this.#enter(atUs, "convicted");
    else if (classes.length > 0) this.#enter(atUs, "case");
    else this.#enter(atUs, this.#hasFork ? "fork" : "main");
  }

  #enter(atUs: number, name: StateName): void {
    const state = STATES.indexOf(name);
    if (this.#states.at(-1)?.[1] !== state) this.#states.push([atUs, state]);
  }
}

/** As convictedBy of core/evidence.ts: of all classes only this one convicts nobody. */
export function convicts(caseClass: string): boolean {
  return caseClass !== "disagreement";
}

/** page/lanes.js looks for it. */
const A_LIE = "(a lie)";

function keyState(result: string, deceived: boolean): StateName {
  if (result === "alarm") return "warned";
  if (result !== "verified" && result !== "changed") return "unsure";
  return deceived ? "deceived" : "right";
}

function clientState(result: string, branch: Branch | undefined): StateName {
  if (result === "conflict" || result === "wrong-digest") return "warned";
  if (result !== "satisfied") return "unsure";
  return branch === "fork" ? "deceived" : "right";
}
