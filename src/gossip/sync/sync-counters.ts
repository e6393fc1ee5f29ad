/** How many rounds of head sync ended how, and the bytes of all frames, since start. */

/** Whose peer it was at the end of the round. */
export type SyncPeerKind = "roster" | "strangers";

/** `partial`: more is left, and a round follows. `misbehaved`: answers that no honest peer gives, or none. */
export type SyncRoundEnd = "complete" | "partial" | "busy" | "failed" | "misbehaved";

export interface SyncReport {
  readonly rounds: readonly { readonly peers: SyncPeerKind; readonly end: SyncRoundEnd; readonly count: number }[];
  /** Frames without what a stream adds to them; of requests made here, and of those that others made. */
  readonly bytes: Readonly<Record<"asking" | "answering", { readonly sent: number; readonly received: number }>>;
}

export class SyncCounters {
  readonly #rounds: Record<SyncPeerKind, Map<SyncRoundEnd, number>> = { roster: new Map(), strangers: new Map() };
  readonly #bytes = { asking: { sent: 0, received: 0 }, answering: { sent: 0, received: 0 } };

  ended(peers: SyncPeerKind, end: SyncRoundEnd): void {
    this.#rounds[peers].set(end, (this.#rounds[peers].get(end) ?? 0) + 1);
  }

  carried(role: "asking" | "answering", { sent = 0, received = 0 }: { sent?: number; received?: number }): void {
    this.#bytes[role].sent += sent;
    this.#bytes[role].received += received;
  }

  report(): SyncReport {
    const kinds: readonly SyncPeerKind[] = ["roster", "strangers"];
    return {
      rounds: kinds.flatMap((peers) => [...this.#rounds[peers]].map(([end, count]) => ({ peers, end, count }))),
      bytes: { asking: { ...this.#bytes.asking }, answering: { ...this.#bytes.answering } },
    };
  }
}
