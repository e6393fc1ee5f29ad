/** Bodies that are no proof, however long: the fact is found in their first bytes, and nothing of them is kept. */
import { randomFillSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FastVerifier } from "../../src/akd/fast/fast-verifier.ts";
import { kernelKind } from "../../src/akd/kernel/kernel.ts";
import { type ProofVerifier, ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { ThreadPool } from "../../src/akd/threads/thread-pool.ts";
import { recordedEpochs } from "./support/fixtures.ts";

const MEBIBYTE = 2 ** 20;
const BODY_MEBIBYTES = 192;
const KEPT_MEBIBYTES = 48;
const never = new AbortController().signal;
const { request, proof } = recordedEpochs("whatsapp_v1-main")[2]!;

const filled = (...bytes: number[]): Uint8Array => {
  const chunk = new Uint8Array(MEBIBYTE);
  for (let at = 0; at < chunk.length; at += bytes.length) chunk.set(bytes.slice(0, chunk.length - at), at);
  return chunk;
};
const zeros = new Uint8Array(MEBIBYTE);
const random = randomFillSync(new Uint8Array(MEBIBYTE));
random[0] = 0x0f;

/** First bytes, what follows without end, and the fact. */
const KINDS: readonly (readonly [string, Uint8Array, Uint8Array, string])[] = [
  ["zeros", zeros, zeros, "PROOF_TRAILING_BYTES"],
  ["random bytes", random, random, "PROOF_WIRE_TYPE"],
  ["a right beginning, then zeros", proof.subarray(0, 997), zeros, "PROOF_"],
  ["a whole proof, then zeros", proof, zeros, "PROOF_TRAILING_BYTES"],
  ["varints without end", filled(0xff), filled(0xff), "PROOF_VARINT_TOO_LARGE"],
  ["an element of 4 GiB", Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), zeros, "PROOF_TRUNCATED"],
  ["an element of 100 MiB whose label is of 90 MiB", nested(100, 90), zeros, "PROOF_LABEL"],
  ["an element whose value of 64 MiB comes first", valueFirst(64), zeros, "PROOF_FIELD_MISSING"],
  ["elements inside elements", filled(0x0a, 0x7f), filled(0x0a, 0x7f), "PROOF_"],
  ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), random, "PROOF_FIELD_UNKNOWN"],
];

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

function nested(outer: number, inner: number): Uint8Array {
  return Uint8Array.from([0x0a, ...varint(outer * MEBIBYTE), 0x0a, ...varint(inner * MEBIBYTE), 0x0a, ...varint(33)]);
}

function valueFirst(size: number): Uint8Array {
  return Uint8Array.from([0x0a, ...varint(2 * size * MEBIBYTE), 0x12, ...varint(size * MEBIBYTE)]);
}

const verifiers: readonly (readonly [string, () => ProofVerifier])[] = [
  ["reference", () => new ReferenceVerifier()],
  ["fast", () => new FastVerifier()],
  [
    "threaded",
    () => new FastVerifier({}, { workers: new ThreadPool({ threads: 2, capacity: 4096, kernel: kernelKind() }) }),
  ],
];

describe.each(verifiers)("the %s verifier", (_name, open) => {
  it.each(KINDS)("keeps nothing of %s", async (_kind, first, rest, code) => {
    const verifier = open();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const sample = (): void => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    };
    async function* body(): AsyncGenerator<Uint8Array> {
      yield first;
      // The same memory again and again: what grows is what the verifier keeps.
      for (let chunk = 0; chunk < BODY_MEBIBYTES; chunk++) {
        sample();
        yield rest;
      }
    }
    await expect(verifier.verify(request, body(), never)).rejects.toMatchObject({
      code: expect.stringMatching(new RegExp(`^${code}`)),
    });
    sample();
    expect(most / MEBIBYTE).toBeLessThan(KEPT_MEBIBYTES);
    await verifier.close();
  });

  it("verifies the next proof after one that was cut off by junk", async () => {
    const verifier = open();
    async function* pieces(...bytes: Uint8Array[]): AsyncGenerator<Uint8Array> {
      yield* bytes;
    }
    const wrong = verifier.verify(request, pieces(proof.subarray(0, 997), zeros), never);
    await expect(wrong).rejects.toMatchObject({ code: expect.stringMatching(/^PROOF_/) });
    await expect(verifier.verify(request, pieces(proof), never)).resolves.toMatchObject({});
    await verifier.close();
  });
});
