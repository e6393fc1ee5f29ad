/** The bench's proofs, generated once and kept in a folder with the digests that they start from and lead to. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProofVerifier } from "../../src/akd/create-verifier.ts";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import { whatsAppProof } from "./whatsapp-proof.ts";

export interface ProofFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly inserted: number;
  readonly unchanged: number;
  readonly epoch: number;
  /** Hex. */
  readonly from: string;
  readonly to: string;
}

const FOLDER = process.env["COAUDIT_BENCH_FOLDER"] ?? join(tmpdir(), "coaudit-bench");
const EPOCH = 1234;
const ZERO = "00".repeat(32);

export function benchPath(name: string): string {
  mkdirSync(FOLDER, { recursive: true });
  return join(FOLDER, name);
}

export async function honestProof(megabytes: number): Promise<ProofFile> {
  const path = benchPath(`whatsapp-${megabytes}.proof`);
  const about = `${path}.json`;
  if (existsSync(about)) return JSON.parse(readFileSync(about, "utf8")) as ProofFile;
  const { proof, inserted, unchanged } = whatsAppProof({ sizeBytes: megabytes * 1e6, seed: megabytes });
  writeFileSync(path, proof);
  const from = await computedDigest(proof, ZERO, ZERO, "PROOF_START_MISMATCH");
  const to = await computedDigest(proof, from, ZERO, "PROOF_END_MISMATCH");
  const file = { path, sizeBytes: proof.length, inserted, unchanged, epoch: EPOCH, from, to };
  writeFileSync(about, JSON.stringify(file));
  return file;
}

export function hostileProof(name: string, proof: Uint8Array): ProofFile {
  const path = benchPath(`${name.replaceAll(/[^a-z0-9]+/gi, "-")}.proof`);
  writeFileSync(path, proof);
  return { path, sizeBytes: proof.length, inserted: 0, unchanged: 0, epoch: EPOCH, from: ZERO, to: ZERO };
}

/** A mismatch tells what was computed. The akd crate confirms later that the digests are right. */
async function computedDigest(proof: Uint8Array, from: string, to: string, code: string): Promise<string> {
  const verifier = createProofVerifier({ threads: 0 });
  const request = {
    configuration: "whatsapp_v1",
    epoch: EPOCH,
    from: fromHex(from, "from"),
    to: fromHex(to, "to"),
  } as const;
  try {
    await verifier.verify(request, once(proof), new AbortController().signal);
  } catch (error) {
    if (isCoauditError(error) && error.code === code)
      return toHex(fromHex((error.metadata as { actual: string }).actual, "actual"));
    throw error;
  }
  throw new Error(`expected ${code}`);
}

async function* once(proof: Uint8Array): AsyncGenerator<Uint8Array> {
  yield proof;
}
