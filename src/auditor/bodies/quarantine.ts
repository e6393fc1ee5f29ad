/**
 * The port through which bodies of failing proofs are kept, for people to look at; and one in memory. Nothing ever
 * reads them back.
 */
import { concat, toHex } from "../../core/bytes.ts";
import type { BodyDraft } from "./body-copy.ts";

export interface SuspectBody {
  readonly namespace: string;
  readonly epoch: number;
  /** `<epoch>/<previous>/<current>` */
  readonly blobName: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly receivedMs: number;
}

export interface QuarantineLimits {
  /**
   * When full, it takes nothing more: what was seen first is worth most, and a provider that sends a different wrong
   * body each time must not push it out. The hash of every confirmed body is in the observation anyway.
   */
  readonly maxBodies: number;
  readonly maxBytes: number;
}

export const defaultQuarantineLimits: QuarantineLimits = { maxBodies: 8, maxBytes: 2 ** 30 };

export interface Quarantine {
  /** Undefined if there is no room left. */
  begin(body: SuspectBody): Promise<QuarantineDraft | undefined>;
}

/**
 * Ended by exactly one of `keep` and `discard`. A body that turns out too large for the room left is dropped without an
 * error.
 */
export interface QuarantineDraft extends BodyDraft {
  /** The same hash is kept once. */
  keep(sha256: Uint8Array, errorCode: string): Promise<void>;
}

export interface KeptBody extends SuspectBody {
  readonly sha256: Uint8Array;
  readonly errorCode: string;
  readonly body: Uint8Array;
}

export class MemoryQuarantine implements Quarantine {
  readonly #limits: QuarantineLimits;
  readonly #kept: Map<string, KeptBody> = new Map();

  constructor(limits: Partial<QuarantineLimits> = {}) {
    this.#limits = { ...defaultQuarantineLimits, ...limits };
  }

  get bodies(): KeptBody[] {
    return [...this.#kept.values()];
  }

  async begin(suspect: SuspectBody): Promise<QuarantineDraft | undefined> {
    const roomBytes = this.#limits.maxBytes - this.bodies.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#kept.size >= this.#limits.maxBodies || roomBytes <= 0) return undefined;
    let chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    return {
      write: async (chunk) => {
        sizeBytes += chunk.length;
        if (sizeBytes > roomBytes) chunks = [];
        else chunks.push(chunk.slice());
      },
      keep: async (sha256, errorCode) => {
        const id = toHex(sha256);
        if (sizeBytes > roomBytes || this.#kept.has(id)) return;
        this.#kept.set(id, { ...suspect, sha256, errorCode, body: concat(...chunks) });
      },
      discard: async () => {
        chunks = [];
      },
    };
  }
}
