/**
 * One look at one epoch: what is listed, which of it continues from the verified digest, and whether the proof is
 * right.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { equalBytes } from "../../core/bytes.ts";
import type { CoauditError } from "../../core/errors.ts";
import { type BlobName, formatBlobName, type Listing, MAX_CANDIDATES } from "../../source/source.ts";
import type { VerifiedEpoch } from "../options.ts";
import { type Accusation, chainMismatch, conflictingListing, invalidProof } from "./accusation.ts";
import { type BlobCheckModules, type BlobVerdict, checkBlob, type VerifiedBlob } from "./blob-check.ts";
import type { SourceTime } from "./clock-check.ts";
import { type Opinion, secondOpinion } from "./second-opinion.ts";

export interface LookRequest {
  readonly epoch: number;
  /** The digest verified for the epoch before. A blob's own claim about it is never trusted. */
  readonly from: Uint8Array;
  /**
   * `glance`: as fast as possible. `keep`: the same, but a body whose proof fails is kept, as seen through the caches.
   * `fresh`: past all caches, and kept; only such a look counts towards a fact.
   */
  readonly depth: "glance" | "keep" | "fresh";
  /** `one`: one right proof is enough even if other listed blobs cannot be read. `all`: such a look is `unreadable`. */
  readonly readable: "one" | "all";
  /** Verified by an earlier look, so not fetched again. */
  readonly known?: VerifiedBlob;
}

export type Look =
  | { readonly kind: "absent"; readonly host: string }
  | {
      readonly kind: "unreadable";
      readonly error: CoauditError;
      readonly blobNames: readonly string[];
      readonly host: string;
    }
  | { readonly kind: "verified"; readonly blob: VerifiedBlob; readonly besides?: Accusation }
  | { readonly kind: "accused"; readonly accusation: Accusation };

export interface ExaminerOptions {
  readonly namespace: string;
  readonly configuration: ConfigurationName;
}

export interface ExaminerModules extends BlobCheckModules {
  readonly sourceTime: SourceTime;
}

export class Examiner {
  readonly #options: ExaminerOptions;
  readonly #modules: ExaminerModules;

  constructor(options: ExaminerOptions, modules: ExaminerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Throws SOURCE_ errors of the listing, and what checkBlob throws. */
  async look(request: LookRequest, signal: AbortSignal): Promise<Look> {
    const { epoch, from, known } = request;
    const listing = await this.list(epoch, signal);
    if (listing.names.length === 0) return { kind: "absent", host: listing.host };
    const candidates = listing.names.filter(({ previous }) => equalBytes(previous, from));
    if (candidates.length === 0 && known === undefined) {
      return { kind: "accused", accusation: chainMismatch(epoch, listing, from) };
    }
    return this.#judge(request, listing, candidates, signal);
  }

  /** What may be wrong on our side, before a fact is taken for one. Throws as `secondOpinion` does. */
  secondOpinion(accusation: Accusation, frontier: VerifiedEpoch, signal: AbortSignal): Promise<Opinion> {
    return secondOpinion(accusation, frontier, this.#options, this.#modules, signal);
  }

  /** Asks for more than one name: two are a fork. Listings are always read past caches. */
  async list(epoch: number, signal: AbortSignal): Promise<Listing> {
    const listing = await this.#modules.source.listing(epoch, signal);
    signal.throwIfAborted();
    this.#modules.sourceTime.note(listing.serverDateMs);
    return listing;
  }

  async #judge(
    request: LookRequest,
    listing: Listing,
    candidates: readonly BlobName[],
    signal: AbortSignal,
  ): Promise<Look> {
    const { epoch, known } = request;
    const verdicts: BlobVerdict[] = known === undefined ? [] : [known];
    const unknown = candidates.filter((name) => known === undefined || !sameName(name, known.name));
    for (const name of unknown.slice(0, MAX_CANDIDATES)) {
      verdicts.push(await this.#check(name, request, listing, signal));
      if (verdicts.filter(isVerified).length > 1) break;
    }
    const [blob, second] = verdicts.filter(isVerified);
    const unreadable = verdicts.find((verdict) => verdict.kind === "unreadable");
    if (second !== undefined) {
      return { kind: "accused", accusation: conflictingListing(epoch, listing, verdicts, "two-verify") };
    }
    if (unreadable !== undefined && (blob === undefined || request.readable === "all")) {
      const blobNames = candidates.slice(0, MAX_CANDIDATES).map(formatBlobName);
      return { kind: "unreadable", error: unreadable.error, blobNames, host: listing.host };
    }
    if (blob !== undefined) {
      if (listing.names.length === 1 && verdicts.length === 1) return { kind: "verified", blob };
      return { kind: "verified", blob, besides: conflictingListing(epoch, listing, verdicts, "one-verifies") };
    }
    const failed = verdicts.filter((verdict) => verdict.kind === "failed");
    if (unknown.length > MAX_CANDIDATES) {
      return { kind: "accused", accusation: conflictingListing(epoch, listing, failed, "too-many") };
    }
    return { kind: "accused", accusation: invalidProof(epoch, listing, failed) };
  }

  #check(name: BlobName, request: LookRequest, listing: Listing, signal: AbortSignal): Promise<BlobVerdict> {
    const { namespace, configuration } = this.#options;
    const { from, depth } = request;
    // If two are listed, a right one is signed at once, so a wrong one beside it is not judged by a cache's copy.
    const fresh = depth === "fresh" || listing.names.length > 1;
    const keepSuspect = depth !== "glance" || listing.names.length > 1;
    // A single listed blob exists on the provider's word; of two, only the provider's own bytes decide which is right.
    const mirrored = listing.names.length === 1;
    return checkBlob({ namespace, configuration, name, from, fresh, keepSuspect, mirrored }, this.#modules, signal);
  }
}

function isVerified(verdict: BlobVerdict): verdict is VerifiedBlob {
  return verdict.kind === "verified";
}

function sameName(a: BlobName, b: BlobName): boolean {
  return a.epoch === b.epoch && equalBytes(a.previous, b.previous) && equalBytes(a.current, b.current);
}
