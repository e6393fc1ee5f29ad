/**
 * Folds the lines of a trace into a Timeline, one at a time, so that memory is bounded by what a page can carry and not
 * by the trace.
 */
import type { Branch, TraceLine } from "../../simulator/world/trace.ts";
import { crowdOf } from "./crowd.ts";
import { HeadColumn, type Way } from "./head-column.ts";
import { NodeHistory } from "./node-history.ts";
import { PartitionSpans } from "./partition-spans.ts";
import type { BranchNumber, Claim, Role, StateName, Timeline, TimelineCase } from "./timeline.ts";
import { CLIENT_STATES, NODE_STATES } from "./timeline.ts";

export interface TimelineLimits {
  /** Heads that are kept, all nodes together: 2 million are 10 MB of page. */
  readonly maxHeads: number;
  /** Everything else, of each kind of event: 100,000 marks are what a browser still draws in a second. */
  readonly maxEventsOfKind: number;
  /** Observers, and clients, up to this many have a lane each; more share one. */
  readonly maxLanesOfRole: number;
  readonly maxNodes: number;
}

const DEFAULT_LIMITS: TimelineLimits = {
  maxHeads: 2_000_000,
  maxEventsOfKind: 100_000,
  maxLanesOfRole: 40,
  maxNodes: 20_000,
};

export class TimelineBuilder {
  readonly #limits: TimelineLimits;
  readonly #nodes = new Map<string, NodeHistory>();
  readonly #claims = new Map<string, number>();
  readonly #claimList: Claim[] = [];
  readonly #claimNames: string[] = [];
  readonly #claimNamePlaces = new Map<string, number>();
  readonly #forkEpochs = new Set<number>();
  readonly #cases = new Map<string, number>();
  readonly #caseList: TimelineCase[] = [];
  readonly #epochs: [number, number, BranchNumber][] = [];
  readonly #partitions = new PartitionSpans();
  readonly #counts = new Map<string, number>();
  /** From when on lines of a kind were left out, and how many. */
  readonly #leftOut = new Map<string, { fromUs: number; lines: number }>();
  #heads = 0;
  #lines = 0;
  #endUs = 0;
  #lieUs: number | null = null;

