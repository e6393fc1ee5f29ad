import { describe, expect, it } from "vitest";
import { FastVerifier } from "../../src/akd/fast/fast-verifier.ts";
import { type ProofVerifier, ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { recordedEpochs } from "./support/fixtures.ts";

const implementations: [string, typeof ReferenceVerifier | typeof FastVerifier, string][] = [
  ["reference", ReferenceVerifier, "experimental"],
  ["fast", FastVerifier, "experimental"],
  ["fast", FastVerifier, "whatsapp_v1-main"],
];
const never = new AbortController().signal;

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

describe.each(implementations)("the %s verifier", (_name, Verifier, directory) => {
  const { request, proof, inserted, unchanged } = recordedEpochs(directory)[2]!;
  it("verifies a proof that arrives in pieces", async () => {
    const verifier: ProofVerifier = new Verifier();
    for (const size of [1, 100, proof.length]) {
      await expect(verifier.verify(request, chunks(proof, size), never)).resolves.toEqual({ inserted, unchanged });
    }
    await verifier.close();
  });

  it("says what is wrong with a proof that stops too early", async () => {
    const cut = chunks(proof.subarray(0, 1000), 64);
    await expect(new Verifier().verify(request, cut, never)).rejects.toMatchObject({
      code: "PROOF_TRUNCATED",
    });
  });

  it("stops reading at its cap, which is not the proof's fault", async () => {
    let read = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          read += 100;
          yield proof.subarray(read - 100, read);
        }
      } finally {
        closed = true;
      }
    }
    const verifier = new Verifier({ maxProofBytes: 1000 });
    await expect(verifier.verify(request, endless(), never)).rejects.toMatchObject({
      code: "VERIFIER_CAP_EXCEEDED",
      metadata: { capBytes: 1000 },
    });
    expect([read, closed]).toEqual([1100, true]);
  });

  it("accepts a proof of exactly its cap", async () => {
    const verifier = new Verifier({ maxProofBytes: proof.length });
    await expect(verifier.verify(request, chunks(proof, 512), never)).resolves.toBeDefined();
  });

  it("gives up with the signal's reason, and reads nothing once aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("stopping");
    async function* stopped(): AsyncGenerator<Uint8Array> {
      yield proof.subarray(0, 10);
      controller.abort(reason);
      yield proof.subarray(10);
    }
    await expect(new Verifier().verify(request, stopped(), controller.signal)).rejects.toBe(reason);
    await expect(new Verifier().verify(request, chunks(proof, 9), controller.signal)).rejects.toBe(reason);
  });

  it("passes on what the stream throws", async () => {
    const reason = new Error("connection reset");
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield proof.subarray(0, 10);
      throw reason;
    }
    await expect(new Verifier().verify(request, broken(), never)).rejects.toBe(reason);
  });
});
