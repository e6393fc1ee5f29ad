/** Whatever is changed in a right proof, it is refused, or says the same as before. */
import { describe, expect, it } from "vitest";
import { encodeHistoryProof, encodeLookupProof } from "../../../src/akd/keys/encode-key-proofs.ts";
import { isKeyProofError, type KeyVersion } from "../../../src/akd/keys/key-check.ts";
import { decodeHistoryProof, decodeLookupProof } from "../../../src/akd/keys/key-proofs.ts";
import { verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { randomBelow } from "../../../src/core/clock.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { fieldMutations } from "./field-mutations.ts";
import { historyFixtures, lookupFixtures, plain } from "./fixtures.ts";

type Verify = (proof: Uint8Array) => KeyVersion[];

interface Case {
  name: string;
  proof: Uint8Array;
  verify: Verify;
}

function smallest<T extends { proof: Uint8Array }>(fixtures: readonly T[]): T {
  return fixtures.toSorted((a, b) => a.proof.length - b.proof.length)[0]!;
}

function cases(folder: string): Case[] {
  const lookup = smallest(lookupFixtures(folder));
  const history = smallest(historyFixtures(folder));
  const severalVersions = historyFixtures(folder).filter(({ results }) => results.length === 2);
  return [
    { ...lookup, verify: (proof) => [verifyLookupProof(lookup.request, proof)] },
    ...[history, ...severalVersions.slice(0, 1)].map((one) => ({
      ...one,
      verify: (proof: Uint8Array) =>
        verifyHistoryProof(one.request, proof, { extent: one.extent, tombstones: "refuse" }),
    })),
  ];
}

/** The code of the refusal, or "the same"; anything else fails the test. */
function verdict({ proof: original, verify }: Case, proof: Uint8Array): string {
  try {
    expect(verify(proof).map(plain)).toEqual(verify(original).map(plain));
    return "the same";
  } catch (error) {
    if (isKeyProofError(error)) return error.code;
    throw error;
  }
}

const CASES = ["whatsapp_v1-main", "experimental"].flatMap(cases);

/** A few hundred of the changed bytes cost a VRF proof each, so not every case. */
const SMALL_CASES = CASES.filter(({ proof }) => proof.length < 1900);

describe.each(SMALL_CASES)("$name", (one) => {
  it("is refused with any byte changed", () => {
    const random = new SeededRandom(5);
    const found = new Set<string>();
    one.proof.forEach((_, at) => {
      const changed = one.proof.slice();
      changed[at]! ^= 1 + randomBelow(random, 255);
      found.add(verdict(one, changed));
    });
    expect(found).not.toContain("the same");
    expect(found).toContain("KEY_PROOF_ENCODING");
    expect(found).toContain("KEY_PROOF_VRF");
  });
});

describe.each(CASES)("$name", (one) => {
  it("is refused when it is cut anywhere, or goes on behind its end", () => {
    for (let end = 0; end < one.proof.length; end++) {
      const code = verdict(one, one.proof.subarray(0, end));
      expect(["KEY_PROOF_ENCODING", "KEY_PROOF_EMPTY", "KEY_PROOF_MARKERS", "KEY_PROOF_EXTENT"]).toContain(code);
    }
    expect(verdict(one, Uint8Array.of(...one.proof, 0))).toBe("KEY_PROOF_ENCODING");
  });

  it("is refused with any field changed, left out, doubled, or taken from another place in it", () => {
    const isLookup = one.name.includes("lookup");
    const mutations = isLookup
      ? fieldMutations(decodeLookupProof(one.proof)).map(encodeLookupProof)
      : fieldMutations(decodeHistoryProof(one.proof)).map(encodeHistoryProof);
    expect(mutations.length).toBeGreaterThan(100);
    const found = new Set(mutations.map((proof) => verdict(one, proof)));
    expect(found.has("the same")).toBe(false);
    expect(found).toContain("KEY_PROOF_DIGEST");
    expect(found).toContain("KEY_PROOF_PATH");
    expect(found).toContain("KEY_PROOF_ABSENCE");
  });
});

it("has one spelling: what was decoded is encoded to the same bytes", () => {
  for (const folder of ["whatsapp_v1-main", "experimental"]) {
    for (const { proof } of lookupFixtures(folder)) expect(encodeLookupProof(decodeLookupProof(proof))).toEqual(proof);
    for (const { proof } of historyFixtures(folder))
      expect(encodeHistoryProof(decodeHistoryProof(proof))).toEqual(proof);
  }
});
