import { describe, expect, it } from "vitest";
import { CONFIGURATION_NAMES, type ConfigurationName, emptyDigest } from "../../src/akd/configuration.ts";
import { isProofError, type ProofRequest, verifyAppendOnlyProof } from "../../src/akd/verify.ts";
import { toHex } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import { AkdTree } from "../../src/provider/tree.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { DIRECTORIES, manifest, recordedEpochs } from "./support/fixtures.ts";

const nothing = new Uint8Array(0);

/** A proof of three inserted and a few unchanged elements. */
function smallProof(configuration: ConfigurationName): { request: ProofRequest; proof: Uint8Array } {
  const random = new SeededRandom(11);
  const batch = (count: number) =>
    Array.from({ length: count }, () => ({ label: random.bytes(32), value: random.bytes(32) }));
  const tree = new AkdTree(configuration);
  tree.publish(batch(6));
  const { epoch, previous, current, proof } = tree.publish(batch(3));
  return { request: { configuration, epoch, from: previous, to: current }, proof };
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >>> 3]! ^= 1 << (bit & 7);
  return copy;
}

function rejection(request: ProofRequest, proof: Uint8Array): unknown {
  try {
    verifyAppendOnlyProof(request, proof);
  } catch (error) {
    return error;
  }
  return "accepted";
}

