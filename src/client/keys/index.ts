/** `coaudit/client/keys`: from a contact's key to a quorum of auditors. Nothing here needs Node. */
export { isKeyProofError, type KeyRequest, type KeyVersion, MAX_KEY_VERSION } from "../../akd/keys/key-check.ts";
export { MAX_KEY_PROOF_BYTES } from "../../akd/keys/key-proofs.ts";
export { type HistoryExtent, type HistoryOptions, verifyHistoryProof } from "../../akd/keys/verify-history.ts";
export { verifyLookupProof } from "../../akd/keys/verify-lookup.ts";
export type { ContactAnswer, KeyAnswer, KeyDirectory, OwnAnswer } from "./answers.ts";
export { KeyClient, type KeyClientOptions, type SettledAnswer } from "./key-client.ts";
export type {
  AlarmReason,
  ContactResult,
  KeyAlarm,
  KeyChanged,
  KeyComplaint,
  KeyEvidence,
  KeyNotInDirectory,
  KeyOutdated,
  KeyPending,
  KeyUnconfirmed,
  KeyVerified,
  OwnKeyResult,
  Said,
  ShownKey,
  UnconfirmedReason,
} from "./key-results.ts";
export { type KeyStorage, memoryKeys, type WebLocks, webKeys } from "./key-storage.ts";
export { type Contact, type Reverification, reverifyContacts } from "./reverify-contacts.ts";
export { type OwnHistory, type OwnKeyWatch, watchOwnKey } from "./watch-own-key.ts";
