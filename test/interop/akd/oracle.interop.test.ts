/** Our trees and our verdicts against those of the akd crate 0.13.0. */
import { beforeAll, describe, expect, it } from "vitest";
import { whatsAppProof } from "../../../scripts/bench-akd/whatsapp-proof.ts";
import { CONFIGURATION_NAMES, type ConfigurationName } from "../../../src/akd/configuration.ts";
import { FastVerifier } from "../../../src/akd/fast/fast-verifier.ts";
import { isProofError, verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { concat, fromHex } from "../../../src/core/bytes.ts";
import { randomBelow } from "../../../src/core/clock.ts";
import { isCoauditError } from "../../../src/core/errors.ts";
import { AkdTree } from "../../../src/provider/tree.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { impossibleSets, randomMutation, toleratedByTheCrate } from "./mutations.ts";
import { ask, buildOracle, isCargoInstalled, type Question } from "./oracle.ts";

const BUILD_TIMEOUT_MS = 15 * 60_000;
const MUTATIONS_PER_CONFIGURATION = 1500;
const never = new AbortController().signal;
const fast = new FastVerifier({ rangeCapacity: 1024 });

/** Epochs of a live tree from its first leaf on; the last two of a fork. */
function publications(configuration: ConfigurationName): Question[] {
  const random = new SeededRandom(21);
  const batch = (count: number) =>
    Array.from({ length: count }, () => ({ label: random.bytes(32), value: random.bytes(32) }));
  const zero = { label: new Uint8Array(32), value: random.bytes(32) };
  let tree = new AkdTree(configuration);
  const questions: Question[] = [];
  for (const entries of [batch(1), batch(1), [zero], batch(60), batch(12), batch(5), batch(9), batch(9)]) {
    if (questions.length === 6) tree = tree.fork();
    const { epoch, previous, current, proof } = tree.publish(entries);
    questions.push({
      name: `epoch ${epoch} of a live tree`,
      request: { configuration, epoch, from: previous, to: current },
      proof,
    });
  }
  return questions;
}

/** The verdict of the fast verifier, in pieces of so many bytes. */
async function fastVerdict({ request, proof }: Question, chunkBytes: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < proof.length; at += chunkBytes) yield proof.subarray(at, at + chunkBytes);
  }
  try {
    await fast.verify(request, chunks(), never);
  } catch (error) {
    if (isProofError(error)) return error.code;
    throw error;
  }
  return "accept";
}

/** The verdict of the reference: "accept", or the code of the rejection. */
function verdict({ request, proof }: Question): string {
  try {
    verifyAppendOnlyProof(request, proof);
  } catch (error) {
    if (isProofError(error)) return error.code;
    throw error;
  }
  return "accept";
}

/** What a verifier finds instead of a digest that is wrong. */
async function computed(request: Question["request"], proof: Uint8Array): Promise<Uint8Array> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield proof;
  }
  try {
    await fast.verify(request, whole(), never);
  } catch (error) {
    if (isCoauditError(error, "PROOF_START_MISMATCH", "PROOF_END_MISMATCH"))
      return fromHex(error.metadata.actual, "actual");
    throw error;
  }
  throw new Error("the proof was accepted");
}

interface Difference {
  name: string;
  ours: string;
  crate: string;
}

/** Those between the crate and us. Our own two verifiers must not differ at all. */
async function differences(program: string, questions: readonly Question[]): Promise<Difference[]> {
  const answers = await ask(program, questions);
  for (const [index, question] of questions.entries()) {
    expect([question.name, await fastVerdict(question, 1 + ((index * 37) % 4096))]).toEqual([
      question.name,
      verdict(question),
    ]);
  }
  return questions
    .map((question, index) => ({ name: question.name, ours: verdict(question), crate: answers[index]!.verdict }))
    .filter(({ ours, crate }) => (ours === "accept") !== (crate === "accept"));
}

const hasCargo = isCargoInstalled();
const title = hasCargo ? "the akd crate" : "the akd crate (SKIPPED: cargo is not installed, see https://rustup.rs)";
if (!hasCargo) console.warn(title);

