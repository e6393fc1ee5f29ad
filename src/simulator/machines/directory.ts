/** Who is who in a world: names, keys, peer ids and the roster that an honest operator has written down. */
import { Roster, type RosterAuditor } from "../../core/roster.ts";
import { peerIdOfPublicKey } from "../../gossip/libp2p/network-key.ts";
import type { Ed25519Key } from "../../platform/native-ed25519.ts";
import { NAMESPACE } from "../actors/histories.ts";
import { keyOf } from "../ports/signatures.ts";
import { auditorName, observerName } from "../scenario/entity-names.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** Shared by all worlds of the process: a scenario can have some 10,500 names. */
const peerIds: Map<string, string> = new Map();

export class Directory {
  readonly auditors: readonly string[];
  readonly observers: readonly string[];
  /** Undefined: every reader reckons it from the roster of each epoch. */
  readonly faultBound: number | undefined;
  readonly #crypto: Scenario["crypto"];
  /** By which face of two-faced auditors a reader is shown. */
  readonly #rosters: Map<1 | 2, Roster> = new Map();
  readonly #twoFaced: ReadonlySet<string>;
  readonly #retired: Map<string, number> = new Map();

  constructor({ auditors, observers, faultBound, crypto, behaviours }: Scenario) {
    this.auditors = Array.from({ length: auditors }, (_, i) => auditorName(i + 1));
    this.observers = Array.from({ length: observers }, (_, i) => observerName(i + 1));
    this.faultBound = faultBound;
    this.#crypto = crypto;
    const twoFaced = behaviours.filter(({ kind }) => TWO_FACED.has(kind));
    this.#twoFaced = new Set(twoFaced.flatMap((behaviour) => behaviour.auditors));
  }

  /** In every roster from now on; nodes that run have the one with which they were started. */
  retire(name: string, epoch: number): void {
    this.#retired.set(name, epoch);
    this.#rosters.clear();
  }

  signingKey(name: string): Ed25519Key {
    return keyOf(name, "signing", this.#crypto);
  }

  networkKey(place: string): Ed25519Key {
    return keyOf(place, "network", this.#crypto);
  }

  peerId(place: string): string {
    const held = peerIds.get(place);
    if (held !== undefined) return held;
    // Nothing that an observer says has to be bound to a key: its name will do.
    const peerId = place.startsWith("observer-") ? place : peerIdOfPublicKey(this.networkKey(place).publicKey);
    peerIds.set(place, peerId);
    return peerId;
  }

  address(place: string): string {
    const peerId = this.peerId(place);
    return `/memory/${peerId}/p2p/${peerId}`;
  }

  /** The places at which an auditor speaks: its own, and a second one where it has two faces. */
  facesOf(name: string): readonly string[] {
    return this.#twoFaced.has(name) ? [name, secondPlace(name)] : [name];
  }

  /**
   * The roster of the operator of this machine: the first half of the auditors know one address of a two-faced auditor,
   * the others know another.
   */
  rosterOf(place: string): Roster {
    const at = this.auditors.indexOf(place);
    const face = at >= 0 && 2 * at >= this.auditors.length ? 2 : 1;
    let roster = this.#rosters.get(face);
    if (roster === undefined) {
      roster = new Roster(
        this.auditors.map((name) => ({
          name,
          keys: [{ publicKey: this.signingKey(name).publicKey }],
          addresses: [this.address(face === 2 && this.#twoFaced.has(name) ? secondPlace(name) : name)],
          ...this.#retirement(name),
        })),
      );
      this.#rosters.set(face, roster);
    }
    return roster;
  }

  #retirement(name: string): Pick<RosterAuditor, "retired"> {
    const epoch = this.#retired.get(name);
    return epoch === undefined ? {} : { retired: { [NAMESPACE]: epoch } };
  }
}

/** The place of an auditor's second machine, or second face. */
export function secondPlace(name: string): string {
  return `${name} (2)`;
}

export const TWO_FACED: ReadonlySet<string> = new Set(["equivocating", "half-heads", "colluding"]);
