/** Proofs checked on a thread that must stay quick: a few ms at a time. */
import { isKeyProofError, type KeyRequest, type KeyVersion } from "../../akd/keys/key-check.ts";
import { historySteps } from "../../akd/keys/verify-history.ts";
import { lookupSteps } from "../../akd/keys/verify-lookup.ts";
import type { Clock } from "../../core/clock.ts";
import type { ContactAnswer, KeyAnswer, KeyDirectory, OwnAnswer } from "./answers.ts";

export type Proven =
  | { readonly kind: "proven"; readonly versions: readonly [KeyVersion, ...KeyVersion[]] }
  | { readonly kind: "wrong"; readonly code: string };

/** A page may be busy for 50 ms before people notice; one step is about 2 ms. */
const SLICE_MS = 12;

export async function proveContact(
  answer: KeyAnswer,
  proof: Exclude<ContactAnswer["proof"], { kind: "none" }>,
  directory: KeyDirectory,
  clock: Clock,
): Promise<Proven> {
  return proven(answer, directory, clock, (request) =>
    proof.kind === "lookup"
      ? asList(lookupSteps(request, proof.bytes))
      : historySteps(request, proof.bytes, { extent: { kind: "most-recent", count: 1 }, tombstones: "accept" }),
  );
}

export async function proveOwn(
  answer: KeyAnswer,
  { bytes, count }: Exclude<OwnAnswer["proof"], { kind: "none" }>,
  directory: KeyDirectory,
  clock: Clock,
): Promise<Proven> {
  const extent = count === undefined ? ({ kind: "complete" } as const) : ({ kind: "most-recent", count } as const);
  return proven(answer, directory, clock, (request) => historySteps(request, bytes, { extent, tombstones: "accept" }));
}

async function proven(
  { label, epoch, digest }: KeyAnswer,
  { configuration, vrfKey }: KeyDirectory,
  clock: Clock,
  stepsOf: (request: KeyRequest) => Generator<void, KeyVersion[], void>,
): Promise<Proven> {
  // These come from the directory, so that it is the answer that is wrong, not the question.
  if (digest.length !== 32 || !Number.isSafeInteger(epoch) || epoch < 1)
    return { kind: "wrong", code: "ENCODING_INVALID" };
  try {
    const versions = await inSlices(stepsOf({ configuration, vrfKey, label, epoch, digest }), clock);
    const [newest, ...older] = versions;
    return newest === undefined
      ? { kind: "wrong", code: "KEY_PROOF_EMPTY" }
      : { kind: "proven", versions: [newest, ...older] };
  } catch (error) {
    if (isKeyProofError(error)) return { kind: "wrong", code: error.code };
    throw error;
  }
}

async function inSlices<Result>(steps: Generator<void, Result, void>, clock: Clock): Promise<Result> {
  let sliceStartMs = clock.elapsedMs();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (clock.elapsedMs() - sliceStartMs < SLICE_MS) continue;
    await clock.sleep(0);
    sliceStartMs = clock.elapsedMs();
  }
}

function* asList(steps: Generator<void, KeyVersion, void>): Generator<void, KeyVersion[], void> {
  return [yield* steps];
}
