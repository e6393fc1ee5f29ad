/** Builds and asks the small Rust program in oracle/, which judges proofs with the akd crate. */
import { spawn, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ProofRequest } from "../../../src/akd/verify.ts";
import { toHex } from "../../../src/core/bytes.ts";

export interface Question {
  name: string;
  request: ProofRequest;
  proof: Uint8Array;
}

export interface Answer {
  verdict: "accept" | "reject";
  reason?: string;
}

export function isCargoInstalled(): boolean {
  return spawnSync("cargo", ["--version"]).status === 0;
}

/**
 * Takes about two minutes the first time; what it builds stays outside the checkout. Returns the path of the program.
 */
export function buildOracle(): string {
  const cache = process.env["COAUDIT_INTEROP_CACHE"] ?? join(homedir(), ".cache", "coaudit-interop");
  const target = join(cache, "akd");
  const build = spawnSync("cargo", ["build", "--release", "--quiet"], {
    // From the checkout, not from where this file is: the benches compile it elsewhere.
    cwd: resolve("test/interop/akd/oracle"),
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (build.status !== 0) throw new Error("cargo could not build test/interop/akd/oracle; its output is above");
  return join(target, "release", "coaudit-akd-oracle");
}

/** One answer a question, in their order. */
export async function ask(program: string, questions: readonly Question[]): Promise<Answer[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  for (const { request, proof } of questions) {
    const { configuration, epoch, from, to } = request;
    const line = { configuration, epoch, from: toHex(from), to: toHex(to), proof: toHex(proof) };
    child.stdin.write(`${JSON.stringify(line)}\n`);
  }
  child.stdin.end();
  const status = await ended;
  const answers = output.split("\n").filter(Boolean);
  if (status !== 0 || answers.length !== questions.length) {
    throw new Error(`the oracle ended with ${status} after ${answers.length} of ${questions.length} answers`);
  }
  return answers.map((line) => JSON.parse(line) as Answer);
}
