/**
 * Which peer id is which auditor, and where it can be dialled: from the roster, and from the auditors' own records.
 *
 * What a roster peer may do that a stranger may not belongs to one peer id of each auditor at a time, and it moves
 * slowly. [an auditor that lies names a new id in each of its records, and each would have the places, turns and
 * budgets of a roster peer]
 */
import type { Elapsed } from "../core/clock.ts";
import { countsAbove, type Roster, type RosterAuditor } from "../core/roster.ts";
import type { AuditorRecord } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { peerIdOfPublicKey } from "../gossip/libp2p/network-key.ts";
import { peerIdIn } from "../gossip/peer-address.ts";
import type { DialTarget } from "../gossip/roster-dialer.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** From one peer id of an auditor to the next one that its records name. Honest ones change their key once in years. */
const MOVE_INTERVAL_MS = 60_000;

/** How soon an auditor is a stranger whose last epoch is passed. */
const RETIRING_INTERVAL_MS = 10_000;

export interface PeerNamesModules {
  readonly ledger: Ledger;
  readonly clock: Elapsed;
}

interface Named {
  readonly peerId: string;
  readonly multiaddrs: readonly string[];
}

/** What follows from a roster, the records, and who has retired meanwhile. */
interface View {
  readonly roster: Roster;
  readonly madeMs: number;
  readonly hasRetiring: boolean;
  readonly targets: readonly DialTarget[];
  readonly auditorOf: ReadonlyMap<string, string>;
}

export class PeerNames {
  readonly #ownName: string;
  readonly #modules: PeerNamesModules;
  /** One for each auditor: what its newest record that counts says, and since when. */
  readonly #named: Map<string, Named & { readonly sinceMs: number }> = new Map();
  /** Newer records that name another peer id before its time. */
  readonly #waiting: Map<string, Named> = new Map();
  #view: View | undefined;

  private constructor(ownName: string, modules: PeerNamesModules) {
    this.#ownName = ownName;
    this.#modules = modules;
  }

  static async open(options: { ownName: string }, modules: PeerNamesModules): Promise<PeerNames> {
    const names = new PeerNames(options.ownName, modules);
    for await (const bytes of modules.ledger.statements.records()) names.learn(decodeStatement(bytes) as AuditorRecord);
    return names;
  }

  /**
   * Takes a record that the ledger took: the newest of its auditor. True when it changes at once whom to dial; what has
   * to wait changes `targets` later.
   */
  learn(record: AuditorRecord): boolean {
    const { name, multiaddrs } = record;
    const before = this.#named.get(name);
    this.#waiting.set(name, { peerId: peerIdOfPublicKey(record.peerPublicKey), multiaddrs });
    this.#settle();
    return name !== this.#ownName && !saysTheSame(before, this.#named.get(name));
  }

  auditorOf(peerId: string): string | undefined {
    return this.#current().auditorOf.get(peerId);
  }

  /**
   * One per other auditor of the roster that still counts somewhere. The roster's own addresses go first: they are the
   * operator's word.
   */
  targets(): readonly DialTarget[] {
    return this.#current().targets;
  }

  #current(): View {
    if (this.#waiting.size > 0) this.#settle();
    const { roster } = this.#modules.ledger.assumptions;
    const madeMs = this.#modules.clock.elapsedMs();
    const view = this.#view;
    if (view?.roster === roster && !(view.hasRetiring && madeMs - view.madeMs >= RETIRING_INTERVAL_MS)) return view;
    const targets = roster.auditors
      .filter((auditor) => auditor.name !== this.#ownName && this.#counts(auditor))
      .map(({ name, addresses }) => {
        const named = this.#named.get(name);
        const peerId = peerIdIn(addresses) ?? named?.peerId;
        const known = named?.peerId === peerId ? (named?.multiaddrs ?? []) : [];
        return { name, ...(peerId === undefined ? {} : { peerId }), addresses: [...new Set([...addresses, ...known])] };
      });
    const auditorOf = new Map<string, string>();
    for (const { name, peerId } of targets) {
      if (peerId !== undefined && !auditorOf.has(peerId)) auditorOf.set(peerId, name);
    }
    const hasRetiring = roster.auditors.some(({ retired }) => retired !== undefined);
    this.#view = { roster, madeMs, hasRetiring, targets, auditorOf };
    return this.#view;
  }

  /** An auditor that retired from all that this node follows is a stranger, whoever has its keys now. */
  #counts(auditor: RosterAuditor): boolean {
    const { ledger } = this.#modules;
    const namespaces = [...ledger.assumptions.origins.keys()];
    if (auditor.retired === undefined || namespaces.length === 0) return true;
    return namespaces.some((namespace) => countsAbove(auditor, namespace, ledger.reached(namespace)));
  }

  /** Records that name the peer id which the auditor has count at once, others when its time has come. */
  #settle(): void {
    const nowMs = this.#modules.clock.elapsedMs();
    for (const [name, next] of this.#waiting) {
      const held = this.#named.get(name);
      const moves = held !== undefined && held.peerId !== next.peerId;
      if (moves && nowMs - held.sinceMs < MOVE_INTERVAL_MS) continue;
      // The first one of a life may be followed by another at once: it may come from before a change of key.
      const sinceMs = moves ? nowMs : (held?.sinceMs ?? Number.NEGATIVE_INFINITY);
      this.#named.set(name, { ...next, sinceMs });
      this.#waiting.delete(name);
      this.#view = undefined;
    }
  }
}

function saysTheSame(a: Named | undefined, b: Named | undefined): boolean {
  return a?.peerId === b?.peerId && JSON.stringify(a?.multiaddrs) === JSON.stringify(b?.multiaddrs);
}
