/**
 * Heads and what auditors and providers sign about them (docs/protocol.md 3.5).
 *
 * One key signs two messages for one claim: Plexi's and a C2SP cosignature. Their first bytes differ, and everything
 * else that the key signs begins with `coaudit/`. [signing oracle, cross-protocol confusion]
 */
import { equalBytes } from "./bytes.ts";
import { type Checkpoint, cosignedMessage } from "./checkpoint.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { encodePlexiMessage, type PlexiSuite } from "./plexi.ts";

export interface Head {
  readonly namespace: string;
  readonly origin: string;
  readonly epoch: number;
  readonly digest: Uint8Array;
}

/**
 * "I verified the proof into this epoch from the digest I had verified before." Without a cosignature it is a late
 * head: the epoch was far behind the newest listed one when it was signed, so it counts when that epoch is asked for,
 * never for "latest".
 */
export interface SignedHead extends Head {
  readonly type: "signed-head";
  readonly timestampMs: number;
  readonly suite: PlexiSuite;
  readonly publicKey: Uint8Array;
  readonly plexiSignature: Uint8Array;
  readonly cosignature?: Uint8Array;
}

/** A cosignature alone: never counts, but convicts. [a liar hands its victim only the half that the victim reads] */
export interface HalfHead extends Head {
  readonly type: "half-head";
  readonly timeSeconds: number;
  readonly publicKey: Uint8Array;
  readonly cosignature: Uint8Array;
}

/** A provider's own Plexi signature over an epoch of its directory. */
export interface ProviderHead {
  readonly type: "provider-head";
  readonly namespace: string;
  readonly epoch: number;
  readonly digest: Uint8Array;
  readonly timestampMs: number;
  readonly suite: PlexiSuite;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export type AuditorHead = SignedHead | HalfHead;

/**
 * How much of a head was received: 1 a cosignature alone, 2 a Plexi signature alone, 3 both. A statement replaces one
 * of the same digest only when it ranks higher. [a peer strips a signature from a head to keep it from counting]
 */
export function completeness(head: AuditorHead): 1 | 2 | 3 {
  if (head.type === "half-head") return 1;
  return head.cosignature === undefined ? 2 : 3;
}

/** The time of a head in milliseconds; a half head knows seconds only. */
export function headTimeMs(head: AuditorHead): number {
  return head.type === "half-head" ? head.timeSeconds * 1000 : head.timestampMs;
}

/**
 * True when `part` is `whole`, or what is left of it without one of its signatures. The origin of a late head is
 * covered by no signature: whoever passes it on may have written another one. [a stripped copy of another origin passes
 * for a head that its author never signed]
 */
export function isPartOf(part: AuditorHead, whole: AuditorHead): boolean {
  if (part.epoch !== whole.epoch || part.namespace !== whole.namespace) return false;
  if (!equalBytes(part.digest, whole.digest) || !equalBytes(part.publicKey, whole.publicKey)) return false;
  const isCosigned = isSame(part.cosignature, whole.cosignature) && part.origin === whole.origin;
  if (part.type === "half-head") {
    return isCosigned && part.timeSeconds === Math.floor(headTimeMs(whole) / 1000);
  }
  if (whole.type === "half-head") return false;
  return (
    part.timestampMs === whole.timestampMs &&
    part.suite === whole.suite &&
    equalBytes(part.plexiSignature, whole.plexiSignature) &&
    (part.cosignature === undefined || isCosigned)
  );
}

/** The cosignature's time for a Plexi time: whole seconds, rounded down. */
export function cosignatureTimeSeconds(timestampMs: number): number {
  return Math.floor(timestampMs / 1000);
}

/** True when every signature that the statement carries is valid over its own origin and namespace. */
export async function verifyHead(
  head: AuditorHead | ProviderHead,
  modules: { verifier: SignatureVerifier },
): Promise<boolean> {
  const { verifier } = modules;
  if (head.type === "provider-head") {
    return verifier.verify(head.publicKey, encodePlexiMessage(head), head.signature);
  }
  if (head.type === "half-head") {
    return verifier.verify(head.publicKey, cosignedMessage(asCheckpoint(head), head.timeSeconds), head.cosignature);
  }
  if (!(await verifier.verify(head.publicKey, encodePlexiMessage(head), head.plexiSignature))) return false;
  if (head.cosignature === undefined) return true;
  const message = cosignedMessage(asCheckpoint(head), cosignatureTimeSeconds(head.timestampMs));
  return verifier.verify(head.publicKey, message, head.cosignature);
}

export function asCheckpoint({ origin, epoch, digest }: Head): Checkpoint {
  return { origin, epoch, digest };
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b);
}
