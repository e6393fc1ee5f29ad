/** The reader's assumptions: roster, policy, fault bound and origins are always the reader's own, never the node's. */
import { CoauditError } from "../../core/errors.ts";
import type { Assumptions } from "../../core/evidence.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import type { Policy } from "../../core/policy.ts";
import { rosterOfPolicy } from "../../core/policy-evaluation.ts";
import { defaultFaultBound, type Roster } from "../../core/roster.ts";
import type { Settlement } from "../../core/settlement.ts";
import { inPolicyFile, loadPolicyFile } from "./policy-file.ts";

export interface ReaderFlags {
  readonly roster?: string;
  readonly policy?: string;
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
  const { roster, origins, providerKeys, settlements } = await auditorsOf(rosterFile, policyFile, policy);
  const faultBound =
    flags.faultBound === undefined
      ? defaultFaultBound(roster.size)
      : parseNumber(flags.faultBound, "--fault-bound", 0, 255);
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

async function auditorsOf(
  rosterFile: string | undefined,
  policyFile: string | undefined,
  policy: Policy | undefined,
): Promise<{ roster: Roster; settlements: readonly Settlement[] } & Pick<Assumptions, "origins" | "providerKeys">> {
  if (rosterFile !== undefined) {
    // Loading the YAML reader takes a third of a second, more than the rest of the command.
    return (await import("../../node/config/roster-file.ts")).loadRosterFile(rosterFile);
  }
  if (policy === undefined || policyFile === undefined) {
    const message =
      "name the auditors you trust: --policy FILE (see coaudit policy check --help), --roster FILE, or both";
    throw new CoauditError("USAGE", message, { option: "--policy" });
  }
  const roster = inPolicyFile(policyFile, () => rosterOfPolicy(policy));
  return { roster, origins: new Map(), providerKeys: new Map(), settlements: [] };
}
