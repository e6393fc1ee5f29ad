import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FastVerifier } from "../../../src/akd/fast/fast-verifier.ts";
import { ThreadPool } from "../../../src/akd/threads/thread-pool.ts";
import { verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { randomBelow } from "../../../src/core/clock.ts";
import { isCoauditError } from "../../../src/core/errors.ts";
import { randomMutation } from "../../interop/akd/mutations.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { type CompiledThread, compiledThread } from "../support/compiled.ts";
import { recordedEpochs } from "../support/fixtures.ts";

const CAPACITY = 1500;
const never = new AbortController().signal;
const epochs = recordedEpochs("whatsapp_v1-60k");
const { request, proof, inserted, unchanged } = epochs[0]!;

let thread: CompiledThread;
let folder: string;
beforeAll(() => {
  thread = compiledThread();
  folder = mkdtempSync(join(tmpdir(), "coaudit-threads-"));
});
afterAll(() => {
  thread.remove();
  rmSync(folder, { recursive: true });
});

const open: FastVerifier[] = [];
afterEach(async () => {
  for (const verifier of open.splice(0)) await verifier.close();
});

/** Threads are at work from the first range on: else this process might be done before they have started. */
async function verifierWith(threads: number, script = thread.script, capacity = CAPACITY): Promise<FastVerifier> {
  const workers = new ThreadPool({ threads, capacity, kernel: "wasm-simd" }, { script });
  workers.prepare();
  while (!workers.isReady) await new Promise((resolve) => setTimeout(resolve, 5));
  const verifier = new FastVerifier({ rangeCapacity: capacity }, { workers });
  open.push(verifier);
  return verifier;
}

function scriptOf(name: string, source: string): URL {
  const path = join(folder, name);
  writeFileSync(path, source);
  return pathToFileURL(path);
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

describe("a verifier with threads", () => {
  it.each([1, 2, 3])("verifies real proofs with %i of them, several at once", async (threads) => {
    const verifier = await verifierWith(threads);
    const all = [...epochs, ...epochs].map((epoch, index) =>
      verifier.verify(epoch.request, chunked(epoch.proof, 10_000 + 7777 * index), never),
    );
    expect(await Promise.all(all)).toEqual(
      [...epochs, ...epochs].map(({ inserted, unchanged }) => ({ inserted, unchanged })),
    );
  });

  it("agrees with the reference verifier about mutated proofs", async () => {
    const verifier = await verifierWith(2);
    const random = new SeededRandom(77);
    for (let i = 0; i < 6; i++) {
      const mutated = randomMutation({ name: "", request, proof }, random);
      let expected: unknown = "valid";
      try {
        verifyAppendOnlyProof(mutated.request, mutated.proof);
      } catch (error) {
        expected = isCoauditError(error) ? error.message : error;
      }
      const actual = verifier.verify(mutated.request, chunked(mutated.proof, 50_000), never).then(
        () => "valid",
        (error: Error) => error.message,
      );
      expect([mutated.name, await actual]).toEqual([mutated.name, expected]);
    }
  });

  it.each([1, 2, 3])(
    "gives the reference's verdict about random mutations with %i of them, in any chunking",
    async (threads) => {
      // Ranges of 64 leaves, so that small proofs, of which the reference verifies many, are spread over threads too.
      const verifier = await verifierWith(threads, thread.script, 64);
      const random = new SeededRandom(100 + threads);
      const small = recordedEpochs("whatsapp_v1-main");
      const verdicts = new Set<unknown>();
      for (let i = 0; i < 80; i++) {
        const epoch = small[randomBelow(random, small.length)]!;
        const mutated = randomMutation({ name: "", request: epoch.request, proof: epoch.proof }, random);
        let expected: unknown = "valid";
        try {
          verifyAppendOnlyProof(mutated.request, mutated.proof);
        } catch (error) {
          expected = isCoauditError(error) ? error.code : error;
        }
        const chunks = chunked(mutated.proof, 1 + randomBelow(random, 3000));
        const actual = verifier.verify(mutated.request, chunks, never).then(
          () => "valid",
          (error: unknown) => (isCoauditError(error) ? error.code : error),
        );
        expect([mutated.name, await actual]).toEqual([mutated.name, expected]);
        verdicts.add(expected);
      }
      expect(verdicts.size).toBeGreaterThan(5);
    },
  );

  it("fails the attempt whose thread dies, and starts another thread for the next", async () => {
    const marker = join(folder, "died");
    const script = scriptOf(
      "mortal.mjs",
      `import { existsSync, writeFileSync } from "node:fs";
       import { parentPort } from "node:worker_threads";
       if (existsSync(${JSON.stringify(marker)})) await import(${JSON.stringify(thread.script.href)});
       else {
         parentPort.on("message", () => { writeFileSync(${JSON.stringify(marker)}, ""); process.exit(3); });
         parentPort.postMessage("ready");
       }`,
    );
    const verifier = await verifierWith(1, script);
    await expect(verifier.verify(request, chunked(proof, 65_536), never)).rejects.toMatchObject({
      code: "VERIFIER_WORKER_LOST",
      metadata: { reason: "it ended with exit code 3" },
    });
    await expect(verifier.verify(request, chunked(proof, 65_536), never)).resolves.toEqual({ inserted, unchanged });
  });

  it("says so when no thread can start", async () => {
    const script = scriptOf("broken.mjs", `throw new Error("no such kernel");`);
    await expect((await verifierWith(2, script)).verify(request, chunked(proof, 65_536), never)).rejects.toMatchObject({
      code: "VERIFIER_WORKER_LOST",
      metadata: { reason: "no such kernel" },
    });
  });

  it("gives up with the signal's reason while threads are at work, and goes on with the next proof", async () => {
    const verifier = await verifierWith(2);
    const controller = new AbortController();
    const reason = new Error("stopping");
    async function* stopped(): AsyncGenerator<Uint8Array> {
      yield proof.subarray(0, proof.length / 2);
      controller.abort(reason);
      yield proof.subarray(proof.length / 2);
    }
    await expect(verifier.verify(request, stopped(), controller.signal)).rejects.toBe(reason);
    await expect(verifier.verify(request, chunked(proof, 65_536), never)).resolves.toEqual({ inserted, unchanged });
  });

  it("does not wait for threads that take long to start", async () => {
    const late = scriptOf("late.mjs", `setInterval(() => {}, 1000);`);
    const workers = new ThreadPool({ threads: 2, capacity: CAPACITY, kernel: "wasm-simd" }, { script: late });
    const verifier = new FastVerifier({ rangeCapacity: CAPACITY }, { workers });
    open.push(verifier);
    await expect(verifier.verify(request, chunked(proof, 65_536), never)).resolves.toEqual({ inserted, unchanged });
  });

  it("rejects what is under way when it is closed", async () => {
    const silent = scriptOf(
      "silent.mjs",
      `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {}); parentPort.postMessage("ready");`,
    );
    const verifier = await verifierWith(1, silent);
    const verdict = expect(verifier.verify(request, chunked(proof, 65_536), never)).rejects.toMatchObject({
      code: "VERIFIER_WORKER_LOST",
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await verifier.close();
    await verdict;
  });
});
