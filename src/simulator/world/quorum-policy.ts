import type { Policy, PolicyGroup, PolicyWitness } from "../../core/policy.ts";
import type { Roster } from "../../core/roster.ts";

/** The policy of a reader for whom any `quorum` of the auditors are enough. */
export function quorumPolicy(roster: Roster, quorum: number): Policy {
  const witnesses = roster.auditors.flatMap(({ name, keys }) =>
    keys.map(({ publicKey }): PolicyWitness => ({ kind: "witness", name, vkey: { name, publicKey }, line: 0 })),
  );
  const group: PolicyGroup = { kind: "group", name: "enough", threshold: quorum, members: witnesses, line: 0 };
  return { witnesses, groups: [group], quorum: group };
}
