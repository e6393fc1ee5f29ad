/**
 * Which digest has a quorum of auditors, and is it the one I was shown? Asks several nodes at once and decides here,
 * with the reader's own policy. A node is only a messenger: it can stay silent, but cannot lie undetected.
 */

import { fromHex, toHex } from "../core/bytes.ts";
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import type { Clock, Random } from "../core/clock.ts";
import { counted } from "../core/counted.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { CoauditError } from "../core/errors.ts";
import type { Assumptions } from "../core/evidence.ts";
import { checkNamespace, checkOrigin } from "../core/names.ts";
import { checkNumber } from "../core/numbers.ts";
import { type Policy, parsePolicy } from "../core/policy.ts";
import { analysePolicy, sureSize } from "../core/policy-analysis.ts";
import { type BoundPolicy, bindPolicy, rosterOfPolicy } from "../core/policy-evaluation.ts";
import { defaultFaultBound, type Roster } from "../core/roster.ts";
import { askNode, type NodeAnswer } from "./ask-node.ts";
import { type DecidedResult, lookupResult } from "./lookup-result.ts";
import { type DecisionModules, readCertificate } from "./merge-answers.ts";
import { type Fetch, NodeClient } from "./node-client.ts";
import { checkNodeUrl } from "./node-url.ts";
import type { CheckResult, LookupResult, Satisfied } from "./results.ts";
import { memoryTrust, type TrustEntry, TrustState, type TrustStorage } from "./trust-state.ts";
import { type WatchOptions, watchNodes } from "./watch/watch.ts";
import { webClock, webRandom } from "./web-system.ts";
import { rememberingVerifier, webVerifier } from "./web-verifier.ts";
import { wrongDigestReport } from "./wrong-digest-report.ts";

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
  /** Origin by namespace. Default: that of the first accepted head, from then on. */
  readonly origins?: Readonly<Record<string, string>>;
  /**
   * Auditors with all their keys, windows and the convictions that this reader pardons. Default: the witnesses of the
   * policy.
   */
  readonly roster?: Roster;
  /** The provider's own keys by namespace, for evidence that it signed two digests itself. Default: none. */
  readonly providerKeys?: ReadonlyMap<string, readonly Uint8Array[]>;
  /** For one node's whole answer. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface QuorumClientModules {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly verifier?: SignatureVerifier;
  readonly fetch?: Fetch;
}

/** More nodes than this only add waiting. */
const MAX_NODES = 16;
const DAY_MS = 86_400_000;

export class QuorumClient {
  /** The policy as it is applied: who is in it. */
  readonly policy: BoundPolicy;
  readonly roster: Roster;
  /** f with today's roster; without an option of its own each epoch has that of its auditors. */
  readonly faultBound: number;
  readonly #faultBound: number | undefined;
  readonly #nodes: readonly NodeClient[];
  readonly #origins: ReadonlyMap<string, string>;
  readonly #providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly #maxAgeMs: number;
  readonly #trust: TrustState;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #verifier: SignatureVerifier;
  /** What to ask nodes for: the fewest auditors that can be enough, and how many are enough whoever they are. */
  readonly #sizes: { readonly least: number; readonly sure: number };

  /** Throws USAGE, POLICY_INVALID, NAME_INVALID, NUMBER_OUT_OF_RANGE. */
  constructor(options: QuorumClientOptions, modules: QuorumClientModules = {}) {
    const { nodes, timeoutMs } = options;
    if (nodes.length > MAX_NODES) {
      throw new CoauditError("USAGE", `nodes: at most ${MAX_NODES} are allowed`, { option: "nodes" });
    }
    const policy = typeof options.policy === "string" ? parsePolicy(options.policy) : options.policy;
    this.roster = options.roster ?? rosterOfPolicy(policy);
    this.policy = bindPolicy(policy, this.roster);
    const analysis = analysePolicy(this.policy);
    this.#sizes = { least: Math.max(1, analysis.forgers.length), sure: sureSize(analysis) };
    this.faultBound = checkNumber(options.faultBound ?? defaultFaultBound(this.roster.size), "faultBound");
    this.#faultBound = options.faultBound;
    this.#maxAgeMs = checkNumber(options.maxAgeMs ?? DAY_MS, "maxAgeMs");
    this.#clock = modules.clock ?? webClock;
    this.#random = modules.random ?? webRandom;
    this.#verifier = rememberingVerifier(modules.verifier ?? webVerifier());
    this.#trust = new TrustState(options.trustState ?? memoryTrust());
    this.#origins = new Map(
      Object.entries(options.origins ?? {}).map(([name, origin]) => [checkNamespace(name), checkOrigin(origin)]),
    );
    this.#providerKeys = options.providerKeys ?? new Map();
    const port = { clock: this.#clock, ...(modules.fetch === undefined ? {} : { fetch: modules.fetch }) };
    const limits = timeoutMs === undefined ? {} : { timeoutMs: checkNumber(timeoutMs, "timeoutMs", 1) };
    const urls = new Set(nodes.map((url) => checkNodeUrl(url, "nodes")));
    this.#nodes = [...urls].map((url) => new NodeClient({ url, ...limits }, port));
  }

  /** The newest head that the policy accepts. Throws TRUST_STATE_INVALID. */
  async latest(namespace: string): Promise<LookupResult> {
    return this.#latest(checkNamespace(namespace));
  }

