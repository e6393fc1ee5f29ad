/**
 * The part of a scenario in which clients check keys: the directory is then a whole one, and every client a person who
 * is in it, checks the keys of contacts and watches its own.
 */
export interface KeysScenario {
  /** How many others each person checks the keys of: the next ones in the order of their names. */
  readonly contacts: number;
  /** From one look of a person at its own history to the next. */
  readonly watchEveryMs: number;
  /** Every person has a first key with epoch 1, and a new one every so many epochs; 0: never. */
  readonly newKeyEpochs: number;
  readonly lies: readonly KeysLie[];
}

/** Told to some persons about one; the tree that auditors see may have something in it that makes the lie possible. */
export type ToldLie = {
  readonly about: string;
  readonly to: readonly string[];
  readonly fromEpoch: number;
  readonly toEpoch?: number;
} & (
  | {
      /** Another key, on a private fork that is so many epochs ahead of the newest one. */
      readonly kind: "swapped-key";
      readonly ahead: number;
    }
  /** A version that the owner's absences miss, in the one tree that everybody audits. */
  | { readonly kind: "hidden-version" }
  /** The newest version was never there. */
  | { readonly kind: "forgotten-version" }
  /** The answer of so many epochs ago. */
  | { readonly kind: "old-epoch"; readonly behind: number }
  | { readonly kind: "other-vrf-key" }
  /** The answer about somebody else. */
  | { readonly kind: "other-label" }
  /** There is no such person. */
  | { readonly kind: "denied" }
  /** There is no answer. */
  | { readonly kind: "withheld" }
);

/**
 * Told to everybody alike: with `fromEpoch` a version that the owner never made is in the tree, and after `toEpoch` the
 * true key is published again. `tombstoned-version`: with it the value of the false one is removed, too.
 */
export interface PublishedLie {
  readonly kind: "inserted-version" | "tombstoned-version";
  readonly about: string;
  readonly fromEpoch: number;
  readonly toEpoch?: number;
}

export type KeysLie = ToldLie | PublishedLie;

export function isPublished(lie: KeysLie): lie is PublishedLie {
  return lie.kind === "inserted-version" || lie.kind === "tombstoned-version";
}

/** Whose keys this person checks. */
export function contactsIn(people: readonly string[], person: string, contacts: number): string[] {
  const at = people.indexOf(person);
  return Array.from({ length: contacts }, (_, index) => people[(at + 1 + index) % people.length] ?? person);
}
