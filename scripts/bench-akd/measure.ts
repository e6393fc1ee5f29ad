/**
 * Measures one task in a process of its own, so that a cold start is cold and memory is counted for it alone. Takes the
 * task as JSON in its argument and prints the result as JSON.
 */
import { createReadStream, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { blake3 } from "@noble/hashes/blake3.js";
import { createProofVerifier } from "../../src/akd/create-verifier.ts";
import { createKernel } from "../../src/akd/kernel/kernel.ts";
import type { ProofVerifier } from "../../src/akd/proof-verifier.ts";
import type { ProofRequest } from "../../src/akd/verify.ts";
import { fromHex } from "../../src/core/bytes.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import type { ProofFile } from "./proof-files.ts";

export type Task =
  | { kind: "compressions" }
  | { kind: "verify"; file: ProofFile; threads: number; runs: number; implementation?: "reference" }
  | { kind: "memory"; file: ProofFile; threads: number; runs: number }
  | { kind: "streaming"; file: ProofFile; threads: number; runs: number; megabytesPerSecond: number }
  | { kind: "pauses"; file: ProofFile; threads: number; runs: number }
  | { kind: "spinning"; threads: number; seconds: number };

export interface CompressionResult {
  /** Nanoseconds for one compression, median of several. */
  wasm: number;
  javascript: number;
  noble: number;
}

export interface VerifyResult {
  /** Milliseconds, the first one cold. */
  runs: number[];
  /** For each run, the nanoseconds of one compression with the same kernel: the mean of before and after it. */
  compressionNs: number[];
}

export interface MemoryResult {
  /** Peak resident memory less that before the first epoch, in bytes. */
  peakBytes: number;
}

export interface StreamingResult {
  /** Milliseconds from the last byte to the verdict. */
  afterLastByte: number[];
}

export interface PausesResult {
  /** Milliseconds between two turns of the event loop. */
  p999: number;
  longest: number;
  /**
   * The most processor time, in milliseconds, that the event loop's thread used between two ticks of a timer: an upper
   * bound of its longest synchronous section, whatever else the machine does. Undefined where there is no /proc.
   */
  longestWork?: number;
}

const never = new AbortController().signal;
let floorKernel: ReturnType<typeof createKernel> | undefined;
const task = JSON.parse(process.argv[2] ?? "") as Task;
console.log(JSON.stringify(await measure(task)));
// threads may be spinning
process.exit(0);

async function measure(task: Task): Promise<object> {
  switch (task.kind) {
    case "compressions":
      return compressions();
    case "verify":
      return verify(task.file, task.threads, task.runs, task.implementation);
    case "memory":
      return memory(task.file, task.threads, task.runs);
    case "streaming":
      return streaming(task.file, task.threads, task.runs, task.megabytesPerSecond);
    case "pauses": {
      const verifier = createProofVerifier({ threads: task.threads });
      await timedRun(verifier, task.file, fromFile(task.file));
      return pausesDuring(async () => {
        for (let run = 0; run < task.runs; run++) await timedRun(verifier, task.file, fromFile(task.file));
      });
    }
    case "spinning":
      for (let i = 0; i < task.threads; i++) new Worker("for (;;) {}", { eval: true });
      await wait(200);
      return pausesDuring(() => wait(1000 * task.seconds));
  }
}

function compressions(): CompressionResult {
  const kernel = createKernel("wasm-simd");
  const scalar = createKernel("javascript");
  const block = new Uint8Array(64).fill(7);
  const each = (count: number, work: () => void): number => {
    work();
    const times = Array.from({ length: 15 }, () => {
      const start = performance.now();
      work();
      return ((performance.now() - start) * 1e6) / count;
    });
    return median(times);
  };
  return {
    wasm: each(100 * 2048, () => repeat(100, () => kernel.compressions(512))),
    javascript: each(4 * 2048, () => scalar.compressions(2048)),
    noble: each(4000, () => repeat(4000, () => blake3(block))),
  };
}

async function verify(
  file: ProofFile,
  threads: number,
  runs: number,
  implementation?: "reference",
): Promise<VerifyResult> {
  const bytes = new Uint8Array(readFileSync(file.path));
  const verifier = createProofVerifier({ threads, implementation: implementation ?? "auto" });
  const result: VerifyResult = { runs: [], compressionNs: [] };
  // compiled code is shared between kernels, so the first run is measured before any compression
  for (let run = 0; run < runs; run++) {
    const before = run === 0 ? undefined : compressionNs();
    result.runs.push(await timedRun(verifier, file, inMemory(bytes)));
    const after = compressionNs();
    result.compressionNs.push(before === undefined ? after : (before + after) / 2);
  }
  await verifier.close();
  return result;
}

function compressionNs(): number {
  floorKernel ??= createKernel();
  const start = performance.now();
  for (let i = 0; i < 20; i++) floorKernel.compressions(512);
  return ((performance.now() - start) * 1e6) / (20 * 2048);
}

async function memory(file: ProofFile, threads: number, runs: number): Promise<MemoryResult> {
  const verifier = createProofVerifier({ threads });
  globalThis.gc?.();
  const beforeBytes = process.memoryUsage.rss();
  let peakBytes = beforeBytes;
  const sampler = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, 5);
  for (let run = 0; run < runs; run++) await timedRun(verifier, file, fromFile(file));
  clearInterval(sampler);
  return { peakBytes: Math.max(peakBytes, process.memoryUsage.rss()) - beforeBytes };
}