describe.skipIf(!hasCargo)(title, () => {
  let program: string;
  beforeAll(() => {
    program = buildOracle();
  }, BUILD_TIMEOUT_MS);

  describe.each(CONFIGURATION_NAMES)("in configuration %s", (configuration) => {
    it("accepts every proof of a live tree, as we do", async () => {
      const questions = publications(configuration);
      expect(questions.map(verdict)).toEqual(questions.map(() => "accept"));
      const answers = await ask(program, questions);
      expect(answers).toEqual(questions.map(() => ({ verdict: "accept" })));
    });

    it("decides as we do about thousands of mutated proofs", async () => {
      const random = new SeededRandom(33);
      const originals = publications(configuration).slice(3);
      const questions = Array.from({ length: MUTATIONS_PER_CONFIGURATION }, (_, index) =>
        randomMutation(originals[index % originals.length]!, random),
      );
      expect(await differences(program, questions)).toEqual([]);
      expect(new Set(questions.map(({ name }) => name)).size).toBe(11);
      expect(questions.map(verdict)).toContain("accept");
    });

    it("rejects, as we do, sets of labels that no tree can hold, whichever digest is claimed for them", async () => {
      const questions = publications(configuration).flatMap(impossibleSets);
      expect(questions.length).toBeGreaterThan(10);
      expect(new Set(questions.map(verdict))).toEqual(new Set(["PROOF_LABEL_PREFIX", "PROOF_DUPLICATE_LABEL"]));
      expect(await differences(program, questions)).toEqual([]);
    });

    it("accepts two kinds of label that we refuse: with bits past the length, and short inserted ones", async () => {
      const questions = publications(configuration).flatMap(toleratedByTheCrate);
      const found = await differences(program, questions);
      expect(found.length).toBe(questions.length);
      for (const { name, ours, crate } of found) {
        const code = name === "bits past the length" ? "PROOF_LABEL_BITS_PAST_LENGTH" : "PROOF_INSERTED_LABEL_SHORT";
        expect([name, ours, crate]).toEqual([name, code, "accept"]);
      }
    });
  });

  it("accepts a proof of the shape that WhatsApp publishes, as we do, and none that differs from it in a bit", async () => {
    const { proof } = whatsAppProof({ sizeBytes: 300_000, seed: 9 });
    const zeros = new Uint8Array(32);
    const request = { configuration: "whatsapp_v1", epoch: 77, from: zeros, to: zeros } as const;
    const from = await computed({ ...request }, proof);
    const to = await computed({ ...request, from }, proof);
    const original = { name: "whole", request: { ...request, from, to }, proof };
    const random = new SeededRandom(5);
    const flipped = Array.from({ length: 40 }, () => {
      const bit = randomBelow(random, 8 * proof.length);
      return {
        ...original,
        name: `bit ${bit}`,
        proof: proof.map((byte, at) => (at === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      };
    });
    const answers = await ask(program, [original, ...flipped]);
    expect(answers.map(({ verdict }) => verdict)).toEqual(["accept", ...flipped.map(() => "reject")]);
    expect(await fastVerdict(original, 10_000)).toBe("accept");
    for (const question of flipped) expect(await fastVerdict(question, 10_000)).not.toBe("accept");
  });

  it("reads protobuf as loosely as protobuf libraries do, where we accept one spelling", async () => {
    const original = publications("whatsapp_v1")[4]!;
    const { proof } = original;
    const firstEnd = 2 + proof[1]!;
    const spellings: [string, Uint8Array][] = [
      ["PROOF_FIELD_ORDER", concat(proof.subarray(firstEnd), proof.subarray(0, firstEnd))],
      ["PROOF_FIELD_UNKNOWN", concat(proof, Uint8Array.of(0x18, 1))],
      ["PROOF_VARINT_NOT_MINIMAL", concat(Uint8Array.of(0x8a, 0), proof.subarray(1))],
    ];
    const questions = spellings.map(([name, bytes]) => ({ name, request: original.request, proof: bytes }));
    expect(await differences(program, questions)).toEqual(
      spellings.map(([code]) => ({ name: code, ours: code, crate: "accept" })),
    );
  });
});
