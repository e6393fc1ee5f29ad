/** What a claim book knows without reading the disk: per namespace the newest claim, the mark, the halt. Pure. */
import { compareText } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import type { Claim, ClaimRecord, ClockWord, Halt } from "./claim-record.ts";

interface NamespaceState {
  newest: Claim | undefined;
  watermark: number;
  /** A repair or a person said up to where it may have been signed, or the guard did. */
  isMarked: boolean;
  isMarkedByPerson: boolean;
  halt: Halt | undefined;
  /** The newest, and after which claim it was given. */
  clock: (ClockWord & { readonly epoch: number }) | undefined;
  events: number;
}

const NOTHING: NamespaceState = {
  newest: undefined,
  watermark: 0,
  isMarked: false,
  isMarkedByPerson: false,
  halt: undefined,
  clock: undefined,
  events: 0,
};

export class ClaimState {
  // Both maps hold what this node's operator configured; no stranger adds to them.
  readonly #namespaces = new Map<string, NamespaceState>();
  readonly #originOf = new Map<string, string>();
  readonly #namespaceOf = new Map<string, string>();

  apply(record: ClaimRecord): void {
    let state = this.#namespaces.get(record.namespace);
    if (state === undefined) {
      state = { ...NOTHING };
      this.#namespaces.set(record.namespace, state);
    }
    if (record.type === "claim") {
      const { type: _type, ...claim } = record;
      state.newest = claim;
      this.#originOf.set(record.namespace, record.origin);
      this.#namespaceOf.set(record.origin, record.namespace);
      return;
    }
    state.events += 1;
    if (record.type === "watermark" || record.type === "mark") {
      state.watermark = Math.max(state.watermark, record.epoch);
      state.isMarked = true;
      state.isMarkedByPerson ||= record.type === "mark" && record.by === "person";
    } else if (record.type === "resume") state.halt = undefined;
    else if (record.type === "clock") state.clock = { epoch: record.epoch, atMs: record.atMs, detail: record.detail };
    else state.halt = { reason: record.reason, detail: record.detail, atMs: record.atMs };
  }

  /** Sorted, so that nothing depends on the order of use. */
  namespaces(): string[] {
    return [...this.#namespaces.keys()].sort(compareText);
  }

  newest(namespace: string): Claim | undefined {
    return this.#namespaces.get(namespace)?.newest;
  }

  /** Nothing unclaimed at or below it is ever claimed; 0 if nothing is known. */
  mark(namespace: string): number {
    const state = this.#namespaces.get(namespace);
    return Math.max(state?.newest?.epoch ?? 0, state?.watermark ?? 0);
  }

  isMarked(namespace: string): boolean {
    return this.#namespaces.get(namespace)?.isMarked === true;
  }

  /** A person set a mark for this namespace in this book, after it was made. */
  isMarkedByPerson(namespace: string): boolean {
    return this.#namespaces.get(namespace)?.isMarkedByPerson === true;
  }

  haltOf(namespace: string): Halt | undefined {
    return this.#namespaces.get(namespace)?.halt;
  }

  /** A person's newest word on this machine's clock. */
  clockWord(namespace: string): ClockWord | undefined {
    return this.#namespaces.get(namespace)?.clock;
  }

  /** No new claim is dated before it: the newest claim, or a person's word after it. Undefined: there is neither. */
  notBeforeMs(namespace: string): number | undefined {
    const { newest, clock } = this.#namespaces.get(namespace) ?? NOTHING;
    if (clock !== undefined && (newest?.epoch ?? 0) <= clock.epoch) return clock.atMs;
    return newest?.timestampMs;
  }

  eventsOf(namespace: string): number {
    return this.#namespaces.get(namespace)?.events ?? 0;
  }

  /** Throws CLAIM_ORIGIN_MISMATCH: two namespaces on one origin would make an honest auditor cosign two digests. */
  checkOrigin({ namespace, origin }: Claim): void {
    const boundOrigin = this.#originOf.get(namespace) ?? origin;
    const boundNamespace = this.#namespaceOf.get(origin) ?? namespace;
    if (boundOrigin === origin && boundNamespace === namespace) return;
    const bound =
      boundOrigin === origin
        ? `origin ${origin} belongs to namespace ${boundNamespace}`
        : `namespace ${namespace} belongs to origin ${boundOrigin}`;
    throw new CoauditError(
      "CLAIM_ORIGIN_MISMATCH",
      `${bound} since the first claim and for ever: correct namespace or origin in the configuration`,
      { namespace, origin, boundNamespace, boundOrigin },
    );
  }

  /** For a slot that holds no claim. Throws CLAIM_BELOW_MARK, CLAIM_HALTED, CLAIM_CLOCK_BEHIND. */
  checkNew({ namespace, epoch, timestampMs }: Claim): void {
    const mark = this.mark(namespace);
    if (epoch <= mark) {
      throw new CoauditError(
        "CLAIM_BELOW_MARK",
        `epoch ${epoch} of ${namespace} was never claimed here and is not above ${mark}: it may have been signed elsewhere or lost, so it is never signed. Continue above ${mark}.`,
        { namespace, epoch, mark },
      );
    }
    const halt = this.haltOf(namespace);
    if (halt !== undefined) {
      throw new CoauditError(
        "CLAIM_HALTED",
        `${namespace} is halted (${halt.reason}) and signs nothing new until somebody has checked and resumes it`,
        { namespace, epoch, reason: halt.reason },
      );
    }
    const previousMs = this.notBeforeMs(namespace) ?? 0;
    if (timestampMs < previousMs) {
      throw new CoauditError(
        "CLAIM_CLOCK_BEHIND",
        `the clock of this machine is ${previousMs - timestampMs} ms behind the time of the previous claim of ${namespace}: correct the clock; if it is right, \`coaudit claims clock\``,
        { namespace, epoch, timestampMs, previousMs },
      );
    }
  }
}
