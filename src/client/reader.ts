/** This reader: its assumptions, and what it remembers. Judges what nodes say; asks nobody. */

import { BoundedMap } from "../core/bounded-map.ts";
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { type CoauditError, isCoauditError } from "../core/errors.ts";
import type { Assumptions } from "../core/evidence.ts";
import { type DecidedResult, type Decision, lookupResult } from "./lookup-result.ts";
import { type Memory, recall } from "./memory.ts";
import { type DecisionModules, exhibitsOf, type HeldFile, readCertificate, weightiest } from "./merge-answers.ts";
import type { CheckedOptions } from "./options.ts";
import type { Satisfied, Untold } from "./results.ts";
import { invalidTrust, type TrustEntry, TrustState } from "./trust-state.ts";

/** What one question is judged with. */
export interface Context {
  readonly memory: Memory;
  readonly modules: DecisionModules;
  /** Why nothing could be recalled. An alarm comes first; any other result is this error. */
  readonly failure: CoauditError | undefined;
}

/** Namespaces of which convictions are remembered: a reader follows a few directories. */
const MAX_NAMESPACES = 64;
/** A storage that neither reads nor writes in this time does not hold up an alarm. */
const STORAGE_MS = 2_000;

export class Reader {
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #verifier: SignatureVerifier;
  readonly #trust: TrustState;
  readonly #convictions: BoundedMap<string, readonly HeldFile[]> = new BoundedMap(MAX_NAMESPACES);

  constructor(options: CheckedOptions, modules: { readonly clock: Clock; readonly verifier: SignatureVerifier }) {
    this.#options = options;
    this.#clock = modules.clock;
    this.#verifier = modules.verifier;
    this.#trust = new TrustState(options.trustState);
  }

  /** Never throws for a storage: see `failure`. */
  async context(request: QuorumRequest): Promise<Context> {
    const { namespace } = request;
    let cases = (this.#convictions.get(namespace) ?? []).map(({ file }) => file);
    try {
      const { entry, convictions } = await this.#inTime(this.#trust.get(namespace), "read");
      const known = new Set(cases.map(exhibitsOf));
      cases = [...cases, ...convictions.filter((file) => !known.has(exhibitsOf(file)))];
      const modules = this.#modules(namespace, entry);
      return { memory: await recall(entry, cases, request, modules), modules, failure: undefined };
    } catch (error) {
      if (!isCoauditError(error, "TRUST_STATE_INVALID")) throw error;
      return { memory: { cases }, modules: this.#modules(namespace, undefined), failure: error };
    }
  }

  /** Throws CERTIFICATE_INVALID, TRUST_STATE_INVALID. */
  async judge(certificate: Certificate, request: QuorumRequest): Promise<DecidedResult> {
    const { memory, modules, failure } = await this.context(request);
    if (failure !== undefined) throw failure;
    const read = await readCertificate(certificate, request, modules);
    const question = { request, memory, role: "contradicts" } as const;
    const { found } = await lookupResult([{ url: "certificate", read }], question, modules);
    return { ...found, nodes: [] };
  }

  /**
   * Whatever convicts somebody is known from now on, and what heads took back (docs/protocol.md 7.3) is not any more,
   * or it would speak against each certificate that is judged offline. Says why where it could not be stored.
   */
  async learn(namespace: string, { found, held }: Decision, { failure }: Context): Promise<string | undefined> {
    const convicted = new Set(found.cases.filter(({ convicts }) => convicts !== "nobody").map(({ id }) => id));
    const gone = new Set(held.filter((one) => isTakenBack(one, convicted)).map(({ file }) => exhibitsOf(file)));
    const before = this.#convictions.get(namespace) ?? [];
    const all = new Map([...before, ...(convicted.size === 0 ? [] : held)].map((one) => [exhibitsOf(one.file), one]));
    for (const exhibits of gone) all.delete(exhibits);
    if (all.size === 0 && gone.size === 0) return undefined;
    const known = weightiest([...all.values()]);
    this.#convictions.set(namespace, known);
    if (failure !== undefined) return failure.message;
    const files = known.map(({ file }) => file);
    return this.#stored(this.#trust.convict(namespace, files, gone));
  }

  /** Remembers what was accepted; says why where it could not. */
  async accept(found: Satisfied, decision: Decision, { memory, failure }: Context): Promise<string | undefined> {
    if (failure !== undefined) return failure.message;
    const { head, certificate } = found;
    const { namespace, epoch, digest, origin } = head;
    const entry: TrustEntry = {
      ...(decision.isOriginProven && origin !== undefined ? { origin } : {}),
      ...{ epoch, digest },
      certificate: { ...certificate, cases: [], openCases: 0 },
    };
    return this.#stored(this.#trust.accept(namespace, entry, memory.dropped));
  }

  /** Undefined, or why not. */
  async #stored(work: Promise<void>): Promise<string | undefined> {
    try {
      await this.#inTime(work, "written");
      return undefined;
    } catch (error) {
      if (!isCoauditError(error, "TRUST_STATE_INVALID")) throw error;
      return error.message;
    }
  }

  #modules(namespace: string, entry: TrustEntry | undefined): DecisionModules {
    const { roster, faultBound, providerKeys, settlements, origins: given } = this.#options;
    const origin = given.get(namespace) ?? entry?.origin;
    const origins = new Map(origin === undefined ? [] : [[namespace, origin]]);
    const assumptions: Assumptions = { roster, faultBound, origins, providerKeys, settlements };
    return { assumptions, verifier: this.#verifier };
  }

  async #inTime<T>(work: Promise<T>, verb: "read" | "written"): Promise<T> {
    const done = new AbortController();
    const late = this.#clock.sleep(STORAGE_MS, done.signal).then(() => {
      if (!done.signal.aborted) throw invalidTrust(`it was not ${verb} in ${STORAGE_MS} ms`);
    });
    try {
      return (await Promise.race([work, late])) as T;
    } finally {
      done.abort();
      late.catch(() => undefined);
    }
  }
}

/** What is an alarm whatever the reader remembers. */
export function isAlarm(found: Untold, shown: string | undefined): boolean {
  if (found.result === "conflict" || found.result === "nodes-disagree") return true;
  return found.result === "satisfied" && shown !== undefined && found.head.digest !== shown;
}

/** An accusation by what auditors observed, which these heads together do not bear out. */
function isTakenBack({ convicts }: HeldFile, convicted: ReadonlySet<string>): boolean {
  return convicts.length > 0 && convicts.every(({ id, subject }) => subject.kind === "proof" && !convicted.has(id));
}
