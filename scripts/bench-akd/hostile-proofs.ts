/**
 * Proofs that are made to be expensive, about as large as an honest one, and honest ones in a bad order. All of them
 * are invalid, because nobody knows the digests that they lead to.
 */
import { ElementWriter, FastRandom, type GeneratedProof } from "./whatsapp-proof.ts";

const SHARED_LABELS = 785_000;
const PATHS = 2_780;
const FULL_BITS = 256;

export type HostileShape = (honest: GeneratedProof) => Uint8Array;

export const HOSTILE_SHAPES: Readonly<Record<string, HostileShape>> = {
  "785,000 labels share 64 bits": () => sharedPrefix(),
  "711,000 labels on paths of 256 splits": () => caterpillars(),
  "all inserted": (honest) => randomLeaves(honest.proof.length, "inserted"),
  "all unchanged": (honest) => randomLeaves(honest.proof.length, "unchanged"),
  "in reverse order": (honest) => reordered(honest, (elements) => elements.reverse()),
  "in random order": (honest) => reordered(honest, shuffle),
  "one element late": (honest) => reordered(honest, (elements) => [...elements.slice(1), ...elements.slice(0, 1)]),
};

function sharedPrefix(): Uint8Array {
  const random = new FastRandom(2);
  const labels = Array.from({ length: SHARED_LABELS }, () => random.bytes(32).fill(0x5a, 0, 8));
  return proofOf(labels, (index) => index % 17 === 0, random);
}

/** For each path, a leaf at every bit from the 12th on. */
function caterpillars(): Uint8Array {
  const random = new FastRandom(3);
  const labels: Uint8Array[] = [];
  for (let path = 0; path < PATHS; path++) {
    const spine = random.bytes(32);
    for (let bit = 0; bit < FULL_BITS; bit++) {
      const label = spine.slice();
      label[bit >>> 3] = (label[bit >>> 3] as number) ^ (0x80 >>> (bit & 7));
      label[0] = path >>> 4;
      label[1] = ((path & 15) << 4) | ((label[1] as number) & 15);
      if (bit >= 12) labels.push(label);
    }
    if (labels.length >= 711_000) break;
  }
  return proofOf(labels, (index) => index % 17 === 0, random);
}

function randomLeaves(sizeBytes: number, kind: "inserted" | "unchanged"): Uint8Array {
  const random = new FastRandom(4);
  const labels = Array.from({ length: Math.floor(sizeBytes / 75) }, () => random.bytes(32));
  return proofOf(labels, () => kind === "inserted", random);
}

/** A proof of sorted labels; repeated ones would be found before any work, so they are left out. */
function proofOf(labels: Uint8Array[], isInserted: (index: number) => boolean, random: FastRandom): Uint8Array {
  labels.sort((a, b) => Buffer.compare(a, b));
  const lists = [new ElementWriter(0x0a), new ElementWriter(0x12)] as const;
  labels.forEach((label, index) => {
    const previous = labels[index - 1];
    if (previous !== undefined && Buffer.compare(previous, label) === 0) return;
    lists[isInserted(index) ? 0 : 1].write(label, FULL_BITS, random.bytes(32));
  });
  return Buffer.concat(lists.map((list) => list.bytes()));
}

type Order = (elements: Uint8Array[]) => Uint8Array[];

/** Both lists of a proof in another order. */
function reordered({ proof, inserted }: GeneratedProof, order: Order): Uint8Array {
  const elements: Uint8Array[] = [];
  for (let at = 0; at < proof.length; ) {
    const end = at + 2 + (proof[at + 1] as number);
    elements.push(proof.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...order(elements.slice(0, inserted)), ...order(elements.slice(inserted))]);
}

function shuffle(elements: Uint8Array[]): Uint8Array[] {
  const random = new FastRandom(5);
  for (let i = elements.length - 1; i > 0; i--) {
    const j = random.word() % (i + 1);
    [elements[i], elements[j]] = [elements[j] as Uint8Array, elements[i] as Uint8Array];
  }
  return elements;
}
