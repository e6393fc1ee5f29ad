/** The reader's assumptions: roster, policy, fault bound and origins are always the reader's own, never the node's. */
import { CoauditError } from "../../core/errors.ts";
import type { Assumptions } from "../../core/evidence.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { Policy } from "../../core/policy.ts";
import { rosterOfPolicy } from "../../core/policy-evaluation.ts";
import type { Roster } from "../../core/roster.ts";
import type { Settlement } from "../../core/settlement.ts";
import { inPolicyFile, loadPolicyFile } from "./policy-file.ts";

export interface ReaderFlags {
  readonly roster?: string;
  readonly policy?: string;
  /** A node's configuration, whose roster and f are then the reader's. */
  readonly config?: string;
  readonly faultBound?: string;
  readonly origin?: readonly string[];
}

export interface FlagAssumptions extends Assumptions {
  readonly policy?: Policy;
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID, POLICY_INVALID, USAGE, NUMBER_OUT_OF_RANGE, NAME_INVALID. */
export async function assumptionsOf(flags: ReaderFlags): Promise<FlagAssumptions> {
  const { policy: policyFile, roster: rosterFile } = flags;
  const policy = policyFile === undefined ? undefined : await loadPolicyFile(policyFile);
  if (rosterFile !== undefined && flags.config !== undefined) {
    throw new CoauditError("USAGE", "give --config or --roster, not both", { option: "--config" });
  }
  const { roster, origins, providerKeys, settlements, ownFaultBound } =
    flags.config === undefined ? await auditorsOf(rosterFile, policyFile, policy) : await ofConfig(flags.config);
  const faultBound =
    flags.faultBound === undefined
      ? ownFaultBound
      : parseNumber(flags.faultBound, "--fault-bound", 0, Math.max(0, roster.size - 1));
  const given = (flags.origin ?? []).map((text) => {
    const [namespace = "", ...rest] = text.split("=");
    if (rest.length === 0) {
      const message = `--origin: "${text}" is not NAMESPACE=ORIGIN, for example whatsapp.key-transparency.v1=whatsapp.kt/v2`;
      throw new CoauditError("USAGE", message, { option: "--origin" });
    }
    return [checkNamespace(namespace), checkOrigin(rest.join("="))] as const;
  });
  return {
    roster,
    faultBound,
    origins: new Map([...origins, ...given]),
    providerKeys,
    settlements,
    ...(policy === undefined ? {} : { policy }),
  };
}

interface Auditors extends Pick<Assumptions, "origins" | "providerKeys"> {
  readonly roster: Roster;
  readonly settlements: readonly Settlement[];
  /** The f of a configuration. */
  readonly ownFaultBound?: number | undefined;
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID. */
async function ofConfig(file: string): Promise<Auditors> {
  const { roster, namespaces, providerKeys, faultBound } = await (
    await import("../../node/config/config.ts")
  ).loadConfig(file);
  const audited = namespaces.map(({ namespace, origin }): [string, string] => [namespace, origin]);
  const origins = new Map([...roster.origins, ...audited]);
  return { ...roster, origins, providerKeys, ownFaultBound: faultBound };
}

async function auditorsOf(
  rosterFile: string | undefined,
  policyFile: string | undefined,
  policy: Policy | undefined,
): Promise<Auditors> {
  if (rosterFile !== undefined) {
    // Loading the YAML reader takes a third of a second, more than the rest of the command.
    return (await import("../../node/config/roster-file.ts")).loadRosterFile(rosterFile);
  }
  if (policy === undefined || policyFile === undefined) {
    const message =
      "name the auditors you trust: --policy FILE (see coaudit policy check --help), --roster FILE, both, or a node's --config FILE";
    throw new CoauditError("USAGE", message, { option: "--policy" });
  }
  const roster = inPolicyFile(policyFile, () => rosterOfPolicy(policy));
  return { roster, origins: new Map(), providerKeys: new Map(), settlements: [] };
}
