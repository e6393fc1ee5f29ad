/** The title and advice of each result. */
import type { AlarmReason, Said, UnconfirmedReason } from "./key-results.ts";

export const VERIFIED: Said = {
  title: "Key verified",
  advice: "Independent auditors confirm that everybody is shown this key, and its owner is shown it too.",
};

export const OWN_VERIFIED: Said = {
  title: "Your keys are verified",
  advice: "The directory shows everybody your own keys, and no other in your name.",
};

export const CHANGED: Said = {
  title: "New key",
  advice: "The directory shows this new key to everybody. If you did not expect a new device, ask your contact.",
};

export const PENDING: Said = {
  title: "Verification under way",
  advice: "The auditors have not signed the directory's newest epoch yet. This will be checked again automatically.",
};

export const OUTDATED: Said = {
  title: "Old answer",
  advice: "The directory answered from an old epoch. Ask again; if it goes on, the provider may be hiding a change.",
};

export const NOT_IN_DIRECTORY: Said = {
  title: "Not in the directory",
  advice: "The directory says that it has no key for this contact. That is its word; nothing can prove it.",
};

export const UNCONFIRMED: Readonly<Record<UnconfirmedReason, Said>> = {
  "lookup-only": {
    title: "Not confirmed yet",
    advice: "The directory shows this key, but not yet that its owner can see it. Ask for the key's recent history.",
  },
  "not-signed": {
    title: "Not confirmed",
    advice:
      "Too few auditors signed the epoch that the directory answered from. Compare the key in person if it matters.",
  },
  "no-answer": {
    title: "Not confirmed",
    advice: "The auditors could not be asked. Try again when you are online.",
  },
  "too-many-pending": {
    title: "Not confirmed",
    advice: "Too many answers wait for the auditors. Try again later.",
  },
  "own-key-missing": {
    title: "Your key is not in the directory yet",
    advice:
      "A new key appears with the next epochs. If it does not, the provider is withholding it from your contacts.",
  },
  "history-gap": {
    title: "Not all of your keys were checked",
    advice: "Some versions of your key have not been looked at on this device. Ask for the complete history.",
  },
};

export const ALARMS: Readonly<Record<AlarmReason, Said>> = {
  "proof-invalid": {
    title: "Wrong proof",
    advice: "The directory's proof does not hold. Do not send anything confidential, and keep the complaint.",
  },
  "other-key": {
    title: "Not the key in use",
    advice:
      "The directory proves a different key from the one that messages would be encrypted to. Do not send anything.",
  },
  "value-removed": {
    title: "Key removed",
    advice: "The directory no longer says which key this is. Do not send anything until it does.",
  },
  "other-vrf-key": {
    title: "Not the provider's key",
    advice: "The answer came with a different VRF key from the one in this app. Keep the complaint.",
  },
  "wrong-digest": {
    title: "You are shown a different directory from everybody else",
    advice:
      "Auditors saw another directory than you were shown. Do not send anything, and give the report to an auditor.",
  },
  "auditors-conflict": {
    title: "Evidence against the directory",
    advice:
      "There is evidence that the provider, or too many auditors, lied. Do not rely on any key from this directory.",
  },
  "version-went-back": {
    title: "An older key than before",
    advice: "The directory shows an older key than it did before. Do not send anything, and keep the complaint.",
  },
  "value-changed": {
    title: "Another key in the same place",
    advice: "The directory shows a different key from before, without a new version. Keep the complaint.",
  },
  "left-directory": {
    title: "A verified contact has vanished",
    advice: "The directory denies a contact whose key it proved before. Compare keys in person.",
  },
  "unknown-own-version": {
    title: "A key that is not yours",
    advice: "The directory holds a key in your name that none of your devices made. Tell your contacts, and complain.",
  },
};
