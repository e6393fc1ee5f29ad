/**
 * The trace of a world: what happened, one JSON object a line (docs/simulator.md). Codes, names and numbers alone: no
 * text of an engine, no signature and nothing derived from one, so that a world with symbolic signatures and proofs has
 * the very trace of one with real ones.
 */
import { createHash } from "node:crypto";

/** Digests are told by the branch they belong to: "main" or "fork", as nobody but the provider knows. */
export type Branch = "main" | "fork";

export type TraceEvent =
  | { readonly what: "epoch"; readonly epoch: number; readonly branch: Branch }
  | { readonly what: "shown"; readonly who: string; readonly epoch: number; readonly branch: Branch }
  | { readonly what: "up"; readonly who: string; readonly life: number }
  | { readonly what: "down"; readonly who: string; readonly life: number; readonly why: string }
  | { readonly what: "signed"; readonly who: string; readonly epoch: number; readonly branch: Branch }
  | {
      readonly what: "head";
      readonly who: string;
      readonly of: string;
      readonly epoch: number;
      readonly branch: Branch;
      readonly via: "gossip" | "sync" | "own";
    }
  | { readonly what: "case"; readonly who: string; readonly id: string; readonly class: string; readonly about: string }
  | { readonly what: "case-explained"; readonly who: string; readonly id: string }
  | { readonly what: "halted"; readonly who: string; readonly reason: string }
  | { readonly what: "partition" | "healed"; readonly groups: readonly (readonly string[])[] }
  | {
      readonly what: "answer";
      readonly who: string;
      readonly result: string;
      readonly epoch: number | null;
      readonly branch: Branch | null;
      readonly asked: readonly string[];
    }
  | {
      readonly what: "key-answer";
      readonly who: string;
      readonly about: string;
      readonly by: "lookup" | "most-recent" | "own" | "settled";
      readonly result: string;
      readonly reason: string | null;
      readonly lie: string | null;
      readonly epoch: number | null;
      readonly version: number | null;
      readonly deceived: boolean;
    }
  | { readonly what: "end" };

/** One line: when, in microseconds since the world began, and what. */
export type TraceLine = { readonly t: number } & TraceEvent;

export interface TraceSink {
  line(text: string): void;
}

/** Hashes every line; hands it on where somebody wants it. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #nowUs: () => number;
  readonly #sink: TraceSink | undefined;
  #lines = 0;
  /** What the sink threw first. */
  failure: unknown;
  /** Not hashed yet: a call into OpenSSL costs more than hashing a line. */
  #pending = "";

  constructor(modules: { nowUs: () => number; sink?: TraceSink }) {
    this.#nowUs = modules.nowUs;
    this.#sink = modules.sink;
  }

  add(event: TraceEvent): void {
    const text = JSON.stringify({ t: this.#nowUs(), ...event });
    this.#pending += `${text}\n`;
    if (this.#pending.length >= PENDING_LENGTH) this.#hashPending();
    this.#lines++;
    try {
      this.#sink?.line(text);
    } catch (error) {
      // Not thrown on: lines are added in the middle of what a node does, which would take it for a failure of its own.
      this.failure ??= error;
    }
  }

  get lines(): number {
    return this.#lines;
  }

  /** Ends the trace: hexadecimal SHA-256 of all its lines, each with its newline. */
  digest(): string {
    this.#hashPending();
    return this.#hash.digest("hex");
  }

  #hashPending(): void {
    this.#hash.update(this.#pending);
    this.#pending = "";
  }
}

const PENDING_LENGTH = 16_384;
