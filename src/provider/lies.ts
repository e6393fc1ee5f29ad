/**
 * Every way in which the practice provider lies, as decisions without any I/O: what is shown to whom, and what happens
 * to the bytes.
 */
import type { BlobKey, Branch, PublishedEpoch } from "./log.ts";

/** To whom a lie is told, about which epoch, and how often. */
export interface LieScope {
  /** Auditors by name; absent: everybody. */
  readonly to?: readonly string[];
  /** Absent: every epoch. */
  readonly epoch?: number;
  /** This epoch and all later ones. */
  readonly from?: number;
  /**
   * Only the first `times` times that an auditor asks for an epoch; then the truth, like a replica that was stale or
   * damaged.
   */
  readonly times?: number;
}

export type Lie = LieScope &
  (
    | { readonly kind: "fork" }
    /** Both branches are listed; without a fork, the true blob under a second, made up name. */
    | { readonly kind: "list-both" }
    /** One bit of an inserted value differs: the proof decodes, starts from the right digest, and leads elsewhere. */
    | { readonly kind: "invalid-proof" }
    /** The connection is closed in the middle of the blob, wherever a resumed download begins. */
    | { readonly kind: "truncate" }
    | { readonly kind: "slow"; readonly delayMs?: number; readonly bytesPerSecond?: number }
    /** Listed, but not found. */
    | { readonly kind: "withhold" }
    | { readonly kind: "withhold-listing" }
  );

export interface LieRequest {
  readonly auditor: string;
  readonly epoch: number;
  /** How often this auditor asked the same before. */
  readonly askedBefore: number;
}

/** A name in the bucket, and the branch whose bytes it leads to. */
export interface ShownBlob {
  readonly key: BlobKey;
  readonly branch: Branch;
}

export interface Delivery {
  readonly delayMs: number;
  readonly bytesPerSecond: number;
  readonly cutInTheMiddle: boolean;
  readonly flipABit: boolean;
}

/** What the listing of an epoch shows. */
export function listed(lies: readonly Lie[], request: LieRequest, published: PublishedEpoch): readonly ShownBlob[] {
  return isTold(lies, "withhold-listing", request) ? [] : shown(lies, request, published);
}

/**
 * What can be fetched of an epoch, currently listed or not: nobody gets the branch hidden from them by guessing its
 * name.
 */
export function shown(lies: readonly Lie[], request: LieRequest, published: PublishedEpoch): readonly ShownBlob[] {
  const main: ShownBlob = { key: published.main, branch: "main" };
  const other: ShownBlob =
    published.fork === undefined
      ? { key: madeUp(published.main), branch: "main" }
      : { key: published.fork, branch: "fork" };
  if (isTold(lies, "list-both", request)) return [main, other];
  return published.fork !== undefined && isTold(lies, "fork", request) ? [other] : [main];
}

/** How a blob is delivered; undefined: not at all. */
export function delivery(lies: readonly Lie[], request: LieRequest): Delivery | undefined {
  if (isTold(lies, "withhold", request)) return undefined;
  let delayMs = 0;
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  for (const lie of lies) {
    if (lie.kind !== "slow" || !applies(lie, request)) continue;
    delayMs = Math.max(delayMs, lie.delayMs ?? 0);
    bytesPerSecond = Math.min(bytesPerSecond, lie.bytesPerSecond ?? Number.POSITIVE_INFINITY);
  }
  return {
    delayMs,
    bytesPerSecond,
    cutInTheMiddle: isTold(lies, "truncate", request),
    flipABit: isTold(lies, "invalid-proof", request),
  };
}

/** Whether a lie of this kind is told to whoever asks. */
export function isTold(lies: readonly Lie[], kind: Lie["kind"], request: LieRequest): boolean {
  return lies.some((lie) => lie.kind === kind && applies(lie, request));
}

/**
 * One bit of the first element's value differs: of an inserted one wherever there are any, so that the proof begins at
 * the right digest and leads to a wrong one. Values come last in an element, so the framing stays as it is. A blob of
 * another shape: its last bit.
 */
export function withFlippedBit(blob: Uint8Array): Uint8Array {
  const copy = blob.slice();
  const [tag, elementBytes = 0] = copy;
  const endOfFirst = tag === 0x0a && elementBytes < 0x80 ? 1 + elementBytes : copy.length;
  const at = Math.min(endOfFirst, copy.length - 1);
  if (at >= 0) copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function applies(lie: Lie, request: LieRequest): boolean {
  return (
    (lie.to === undefined || lie.to.includes(request.auditor)) &&
    (lie.epoch === undefined || lie.epoch === request.epoch) &&
    (lie.from === undefined || lie.from <= request.epoch) &&
    (lie.times === undefined || request.askedBefore < lie.times)
  );
}

function madeUp(key: BlobKey): BlobKey {
  const flipped = (Number.parseInt(key.current.slice(-1), 16) ^ 1).toString(16);
  return { ...key, current: key.current.slice(0, -1) + flipped };
}
