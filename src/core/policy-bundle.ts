/**
 * What an app trusts, as one text that its makers sign and its users renew: a policy, the roster behind it, f, origins,
 * VRF keys and settlements (docs/protocol.md 14). Canonical: what does not read back as it is written is refused, so
 * that two signers sign the same bytes.
 */
import { compareText, equalBytes, fromHex, toHex } from "./bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "./errors.ts";
import { checkAuditorName, checkNamespace, checkOrigin } from "./names.ts";
import { checkNumber, parseNumber } from "./numbers.ts";
import { formatPolicy, type Policy, parsePolicy } from "./policy.ts";
import { bindPolicy, rosterOfPolicy } from "./policy-evaluation.ts";
import { type EpochByNamespace, type KeyWindow, Roster, type RosterAuditor, type RosterKey } from "./roster.ts";
import type { Settlement } from "./settlement.ts";
import { checkSettlement } from "./settlement-file.ts";

export interface PolicyBundle {
  /** Whom it is for: a bundle of another app is none. */
  readonly app: string;
  /** From 1; a higher one replaces a lower one. */
  readonly version: number;
  /** Unix milliseconds, whole seconds. */
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly policy: Policy;
  /** Undefined: the witnesses of the policy. */
  readonly auditors?: readonly RosterAuditor[];
  /** Undefined: that of each epoch's auditors. */
  readonly faultBound?: number;
  readonly origins: ReadonlyMap<string, string>;
  readonly vrfKeys: ReadonlyMap<string, Uint8Array>;
  readonly settlements: readonly Settlement[];
}

const MAGIC = "coaudit-policy/v1";
/** A roster of 256 auditors has about 100 KiB. */
export const MAX_BUNDLE_CHARACTERS: number = 512 * 1024;

/** The auditors of the bundle. */
export function rosterOfBundle({ policy, auditors }: PolicyBundle): Roster {
  return auditors === undefined ? rosterOfPolicy(policy) : new Roster(auditors);
}

/** The text that is signed, with a line feed at its end. Throws BUNDLE_INVALID. */
export function formatBundle(bundle: PolicyBundle): string {
  const text = written(bundle);
  parseBundle(text);
  return text;
}

/** Throws BUNDLE_INVALID with the line. */
export function parseBundle(text: string): PolicyBundle {
  if (text.length > MAX_BUNDLE_CHARACTERS) throw invalid(0, `it is longer than ${MAX_BUNDLE_CHARACTERS} characters`);
  const lines = text.split("\n");
  if (lines.pop() !== "") throw invalid(lines.length, "the last line has no line feed");
  const bundle = new BundleReader(lines).read();
  const [again, same] = [written(bundle).split("\n"), text.split("\n")];
  const differs = same.findIndex((line, index) => line !== again[index]);
  if (differs >= 0)
    throw invalid(differs + 1, again[differs] ? `it must read: ${again[differs]}` : "it does not belong here");
  return bundle;
}

function written(bundle: PolicyBundle): string {
  const {
    app,
    version,
    issuedMs,
    expiresMs,
    policy,
    auditors = [],
    faultBound,
    origins,
    vrfKeys,
    settlements,
  } = bundle;
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => compareText(a, b));
  const settled = [...settlements].sort((a, b) => compareText(a.namespace, b.namespace) || a.first - b.first);
  return [
    `${MAGIC} ${app}`,
    `version ${version}`,
    `issued ${timeText(issuedMs)}`,
    `expires ${timeText(expiresMs)}`,
    ...formatPolicy(policy).trimEnd().split("\n"),
    ...[...auditors]
      .sort((a, b) => compareText(a.name, b.name))
      .map((one) => `auditor ${JSON.stringify(auditorJson(one))}`),
    ...(faultBound === undefined ? [] : [`faults ${faultBound}`]),
    ...sorted(origins).map(([namespace, origin]) => `origin ${namespace} ${origin}`),
    ...sorted(vrfKeys).map(([namespace, key]) => `vrf ${namespace} ${toHex(key)}`),
    ...settled.map(({ namespace, first, last, sides, trust, note }) => {
      const ordered = Object.fromEntries(sorted(new Map(Object.entries(sides))));
      return `settlement ${JSON.stringify({ namespace, first, last, sides: ordered, trust, note })}`;
    }),
    "",
  ].join("\n");
}

function auditorJson({ name, keys, nextKeyHash, joined, retired, trustedUntil }: RosterAuditor): object {
  return {
    name,
    keys: keys.map(({ publicKey, windows }) => ({
      publicKey: toHex(publicKey),
      ...(windows === undefined ? {} : { windows }),
    })),
    ...(nextKeyHash === undefined ? {} : { nextKeyHash: toHex(nextKeyHash) }),
    ...(joined === undefined ? {} : { joined }),
    ...(retired === undefined ? {} : { retired }),
    ...(trustedUntil === undefined ? {} : { trustedUntil }),
  };
}

