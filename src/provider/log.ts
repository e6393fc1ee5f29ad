/**
 * What a practice provider publishes, one epoch at a time: a recording or a live tree. Who is shown which branch is not
 * decided here.
 */

/** `main` is the history that most see; `fork` leaves it at some epoch. */
export type Branch = "main" | "fork";

/** An audit blob's place in the bucket: `epoch/previous/current`, digests in lower-case hex. */
export interface BlobKey {
  readonly epoch: number;
  readonly previous: string;
  readonly current: string;
}

export interface PublishedEpoch {
  readonly main: BlobKey;
  /** Present from the epoch on at which the histories part. */
  readonly fork?: BlobKey;
}

export interface ProviderLog {
  /** Publishes one more epoch; undefined if there is none left. Must not be called while a call is in progress. */
  publishNext(): Promise<PublishedEpoch | undefined>;
  /** Newest published epoch; 0 while nothing is. */
  readonly newest: number;
  /** What was published for an epoch, if still kept. */
  published(epoch: number): PublishedEpoch | undefined;
  /** All published epochs that are kept, ascending. */
  epochs(): readonly number[];
  bytes(epoch: number, branch: Branch): Promise<Uint8Array>;
}

export function formatKey(key: BlobKey): string {
  return `${key.epoch}/${key.previous}/${key.current}`;
}
