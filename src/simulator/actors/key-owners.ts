/** What is true of keys in a world: who made which key when, and which ones nobody made. */
import { utf8 } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";

/** Version `version` of this person's key, as its owner made it. */
export function ownKey(person: string, version: number): Uint8Array {
  return sha256(utf8(`coaudit/simulator/key/${person}/${version}`));
}

/** A key that the provider made in this person's name. */
export function falseKey(person: string): Uint8Array {
  return sha256(utf8(`coaudit/simulator/key/${person}/false`));
}

/** How many keys each person has published by this epoch. */
export function keysMadeBy(epoch: number, newKeyEpochs: number): number {
  if (epoch < 1) return 0;
  return newKeyEpochs === 0 ? 1 : Math.floor((epoch - 1) / newKeyEpochs) + 1;
}

/** Whether each person publishes a key with this epoch. */
export function isNewKeyEpoch(epoch: number, newKeyEpochs: number): boolean {
  return keysMadeBy(epoch, newKeyEpochs) > keysMadeBy(epoch - 1, newKeyEpochs);
}

/** The keys that the owner's devices made, by version. */
export function keysOf(person: string, epoch: number, newKeyEpochs: number): Map<number, Uint8Array> {
  const count = keysMadeBy(epoch, newKeyEpochs);
  return new Map(Array.from({ length: count }, (_, index) => [index + 1, ownKey(person, index + 1)]));
}