async function streaming(
  file: ProofFile,
  threads: number,
  runs: number,
  megabytesPerSecond: number,
): Promise<StreamingResult> {
  const bytes = new Uint8Array(readFileSync(file.path));
  const verifier = createProofVerifier({ threads });
  const afterLastByte: number[] = [];
  for (let run = 0; run <= runs; run++) {
    let lastByteMs = 0;
    async function* paced(): AsyncGenerator<Uint8Array> {
      const start = performance.now();
      for await (const [chunk, end] of sized(bytes)) {
        const dueMs = end / 1e3 / megabytesPerSecond;
        while (performance.now() - start < dueMs) await wait(1);
        yield chunk;
      }
      lastByteMs = performance.now();
    }
    const ended = await timedRun(verifier, file, paced(), "end");
    if (run > 0) afterLastByte.push(ended - lastByteMs);
  }
  await verifier.close();
  return { afterLastByte };
}

async function pausesDuring(work: () => Promise<void>): Promise<PausesResult> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let longestWork: number | undefined;
  let workedMs = ownProcessorMs();
  const look = (): void => {
    const now = ownProcessorMs();
    if (now !== undefined && workedMs !== undefined) longestWork = Math.max(longestWork ?? 0, now - workedMs);
    workedMs = now;
  };
  delay.enable();
  const timer = setInterval(look, 1);
  await work();
  clearInterval(timer);
  delay.disable();
  // the histogram counts the 1 ms that it sleeps
  const [p999, longest] = [delay.percentile(99.9), delay.max].map((ns) => Math.max(ns / 1e6 - 1, 0)) as [
    number,
    number,
  ];
  return { p999, longest, ...(longestWork === undefined ? {} : { longestWork }) };
}

/** Processor time of this thread alone, the process's first. */
function ownProcessorMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Milliseconds that it took, or when it ended. A hostile proof fails only after all the work is done. */
async function timedRun(
  verifier: ProofVerifier,
  file: ProofFile,
  proof: AsyncIterable<Uint8Array>,
  wanted: "duration" | "end" = "duration",
): Promise<number> {
  const request: ProofRequest = {
    configuration: "whatsapp_v1",
    epoch: file.epoch,
    from: fromHex(file.from, "from"),
    to: fromHex(file.to, "to"),
  };
  const isHostile = file.inserted === 0;
  const start = performance.now();
  try {
    await verifier.verify(request, proof, never);
    if (isHostile) throw new Error("a hostile proof was accepted");
  } catch (error) {
    if (!isHostile || !isCoauditError(error) || error.code !== "PROOF_START_MISMATCH") throw error;
  }
  const end = performance.now();
  return wanted === "end" ? end : end - start;
}

async function* inMemory(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const [chunk] of sized(bytes)) yield chunk;
}

function* sized(bytes: Uint8Array): Generator<[chunk: Uint8Array, end: number]> {
  const step = 65_536;
  for (let at = 0; at < bytes.length; at += step)
    yield [bytes.subarray(at, at + step), Math.min(at + step, bytes.length)];
}

function fromFile(file: ProofFile): AsyncIterable<Uint8Array> {
  return createReadStream(file.path);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function repeat(times: number, work: () => void): void {
  for (let i = 0; i < times; i++) work();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
