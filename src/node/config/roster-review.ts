/** What a person should look at in a roster that can be used: it says something, and probably not what was meant. */
import { toHex } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import {
  defaultFaultBound,
  defaultQuorum,
  isBearable,
  isInWindow,
  NOW_EPOCH,
  type Roster,
  type RosterAuditor,
  ZERO_BOUND,
} from "../../core/roster.ts";
import type { Settlement } from "../../core/settlement.ts";
import { peerIdIn } from "../../gossip/peer-address.ts";
import { isDialable } from "./roster-checks.ts";

/**
 * error: a node does not start with it. warning: something is probably not meant. note: as it should be, and good to
 * know.
 */
export interface RosterFinding {
  readonly level: "error" | "warning" | "note";
  /** What it is, for programs. */
  readonly kind: string;
  readonly message: string;
}

export interface RosterReader {
  readonly namespaces: readonly string[];
  /** Undefined: floor((n - 1) / 3). */
  readonly faultBound: number | undefined;
  /** The node of that name dials the others. */
  readonly ownName?: string;
}

/** How many count now in a namespace, and what follows. */
export interface NamespaceSize {
  readonly namespace: string;
  readonly auditors: number;
  readonly faultBound: number;
  readonly quorum: number;
}

export function sizesOf(roster: Roster, { namespaces, faultBound }: RosterReader): NamespaceSize[] {
  return namespaces.map((namespace) => {
    const auditors = roster.membersAt(namespace, NOW_EPOCH).length;
    const bound = faultBound ?? defaultFaultBound(auditors);
    return { namespace, auditors, faultBound: bound, quorum: defaultQuorum(auditors, bound) };
  });
}

export function reviewRoster(
  { roster, settlements }: { readonly roster: Roster; readonly settlements: readonly Settlement[] },
  reader: RosterReader,
): RosterFinding[] {
  const sizes = sizesOf(roster, reader);
  return [
    ...sizes.flatMap(boundFindings),
    ...reader.namespaces.flatMap((namespace) => roster.auditors.flatMap((auditor) => termFindings(auditor, namespace))),
    ...roster.auditors.flatMap((auditor) => nextKeyFindings(auditor, roster)),
    ...addressFindings(roster, reader.ownName),
    ...settlements.flatMap((settlement) => settlementFindings(settlement, roster)),
    ...(sizes.some(({ auditors, faultBound }) => auditors > 0 && faultBound === 0)
      ? [note("zero-bound", ZERO_BOUND)]
      : []),
  ];
}

function boundFindings({ namespace, auditors, faultBound }: NamespaceSize): RosterFinding[] {
  if (auditors === 0)
    return [warning("nobody-counts", `nobody counts in ${namespace}: no head of it is ever accepted`)];
  if (isBearable(auditors, faultBound)) return [];
  const message = `f = ${faultBound} is more than the ${auditors} auditors of ${namespace} can bear: no quorum is ever enough`;
  return [warning("bound-too-high", message)];
}

function termFindings({ name, keys, joined, retired }: RosterAuditor, namespace: string): RosterFinding[] {
  const [first = 0, last = NOW_EPOCH] = [joined?.[namespace], retired?.[namespace]];
  // EPOCH 0 is how an auditor is written that never counted.
  if (last === 0) return [];
  if (first > last) {
    const message = `${name} joins ${namespace} at epoch ${first} and is retired at ${last}: it counts at no epoch`;
    return [warning("joins-after-it-retires", message)];
  }
  if (last < NOW_EPOCH || keys.some((key) => isInWindow(key, namespace, NOW_EPOCH))) return [];
  const message = `no key of ${name} is in force now in ${namespace}: it counts as missing at every new epoch. If it has left, retire it`;
  return [warning("no-key-in-force", message)];
}

function nextKeyFindings({ name, nextKeyHash }: RosterAuditor, roster: Roster): RosterFinding[] {
  if (nextKeyHash === undefined) return [];
  const next = toHex(nextKeyHash);
  const owner = roster.auditors.find(({ keys }) => keys.some(({ publicKey }) => toHex(sha256(publicKey)) === next));
  if (owner === undefined) return [];
  const message = `next-key-hash of ${name} is that of a key which ${owner.name} has already: a rotation to it has no effect`;
  return [warning("next-key-in-use", message)];
}

function addressFindings(roster: Roster, ownName: string | undefined): RosterFinding[] {
  const findings: RosterFinding[] = [];
  const owners = new Map<string, string>();
  for (const { name, addresses } of roster.auditors) {
    const peerId = peerIdIn(addresses);
    for (const place of new Set([...addresses, ...(peerId === undefined ? [] : [`peer id ${peerId}`])])) {
      const other = owners.get(place);
      if (other !== undefined) {
        findings.push(
          warning("shared-address", `${other} and ${name} have the same ${place}: one of them is never reached`),
        );
        break;
      }
      owners.set(place, name);
    }
    if (ownName === undefined) {
      const idle = addresses.find((address) => !isDialable(address));
      if (idle !== undefined) findings.push(warning("address-not-dialable", `${name}: nobody can dial ${idle}`));
    } else if (name !== ownName && addresses.length === 0) {
      findings.push(note("no-address", `${name} has no address: this node waits until that one connects`));
    }
  }
  return findings;
}

function settlementFindings({ namespace, first, sides }: Settlement, roster: Roster): RosterFinding[] {
  const strangers = Object.values(sides)
    .flat()
    .filter((name) => roster.byName(name) === undefined);
  if (strangers.length === 0) return [];
  const message = `the settlement of ${namespace} from epoch ${first} names ${strangers.join(", ")}, of whom the roster knows nothing: is it misspelt?`;
  return [warning("settlement-names-strangers", message)];
}

function warning(kind: string, message: string): RosterFinding {
  return { level: "warning", kind, message };
}

function note(kind: string, message: string): RosterFinding {
  return { level: "note", kind, message };
}
