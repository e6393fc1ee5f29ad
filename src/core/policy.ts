/**
 * Which auditors must agree for a reader, in C2SP's tlog-policy grammar: `witness <name> <vkey> [<url>]`,
 * `group <name> all|any|<k> <member>...`, `quorum <name>|none`. A name is a member of at most one group, so a policy is
 * a tree.
 *
 * Two parts of the grammar are refused: `log` lines, since key directories sign no checkpoints, and text that is not
 * UTF-8.
 */
import { equalBytes, fromUtf8 } from "./bytes.ts";
import { formatVkey, parseVkey, type VerifierKey } from "./checkpoint.ts";
import { CoauditError, isCoauditError } from "./errors.ts";
import { shown as shownValue } from "./printable.ts";

/** Far above the 32 witnesses and 32 groups that the grammar requires of an implementation. */
const MAX_WITNESSES = 256;
const MAX_GROUPS = 256;
const MAX_POLICY_CHARACTERS = 256 * 1024;

export interface PolicyWitness {
  readonly kind: "witness";
  readonly name: string;
  readonly vkey: VerifierKey;
  readonly url?: string;
  /** Where it was written, from 1; 0 for a policy that was not read from text. */
  readonly line: number;
}

export interface PolicyGroup {
  readonly kind: "group";
  readonly name: string;
  /** How many members must have witnessed: 1 for `any`, all of them for `all`. */
  readonly threshold: number;
  readonly members: readonly PolicyMember[];
  readonly line: number;
}

export type PolicyMember = PolicyWitness | PolicyGroup;

export interface Policy {
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** "none" accepts every head: it can be parsed and explained, never used. */
  readonly quorum: PolicyMember | "none";
}

/** Throws POLICY_INVALID with line and column. Bytes are taken as UTF-8; names are compared code unit by code unit. */
export function parsePolicy(source: string | Uint8Array): Policy {
  return new PolicyReader().read(decoded(source));
}

/** The policy in the grammar, every line with a line feed. It parses back to the same policy. */
export function formatPolicy(policy: Policy): string {
  checkPolicyShape(policy);
  const lines = policy.witnesses.map(({ name, vkey, url }) =>
    ["witness", name, formatVkey(vkey), ...(url === undefined ? [] : [url])].join(" "),
  );
  for (const { name, threshold, members } of policy.groups) {
    lines.push(["group", name, thresholdText(threshold, members.length), ...members.map((one) => one.name)].join(" "));
  }
  lines.push(`quorum ${policy.quorum === "none" ? "none" : policy.quorum.name}`);
  return `${lines.join("\n")}\n`;
}

/**
 * The value itself if it has the shape of a policy, however it was made: programs pass these, too. Throws
 * POLICY_INVALID.
 */
export function checkPolicyShape(value: unknown): Policy {
  const { witnesses, groups, quorum } = (value ?? {}) as Partial<Record<keyof Policy, unknown>>;
  if (!Array.isArray(witnesses) || !Array.isArray(groups)) {
    throw invalidPolicy(`${shownValue(value)} is neither the text of a policy nor what parsePolicy returns`);
  }
  const budget = { left: MAX_WITNESSES + MAX_GROUPS };
  const areMembers = [...witnesses, ...groups].every((one) => isMemberShape(one, { left: budget.left }));
  if (areMembers && (quorum === "none" || isMemberShape(quorum, budget))) return value as Policy;
  throw invalidPolicy("it does not have the shape of what parsePolicy returns");
}

/** `left`: a tree is no larger than its names; one that contains itself would have no end. */
function isMemberShape(value: unknown, budget: { left: number }): boolean {
  if (--budget.left < 0) return false;
  const { kind, name, vkey, threshold, members } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string") return false;
  if (kind === "witness") {
    const key = (vkey ?? {}) as Partial<VerifierKey>;
    return typeof key.name === "string" && key.publicKey instanceof Uint8Array && key.publicKey.length === 32;
  }
  return (
    kind === "group" &&
    Number.isSafeInteger(threshold) &&
    Array.isArray(members) &&
    Number(threshold) >= 1 &&
    Number(threshold) <= members.length &&
    members.every((one) => isMemberShape(one, budget))
  );
}

/** As the grammar writes it: `all`, `any` or the number. */
export function thresholdText(threshold: number, members: number): string {
  if (threshold === members) return "all";
  return threshold === 1 ? "any" : String(threshold);
}

/** The error for a policy that can be parsed but not used. */
export function invalidPolicy(reason: string, line = 0, column = 0): CoauditError<"POLICY_INVALID"> {
  const where = line === 0 ? "policy" : `policy, line ${line}, column ${column}`;
  return new CoauditError("POLICY_INVALID", `${where}: ${reason}`, { line, column, reason });
}

interface Word {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

class PolicyReader {
  readonly #defined: Map<string, PolicyMember> = new Map();
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  /** Where each name became a member: it may do so only once, so that no witness counts in two ways. */
  readonly #memberOf: Map<string, string> = new Map();
  #quorum: PolicyMember | "none" | undefined;
  #quorumLine = 0;

  read(text: string): Policy {
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      const words = wordsOf(line, index + 1);
      const [keyword] = words;
      if (keyword === undefined || keyword.text.startsWith("#")) continue;
      this.#line(keyword, words.slice(1), index + 1, line.trimEnd().length + 1);
    }
    if (this.#quorum === undefined) {
      throw invalidPolicy('it has no "quorum" line; end it with: quorum NAME', lines.length, 1);
    }
    return { witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #line(keyword: Word, words: readonly Word[], line: number, end: number): void {
    switch (keyword.text) {
      case "witness":
        this.#witness(words, line, end);
        return;
      case "group":
        this.#group(words, line, end);
        return;
      case "quorum":
        this.#quorumIs(keyword, words, line, end);
        return;
      case "log":
        throw at(
          keyword,
          'a "log" line asks for the log\'s own signature, and key directories do not sign checkpoints; remove it: namespace and origin are settings of the reader',
        );
      default:
        throw at(keyword, `"${shown(keyword.text)}" is not one of witness, group, quorum`);
    }
  }

