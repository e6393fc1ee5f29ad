/**
 * Buckets that still differ from a peer's after everything it holds was fetched, because this node refuses heads that
 * the peer accepts (another origin, too far ahead). Asking again at once gains nothing, so the wait doubles (60 s to
 * 900 s, docs/protocol.md 9.4) until the bucket changes here.
 */
import { BoundedMap } from "../../core/bounded-map.ts";
import { equalBytes } from "../../core/bytes.ts";
import type { Elapsed } from "../../core/clock.ts";
import type { Series } from "../../ledger/summaries.ts";

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 900_000;
/** About 10 MB. A hostile peer can invent buckets; a forgotten entry costs one more attempt. */
const MAX_ENTRIES = 65_536;

interface Entry {
  readonly ownHash: Uint8Array;
  readonly waitMs: number;
  readonly untilMs: number;
}

export class FutileBuckets {
  readonly #clock: Elapsed;
  readonly #entries: BoundedMap<string, Entry> = new BoundedMap(MAX_ENTRIES);

  constructor(modules: { clock: Elapsed }) {
    this.#clock = modules.clock;
  }

  /** `ownHash` is undefined while this node holds nothing of the bucket. */
  isFutile(peer: string, series: Series, bucket: number, ownHash: Uint8Array | undefined): boolean {
    const entry = this.#entries.get(keyOf(peer, series, bucket));
    if (entry === undefined || entry.untilMs <= this.#clock.elapsedMs()) return false;
    return ownHash === undefined || equalBytes(entry.ownHash, ownHash);
  }

  remember(peer: string, series: Series, bucket: number, ownHash: Uint8Array): void {
    const key = keyOf(peer, series, bucket);
    const before = this.#entries.get(key);
    const again = before !== undefined && equalBytes(before.ownHash, ownHash);
    const waitMs = again ? Math.min(LONGEST_WAIT_MS, before.waitMs * 2) : FIRST_WAIT_MS;
    this.#entries.set(key, { ownHash, waitMs, untilMs: this.#clock.elapsedMs() + waitMs });
  }
}

function keyOf(peer: string, { auditor, namespace }: Series, bucket: number): string {
  return `${peer}\n${namespace}\n${auditor}\n${bucket}`;
}
