import { describe, expect, it } from "vitest";
import { FastVerifier } from "../../../src/akd/fast/fast-verifier.ts";
import { recordedEpochs } from "../support/fixtures.ts";

const { request, proof, inserted, unchanged } = recordedEpochs("whatsapp_v1-60k")[0]!;

async function* whole(): AsyncGenerator<Uint8Array> {
  yield proof;
}

describe("a verification on this thread", () => {
  it("lets timers, connections and others have their turn, even of a proof that is there at once", async () => {
    // slow on purpose: a proof of 1 MB takes the other kernel a few milliseconds
    const verifier = new FastVerifier({ kernel: "javascript" });
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await expect(verifier.verify(request, whole(), new AbortController().signal)).resolves.toEqual({
      inserted,
      unchanged,
    });
    isDone = true;
    expect(turns).toBeGreaterThan(5);
  });

  it("stops within a section of its work when aborted", async () => {
    const verifier = new FastVerifier({ kernel: "javascript" });
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error("stopping")));
    await expect(verifier.verify(request, whole(), controller.signal)).rejects.toThrow("stopping");
  });
});
