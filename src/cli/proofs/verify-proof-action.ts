/** What `coaudit verify-proof` does: reads the proof, verifies it, says how long it took. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ConfigurationName } from "../../akd/configuration.ts";
import { createProofVerifier } from "../../akd/create-verifier.ts";
import { isProofError, type ProofRequest, type ProofSummary } from "../../akd/verify.ts";
import { fromHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { systemClock } from "../../platform/system.ts";
import { EXIT } from "../exit-codes.ts";
import { threadsOf } from "./threads-flag.ts";

export interface VerifyProofOptions {
  configuration: ConfigurationName;
  epoch?: string;
  from?: string;
  to?: string;
  threads?: string;
  repeat?: string;
  json?: true;
}

/** More would be a benchmark; and the JSON has a number for each. */
const MAX_REPEATS = 10_000;
export async function verifyProofFile(file: string, options: VerifyProofOptions): Promise<void> {
  try {
    const request = requestOf(file, options);
    const repeats = parseNumber(options.repeat ?? "1", "--repeat", 1, MAX_REPEATS);
    const runs: number[] = [];
    let summary: ProofSummary = { inserted: 0, unchanged: 0 };
    const proofVerifier = createProofVerifier(threadsOf(options.threads));
    const proof = await openProof(file, repeats);
    try {
      for (let run = 0; run < repeats; run++) {
        const progress = await showProgress(proof.sizeBytes, options);
        const startMs = systemClock.elapsedMs();
        summary = await proofVerifier.verify(request, watched(proof.read(), progress), new AbortController().signal);
        runs.push(Math.round(systemClock.elapsedMs() - startMs));
      }
    } finally {
      await proofVerifier.close();
    }
    reportValid(summary, runs, options);
    process.exitCode = EXIT.yes;
  } catch (error) {
    const isInvalid = isProofError(error);
    reportFailure(error, options, isInvalid ? "invalid" : "unusable");
    process.exitCode = isInvalid ? EXIT.no : EXIT.usage;
  }
}

/** Throws USAGE, NUMBER_OUT_OF_RANGE or ENCODING_INVALID, each naming the option. */
function requestOf(file: string, options: VerifyProofOptions): ProofRequest {
  const name = /(?:^|[/\\])([0-9]+)[/\\]([0-9a-fA-F]{64})[/\\]([0-9a-fA-F]{64})$/.exec(file);
  const [epoch, from, to] = [
    given(options.epoch ?? name?.[1], "--epoch"),
    given(options.from ?? name?.[2], "--from"),
    given(options.to ?? name?.[3], "--to"),
  ];
  return {
    configuration: options.configuration,
    epoch: parseNumber(epoch, "--epoch", 1),
    from: parseDigest(from, "--from"),
    to: parseDigest(to, "--to"),
  };
}

function given(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new CoauditError("USAGE", `${option} is missing, and the path of FILE does not end in EPOCH/FROM/TO`, {
    option,
  });
}

function parseDigest(text: string, option: string): Uint8Array {
  const digest = fromHex(text, option);
  if (digest.length === 32) return digest;
  throw new CoauditError("USAGE", `${option}: a digest has 64 hex digits, not ${text.length}`, { option });
}

interface OpenProof {
  /** Unknown for standard input. */
  readonly sizeBytes?: number;
  read(): AsyncIterable<Uint8Array>;
}

async function openProof(file: string, repeats: number): Promise<OpenProof> {
  if (file === "-") return repeats === 1 ? { read: () => process.stdin } : collected(process.stdin);
  const { size } = await stat(file);
  return { sizeBytes: size, read: () => createReadStream(file, { highWaterMark: READ_BYTES }) };
}

/** Larger than Node's 64 KiB reads: a file is then read three times faster than it is verified. */
const READ_BYTES = 512 * 1024;

async function collected(stream: AsyncIterable<Uint8Array>): Promise<OpenProof> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
  }
  return {
    sizeBytes,
    async *read() {
      yield* chunks;
    },
  };
}

interface Progress {
  add(sizeBytes: number): void;
  stop(): void;
}

/** A proof below this size is verified before a bar is drawn. */
const PROGRESS_FROM_BYTES = 8_000_000;

/** On a terminal, on standard error. */
async function showProgress(sizeBytes: number | undefined, options: VerifyProofOptions): Promise<Progress> {
  if (options.json || process.stderr.isTTY !== true || sizeBytes === undefined || sizeBytes < PROGRESS_FROM_BYTES) {
    return { add() {}, stop() {} };
  }
  const { default: progress } = await import("cli-progress");
  const format = "{bar} {percentage} % of {total} MB, {eta} s left";
  const bar = new progress.SingleBar({ format, clearOnComplete: true }, progress.Presets.shades_classic);
  let doneBytes = 0;
  bar.start(Math.ceil(sizeBytes / 1e6), 0);
  return {
    add(chunkBytes) {
      doneBytes += chunkBytes;
      bar.update(Math.floor(doneBytes / 1e6));
    },
    stop: () => bar.stop(),
  };
}

async function* watched(proof: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of proof) {
      yield chunk;
      progress.add(chunk.length);
    }
  } finally {
    progress.stop();
  }
}

function reportValid(
  { inserted, unchanged }: ProofSummary,
  runs: readonly number[],
  options: VerifyProofOptions,
): void {
  const [ms = 0] = runs;
  const isRepeated = options.repeat !== undefined;
  if (options.json)
    console.log(JSON.stringify({ valid: true, inserted, unchanged, ms, ...(isRepeated ? { runs } : {}) }));
  else console.log(`valid: ${inserted} inserted, ${unchanged} unchanged, ${(isRepeated ? runs : [ms]).join(", ")} ms`);
}

/** An unusable input says nothing about validity, so its JSON has no `valid`. */
function reportFailure(error: unknown, options: VerifyProofOptions, kind: "invalid" | "unusable"): void {
  const message = errorMessage(error);
  if (options.json) {
    const code = isCoauditError(error) ? error.code : "UNREADABLE";
    console.log(JSON.stringify(kind === "invalid" ? { valid: false, code, message } : { code, message }));
  } else if (kind === "invalid") console.log(`invalid: ${message}${isCoauditError(error) ? ` [${error.code}]` : ""}`);
  else console.error(`coaudit verify-proof: ${message}`);
}
