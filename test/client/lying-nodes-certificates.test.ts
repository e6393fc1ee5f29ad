/** A certificate from anywhere is judged by what is in it: what was accepted before never helps it. */
import { describe, expect, it } from "vitest";
import { memoryTrust, type TrustStorage } from "../../src/client/trust-state.ts";
import { toHex } from "../../src/core/bytes.ts";
import type { Certificate } from "../../src/core/certificate.ts";
import { digestOf, NAMESPACE, ORIGIN } from "../support/auditors.ts";
import { certificateOf, client, headsOf, Liars } from "./lying-nodes.ts";

const honest = certificateOf(headsOf([0, 1, 2, 3]));
const newer = certificateOf(headsOf([0, 1, 2, 3], 18));

async function warm(certificate: Certificate): Promise<TrustStorage> {
  const liars = new Liars();
  const trustState = memoryTrust();
  await client([await liars.certificate(certificate)], { trustState }).latest(NAMESPACE);
  await liars.close();
  return trustState;
}

describe("a certificate that a reader with a memory verifies", () => {
  it.each<[string, Certificate, object]>([
    ["with another digest", { ...honest, digest: toHex(digestOf(9, 17)) }, { result: "not-enough", signers: [] }],
    ["without signatures", { ...honest, signatures: [] }, { result: "not-enough", signers: [] }],
    ["with too few", { ...honest, signatures: honest.signatures.slice(0, 3) }, { result: "not-enough" }],
    ["of another epoch", { ...honest, epoch: 18 }, { result: "not-enough", signers: [] }],
    ["of an older epoch", certificateOf(headsOf([0, 1, 2, 3], 16)), { result: "stale", reason: "rolled-back" }],
    ["as it was accepted", honest, { result: "satisfied", head: { epoch: 17, origin: ORIGIN } }],
    ["of a newer epoch", newer, { result: "satisfied", head: { epoch: 18 } }],
    ["for another digest, of the same auditors", certificateOf(headsOf([0, 1, 2, 3], 17, 2)), { result: "conflict" }],
    [
      "for another digest, of others",
      certificateOf(headsOf([4], 17, 2)),
      { result: "not-enough", cases: [{ class: "disagreement" }] },
    ],
  ])("%s is what it is", async (_what, certificate, expected) => {
    const reader = client([], { trustState: await warm(honest) });
    expect(await reader.verify(certificate)).toMatchObject(expected);
  });

  it("is judged as the epoch that was asked for", async () => {
    const reader = client([], { trustState: await warm(newer) });
    expect(await reader.verify(honest, 17)).toMatchObject({ result: "satisfied", head: { epoch: 17 } });
    await expect(reader.verify(honest, 18)).rejects.toMatchObject({ code: "CERTIFICATE_INVALID" });
    await expect(reader.verify({ ...honest, origin: "other/v1" }, 17)).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
    });
  });

  it("is not remembered", async () => {
    const reader = client([], { trustState: await warm(honest) });
    await reader.verify(newer);
    expect(await reader.verify(honest)).toMatchObject({ result: "satisfied" });
  });
});
