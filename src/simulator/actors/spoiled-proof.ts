/**
 * A proof of the same size that starts where it should and leads elsewhere: one bit of an inserted value is another.
 * Throws where the value is not in it: a world's lie would be the truth.
 */
export function spoiledProof(proof: Uint8Array, inserted: Uint8Array): Uint8Array {
  const spoiled = Buffer.from(proof);
  const at = spoiled.indexOf(inserted);
  if (at < 0) throw new Error("the proof does not hold the value that it inserts");
  spoiled[at] = (spoiled[at] ?? 0) ^ 1;
  return new Uint8Array(spoiled);
}