describe("the verifier", () => {
  it.each(DIRECTORIES)("accepts every epoch of the real directory %s", (directory) => {
    for (const { request, proof, inserted, unchanged } of recordedEpochs(directory)) {
      expect(verifyAppendOnlyProof(request, proof)).toEqual({ inserted, unchanged });
    }
  });

  it("accepts both true histories of a fork, and neither proof from the other's digest", () => {
    const main = recordedEpochs("whatsapp_v1-main")[17]!;
    const fork = recordedEpochs("whatsapp_v1-fork")[17]!;
    const crossed = rejection({ ...main.request, from: fork.request.from }, main.proof);
    expect(crossed).toMatchObject({
      code: "PROOF_START_MISMATCH",
      metadata: { expected: toHex(fork.request.from), actual: toHex(main.request.from) },
    });
  });

  it("knows the digest of the empty tree in both configurations", () => {
    expect(toHex(emptyDigest("whatsapp_v1"))).toBe(manifest("whatsapp_v1-main").emptyRoot);
    expect(toHex(emptyDigest("experimental"))).toBe(manifest("experimental").emptyRoot);
  });

  it("tells a wrong end from a wrong start", () => {
    const { request, proof } = recordedEpochs("whatsapp_v1-main")[4]!;
    const to = flipped(request.to, 3);
    expect(rejection({ ...request, to }, proof)).toMatchObject({
      code: "PROOF_END_MISMATCH",
      metadata: { expected: toHex(to), actual: toHex(request.to) },
    });
    expect(rejection({ ...request, from: to }, proof)).toMatchObject({ code: "PROOF_START_MISMATCH" });
  });

  it("binds what is inserted to the epoch that the proof leads to", () => {
    const { request, proof } = recordedEpochs("whatsapp_v1-main")[4]!;
    expect(rejection({ ...request, epoch: 4 }, proof)).toMatchObject({ code: "PROOF_END_MISMATCH" });
  });

  it("rejects the proof of one configuration in the other", () => {
    const { request, proof } = recordedEpochs("experimental")[3]!;
    expect(rejection({ ...request, configuration: "whatsapp_v1" }, proof)).toMatchObject({
      code: "PROOF_START_MISMATCH",
    });
  });

  it("does not care in which order the elements of a list stand", () => {
    const { request, proof, inserted } = recordedEpochs("whatsapp_v1-main")[0]!;
    const elements: Uint8Array[] = [];
    for (let offset = 0; offset < proof.length; offset += 2 + proof[offset + 1]!) {
      elements.push(proof.subarray(offset, offset + 2 + proof[offset + 1]!));
    }
    const reversed = Buffer.concat(elements.reverse());
    expect(verifyAppendOnlyProof(request, reversed)).toEqual({ inserted, unchanged: 0 });
  });

  describe.each(CONFIGURATION_NAMES)("in configuration %s", (configuration) => {
    it("rejects every single-bit flip of a small proof, as a fact about its bytes", () => {
      const { request, proof } = smallProof(configuration);
      verifyAppendOnlyProof(request, proof);
      for (let bit = 0; bit < 8 * proof.length; bit++) {
        expect(isProofError(rejection(request, flipped(proof, bit)))).toBe(true);
      }
    });

    it("rejects every single-bit flip of the digests", () => {
      const { request, proof } = smallProof(configuration);
      for (let bit = 0; bit < 256; bit++) {
        expect(rejection({ ...request, from: flipped(request.from, bit) }, proof)).toMatchObject({
          code: "PROOF_START_MISMATCH",
        });
        expect(rejection({ ...request, to: flipped(request.to, bit) }, proof)).toMatchObject({
          code: "PROOF_END_MISMATCH",
        });
      }
    });

    it("accepts an empty proof only from the empty tree to itself", () => {
      const empty = emptyDigest(configuration);
      const other = flipped(empty, 0);
      const request = { configuration, epoch: 1, from: empty, to: empty };
      expect(verifyAppendOnlyProof(request, nothing)).toEqual({ inserted: 0, unchanged: 0 });
      for (const [from, to] of [
        [empty, other],
        [other, empty],
        [other, other],
      ] as const) {
        expect(rejection({ ...request, from, to }, nothing)).toMatchObject({
          code: "PROOF_EMPTY",
          metadata: { emptyDigest: toHex(empty) },
        });
      }
    });

    it("accepts a proof that inserts nothing only from a digest to itself", () => {
      const tree = new AkdTree(configuration);
      const random = new SeededRandom(1);
      tree.publish([1, 2, 3, 4].map(() => ({ label: random.bytes(32), value: random.bytes(32) })));
      const { epoch, previous, current, proof } = tree.publish([]);
      const request = { configuration, epoch, from: previous, to: current };
      expect(verifyAppendOnlyProof(request, proof).inserted).toBe(0);
      const other = flipped(current, 0);
      expect(rejection({ ...request, to: other }, proof)).toMatchObject({ code: "PROOF_NOTHING_INSERTED" });
      expect(rejection({ ...request, from: other, to: other }, proof)).toMatchObject({ code: "PROOF_START_MISMATCH" });
    });
  });

  it("rejects a sample of single-bit flips of a real proof", () => {
    const { request, proof } = recordedEpochs("whatsapp_v1-main")[1]!;
    for (let bit = 5; bit < 8 * proof.length; bit += 151) {
      expect(isProofError(rejection(request, flipped(proof, bit)))).toBe(true);
    }
  });

  it("blames the caller, not the proof, for an epoch or digest that cannot be", () => {
    const { request, proof } = smallProof("whatsapp_v1");
    for (const epoch of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      const error = rejection({ ...request, epoch }, proof);
      expect(error).toMatchObject({ code: "NUMBER_OUT_OF_RANGE" });
      expect(isProofError(error)).toBe(false);
    }
    for (const field of ["from", "to"] as const) {
      expect(rejection({ ...request, [field]: new Uint8Array(31) }, proof)).toMatchObject({
        code: "ENCODING_INVALID",
        metadata: { what: field },
      });
    }
  });

  it("reaches the last epoch that there can be", () => {
    const { request, proof } = smallProof("whatsapp_v1");
    expect(rejection({ ...request, epoch: 2 ** 53 - 1 }, proof)).toMatchObject({ code: "PROOF_END_MISMATCH" });
  });

  it("knows its own errors from others", () => {
    expect(isProofError(new CoauditError("PROOF_TRUNCATED", "", { offset: 0, element: 0 }))).toBe(true);
    expect(isProofError(new CoauditError("VERIFIER_CAP_EXCEEDED", "", { capBytes: 1 }))).toBe(false);
    expect(isProofError(new Error("PROOF_TRUNCATED"))).toBe(false);
  });
});
