/** The provider's logs: are they reached, do their clocks agree with this one, do proofs come as fast as epochs. */
import { Deadline } from "../../core/deadline.ts";
import { errorMessage } from "../../core/errors.ts";
import type { NamespaceConfig, NodeConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import { openSource } from "../../source/open-source.ts";
import type { EpochSource, Listing } from "../../source/source.ts";
import { type Finding, failure, note, ok, warning } from "./finding.ts";

/** As the node's own clock check has it. */
const MAX_SKEW_MS = 120_000;
const TIMEOUT_MS = 60_000;
const MIB = 1024 * 1024;

export async function examineSources({ namespaces }: NodeConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const namespace of namespaces) findings.push(...(await examineSource(namespace)));
  return findings;
}

async function examineSource({ namespace, source: log, allowPlainHttp, root }: NamespaceConfig): Promise<Finding[]> {
  const check = `log of ${namespace}`;
  const deadline = new Deadline(systemClock, TIMEOUT_MS);
  try {
    const source = await openSource({ log, allowPlainHttp });
    const newest = await source.latest(deadline.signal, Math.max(1, root?.epoch ?? 1));
    if (newest === undefined) {
      return [warning(check, "it answers, and lists nothing", "ask the provider whether this is the right bucket")];
    }
    const listing = await source.listing(newest, deadline.signal);
    const reachedFinding = ok(check, `reached; its newest epoch is ${newest}`);
    return [
      reachedFinding,
      clock(namespace, listing),
      await speed(source, { namespace, newest, listing }, deadline.signal),
    ];
  } catch (error) {
    const reason = deadline.expired ? `no answer in ${TIMEOUT_MS / 1000} s` : errorMessage(error);
    return [failure(check, reason, "correct `source`, or open the way to it (DNS, proxy, firewall)")];
  } finally {
    deadline.cancel();
  }
}

function clock(namespace: string, { serverDateMs }: Listing): Finding {
  const check = `clock, by the log of ${namespace}`;
  if (serverDateMs === undefined) return note(check, "it does not say what time it is");
  const skewMs = systemClock.now() - serverDateMs;
  const shown = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? "behind" : "ahead of"} it`;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok(check, shown);
  return failure(
    check,
    `this machine is ${shown}: nothing would be signed`,
    "set the clock: turn on NTP (timedatectl set-ntp true)",
  );
}

async function speed(
  source: EpochSource,
  { namespace, newest, listing }: { namespace: string; newest: number; listing: Listing },
  signal: AbortSignal,
): Promise<Finding> {
  const check = `bandwidth for ${namespace}`;
  const [name] = listing.names;
  if (name === undefined) return note(check, "there is no proof to measure with");
  const startMs = systemClock.elapsedMs();
  let bytes = 0;
  for await (const chunk of (await source.fetch(name, signal)).body) bytes += chunk.length;
  const tookMs = systemClock.elapsedMs() - startMs;
  const shown = `epoch ${newest}: ${(bytes / MIB).toFixed(1)} MiB in ${(tookMs / 1000).toFixed(1)} s`;
  const before = newest > 1 ? (await source.listing(newest - 1, signal)).publishedMs : undefined;
  const intervalMs = before === undefined || listing.publishedMs === undefined ? 0 : listing.publishedMs - before;
  if (intervalMs <= 0) return note(check, `${shown}; how often epochs come is not known`);
  const often = `one comes in ${(intervalMs / 1000).toFixed(0)} s`;
  if (tookMs <= intervalMs / 2) return ok(check, `${shown}; ${often}`);
  return warning(check, `${shown}; ${often}`, "get a faster line: a node that is behind has to catch up, too");
}
