/** What `coaudit roster retire` does. */

import { retireAuditor } from "../../node/config/roster-edit.ts";
import { namespacesIn } from "../../node/config/roster-file.ts";
import type { CliContext } from "../context.ts";
import { printable } from "../text.ts";
import { epochsOf, namedRoster, type RosterFileFlags, reloadText, usage } from "./roster-file-flags.ts";

export interface RosterRetireFlags extends RosterFileFlags {
  readonly at: readonly string[];
}

/** Throws USAGE, and what retireAuditor throws. */
export async function retireFromRoster(name: string, flags: RosterRetireFlags, context: CliContext): Promise<void> {
  const roster = await namedRoster(flags);
  const lastEpochs = epochsOf(flags.at, "--at");
  if (lastEpochs.size === 0)
    throw usage("--at", "say from which epoch on it is gone: --at NAMESPACE=EPOCH, its last epoch");
  const known = roster.config?.namespaces.map(({ namespace }) => namespace) ?? namespacesIn(roster.read);
  await retireAuditor(roster, name, lastEpochs);
  const left = known.filter((namespace) => !lastEpochs.has(namespace));
  const lines = [...lastEpochs].map(([namespace, epoch]) =>
    epoch === 0
      ? `${printable(name)} never counted in ${namespace}`
      : `${printable(name)} counts in ${namespace} up to epoch ${epoch}`,
  );
  for (const namespace of left) lines.push(`it still counts in ${namespace}`);
  context.out([...lines, ...reloadText(roster)].join("\n"));
}
