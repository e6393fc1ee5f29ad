/** Troubles that a line of the configuration makes: another tree, or another log. */
import type { NewestListed } from "./look/newest-listed.ts";
import type { VerifiedEpoch } from "./options.ts";
import type { Trouble } from "./trouble.ts";

export function misconfigured(
  code: "CONFIGURATION_BOUND" | "CONFIGURATION_WRONG",
  { namespace, configured, found }: Readonly<Record<"namespace" | "configured" | "found", string>>,
): Trouble {
  const was = code === "CONFIGURATION_BOUND" ? "was audited as" : "is right as";
  const message = `${namespace} ${was} ${found}, and this node is configured for ${configured}: correct the line "configuration: ${configured}" and restart the node`;
  return { reason: "configuration", code, message };
}

/** A stale replica lists less for a moment. */
const STARTED_OVER_MS = 120_000;

/** Undefined unless the newest listed epoch has lain below the verified one for two minutes. */
export function startedOver({ epoch }: VerifiedEpoch, newest: NewestListed, host: string): Trouble | undefined {
  const belowMs = newest.belowForMs(epoch);
  if (belowMs === undefined || belowMs < STARTED_OVER_MS) return undefined;
  const listed = newest.answer === undefined ? "lists no epoch" : `lists epochs up to ${newest.answer}`;
  const message = `${host} ${listed}, and epoch ${epoch} was verified here: is this the log that was audited?`;
  return { reason: "source", code: "NEWEST_BELOW_VERIFIED", message };
}
