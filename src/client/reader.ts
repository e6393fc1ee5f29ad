/** This reader: its assumptions, and what it remembers. Judges what nodes say; asks nobody. */

import { BoundedMap } from "../core/bounded-map.ts";
import type { CaseFile } from "../core/case-file.ts";
import type { Certificate, QuorumRequest } from "../core/certificate.ts";
import { MAX_CERTIFICATE_CASES } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import type { SignatureVerifier } from "../core/ed25519.ts";
import { type CoauditError, isCoauditError } from "../core/errors.ts";
import type { Assumptions } from "../core/evidence.ts";
import { type DecidedResult, type Decision, lookupResult } from "./lookup-result.ts";
import { type Memory, recall } from "./memory.ts";
import { type DecisionModules, readCertificate } from "./merge-answers.ts";
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
  readonly #convictions: BoundedMap<string, readonly CaseFile[]> = new BoundedMap(MAX_NAMESPACES);

  constructor(options: CheckedOptions, modules: { readonly clock: Clock; readonly verifier: SignatureVerifier }) {
    this.#options = options;
    this.#clock = modules.clock;
    this.#verifier = modules.verifier;
    this.#trust = new TrustState(options.trustState);
  }

  /** Never throws for a storage: see `failure`. */
  async context(request: QuorumRequest): Promise<Context> {
    const { namespace } = request;
    const cases = this.#convictions.get(namespace) ?? [];
    let entry: TrustEntry | undefined;
    try {
      entry = await this.#inTime(this.#trust.get(namespace), "read");
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

  /** Whatever convicts somebody is known from now on. */
  learn(namespace: string, { found, files }: Decision): void {
    if (!found.cases.some(({ convicts }) => convicts !== "nobody")) return;
    const known = new Map([...(this.#convictions.get(namespace) ?? []), ...files].map((file) => [keyOf(file), file]));
    this.#convictions.set(namespace, [...known.values()].slice(-MAX_CERTIFICATE_CASES));
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
    try {
      await this.#inTime(this.#trust.accept(namespace, entry, memory.dropped), "written");
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

function keyOf(file: CaseFile): string {
  return file.exhibits.join(" ");
}
