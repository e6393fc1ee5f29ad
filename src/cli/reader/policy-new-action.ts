/** What `coaudit policy new` does: a policy from what auditors publish, and what to compare with them by voice. */
import { toHex } from "../../core/bytes.ts";
import { formatVkey, parseVkey, type VerifierKey } from "../../core/checkpoint.ts";
import { CoauditError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { parseNumber } from "../../core/numbers.ts";
import { thresholdText } from "../../core/policy.ts";
import { defaultQuorum, type RosterAuditor } from "../../core/roster.ts";
import type { CliContext } from "../context.ts";
import { nodeTarget } from "../node/node-target.ts";
import { counted, printable } from "../text.ts";
import { writeResult } from "./write-result.ts";

export interface PolicyNewFlags {
  readonly from: readonly string[];
  readonly min?: string;
  readonly out?: string;
}

interface Published extends VerifierKey {
  /** Where it came from. */
  readonly source: string;
}

/** Throws USAGE, NODE_UNREACHABLE, NODE_ANSWER_INVALID, CONFIG_UNREADABLE, CONFIG_INVALID, NUMBER_OUT_OF_RANGE. */
export async function newPolicy(flags: PolicyNewFlags, context: CliContext): Promise<void> {
  const published = (await Promise.all(flags.from.map(publishedAt))).flat();
  const auditors = auditorsIn(published);
  const size = auditors.size;
  const min = flags.min === undefined ? defaultQuorum(size) : parseNumber(flags.min, "--min", 1, size);
  const text = policyText(auditors, min);
  context.err(
    [
      `${counted(size, "auditor")}, ${min} of them must agree. Compare each fingerprint with the auditor's operator, through a channel other than this network:`,
      ...published.map((key) => `  ${printable(key.name)}  ${fingerprint(key)}  from ${printable(key.source)}`),
    ].join("\n"),
  );
  await writeResult(text, flags.out, context);
}

/** 16 groups of four digits of SHA-256 of the public key. */
export function fingerprint({ publicKey }: VerifierKey): string {
  return (toHex(sha256(publicKey)).match(/.{4}/g) ?? []).join(" ");
}

async function publishedAt(source: string): Promise<Published[]> {
  if (/^https?:/i.test(source)) return [await publishedBy(source)];
  const { loadRosterFile, namespacesIn } = await import("../../node/config/roster-file.ts");
  const file = await loadRosterFile(source);
  const { roster } = file;
  const counting = roster.auditors.filter((auditor) => !isGone(auditor, namespacesIn(file)));
  return counting.flatMap(({ name, keys }) => keys.map(({ publicKey }) => ({ name, publicKey, source })));
}

/** Retired from all that the file names: a new policy waits for nobody who left. */
function isGone({ retired }: RosterAuditor, namespaces: readonly string[]): boolean {
  return retired !== undefined && namespaces.every((namespace) => retired[namespace] !== undefined);
}

async function publishedBy(url: string): Promise<Published> {
  const { client } = await nodeTarget({ node: url });
  const { vkey } = ((await client.get("/v1/status")) ?? {}) as { vkey?: unknown };
  if (typeof vkey !== "string") throw usage(`${url} does not say which key it signs with; is it a coaudit node?`);
  return { ...parseVkey(vkey), source: url };
}

/** By name. The same key from two places is one. */
function auditorsIn(published: readonly Published[]): Map<string, readonly Published[]> {
  const auditors = new Map<string, Published[]>();
  const owners = new Map<string, Published>();
  for (const key of published) {
    const id = toHex(key.publicKey);
    const owner = owners.get(id);
    if (owner !== undefined && owner.name !== key.name) {
      throw usage(`${owner.source} and ${key.source} give one key two names, ${owner.name} and ${key.name}: ask both`);
    }
    const known = auditors.get(key.name) ?? [];
    const elsewhere = known.find(({ source }) => source !== key.source);
    if (owner === undefined && elsewhere !== undefined) {
      throw usage(
        `${elsewhere.source} and ${key.source} give ${key.name} two keys: ask its operator which one is right`,
      );
    }
    if (owner !== undefined) continue;
    owners.set(id, key);
    auditors.set(key.name, [...known, key]);
  }
  return auditors;
}

/** All keys of an auditor count once: they are in a group of their own. */
function policyText(auditors: ReadonlyMap<string, readonly Published[]>, min: number): string {
  const lines: string[] = [];
  const members: string[] = [];
  for (const [index, [name, keys]] of [...auditors].entries()) {
    const own = `w${index + 1}`;
    members.push(own);
    const witnesses = keys.map((key, i) => ({ key, as: keys.length === 1 ? own : `${own}-${i + 1}` }));
    lines.push(`# ${name}`);
    for (const { key, as } of witnesses) lines.push(`# ${fingerprint(key)}`, `witness ${as} ${formatVkey(key)}`);
    if (keys.length > 1) lines.push(`group ${own} any ${witnesses.map(({ as }) => as).join(" ")}`);
  }
  lines.push(`group auditors ${thresholdText(min, members.length)} ${members.join(" ")}`, "quorum auditors", "");
  return lines.join("\n");
}

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `--from: ${message}`, { option: "--from" });
}
