import { describe, expect, it } from "vitest";
import { ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { CoauditError } from "../../src/core/errors.ts";
import { type MeteredProof, MeteredVerifier } from "../../src/node/metered-verifier.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const REQUEST = { configuration: "whatsapp_v1", epoch: 1, from: new Uint8Array(32), to: new Uint8Array(32) } as const;
const NEVER = new AbortController().signal;

describe("a metered verifier", () => {
  const setup = (): { clock: VirtualClock; told: MeteredProof[]; verifier: MeteredVerifier } => {
    const clock = new VirtualClock();
    const told: MeteredProof[] = [];
    const proofVerifier = new ReferenceVerifier();
    const modules = { proofVerifier, clock, meter: (proof: MeteredProof) => void told.push(proof) };
    return { clock, told, verifier: new MeteredVerifier({ namespace: "n" }, modules) };
  };

  it("tells the bytes and the time of a wrong proof, and lets its error through", async () => {
    const { clock, told, verifier } = setup();
    const proof = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([1, 2, 3]);
      await clock.sleep(40);
      yield new Uint8Array([4]);
    };
    const verdict = verifier.verify(REQUEST, proof(), NEVER).catch((error: unknown) => error);
    await clock.advance(40);
    expect(await verdict).toMatchObject({ code: expect.stringMatching(/^PROOF_/) });
    expect(told).toEqual([{ namespace: "n", result: "invalid", sizeBytes: 4, elapsedMs: 40 }]);
  });

  it("takes a line that breaks for no verdict, and closes the stream", async () => {
    const { told, verifier } = setup();
    let isClosed = false;
    const proof = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(10);
        throw new CoauditError("SOURCE_TRUNCATED", "cut off", { host: "h", path: "/", receivedBytes: 10 });
      } finally {
        isClosed = true;
      }
    };
    await expect(verifier.verify(REQUEST, proof(), NEVER)).rejects.toMatchObject({ code: "SOURCE_TRUNCATED" });
    expect(told).toMatchObject([{ result: "failed", sizeBytes: 10 }]);
    expect(isClosed).toBe(true);
  });
});
