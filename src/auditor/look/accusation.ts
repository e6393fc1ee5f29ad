/** What one look at an epoch says against the provider. A fact once several looks agree (core/fact-counter.ts). */
import { compareBytes, compareText, toHex } from "../../core/bytes.ts";
import type { ObservationKind } from "../../core/statement.ts";
import { type BlobName, formatBlobName, type Listing } from "../../source/source.ts";
import type { BlobVerdict } from "./blob-check.ts";

/** The fields of an observation that come from the source. */
export interface Sighting {
  readonly kind: ObservationKind;
  readonly epoch: number;
  readonly blobNames: readonly string[];
  readonly bodyHashes: readonly Uint8Array[];
  readonly host: string;
  readonly errorCode: string;
}

export interface Accusation extends Sighting {
  readonly kind: "invalid-proof" | "chain-mismatch" | "conflicting-listing";
  /** Equal for two looks that saw the same. */
  readonly fingerprint: string;
  /** False if one listed blob is right: the audit then continues, and what is listed beside it is only reported. */
  readonly halts: boolean;
  /** For people, without the epoch. */
  readonly message: string;
}

/** As many names and hashes as an observation may carry (docs/protocol.md). */
const MAX_NAMED_BLOBS = 8;

/**
 * Blobs are listed, but none claims to start from the digest that was verified. Auditors compare all that is listed.
 */
export function chainMismatch(epoch: number, listing: Listing, from: Uint8Array): Accusation {
  const blobNames = namesOf(listing.names);
  return {
    kind: "chain-mismatch",
    epoch,
    blobNames,
    bodyHashes: [],
    host: listing.host,
    errorCode: "PREVIOUS_DIFFERS",
    fingerprint: fingerprintOf("chain-mismatch", listing.names, []),
    halts: true,
    message: `no listed blob continues from ${toHex(from)}, which was verified before (or, for the first epoch, is the configured root)`,
  };
}

/**
 * The only blobs that continue from the verified digest have proofs that fail. Auditors compare the names and the
 * bytes.
 */
export function invalidProof(
  epoch: number,
  listing: Listing,
  failed: readonly (BlobVerdict & { kind: "failed" })[],
): Accusation {
  const error = failed[0]?.error;
  return {
    kind: "invalid-proof",
    epoch,
    blobNames: namesOf(failed.map(({ name }) => name)),
    bodyHashes: hashesOf(failed),
    host: listing.host,
    errorCode: error?.code ?? "PROOF_INVALID",
    fingerprint: fingerprintOf("invalid-proof", listing.names, failed),
    halts: true,
    message: `the proof is wrong: ${error?.message ?? "no detail"}`,
  };
}

/** More than one blob is listed for an epoch. Auditors compare all that is listed, whatever they verified before. */
export function conflictingListing(
  epoch: number,
  listing: Listing,
  verdicts: readonly BlobVerdict[],
  finding: "two-verify" | "one-verifies" | "too-many",
): Accusation {
  const names = [...listing.names, ...verdicts.map(({ name }) => name)];
  const { errorCode, message } = FINDINGS[finding];
  return {
    kind: "conflicting-listing",
    epoch,
    blobNames: namesOf(names),
    bodyHashes: hashesOf(verdicts),
    host: listing.host,
    errorCode,
    fingerprint: fingerprintOf(`conflicting-listing ${finding}`, names, verdicts),
    halts: finding !== "one-verifies",
    message,
  };
}

const FINDINGS = {
  "two-verify": {
    errorCode: "TWO_PROOFS_VERIFY",
    message:
      "two listed blobs lead from the verified digest to different digests, both with a valid proof; neither is signed",
  },
  "one-verifies": {
    errorCode: "ONE_PROOF_VERIFIES",
    message: "several blobs are listed, and one of them has a valid proof; that one is signed",
  },
  "too-many": {
    errorCode: "TOO_MANY_LISTED",
    message: "more blobs are listed from the verified digest than are checked, and none of those checked is valid",
  },
} as const;

function namesOf(names: readonly BlobName[]): string[] {
  return [...new Set(names.map(formatBlobName))].sort(compareText).slice(0, MAX_NAMED_BLOBS);
}

function hashesOf(verdicts: readonly BlobVerdict[]): Uint8Array[] {
  const hashes = verdicts.flatMap((verdict) => (verdict.kind === "unreadable" ? [] : [verdict.sha256]));
  const distinct = hashes
    .sort(compareBytes)
    .filter((hash, i) => i === 0 || compareBytes(hashes[i - 1] ?? hash, hash) !== 0);
  return distinct.slice(0, MAX_NAMED_BLOBS);
}

/** All listed names, with the outcome of those that were checked. */
function fingerprintOf(finding: string, names: readonly BlobName[], verdicts: readonly BlobVerdict[]): string {
  const results = verdicts.map((verdict) => {
    const detail = verdict.kind === "unreadable" ? verdict.error.code : toHex(verdict.sha256);
    return `${formatBlobName(verdict.name)} ${verdict.kind} ${detail}`;
  });
  const listed = [...new Set(names.map(formatBlobName))].sort(compareText);
  return [finding, ...listed, ...results.sort(compareText)].join("\n");
}
