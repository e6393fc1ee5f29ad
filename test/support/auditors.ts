/** Auditors with real keys, and the statements that they would sign. */
import { cosignedMessage } from "../../src/core/checkpoint.ts";
import type { Assumptions } from "../../src/core/evidence.ts";
import {
  asCheckpoint,
  cosignatureTimeSeconds,
  type HalfHead,
  type ProviderHead,
  type SignedHead,
} from "../../src/core/head.ts";
import { encodePlexiMessage } from "../../src/core/plexi.ts";
import { defaultFaultBound, Roster } from "../../src/core/roster.ts";
import type { AuditorRecord, KeyRotation, Observation } from "../../src/core/statement.ts";
import { auditorRecordMessage, keyRotationMessage, observationMessage } from "../../src/core/statement-signature.ts";
import type { Claim } from "../../src/ledger/claims/claim-record.ts";
import { type Ed25519Key, ed25519KeyFromSeed } from "../../src/platform/native-ed25519.ts";

export const NAMESPACE = "test.key-transparency.v1";
export const ORIGIN = "test.kt/v1";
export const T0 = 1_700_000_000_000;

/** A digest that is easy to recognise: the same branch and epoch, the same 32 bytes. */
export function digestOf(branch: number, epoch: number): Uint8Array {
  const digest = new Uint8Array(32).fill(branch);
  new DataView(digest.buffer).setUint32(0, epoch);
  return digest;
}

export class TestAuditor {
  readonly name: string;
  readonly key: Ed25519Key;

  constructor(name: string, seed: number) {
    this.name = name;
    this.key = ed25519KeyFromSeed(new Uint8Array(32).fill(seed));
  }

  /** What it promises before it signs `head(epoch, digest)`. */
  claim(epoch: number, digest: Uint8Array, timestampMs: number = T0 + epoch * 1000): Claim {
    const { publicKey } = this.key;
    return { namespace: NAMESPACE, origin: ORIGIN, epoch, digest, timestampMs, suite: 1, late: false, publicKey };
  }

  head(
    epoch: number,
    digest: Uint8Array,
    timestampMs: number = T0 + epoch * 1000,
    namespace: string = NAMESPACE,
    origin: string = ORIGIN,
  ): SignedHead {
    const claim = { namespace, origin, epoch, digest, timestampMs, suite: 1 as const };
    return {
      type: "signed-head",
      ...claim,
      publicKey: this.key.publicKey,
      plexiSignature: this.key.sign(encodePlexiMessage(claim)),
      cosignature: this.key.sign(cosignedMessage(asCheckpoint(claim), cosignatureTimeSeconds(timestampMs))),
    };
  }

  lateHead(epoch: number, digest: Uint8Array, timestampMs: number = T0 + epoch * 1000): SignedHead {
    const { cosignature: _left, ...late } = this.head(epoch, digest, timestampMs);
    return late;
  }

  halfHead(
    epoch: number,
    digest: Uint8Array,
    timestampMs: number = T0 + epoch * 1000,
    namespace: string = NAMESPACE,
    origin: string = ORIGIN,
  ): HalfHead {
    const timeSeconds = cosignatureTimeSeconds(timestampMs);
    return {
      type: "half-head",
      namespace,
      origin,
      epoch,
      digest,
      timeSeconds,
      publicKey: this.key.publicKey,
      cosignature: this.key.sign(cosignedMessage({ origin, epoch, digest }, timeSeconds)),
    };
  }

  providerHead(epoch: number, digest: Uint8Array, timestampMs: number = T0 + epoch * 1000): ProviderHead {
    const message = { namespace: NAMESPACE, epoch, digest, timestampMs, suite: 1 as const };
    return {
      type: "provider-head",
      ...message,
      publicKey: this.key.publicKey,
      signature: this.key.sign(encodePlexiMessage(message)),
    };
  }

  observation(
    epoch: number,
    kind: Observation["kind"],
    blobNames: string[],
    bodyHashes: Uint8Array[] = [],
  ): Observation {
    const unsigned = {
      type: "observation" as const,
      namespace: NAMESPACE,
      origin: ORIGIN,
      epoch,
      kind,
      blobNames,
      bodyHashes,
      host: "log.example.org",
      errorCode: "PROOF_END_MISMATCH",
      timestampMs: T0,
      publicKey: this.key.publicKey,
    };
    return { ...unsigned, signature: this.key.sign(observationMessage(unsigned)) };
  }

  record(
    sequence: number,
    peer: TestAuditor,
    multiaddrs: string[] = [],
    namespaces: readonly string[] = [NAMESPACE],
  ): AuditorRecord {
    const unsigned = {
      type: "auditor-record" as const,
      name: this.name,
      sequence,
      multiaddrs,
      roots: namespaces.map((namespace) => ({
        namespace,
        epoch: 0,
        digest: digestOf(0, 0),
        chosen: "pinned" as const,
      })),
      publicKey: this.key.publicKey,
      peerPublicKey: peer.key.publicKey,
    };
    const message = auditorRecordMessage(unsigned);
    return { ...unsigned, signature: this.key.sign(message), peerSignature: peer.key.sign(message) };
  }

  rotation(next: TestAuditor, epoch: number): KeyRotation {
    const unsigned = {
      type: "key-rotation" as const,
      oldPublicKey: this.key.publicKey,
      newPublicKey: next.key.publicKey,
      starts: [{ namespace: NAMESPACE, epoch }],
      timestampMs: T0,
    };
    const message = keyRotationMessage(unsigned);
    return { ...unsigned, oldSignature: this.key.sign(message), newSignature: next.key.sign(message) };
  }
}

/** `a.example`, `b.example`, ... */
export function makeAuditors(count: number): TestAuditor[] {
  return Array.from({ length: count }, (_, i) => new TestAuditor(`${String.fromCharCode(97 + i)}.example`, i + 1));
}

export const PROVIDER: TestAuditor = new TestAuditor("provider.example", 200);

export function rosterOf(auditors: readonly TestAuditor[]): Roster {
  return new Roster(auditors.map(({ name, key }) => ({ name, keys: [{ publicKey: key.publicKey }], addresses: [] })));
}

export function assumptionsOf(
  auditors: readonly TestAuditor[],
  faultBound: number = defaultFaultBound(auditors.length),
): Assumptions {
  return {
    roster: rosterOf(auditors),
    faultBound,
    origins: new Map([[NAMESPACE, ORIGIN]]),
    providerKeys: new Map([[NAMESPACE, [PROVIDER.key.publicKey]]]),
  };
}
