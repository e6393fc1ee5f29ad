/**
 * Which digest has a quorum of auditors, and is it the one I was shown? Asks several nodes at once and decides here,
 * with the reader's own policy. A node is only a messenger: it can stay silent, but cannot lie undetected.
 */

import { toHex } from "../core/bytes.ts";
import { type Certificate, headOfCertificate, type QuorumRequest } from "../core/certificate.ts";
import type { Clock, Random } from "../core/clock.ts";
import { counted } from "../core/counted.ts";
import { isCoauditError } from "../core/errors.ts";
import { checkNamespace } from "../core/names.ts";
import { checkNumber } from "../core/numbers.ts";
import { analysePolicy, sureSize } from "../core/policy-analysis.ts";
import type { BoundPolicy } from "../core/policy-evaluation.ts";
import type { Roster } from "../core/roster.ts";
import { checkReport, slimReport, type WrongDigestReport } from "../core/wrong-digest.ts";
import {
  type AskOptions,
  checkEpoch,
  checkOptions,
  checkShown,
  checkSignal,
  digestBytes,
  type Shown,
  signalOf,
  throwIfAborted,
} from "./arguments.ts";
import { type Answered, Asker, type HowToAsk } from "./asker.ts";
import { NodeClient } from "./node-client.ts";
import {
  type CheckedOptions,
  checkClientModules,
  checkClientOptions,
  faultBoundOf,
  type QuorumClientModules,
  type QuorumClientOptions,
} from "./options.ts";
import { Reader } from "./reader.ts";
import type { CheckResult, LookupResult, Pending, SentReport } from "./results.ts";
import { Teller } from "./texts.ts";
import { type WatchOptions, watchNodes } from "./watch/watch.ts";
import { whenAudited } from "./watch/when-audited.ts";
import { webClock, webRandom } from "./web-system.ts";
import { rememberingVerifier, webVerifier } from "./web-verifier.ts";
import { wrongDigestReport } from "./wrong-digest-report.ts";

export class QuorumClient {
  /** The policy as it is applied: who is in it. */
  readonly policy: BoundPolicy;
  readonly roster: Roster;
  /** f with today's roster; without an option of its own each epoch has that of its auditors. */
  readonly faultBound: number;
  readonly #options: CheckedOptions;
  readonly #nodes: readonly NodeClient[];
  readonly #reader: Reader;
  readonly #teller: Teller;
  readonly #asker: Asker;
  readonly #clock: Clock;
  readonly #random: Random;
  /** What to ask nodes for: the fewest auditors that can be enough, and how many are enough whoever they are. */
  readonly #sizes: { readonly least: number; readonly sure: number };

