/**
 * An audit proof from the node's cache, verified in the visitor's own browser: that the directory of this epoch is the
 * one before with keys added to it. Loaded when it is first used.
 */
import { type ConfigurationName, emptyDigest } from "../../akd/configuration.ts";
import { FastVerifier } from "../../akd/fast/fast-verifier.ts";
import { isProofError } from "../../akd/verify.ts";
import { webClock } from "../../client/web-system.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { proofPath, refusal } from "../live/ask.ts";
import { durationText } from "../parts/time.ts";
import { TEXTS } from "../texts.ts";
import type { Teller } from "./checker.tsx";
import { checkCertificate, type Where } from "./verify.ts";

const TEXT = TEXTS.check.proof;

export async function checkProof(
  { namespace, epoch, configuration }: Where & { readonly configuration: ConfigurationName },
  policy: string,
  teller: Teller,
): Promise<void> {
  const response = await fetch(proofPath(namespace, epoch), { cache: "no-store" });
  if (!response.ok || response.body === null) throw await refusal(response);
  const [, previous = "", current = ""] = (response.headers.get("coaudit-blob") ?? "").split("/");
  const sizeBytes = Number(response.headers.get("content-length") ?? 0);
  const verifier = new FastVerifier();
  const startMs = webClock.elapsedMs();
  try {
    const request = { configuration, epoch, from: fromHex(previous), to: fromHex(current) };
    const chunks = counted(response.body, sizeBytes, teller);
    const { inserted, unchanged } = await verifier.verify(request, chunks, new AbortController().signal);
    const time = durationText(webClock.elapsedMs() - startMs);
    teller.step({ kind: "good", text: TEXT.valid(TEXTS.bytes(sizeBytes), time, TEXT.kernels[verifier.kernelKind]) });
    teller.step({ kind: "good", text: TEXT.elements(inserted, unchanged) });
  } catch (error) {
    if (!isProofError(error)) throw error;
    teller.step({ kind: "bad", text: TEXT.invalid(error.message) });
    return;
  } finally {
    await verifier.close();
  }
  if (previous === toHex(emptyDigest(configuration))) teller.step({ kind: "good", text: TEXT.fromEmpty });
  else if (epoch > 1) await compareDigest({ namespace, epoch: epoch - 1 }, previous, policy, teller);
  await compareDigest({ namespace, epoch }, current, policy, teller);
}

/** Anybody can build a valid proof for a false epoch: its digests are compared with what auditors signed. */
async function compareDigest(where: Where, digest: string, policy: string, teller: Teller): Promise<void> {
  const signed = await checkCertificate(where, policy, teller);
  if (signed === undefined) teller.step({ kind: "look", text: TEXT.unsigned(where.epoch) });
  else if (signed === digest) teller.step({ kind: "good", text: TEXT.same(where.epoch) });
  else teller.step({ kind: "bad", text: TEXT.other(where.epoch) });
}

async function* counted(
  body: ReadableStream<Uint8Array>,
  sizeBytes: number,
  teller: Teller,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      received += value.length;
      if (sizeBytes > 0) teller.progress(received / sizeBytes);
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
