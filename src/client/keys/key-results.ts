/** What an app learns about a key. Every result is one word for the user interface, with a title and advice. */
import type { WrongDigestReport } from "../../core/wrong-digest.ts";

/** For people; the app may show its own words. */
export interface Said {
  readonly title: string;
  readonly advice: string;
}

export interface ShownKey {
  readonly version: number;
  /** In which the version was published. */
  readonly epoch: number;
  readonly value: Uint8Array;
}

/** The key in use is the one that the directory shows to everybody, and its owner can see it. */
export interface KeyVerified extends Said {
  readonly result: "verified";
  readonly shown: ShownKey;
  /** Of the answer. */
  readonly epoch: number;
}

/** Verified, and another key than the one verified before: the contact has a new device, or somebody else has. */
export interface KeyChanged extends Said {
  readonly result: "changed";
  readonly shown: ShownKey;
  readonly previousVersion: number;
  readonly epoch: number;
}

export type UnconfirmedReason =
  /** A lookup alone shows a contact, or a version, that no history has confirmed: ask for most-recent:1. */
  | "lookup-only"
  /** Enough auditors never signed this epoch, though newer ones are signed, or ten minutes have passed. */
  | "not-signed"
  /** No auditor could be asked, or it is not known which epoch is the newest. */
  | "no-answer"
  /** More answers wait for auditors than are kept. */
  | "too-many-pending"
  /** The own newest key is not in the directory yet. */
  | "own-key-missing"
  /** The own history was asked for from too late a version on: some were never looked at. */
  | "history-gap";

/** Nothing speaks against the key, and not enough for it. */
export interface KeyUnconfirmed extends Said {
  readonly result: "unconfirmed";
  readonly reason: UnconfirmedReason;
}

/** The auditors have not come to this epoch yet; `settle` tells when they have. */
export interface KeyPending extends Said {
  readonly result: "pending";
  readonly epoch: number;
}

/** The answer is older than it need be: what changed since then is not in it. */
export interface KeyOutdated extends Said {
  readonly result: "outdated";
  readonly epoch: number;
  /** The quorum's newest epoch, or the one accepted before. */
  readonly newestEpoch: number;
}

/** The directory's word; no proof exists that a label is not in it. */
export interface KeyNotInDirectory extends Said {
  readonly result: "not-in-directory";
}

export type AlarmReason =
  /** The proof is wrong; `code` says which part. */
  | "proof-invalid"
  /** The directory proves another key than the one in use. */
  | "other-key"
  /** The directory no longer says what the key is. */
  | "value-removed"
  /** The answer came with another VRF key than the pinned one. */
  | "other-vrf-key"
  /** The auditors saw another digest at this epoch: this person is shown a directory of their own. */
  | "wrong-digest"
  /** Evidence against the provider or the auditors. */
  | "auditors-conflict"
  | "version-went-back"
  /** Another key under a version that was verified before. */
  | "value-changed"
  /** A contact that was verified before is said not to be in the directory. */
  | "left-directory"
  /** The own history has a version that this owner never published. */
  | "unknown-own-version";

export interface KeyAlarm extends Said {
  readonly result: "alarm";
  readonly reason: AlarmReason;
  /** May leave the device. */
  readonly complaint: KeyComplaint;
  /** Stays on the device: it says whose key it is about. */
  readonly evidence: KeyEvidence;
}

export const COMPLAINT_FORMAT = "coaudit/key-complaint/v1";

/** Neither label nor key is in it. */
export interface KeyComplaint {
  readonly format: typeof COMPLAINT_FORMAT;
  readonly namespace: string;
  readonly reason: AlarmReason;
  readonly epoch: number;
  /** Hex: the digest that this person was shown. */
  readonly digest: string;
  readonly reportedAtMs: number;
  /** Which part of the proof is wrong. */
  readonly code?: string;
  readonly report?: WrongDigestReport;
}

export interface KeyEvidence {
  readonly label: Uint8Array;
  /** The answer's proof, where there was one. */
  readonly proof?: Uint8Array;
  readonly shown: readonly ShownKey[];
}

export type ContactResult =
  | KeyVerified
  | KeyChanged
  | KeyUnconfirmed
  | KeyPending
  | KeyOutdated
  | KeyNotInDirectory
  | KeyAlarm;
export type OwnKeyResult = Exclude<ContactResult, KeyChanged>;