  #witness([name, vkey, url, extra]: readonly Word[], line: number, end: number): void {
    if (name === undefined) throw invalidPolicy("expected: witness NAME VKEY [URL]", line, end);
    if (vkey === undefined) throw invalidPolicy(`expected the vkey of ${shown(name.text)}`, line, end);
    if (extra !== undefined) throw at(extra, "nothing may follow the URL of a witness");
    if (this.#witnesses.length >= MAX_WITNESSES) throw at(name, `more than ${MAX_WITNESSES} witnesses`);
    const key = readVkey(vkey);
    const twin = this.#witnesses.find((other) => equalBytes(other.vkey.publicKey, key.publicKey));
    if (twin !== undefined) throw at(vkey, `the key already belongs to ${shown(twin.name)} in line ${twin.line}`);
    const witness: PolicyWitness = {
      kind: "witness",
      name: name.text,
      vkey: key,
      ...(url === undefined ? {} : { url: url.text }),
      line,
    };
    this.#define(name, witness);
    this.#witnesses.push(witness);
  }

  #group([name, threshold, ...members]: readonly Word[], line: number, end: number): void {
    if (name === undefined || threshold === undefined || members.length === 0) {
      throw invalidPolicy("expected: group NAME all|any|K MEMBER..., at least one member", line, end);
    }
    if (this.#groups.length >= MAX_GROUPS) throw at(name, `more than ${MAX_GROUPS} groups`);
    const found = members.map((member) => this.#member(member, name.text));
    const group: PolicyGroup = {
      kind: "group",
      name: name.text,
      threshold: readThreshold(threshold, members.length),
      members: found,
      line,
    };
    this.#define(name, group);
    this.#groups.push(group);
  }

  #member(word: Word, group: string): PolicyMember {
    const member = this.#find(word, "a group member");
    const other = this.#memberOf.get(word.text);
    if (other !== undefined) {
      throw at(word, `${shown(word.text)} is already a member of ${shown(other)}; a name counts in only one group`);
    }
    this.#memberOf.set(word.text, group);
    return member;
  }

  #quorumIs(keyword: Word, [name, extra]: readonly Word[], line: number, end: number): void {
    if (this.#quorum !== undefined) throw at(keyword, `there is already a quorum in line ${this.#quorumLine}`);
    if (name === undefined) throw invalidPolicy("expected: quorum NAME, or: quorum none", line, end);
    if (extra !== undefined) throw at(extra, "nothing may follow the name of the quorum; define a group for several");
    this.#quorum = name.text === "none" ? "none" : this.#find(name, "the quorum");
    this.#quorumLine = line;
  }

  #find(word: Word, as: string): PolicyMember {
    if (word.text === "none") throw at(word, `"none" cannot be ${as}`);
    const found = this.#defined.get(word.text);
    if (found === undefined) throw at(word, `${shown(word.text)} is not defined in a line above`);
    return found;
  }

  #define(word: Word, member: PolicyMember): void {
    if (word.text === "none") throw at(word, '"none" is a word of the grammar and cannot be a name');
    const earlier = this.#defined.get(word.text);
    if (earlier !== undefined) throw at(word, `${shown(word.text)} is already defined in line ${earlier.line}`);
    this.#defined.set(word.text, member);
  }
}

function decoded(source: string | Uint8Array): string {
  if (typeof source !== "string" && !(source instanceof Uint8Array)) {
    throw invalidPolicy(`${shownValue(source)} is neither a text nor bytes`);
  }
  // Three bytes a character at most, so a longer file is refused before it is decoded.
  if (source.length > MAX_POLICY_CHARACTERS) throw invalidPolicy(`it is longer than ${MAX_POLICY_CHARACTERS}`);
  if (typeof source === "string") return source;
  try {
    return fromUtf8(source, "policy");
  } catch (error) {
    throw isCoauditError(error) ? invalidPolicy("it is not UTF-8 text") : error;
  }
}

/** Words are separated by spaces and tabs only; any other control character is an error. */
function wordsOf(line: string, number: number): Word[] {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code >= 0x20 && code !== 0x7f) || code === 0x09) continue;
    const hint = code === 0x0d ? "; lines end with LF only" : "";
    throw invalidPolicy(
      `the control character 0x${code.toString(16).padStart(2, "0")} is not allowed${hint}`,
      number,
      i + 1,
    );
  }
  return [...line.matchAll(/[^ \t]+/g)].map((match) => ({ text: match[0], line: number, column: match.index + 1 }));
}

function readVkey(word: Word): VerifierKey {
  try {
    return parseVkey(word.text);
  } catch (error) {
    if (isCoauditError(error, "VKEY_INVALID")) throw at(word, `the vkey is unusable: ${error.metadata.reason}`);
    throw error;
  }
}

function readThreshold(word: Word, members: number): number {
  if (word.text === "all") return members;
  if (word.text === "any") return 1;
  const value = /^[1-9][0-9]{0,3}$/.test(word.text) ? Number(word.text) : 0;
  if (value >= 1 && value <= members) return value;
  throw at(word, `"${shown(word.text)}" is not all, any or a number from 1 to the ${members} members`);
}

function at({ line, column }: Word, reason: string): CoauditError<"POLICY_INVALID"> {
  return invalidPolicy(reason, line, column);
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
