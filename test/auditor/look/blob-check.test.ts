import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ReferenceVerifier } from "../../../src/akd/proof-verifier.ts";
import { ProofKeeper } from "../../../src/auditor/bodies/proof-keeper.ts";
import { MemoryQuarantine } from "../../../src/auditor/bodies/quarantine.ts";
import { checkBlob } from "../../../src/auditor/look/blob-check.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const CHUNK = new Uint8Array(64 * 1024);
const CHUNKS = 256;

describe("a body that is junk", () => {
  it("is hashed to its end, and kept for nobody from the first fact on", async () => {
    const hash = createHash("sha256");
    let keptBytes = 0;
    let discarded = 0;
    const proofCache = {
      keptEpochs: 10,
      publish: async () => {},
      begin: async () => ({
        write: async (chunk: Uint8Array) => {
          keptBytes += chunk.length;
        },
        offer: async () => {},
        discard: async () => {
          discarded++;
        },
      }),
    };
    async function* junk(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < CHUNKS; at++) {
        hash.update(CHUNK);
        yield CHUNK;
      }
    }
    const blob = { body: junk(), host: "log.example.org", headers: {}, sizeBytes: CHUNK.length * CHUNKS };
    const source = { fetch: async () => blob } as never;
    const clock = new VirtualClock();
    const proofs = new ProofKeeper("n", { proofCache, newest: { epoch: 5 } as never, clock, log: silentLogger });
    const digest = new Uint8Array(32);
    const verdict = await checkBlob(
      {
        namespace: "n",
        configuration: "whatsapp_v1",
        name: { epoch: 5, previous: digest, current: digest },
        from: digest,
        fresh: false,
        keepSuspect: false,
        mirrored: false,
      },
      {
        source,
        proofVerifier: new ReferenceVerifier(),
        quarantine: new MemoryQuarantine(),
        proofs,
        mirrors: [],
        clock,
        log: silentLogger,
      },
      new AbortController().signal,
    );
    expect(verdict).toMatchObject({ kind: "failed", error: { code: "PROOF_TRAILING_BYTES" } });
    expect(verdict.kind === "failed" && Buffer.from(verdict.sha256)).toEqual(hash.digest());
    expect({ keptBytes, discarded }).toEqual({ keptBytes: CHUNK.length, discarded: 1 });
  });
});