  constructor(limits: Partial<TimelineLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  add(line: TraceLine): void {
    this.#lines++;
    if (line.t < this.#endUs) throw new RangeError(`its time goes back from ${this.#endUs} to ${line.t} us`);
    this.#endUs = line.t;
    // What somebody signs itself is told by "signed".
    if (line.what === "head") {
      if (line.via !== "own") this.#addHead(line.who, line.of, line, line.via);
      return;
    }
    if (!this.#hasRoom(line)) return;
    const atUs = line.t;
    switch (line.what) {
      case "epoch":
        if (line.branch === "main") this.#epochs.push([atUs, line.epoch, 0]);
        break;
      case "partition":
        this.#partitions.begin(atUs, groupsText(line.groups));
        break;
      case "healed":
        this.#partitions.heal(atUs, groupsText(line.groups));
        break;
      case "shown":
        if (line.branch === "fork") this.#showsFork(atUs, line.epoch);
        this.#node(line.who)?.shown.push([atUs, line.epoch, branchNumber(line.branch)]);
        break;
      case "signed":
        this.#node(line.who)?.signed.push([atUs, line.epoch, branchNumber(line.branch)]);
        this.#addHead(line.who, line.who, line, "own");
        break;
      case "up":
        // Nodes start in the seconds before the first epoch; only later ones were missed.
        this.#node(line.who)?.up(atUs, this.#epochs.length > 0 && line.life === 1);
        break;
      case "down":
        this.#node(line.who)?.down(atUs, line.why);
        break;
      case "case":
        this.#node(line.who)?.holdsCase(atUs, this.#case(line.id, line.about), line.class);
        break;
      case "case-explained":
        this.#node(line.who)?.explains(atUs, this.#case(line.id, ""));
        break;
      case "halted":
        this.#node(line.who)?.halted.push([atUs, line.reason]);
        break;
      case "key-answer":
        this.#node(line.who)?.checksKey(atUs, line);
        break;
      case "answer":
        this.#node(line.who)?.answers(
          atUs,
          line.result,
          line.epoch ?? -1,
          line.branch ?? undefined,
          line.asked.join(", "),
        );
        break;
    }
  }

  finish(): Timeline {
    const endUs = this.#endUs;
    const nodes = [...this.#nodes.values()].sort(byRoleAndName);
    const places = new Map(nodes.map((node, place) => [node.name, place]));
    const claims = this.#claimList.map(([of, epoch, branch]): Claim => {
      const name = this.#claimNames[of] as string;
      return [places.get(name) ?? -1, epoch, branch];
    });
    const finished = nodes.map((node) => node.finish(endUs));
    const crowds = (["observer", "client"] as const).flatMap((role) => {
      const members = finished.filter((node) => node.role === role);
      const states: readonly StateName[] = role === "client" ? CLIENT_STATES : NODE_STATES;
      return members.length > this.#limits.maxLanesOfRole ? [crowdOf(role, members, states)] : [];
    });
    return {
      endUs,
      lieUs: this.#lieUs,
      epochs: this.#epochs,
      partitions: this.#partitions.finish(endUs),
      nodes: finished,
      claims,
      cases: this.#caseList,
      crowds,
      lines: this.#lines,
      leftOut: [...this.#leftOut].map(
        ([what, { fromUs, lines }]) =>
          `${lines} lines "${what}" from ${(fromUs / 1e6).toFixed(3)} s on: the page would become too large`,
      ),
    };
  }

  #addHead(
    who: string,
    of: string,
    { t, epoch, branch }: { t: number; epoch: number; branch: Branch },
    way: Way,
  ): void {
    const node = this.#node(who);
    if (node === undefined) return;
    if (branch === "fork") node.hearsFork(t);
    if (this.#heads >= this.#limits.maxHeads) {
      this.#leaveOut("head", t);
      return;
    }
    this.#heads++;
    node.heads.add(t, this.#claim(of, epoch, branchNumber(branch)), way);
  }

  #showsFork(atUs: number, epoch: number): void {
    this.#lieUs ??= atUs;
    if (this.#forkEpochs.has(epoch)) return;
    this.#forkEpochs.add(epoch);
    this.#epochs.push([atUs, epoch, 1]);
  }

  #claim(of: string, epoch: number, branch: BranchNumber): number {
    const key = `${of} ${epoch} ${branch}`;
    let place = this.#claims.get(key);
    if (place === undefined) {
      let name = this.#claimNamePlaces.get(of);
      if (name === undefined) {
        name = this.#claimNames.push(of) - 1;
        this.#claimNamePlaces.set(of, name);
        // An auditor whose heads are heard has a lane, even if it never acts itself.
        this.#node(of);
      }
      place = this.#claimList.push([name, epoch, branch]) - 1;
      this.#claims.set(key, place);
    }
    return place;
  }

  #case(id: string, about: string): number {
    let place = this.#cases.get(id);
    if (place === undefined) {
      place = this.#caseList.push({ id, about }) - 1;
      this.#cases.set(id, place);
    }
    return place;
  }

  #node(name: string): NodeHistory | undefined {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      if (this.#nodes.size >= this.#limits.maxNodes) {
        this.#leaveOut("of further nodes", 0);
        return undefined;
      }
      node = new NodeHistory(name, roleOf(name), new HeadColumn());
      this.#nodes.set(name, node);
    }
    return node;
  }

  #hasRoom({ what, t }: TraceLine): boolean {
    const count = this.#counts.get(what) ?? 0;
    if (count >= this.#limits.maxEventsOfKind) {
      this.#leaveOut(what, t);
      return false;
    }
    this.#counts.set(what, count + 1);
    return true;
  }

  #leaveOut(what: string, fromUs: number): void {
    const left = this.#leftOut.get(what);
    if (left === undefined) this.#leftOut.set(what, { fromUs, lines: 1 });
    else left.lines++;
  }
}

function branchNumber(branch: string): BranchNumber {
  return branch === "fork" ? 1 : 0;
}

/** The names that worlds give (scenario/scenario.ts). */
function roleOf(name: string): Role {
  if (name.startsWith("client-")) return "client";
  return name.startsWith("observer-") ? "observer" : "auditor";
}

const ROLE_ORDER: Readonly<Record<Role, number>> = { auditor: 0, observer: 1, client: 2 };

function byRoleAndName(a: NodeHistory, b: NodeHistory): number {
  return ROLE_ORDER[a.role] - ROLE_ORDER[b.role] || (a.name < b.name ? -1 : 1);
}

/** Long groups by their first names. */
function groupsText(groups: readonly (readonly string[])[]): string {
  return groups
    .map((group) =>
      group.length > 4 ? `${group.slice(0, 3).join(", ")} and ${group.length - 3} more` : group.join(", "),
    )
    .join(" | ");
}