  /** Throws USAGE, POLICY_INVALID, NAME_INVALID, NUMBER_OUT_OF_RANGE. */
  constructor(options: QuorumClientOptions, modules: QuorumClientModules = {}) {
    const { clock = webClock, random = webRandom, verifier = webVerifier(), fetch } = checkClientModules(modules);
    const checked = checkClientOptions(options);
    this.#options = checked;
    this.policy = checked.policy;
    this.roster = checked.roster;
    this.faultBound = faultBoundOf(checked);
    const analysis = analysePolicy(checked.policy);
    this.#sizes = { least: Math.max(1, analysis.forgers.length), sure: sureSize(analysis) };
    this.#clock = clock;
    this.#random = random;
    const port = { clock, ...(fetch === undefined ? {} : { fetch }) };
    this.#nodes = checked.urls.map((url) => new NodeClient({ url, timeoutMs: checked.timeoutMs }, port));
    this.#reader = new Reader(checked, { clock, verifier: rememberingVerifier(verifier) });
    this.#teller = new Teller(checked.policyExpiresMs, { clock });
    this.#asker = new Asker(this.#nodes, {
      ...{ clock, reader: this.#reader, teller: this.#teller },
      onAlarm: checked.onAlarm,
    });
  }

  /** The newest head that the policy accepts. Throws TRUST_STATE_INVALID, QUESTION_ABORTED. */
  async latest(namespace: string, options: AskOptions = {}): Promise<LookupResult> {
    const how: HowToAsk = { signal: signalOf(options), freshness: "shared" };
    return this.#teller.tell(await this.#latest(checkNamespace(namespace), how));
  }

  /** The head of one epoch, however old. Throws TRUST_STATE_INVALID, QUESTION_ABORTED. */
  async at(namespace: string, epoch: number, options: AskOptions = {}): Promise<LookupResult> {
    const how: HowToAsk = { signal: signalOf(options), freshness: "shared" };
    return this.#teller.tell(await this.#at(checkNamespace(namespace), checkEpoch(epoch), how));
  }

  /**
   * Is the digest that this reader was shown the one that the auditors saw? A provider that lies to a single reader is
   * caught here or nowhere. `digest`: 32 bytes, or 64 hexadecimal digits; it is compared here and sent nowhere. Throws
   * ENCODING_INVALID, TRUST_STATE_INVALID, QUESTION_ABORTED.
   */
  async check(
    namespace: string,
    epoch: number,
    digest: string | ArrayBuffer | ArrayBufferView,
    options: AskOptions = {},
  ): Promise<CheckResult> {
    const how: HowToAsk = { signal: signalOf(options), freshness: "shared" };
    return this.#check(checkNamespace(namespace), checkEpoch(epoch), toHex(digestBytes(digest)), how);
  }

  /**
   * As `check`, for many epochs: an app that was away asks each node about 16 at a time. The results are in the order
   * of `shown`. Throws the same.
   */
  async checkMany(namespace: string, shown: readonly Shown[], options: AskOptions = {}): Promise<CheckResult[]> {
    const how: HowToAsk = { signal: signalOf(options), freshness: "shared" };
    checkNamespace(namespace);
    const asked = checkShown(shown);
    const found: CheckResult[] = [];
    for (let first = 0; first < asked.length; first += AT_ONCE) {
      const some = asked.slice(first, first + AT_ONCE);
      found.push(
        ...(await Promise.all(some.map(({ epoch, digest }) => this.#check(namespace, epoch, toHex(digest), how)))),
      );
    }
    return found;
  }

  /**
   * As `check`, once the auditors have come to the epoch: waits while it is `pending`, by the nodes' events and with
   * back-off. For the newest epoch, which a messenger is shown before it is audited. Throws the same.
   */
  async whenAudited(
    namespace: string,
    epoch: number,
    digest: string | ArrayBuffer | ArrayBufferView,
    options: AskOptions = {},
  ): Promise<CheckResult> {
    const signal = signalOf(options);
    checkEpoch(epoch);
    const shown = toHex(digestBytes(digest));
    const modules = {
      clock: this.#clock,
      random: this.#random,
      ask: (until: AbortSignal) => this.#check(namespace, epoch, shown, { signal: until, freshness: "now" }),
    };
    return whenAudited({ namespace: checkNamespace(namespace), nodes: this.#nodes, signal }, modules);
  }

  /**
   * A certificate from anywhere, offline: a file, a push message, the provider itself. It is judged by its own epoch,
   * digest and signatures; what was accepted before can contradict it, never help it. As "latest" (the default) late
   * heads and signatures past `maxAgeMs` do not count. Nothing of it is remembered. Throws CERTIFICATE_INVALID,
   * TRUST_STATE_INVALID.
   */
  async verify(
    certificate: Certificate,
    epoch: number | "latest" = "latest",
    options: AskOptions = {},
  ): Promise<LookupResult> {
    const signal = signalOf(options);
    const expected = epoch === "latest" ? epoch : checkEpoch(epoch);
    const { namespace } = headOfCertificate(certificate);
    throwIfAborted(signal);
    const found = await this.#reader.judge(certificate, this.#request(namespace, expected));
    throwIfAborted(signal);
    return this.#teller.tell(found);
  }

  /**
   * The newest head: the first result, then each that differs. Nodes announce changes in an event stream; one without
   * is polled. An event is only a hint: what it leads to is verified as always. Ends with the signal, or when the loop
   * is left. Throws USAGE, NAME_INVALID and NUMBER_OUT_OF_RANGE at once, TRUST_STATE_INVALID later.
   */
  watch(namespace: string, options: WatchOptions = {}): AsyncGenerator<LookupResult, void, void> {
    checkNamespace(namespace);
    checkOptions<WatchOptions>(options, "options", ["intervalMs", "signal"]);
    checkSignal(options.signal);
    checkNumber(options.intervalMs ?? 1, "intervalMs", 1);
    const modules = {
      clock: this.#clock,
      random: this.#random,
      ask: async (signal: AbortSignal) =>
        this.#teller.tell(await this.#latest(namespace, { signal, freshness: "now" })),
    };
    return watchNodes({ namespace, nodes: this.#nodes, ...options }, modules);
  }

  /**
   * Tells the nodes that take reports what this reader was shown: the only call that sends it. Only when the user wants
   * to. Resolves with what each node made of it; a report that nobody takes is kept by the caller. Throws
   * REPORT_INVALID, QUESTION_ABORTED.
   */
  async sendReport(report: WrongDigestReport, options: AskOptions = {}): Promise<SentReport[]> {
    const signal = signalOf(options);
    const slim = slimReport(checkReport(report));
    throwIfAborted(signal);
    return Promise.all(
      this.#nodes.map(async (node): Promise<SentReport> => {
        const { url } = node;
        try {
          await node.post("/v1/reports", slim, signal);
          return { url, isTaken: true };
        } catch (error) {
          throwIfAborted(signal);
          if (!isCoauditError(error)) throw error;
          return { url, isTaken: false, reason: error.message };
        }
      }),
    );
  }

  /** Answers that are still on their way are given up, so that a program can end. */
  close(): void {
    this.#asker.close();
  }

  async #check(namespace: string, epoch: number, shown: string, how: HowToAsk): Promise<CheckResult> {
    const found = await this.#at(namespace, epoch, { ...how, shown });
    if (found.result !== "satisfied" || found.head.digest === shown) return this.#teller.tell(found);
    return this.#teller.tell(wrongDigestReport(found, shown, this.#clock.now()));
  }

  async #at(namespace: string, epoch: number, how: HowToAsk): Promise<Answered | Pending> {
    const { least } = this.#sizes;
    const request = this.#request(namespace, epoch);
    const found = await this.#asker.ask(request, least, how);
    if (found.result !== "not-enough") return found;
    // Whether newer epochs are audited does not depend on this device's clock.
    const whenever: QuorumRequest = { namespace, epoch: "latest", policy: this.policy, nowMs: FAR_AHEAD_MS };
    const newest = await this.#newest(whenever, { ...how, memory: "leave" });
    if (newest.result === "conflict") return newest;
    const acceptedEpoch = newest.result === "satisfied" ? newest.head.epoch : undefined;
    // The auditors came to it in between.
    if (acceptedEpoch === epoch) return this.#asker.ask(request, least, { ...how, freshness: "now" });
    if (acceptedEpoch !== undefined && acceptedEpoch > epoch) return found;
    const { head, signers } = found;
    const explanation = `epoch ${epoch} is not audited yet: ${signers.length} of ${counted(this.policy.auditors.length, "auditor")} signed it; ask again later`;
    const { result: _notEnough, ...rest } = found;
    return {
      ...rest,
      result: "pending",
      epoch,
      ...(acceptedEpoch === undefined ? {} : { acceptedEpoch }),
      ...(head === undefined ? {} : { head }),
      explanation,
    };
  }

  #latest(namespace: string, how: HowToAsk): Promise<Answered> {
    return this.#newest(this.#request(namespace, "latest"), how);
  }

  async #newest(request: QuorumRequest, how: HowToAsk): Promise<Answered> {
    const { least, sure } = this.#sizes;
    const found = await this.#asker.ask(request, least, how);
    if (found.result !== "not-enough" || sure === least) return found;
    // The newest epoch with the fewest that can be enough is not one that this policy accepts: an older one may be.
    return this.#asker.ask(request, sure, how, least);
  }

  #request(namespace: string, epoch: number | "latest"): QuorumRequest {
    const { policy, maxAgeMs } = this.#options;
    const nowMs = this.#clock.now();
    return { namespace, epoch, policy, nowMs, ...(epoch === "latest" ? { maxAgeMs } : {}) };
  }
}

/** Of `checkMany`: four questions are on their way to each node. */
const AT_ONCE = 64;
/** Later than every signature. */
const FAR_AHEAD_MS = Number.MAX_SAFE_INTEGER;
