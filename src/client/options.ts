/** What a QuorumClient is made of, checked: a mistake is told when the client is made, not when it is asked. */

import type { Clock, Random } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { checkNamespace, checkOrigin } from "../core/names.ts";
import { checkNumber } from "../core/numbers.ts";
import { checkPolicyShape, type Policy, parsePolicy } from "../core/policy.ts";
import { type BoundPolicy, bindPolicy, rosterOfPolicy } from "../core/policy-evaluation.ts";
import { shown } from "../core/printable.ts";
import { defaultFaultBound, type Roster } from "../core/roster.ts";
import type { Settlement } from "../core/settlement.ts";
import { checkSettlement } from "../core/settlement-file.ts";
import { checkMethods, checkOptions, usage } from "./arguments.ts";
import type { Fetch } from "./node-client.ts";
import { checkNodeUrl } from "./node-url.ts";
import type { CheckResult } from "./results.ts";
import { memoryTrust, type TrustStorage } from "./trust-state.ts";

export interface QuorumClientOptions {
  /**
   * URLs of up to 16 nodes, run by different people: a single one can hide a case or withhold newer heads. Without any,
   * only `verify` works.
   */
  readonly nodes: readonly string[];
  /** In C2SP's tlog-policy grammar, or already parsed. */
  readonly policy: string | Policy;
  /** f: how many auditors may lie or fail together. Default floor((n - 1) / 3). */
  readonly faultBound?: number;
  /**
   * For the newest head, signatures older than this do not count; an epoch requested by number may be old. Default: a
   * day.
   */
  readonly maxAgeMs?: number;
  /**
   * Where to keep what was accepted. Default: in memory, so that a new program can be rolled back to an older epoch.
   */
  readonly trustState?: TrustStorage;
  /**
   * Origin by namespace. Default: the one that whole heads proved with the first accepted newest head, from then on.
   */
  readonly origins?: Readonly<Record<string, string>>;
  /**
   * Auditors with all their keys, windows and the convictions that this reader pardons. Default: the witnesses of the
   * policy.
   */
  readonly roster?: Roster;
  /** The provider's own keys by namespace, for evidence that it signed two digests itself. Default: none. */
  readonly providerKeys?: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What people found out about forks (docs/protocol.md 7.4). Never from a node. Default: none. */
  readonly settlements?: readonly Settlement[];
  /** Unix milliseconds from which the policy is out of date: every result says so then. Default: never. */
  readonly policyExpiresMs?: number;
  /** For one node's whole answer. Default 10 s. */
  readonly timeoutMs?: number;
  /**
   * Called when an answer that came after its result was final convicts somebody or contradicts that result. All later
   * results know of it.
   */
  readonly onAlarm?: (found: CheckResult) => void;
}

export interface QuorumClientModules {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly verifier?: SignatureVerifier;
  readonly fetch?: Fetch;
}

export interface CheckedOptions {
  readonly urls: readonly string[];
  readonly policy: BoundPolicy;
  readonly roster: Roster;
  /** Undefined: that of each epoch's auditors. */
  readonly faultBound: number | undefined;
  readonly maxAgeMs: number;
  readonly trustState: TrustStorage;
  readonly origins: ReadonlyMap<string, string>;
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly settlements: readonly Settlement[];
  readonly policyExpiresMs: number | undefined;
  readonly timeoutMs: number;
  readonly onAlarm: ((found: CheckResult) => void) | undefined;
}

/** More nodes than this only add waiting. */
const MAX_NODES = 16;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 10_000;
const OPTIONS = [
  ...(["nodes", "policy", "faultBound", "maxAgeMs", "trustState", "origins"] as const),
  ...(["roster", "providerKeys", "settlements", "policyExpiresMs", "timeoutMs", "onAlarm"] as const),
];