  /** The head of one epoch, however old. Throws TRUST_STATE_INVALID. */
  async at(namespace: string, epoch: number): Promise<LookupResult> {
    checkNumber(epoch, "epoch", 1);
    const found = await this.#ask(checkNamespace(namespace), epoch);
    if (found.result !== "not-enough") return this.#accepted(namespace, found);
    const newest = await this.latest(namespace);
    if (newest.result === "conflict") return newest;
    const acceptedEpoch = newest.result === "satisfied" ? newest.head.epoch : undefined;
    if (acceptedEpoch !== undefined && acceptedEpoch >= epoch) return found;
    const { head, signers, missing, cases, nodes } = found;
    const explanation = `epoch ${epoch} is not audited yet: ${signers.length} of ${counted(this.policy.auditors.length, "auditor")} signed it; ask again later`;
    return {
      result: "pending",
      epoch,
      ...(acceptedEpoch === undefined ? {} : { acceptedEpoch }),
      ...(head === undefined ? {} : { head }),
      ...{ signers, missing, cases, nodes, explanation },
    };
  }

  /**
   * Is the digest that this reader was shown the one that the auditors saw? A provider that lies to a single reader is
   * caught here or nowhere. `digest`: 32 bytes, or 64 hexadecimal digits; it is compared here and sent nowhere. Throws
   * ENCODING_INVALID.
   */
  async check(namespace: string, epoch: number, digest: string | Uint8Array): Promise<CheckResult> {
    const shown = typeof digest === "string" ? fromHex(digest, "digest") : digest;
    if (shown.length !== 32) {
      const message = `digest: it has ${shown.length} bytes, expected 32`;
      throw new CoauditError("ENCODING_INVALID", message, { what: "digest" });
    }
    const found = await this.at(namespace, epoch);
    if (found.result !== "satisfied" || found.head.digest === toHex(shown)) return found;
    return wrongDigestReport(found, toHex(shown), this.#clock.now());
  }

  /**
   * A certificate from anywhere, offline: a file, a push message, the provider itself. As "latest" (the default) late
   * heads and signatures past `maxAgeMs` do not count. Nothing of it is remembered. Throws CERTIFICATE_INVALID,
   * TRUST_STATE_INVALID.
   */
  async verify(certificate: Certificate, epoch: number | "latest" = "latest"): Promise<DecidedResult> {
    const { namespace } = certificate ?? {};
    const { request, trusted, modules } = await this.#question(String(namespace), epoch);
    const read = await readCertificate(certificate, request, modules);
    const found = await lookupResult([{ url: "certificate", read }], { request, trusted }, modules);
    return { ...found, nodes: [] };
  }

  /**
   * The newest head: the first result, then each that differs. Nodes announce changes in an event stream; one without
   * is polled. An event is only a hint: what it leads to is verified as always. Ends with the signal, or when the loop
   * is left. Throws NAME_INVALID and NUMBER_OUT_OF_RANGE at once, TRUST_STATE_INVALID later.
   */
  watch(namespace: string, options: WatchOptions = {}): AsyncGenerator<LookupResult, void, void> {
    checkNamespace(namespace);
    checkNumber(options.intervalMs ?? 1, "intervalMs", 1);
    const nodes = this.#nodes;
    const modules = {
      clock: this.#clock,
      random: this.#random,
      ask: (signal: AbortSignal) => this.#latest(namespace, signal),
    };
    return watchNodes({ namespace, nodes, ...options }, modules);
  }

  async #latest(namespace: string, signal?: AbortSignal): Promise<LookupResult> {
    return this.#accepted(namespace, await this.#ask(namespace, "latest", signal));
  }

  async #ask(namespace: string, epoch: number | "latest", signal?: AbortSignal): Promise<DecidedResult> {
    const { request, trusted, modules } = await this.#question(namespace, epoch);
    const { least, sure } = this.#sizes;
    const ask = (size: number): Promise<readonly NodeAnswer[]> =>
      Promise.all(this.#nodes.map((node) => askNode(node, { request, least: size, signal }, modules)));
    const answers = await ask(least);
    const found = await lookupResult(answers, { request, trusted }, modules);
    if (epoch !== "latest" || found.result !== "not-enough" || sure === least) return found;
    // The newest epoch with the fewest that can be enough is not one that this policy accepts: an older one may be.
    const more = await ask(sure);
    const second = await lookupResult([...answers, ...more], { request, trusted }, modules);
    return { ...second, nodes: second.nodes.slice(answers.length) };
  }

  async #question(
    namespace: string,
    epoch: number | "latest",
  ): Promise<{ request: QuorumRequest; trusted: TrustEntry | undefined; modules: DecisionModules }> {
    const trusted = await this.#trust.get(namespace);
    const request: QuorumRequest = {
      namespace,
      epoch,
      policy: this.policy,
      nowMs: this.#clock.now(),
      ...(epoch === "latest" ? { maxAgeMs: this.#maxAgeMs } : {}),
    };
    return {
      request,
      trusted,
      modules: { assumptions: this.#assumptions(namespace, trusted), verifier: this.#verifier },
    };
  }

  #assumptions(namespace: string, trusted: TrustEntry | undefined): Assumptions {
    const origin = this.#origins.get(namespace) ?? trusted?.origin;
    const origins = new Map(origin === undefined ? [] : [[namespace, origin]]);
    return { roster: this.roster, faultBound: this.#faultBound, origins, providerKeys: this.#providerKeys };
  }

  async #accepted<Result extends LookupResult>(namespace: string, found: Result): Promise<Result> {
    if (found.result === "satisfied") await this.#trust.accept(namespace, trustEntryOf(found));
    return found;
  }
}

function trustEntryOf({ head: { origin, epoch, digest }, certificate }: Satisfied): TrustEntry {
  return { origin, epoch, digest, certificate: { ...certificate, cases: [], openCases: 0 } };
}
