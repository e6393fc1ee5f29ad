/**
 * Fetches one blob and verifies it from the digest that this auditor verified before, whatever the blob's name claims.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import type { ProofVerifier } from "../../akd/proof-verifier.ts";
import { isProofError } from "../../akd/verify.ts";
import type { Clock } from "../../core/clock.ts";
import { type CoauditError, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { ObservedBody } from "../../source/observed-body.ts";
import {
  type BlobName,
  type EpochSource,
  encodingDoubt,
  type FetchedBlob,
  formatBlobName,
  isTransportError,
} from "../../source/source.ts";
import type { BodyCopy, BodyDraft } from "../bodies/body-copy.ts";
import type { ProofDraft } from "../bodies/proof-cache.ts";
import type { ProofKeeper } from "../bodies/proof-keeper.ts";
import type { Quarantine, QuarantineDraft } from "../bodies/quarantine.ts";
import { beginSuspectCopy } from "../bodies/suspect-copy.ts";
import type { BlobMirror } from "../ports.ts";

export interface BlobCheckModules {
  readonly source: EpochSource;
  readonly proofVerifier: ProofVerifier;
  readonly quarantine: Quarantine;
  readonly proofs: ProofKeeper;
  /** Asked in this order if the source does not deliver a blob. */
  readonly mirrors: readonly BlobMirror[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface BlobRequest {
  readonly namespace: string;
  readonly configuration: ConfigurationName;
  readonly name: BlobName;
  /** The digest verified before. */
  readonly from: Uint8Array;
  /** Past all caches. */
  readonly fresh: boolean;
  /**
   * Keep the body when its proof fails. Off at first sight: writing down 44 MB an epoch only to delete them wears out
   * disks.
   */
  readonly keepSuspect: boolean;
  /** Another node's copy will do if the source's cannot be read. */
  readonly mirrored: boolean;
}

export type BlobVerdict =
  | { readonly name: BlobName; readonly kind: "verified"; readonly sha256: Uint8Array }
  | { readonly name: BlobName; readonly kind: "failed"; readonly sha256: Uint8Array; readonly error: CoauditError }
  /** It says nothing about the provider. */
  | { readonly name: BlobName; readonly kind: "unreadable"; readonly error: CoauditError };

export type VerifiedBlob = BlobVerdict & { readonly kind: "verified" };

/**
 * Throws errors that are neither about the proof nor about reading it, and the signal's reason once it is aborted. Only
 * the provider's own bytes can fail: a right proof is right wherever it comes from, but a wrong one from somebody else
 * says nothing about the provider. [a mirror that sends rubbish halts an auditor]
 */
export async function checkBlob(
  request: BlobRequest,
  modules: BlobCheckModules,
  signal: AbortSignal,
): Promise<BlobVerdict> {
  const { name, fresh, mirrored } = request;
  const verdict = await check(request, () => modules.source.fetch(name, signal, { fresh }), modules, signal);
  if (!mirrored || verdict.kind !== "unreadable" || !isTransportError(verdict.error)) return verdict;
  return (await checkMirrors(request, modules, signal)) ?? verdict;
}

/** The blob as the first mirror has it whose body is right; undefined: none. Throws as `checkBlob` does. */
export async function checkMirrors(
  request: BlobRequest,
  modules: BlobCheckModules,
  signal: AbortSignal,
): Promise<VerifiedBlob | undefined> {
  const { namespace, name } = request;
  for (const mirror of modules.mirrors) {
    const mirrorRequest = { ...request, keepSuspect: false };
    const found = await check(mirrorRequest, () => mirror.fetch(name, signal), modules, signal);
    const fields = { namespace, epoch: name.epoch, mirror: mirror.host };
    if (found.kind === "verified") {
      modules.log.info(fields, "the source lists a blob whose right body it does not deliver; a mirror did");
      return found;
    }
    modules.log.debug({ ...fields, code: found.error.code }, "a mirror has no right body of the blob either");
  }
  return undefined;
}

async function check(
  request: BlobRequest,
  fetch: () => Promise<FetchedBlob>,
  modules: BlobCheckModules,
  signal: AbortSignal,
): Promise<BlobVerdict> {
  const { name, namespace } = request;
  let body: ObservedBody | undefined;
  /** At most two: the quarantine's and the proof cache's. */
  const copies: BodyCopy<BodyDraft>[] = [];
  let suspectCopy: BodyCopy<QuarantineDraft> | undefined;
  let proofCopy: BodyCopy<ProofDraft> | undefined;
  try {
    const blob = await fetch();
    // From here on the body holds a connection, which the finally below gives back.
    body = new ObservedBody(blob.body, async (chunk) => {
      for (const copy of copies) await copy.write(chunk);
    });
    if (request.keepSuspect) {
      const { host, headers } = blob;
      const blobName = formatBlobName(name);
      const receivedMs = modules.clock.now();
      const suspect = { namespace, epoch: name.epoch, blobName, host, headers, receivedMs };
      suspectCopy = await beginSuspectCopy(suspect, modules);
      copies.push(suspectCopy);
    }
    proofCopy = await modules.proofs.begin(name, blob.sizeBytes);
    if (proofCopy !== undefined) copies.push(proofCopy);
    const error = await proofError(request, body, modules.proofVerifier, signal);
    // Nothing of a wrong proof is kept for others, however much of it is still to come.
    if (error !== undefined) await proofCopy?.discard();
    // A verifier may stop at the first wrong byte; the reported hash is that of the whole body.
    await body.drain();
    signal.throwIfAborted();
    const sha256 = body.sha256();
    if (error === undefined) {
      await proofCopy?.keep((draft) => draft.offer(sha256));
      return { name, kind: "verified", sha256 };
    }
    const doubt = encodingDoubt(blob, name);
    if (doubt !== undefined) return { name, kind: "unreadable", error: doubt };
    await suspectCopy?.keep((draft) => draft.keep(sha256, error.code));
    return { name, kind: "failed", sha256, error };
  } catch (error) {
    signal.throwIfAborted();
    if (isUnreadable(error)) return { name, kind: "unreadable", error };
    throw error;
  } finally {
    await body?.close();
    await suspectCopy?.discard();
    await proofCopy?.discard();
  }
}

/** A transport error, or a body beyond this node's own cap, which another node may be able to read. */
function isUnreadable(error: unknown): error is CoauditError {
  return isTransportError(error) || isCoauditError(error, "VERIFIER_CAP_EXCEEDED");
}

async function proofError(
  { configuration, name, from }: BlobRequest,
  body: ObservedBody,
  proofVerifier: ProofVerifier,
  signal: AbortSignal,
): Promise<CoauditError | undefined> {
  try {
    await proofVerifier.verify({ configuration, epoch: name.epoch, from, to: name.current }, body, signal);
    return undefined;
  } catch (error) {
    if (isProofError(error)) return error;
    throw error;
  }
}