/** Throws USAGE, POLICY_INVALID, NAME_INVALID, NUMBER_OUT_OF_RANGE, ROSTER_INVALID, SETTLEMENT_INVALID. */
export function checkClientOptions(value: QuorumClientOptions): CheckedOptions {
  const options = checkOptions<QuorumClientOptions>(value, "options", OPTIONS);
  const policy = policyOf(options.policy);
  const roster = options.roster === undefined ? rosterOfPolicy(policy) : rosterIn(options.roster);
  const { faultBound, maxAgeMs = DAY_MS, policyExpiresMs, timeoutMs = TIMEOUT_MS, onAlarm } = options;
  if (onAlarm !== undefined && typeof onAlarm !== "function") {
    throw usage("onAlarm", `onAlarm: ${shown(onAlarm)} is not a function`);
  }
  return {
    urls: urlsOf(options.nodes),
    policy: bindPolicy(policy, roster),
    roster,
    faultBound: faultBound === undefined ? undefined : checkNumber(faultBound, "faultBound", 0, mostFaults(roster)),
    maxAgeMs: checkNumber(maxAgeMs, "maxAgeMs"),
    trustState: checkMethods(options.trustState ?? memoryTrust(), "trustState", ["read", "write"]),
    origins: originsOf(options.origins ?? {}),
    providerKeys: providerKeysOf(options.providerKeys ?? new Map()),
    settlements: settlementsOf(options.settlements ?? []),
    policyExpiresMs: policyExpiresMs === undefined ? undefined : checkNumber(policyExpiresMs, "policyExpiresMs"),
    timeoutMs: checkNumber(timeoutMs, "timeoutMs", 1),
    onAlarm,
  };
}

/** Throws USAGE. */
export function checkClientModules(value: QuorumClientModules): QuorumClientModules {
  const modules = checkOptions<QuorumClientModules>(value, "modules", ["clock", "random", "verifier", "fetch"]);
  const { clock, random, verifier, fetch } = modules;
  if (clock !== undefined) checkMethods(clock, "clock", ["now", "sleep", "elapsedMs"]);
  if (random !== undefined) checkMethods(random, "random", ["bytes"]);
  if (verifier !== undefined) checkMethods(verifier, "verifier", ["verify"]);
  if (fetch !== undefined && typeof fetch !== "function") throw usage("fetch", "fetch: it is not a function");
  return modules;
}

/** f for the reader's own text, with today's roster. */
export function faultBoundOf({ faultBound, roster }: CheckedOptions): number {
  return faultBound ?? defaultFaultBound(roster.size);
}

/** If all of them may lie, nothing that they sign says anything. */
function mostFaults({ size }: Roster): number {
  return Math.max(0, size - 1);
}

function policyOf(policy: string | Policy): Policy {
  if (typeof policy === "string") return parsePolicy(policy);
  return checkPolicyShape(policy);
}

/** A Roster of another copy of this package is one, too. */
function rosterIn(roster: Roster): Roster {
  checkMethods(roster, "roster", ["byKey", "byName", "membersAt"]);
  if (!Array.isArray(roster.auditors)) throw usage("roster", "roster: it is not a Roster");
  return roster;
}

function urlsOf(nodes: readonly string[]): string[] {
  if (!Array.isArray(nodes)) throw usage("nodes", `nodes: ${shown(nodes)} is not a list of URLs`);
  if (nodes.length > MAX_NODES) throw usage("nodes", `nodes: at most ${MAX_NODES} are allowed`);
  return [...new Set([...nodes].map((url) => checkNodeUrl(url, "nodes")))];
}

function originsOf(origins: Readonly<Record<string, string>>): Map<string, string> {
  if (typeof origins !== "object" || origins === null || Array.isArray(origins)) {
    throw usage("origins", `origins: ${shown(origins)} is not an object of origins by namespace`);
  }
  return new Map(Object.entries(origins).map(([name, origin]) => [checkNamespace(name), checkOrigin(origin)]));
}

function providerKeysOf(keys: ReadonlyMap<string, readonly Uint8Array[]>): ReadonlyMap<string, readonly Uint8Array[]> {
  if (!(keys instanceof Map)) throw usage("providerKeys", `providerKeys: ${shown(keys)} is not a Map`);
  for (const [namespace, ofThis] of keys) {
    checkNamespace(namespace);
    const isList = Array.isArray(ofThis) && ofThis.every((key) => key instanceof Uint8Array && key.length === 32);
    if (!isList) throw usage("providerKeys", `providerKeys: ${namespace} has no list of keys of 32 bytes`);
  }
  return keys;
}

function settlementsOf(settlements: readonly Settlement[]): readonly Settlement[] {
  if (!Array.isArray(settlements)) throw usage("settlements", `settlements: ${shown(settlements)} is not a list`);
  return settlements.map(checkSettlement);
}
