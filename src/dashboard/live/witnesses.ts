/** The auditors in the node's roster by their keys, and the policy that a visitor begins with. */
import { toHex } from "../../core/bytes.ts";
import { formatVkey, parseVkey, type VerifierKey } from "../../core/checkpoint.ts";
import type { NodeStatus } from "./answers.ts";

/** What is no vkey is left out. */
export function witnessesIn(vkeys: readonly string[]): VerifierKey[] {
  return vkeys.flatMap((vkey) => {
    try {
      return [parseVkey(vkey)];
    } catch {
      return [];
    }
  });
}

/** Undefined for nobody of the roster. */
export function nameOf(keyHex: string | undefined, witnesses: readonly VerifierKey[]): string | undefined {
  return witnesses.find(({ publicKey }) => toHex(publicKey) === keyHex)?.name;
}

/**
 * "So many of these auditors", in C2SP's tlog-policy grammar. Whoever has several keys counts once; whoever is retired
 * does not count.
 */
export function policyText(witnesses: readonly VerifierKey[], status: NodeStatus, min: number): string {
  const retired = new Set(
    status.namespaces.flatMap(({ heights }) =>
      heights.filter(({ counts }) => counts === false).map(({ auditor }) => auditor),
    ),
  );
  const byName = new Map<string, VerifierKey[]>();
  for (const key of witnesses) {
    if (!retired.has(key.name)) byName.set(key.name, [...(byName.get(key.name) ?? []), key]);
  }
  const lines: string[] = [];
  const members: string[] = [];
  for (const [index, keys] of [...byName.values()].entries()) {
    const names = keys.map((_, at) => (keys.length === 1 ? `w${index + 1}` : `w${index + 1}-${at + 1}`));
    lines.push(...keys.map((key, at) => `witness ${names[at]} ${formatVkey(key)}`));
    if (keys.length > 1) lines.push(`group w${index + 1} any ${names.join(" ")}`);
    members.push(`w${index + 1}`);
  }
  lines.push(`group auditors ${Math.min(min, members.length)} ${members.join(" ")}`, "quorum auditors", "");
  return lines.join("\n");
}
