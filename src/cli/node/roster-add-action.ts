/** What `coaudit roster add` does: takes auditors into a roster, and says what is proven of each. */
import { existsSync } from "node:fs";
import { equalBytes } from "../../core/bytes.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { ZERO_BOUND } from "../../core/roster.ts";
import { ledgerFolder } from "../../node/config/config.ts";
import { addAuditors } from "../../node/config/roster-edit.ts";
import type { Invitation } from "../../node/published/invitation.ts";
import type { CliContext } from "../context.ts";
import { counted, printable } from "../text.ts";
import { checkStatus, type StatusOf } from "./answers.ts";
import { nodeTarget } from "./node-target.ts";
import { keyLine, keyLines, readPublished, sourceText } from "./published-source.ts";
import {
  epochsOf,
  type NamedRoster,
  namedRoster,
  type RosterFileFlags,
  reloadText,
  usage,
} from "./roster-file-flags.ts";

export interface RosterAddFlags extends RosterFileFlags {
  readonly joined: readonly string[];
}

/** Throws what readPublished and addAuditors throw, and ROSTER_INVALID for a key or a name that stands for another. */
export async function addToRoster(
  sources: readonly string[],
  flags: RosterAddFlags,
  context: CliContext,
): Promise<void> {
  const roster = await namedRoster(flags);
  const joinedGiven = epochsOf(flags.joined, "--joined");
  // All of them or none: what is half done is forgotten.
  const all = await Promise.all(sources.map(async (source) => ({ source, published: await readPublished(source) })));
  const fresh = all.filter(({ published }) => !isListed(published, roster));
  const joined = fresh.length === 0 ? {} : await joinedFor(roster, joinedGiven);
  await addAuditors(
    roster,
    fresh.map(({ published: { record, vkey, addresses } }) => ({
      name: record.name,
      keys: [{ vkey }],
      addresses,
      ...(Object.keys(joined).length === 0 ? {} : { joined }),
    })),
  );
  context.out(
    [
      ...all.flatMap((one) => addedText(one, fresh.includes(one), roster)),
      "",
      ...nextSteps(roster, fresh.length, joined),
    ].join("\n"),
  );
}

/** Throws ROSTER_INVALID for a change of key, which is no addition. */
function isListed({ record }: Invitation, { read: { roster }, file }: NamedRoster): boolean {
  const listed = roster.byName(record.name);
  if (listed === undefined) return false;
  if (listed.keys.some(({ publicKey }) => equalBytes(publicKey, record.publicKey))) return true;
  const reason = `${file} lists ${record.name} with another key, and a key is never replaced like this: ask its operator by voice, and add the new key with a window`;
  throw new CoauditError("ROSTER_INVALID", reason, { reason, auditor: record.name });
}

/** Newcomers count from the next epoch on, or they would be missing at all old ones. */
async function joinedFor({ config }: NamedRoster, given: ReadonlyMap<string, number>): Promise<Record<string, number>> {
  if (config === undefined) return Object.fromEntries(given);
  const followed = config.namespaces.map(({ namespace }) => namespace);
  const stranger = [...given.keys()].find((namespace) => !followed.includes(namespace));
  if (stranger !== undefined) throw usage("--joined", `${config.file} follows no namespace ${stranger}`);
  const isAllGiven = followed.every((namespace) => given.has(namespace));
  if (isAllGiven || !existsSync(ledgerFolder(config))) return Object.fromEntries(given);
  const stopped = usage(
    "--joined",
    "this node has a history and does not answer; start it, or give the first epoch of the newcomer in each namespace: --joined NAMESPACE=EPOCH",
  );
  if (config.api === undefined) throw stopped;
  const { client } = await nodeTarget({ config: config.file });
  const answer = await client.get("/v1/status").catch((error: unknown) => {
    throw isCoauditError(error, "NODE_UNREACHABLE", "NODE_REFUSED") ? stopped : error;
  });
  const status = checkStatus(answer, client.url);
  if (status.name !== config.name) throw stopped;
  const reached = status.namespaces.map(
    (one) => [one.namespace, reachedBy(one, status.faultBound)] satisfies [string, number],
  );
  return Object.fromEntries([
    ...reached.filter(([, epoch]) => epoch > 0).map(([namespace, epoch]) => [namespace, epoch + 1]),
    ...given,
  ]);
}

/**
 * As far as this node verified, or f + 1 auditors that count signed, at least one of them honest. [a liar that signs an
 * epoch of the far future, and the newcomer never counts]
 */
export function reachedBy(
  { heights, lastVerified }: Pick<StatusOf["namespaces"][number], "heights" | "lastVerified">,
  faultBound: number,
): number {
  const signed = heights.filter(({ counts }) => counts !== false).map(({ epoch }) => epoch);
  return Math.max(lastVerified?.epoch ?? 0, signed.sort((a, b) => b - a)[faultBound] ?? 0);
}

function addedText(
  { source, published }: { readonly source: string; readonly published: Invitation },
  isNew: boolean,
  { read }: NamedRoster,
): string[] {
  const { record, addresses, auditors, peerId } = published;
  const others = auditors.filter(({ name }) => name !== record.name && read.roster.byName(name) === undefined);
  return [
    `${isNew ? "added" : "listed already"}: ${printable(record.name)}, from ${sourceText(source)}`,
    `  checksum  ${published.checksum}`,
    keyLine(record),
    "  proven: whoever made it holds this key and the network key of this peer id",
    `    ${peerId}`,
    "  not proven: that this is the organisation of that name. Have its operator read the fingerprint to you.",
    ...(addresses.length === 0
      ? ["  it names no address, so it has to dial this node"]
      : addresses.map((one) => `  address   ${one}`)),
    ...(others.length === 0
      ? []
      : ["  its roster also lists, and this one does not:", ...others.flatMap(keyLines).map((line) => `  ${line}`)]),
  ];
}

function nextSteps(roster: NamedRoster, added: number, joined: Readonly<Record<string, number>>): string[] {
  if (added === 0) return ["nothing was changed"];
  const size = roster.read.roster.size + added;
  return [
    `${printable(roster.file)} lists ${counted(size, "auditor")} now. The others have to do the same: coaudit roster diff`,
    ...Object.entries(joined).map(([namespace, epoch]) => `newcomers count in ${namespace} from epoch ${epoch} on`),
    ...(size < 4 ? [`With fewer than four auditors in the roster ${ZERO_BOUND}`] : []),
    ...reloadText(roster),
  ];
}