class BundleReader {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): PolicyBundle {
    const app = this.#one(MAGIC, checkAuditorName);
    const version = this.#one("version", (text) => parseNumber(text, "version", 1));
    const issuedMs = this.#one("issued", timeOf);
    const expiresMs = this.#one("expires", timeOf);
    if (expiresMs <= issuedMs) throw invalid(4, "it expires before it was issued");
    const policy = this.#policy();
    const auditors = this.#all("auditor", auditorOf);
    const [faultBound] = this.#all("faults", (text) => parseNumber(text, "faults", 0, 255));
    const origins = new Map(this.#all("origin", (text) => pair(text, checkOrigin)));
    const vrfKeys = new Map(this.#all("vrf", (text) => pair(text, keyOf)));
    const settlements = this.#all("settlement", (text) => checkSettlement(JSON.parse(text)));
    const left = this.#lines[this.#next];
    if (left !== undefined) throw invalid(this.#next + 1, `"${left.slice(0, 40)}" does not belong here`);
    const bundle: PolicyBundle = {
      ...{ app, version, issuedMs, expiresMs, policy, origins, vrfKeys, settlements },
      ...(auditors.length === 0 ? {} : { auditors }),
      ...(faultBound === undefined ? {} : { faultBound }),
    };
    checkTogether(bundle);
    return bundle;
  }

  #policy(): Policy {
    const first = this.#next;
    while (/^(witness|group|quorum) /.test(this.#lines[this.#next] ?? "")) this.#next++;
    try {
      return parsePolicy(`${this.#lines.slice(first, this.#next).join("\n")}\n`);
    } catch (cause) {
      if (!isCoauditError(cause, "POLICY_INVALID")) throw cause;
      throw invalid(first + Math.max(1, cause.metadata.line), cause.metadata.reason, cause);
    }
  }

  #one<T>(keyword: string, read: (text: string) => T): T {
    const line = this.#lines[this.#next] ?? "";
    if (!line.startsWith(`${keyword} `)) throw invalid(this.#next + 1, `expected: ${keyword} ...`);
    this.#next++;
    try {
      return read(line.slice(keyword.length + 1));
    } catch (cause) {
      throw invalid(this.#next, errorMessage(cause), cause);
    }
  }

  #all<T>(keyword: string, read: (text: string) => T): T[] {
    const found: T[] = [];
    while (this.#lines[this.#next]?.startsWith(`${keyword} `)) found.push(this.#one(keyword, read));
    return found;
  }
}

/** Each part is right by itself: are they right together? */
function checkTogether(bundle: PolicyBundle): void {
  try {
    const roster = rosterOfBundle(bundle);
    bindPolicy(bundle.policy, roster);
    if (bundle.faultBound !== undefined) checkNumber(bundle.faultBound, "faults", 0, Math.max(0, roster.size - 1));
  } catch (cause) {
    throw invalid(0, errorMessage(cause), cause);
  }
}

/** True when one of these keys is an auditor's: then it would sign two kinds of things. */
export function isAuditorsKey(bundle: PolicyBundle, publicKey: Uint8Array): boolean {
  const witnesses = bundle.policy.witnesses.some(({ vkey }) => equalBytes(vkey.publicKey, publicKey));
  return witnesses || rosterOfBundle(bundle).byKey(publicKey) !== undefined;
}

function auditorOf(text: string): RosterAuditor {
  const { name, keys, nextKeyHash, joined, retired, trustedUntil } = JSON.parse(text) as Record<string, unknown>;
  if (!Array.isArray(keys)) throw new Error('"keys" is not a list');
  return {
    name: checkAuditorName(name as string),
    keys: keys.map(rosterKeyOf),
    addresses: [],
    ...(nextKeyHash === undefined ? {} : { nextKeyHash: keyOf(nextKeyHash as string) }),
    ...(joined === undefined ? {} : { joined: epochsOf(joined) }),
    ...(retired === undefined ? {} : { retired: epochsOf(retired) }),
    ...(trustedUntil === undefined ? {} : { trustedUntil: epochsOf(trustedUntil) }),
  };
}

function rosterKeyOf(value: unknown): RosterKey {
  const { publicKey, windows } = (value ?? {}) as { publicKey?: unknown; windows?: unknown };
  if (windows === undefined) return { publicKey: keyOf(publicKey as string) };
  return { publicKey: keyOf(publicKey as string), windows: byNamespace(windows, windowOf) };
}

function windowOf(value: unknown): KeyWindow {
  const { from: first, until } = (value ?? {}) as KeyWindow;
  if (first !== undefined) checkNumber(first, "the first epoch of a window");
  if (until !== undefined) checkNumber(until, "the last epoch of a window");
  return { ...(first === undefined ? {} : { from: first }), ...(until === undefined ? {} : { until }) };
}

function epochsOf(value: unknown): EpochByNamespace {
  return byNamespace(value, (epoch) => checkNumber(epoch as number, "epoch"));
}

function byNamespace<T>(value: unknown, read: (value: unknown) => T): Record<string, T> {
  if (typeof value !== "object" || value === null) throw new Error("expected an object by namespace");
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(entries.map(([namespace, one]) => [checkNamespace(namespace), read(one)]));
}

function pair<T>(text: string, read: (text: string) => T): [string, T] {
  const [namespace = "", value = ""] = text.split(" ", 2);
  return [checkNamespace(namespace), read(value)];
}

function keyOf(text: string): Uint8Array {
  const bytes = typeof text === "string" ? fromHex(text, "key") : new Uint8Array();
  if (bytes.length !== 32) throw new Error("expected 64 hexadecimal digits");
  return bytes;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function timeOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new Error(`"${text.slice(0, 40)}" is not a time such as 2027-01-31T12:00:00Z`);
  return ms;
}

function invalid(line: number, reason: string, cause?: unknown): CoauditError<"BUNDLE_INVALID"> {
  const where = line === 0 ? "policy bundle" : `policy bundle, line ${line}`;
  return new CoauditError("BUNDLE_INVALID", `${where}: ${reason}`, { line, reason }, { cause });
}
