/** Asks the Rust program oracle/src/bin/key-proofs.rs: the akd crate's own server and client. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import type { ConfigurationName } from "../../../src/akd/configuration.ts";
import type { KeyRequest } from "../../../src/akd/keys/key-check.ts";
import type { HistoryExtent } from "../../../src/akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../../src/core/bytes.ts";
import type { PlainVersion } from "../../akd/keys/fixtures.ts";
import { buildOracle } from "./oracle.ts";

export interface KeyQuestion {
  readonly name: string;
  readonly request: KeyRequest;
  readonly proof: Uint8Array;
  /** Undefined for a lookup. */
  readonly extent?: HistoryExtent;
  readonly tombstones?: "accept";
  /** How often the crate verifies it, to be timed. */
  readonly runs?: number;
}

export type KeyAnswer =
  | { valid: true; versions: PlainVersion[]; nanoseconds: number }
  | { valid: false; reason: string };

export interface CrateDirectory {
  readonly request: Omit<KeyRequest, "label">;
  /** For each label asked for. */
  readonly lookups: Uint8Array[];
  readonly histories: { extent: HistoryExtent; proof: Uint8Array }[][];
}

export interface DirectoryPlan {
  readonly configuration: ConfigurationName;
  readonly vrfSecret: Uint8Array;
  readonly epochs: readonly (readonly [label: Uint8Array, value: Uint8Array])[][];
  readonly ask: readonly Uint8Array[];
  readonly recent: readonly number[];
}

/** Returns the path of the program. */
export function buildKeyOracle(): string {
  return join(dirname(buildOracle()), "key-proofs");
}

export async function askCrate(program: string, questions: readonly KeyQuestion[]): Promise<KeyAnswer[]> {
  return (await lines(program, questions.map(lineOf))) as KeyAnswer[];
}

export async function crateDirectories(program: string, plans: readonly DirectoryPlan[]): Promise<CrateDirectory[]> {
  const answers = await lines(
    program,
    plans.map(({ configuration, vrfSecret, epochs, ask, recent }) => ({
      op: "directory",
      configuration,
      vrfSecret: toHex(vrfSecret),
      epochs: epochs.map((entries) => entries.map((entry) => entry.map(toHex))),
      ask: ask.map(toHex),
      recent,
    })),
  );
  return answers.map((answer, index) => directoryOf(answer as DirectoryAnswer, plans[index]!));
}

interface DirectoryAnswer {
  vrfKey: string;
  roots: string[];
  lookups: string[];
  histories: { params: string; proof: string }[][];
}

function directoryOf({ vrfKey, roots, lookups, histories }: DirectoryAnswer, plan: DirectoryPlan): CrateDirectory {
  const digest = fromHex(roots.at(-1)!);
  // The crate publishes nothing, and goes to no new epoch, where every label has the value that it had.
  const epoch = new Set(roots).size;
  return {
    request: { configuration: plan.configuration, vrfKey: fromHex(vrfKey), epoch, digest },
    lookups: lookups.map((proof) => fromHex(proof)),
    histories: histories.map((kinds) =>
      kinds.map(({ params, proof }) => ({ extent: extentOf(params), proof: fromHex(proof) })),
    ),
  };
}

function lineOf({ request, proof, extent, tombstones, runs = 1 }: KeyQuestion): object {
  return {
    op: extent === undefined ? "lookup" : "history",
    configuration: request.configuration,
    vrfKey: toHex(request.vrfKey),
    root: toHex(request.digest),
    epoch: request.epoch,
    label: toHex(request.label),
    proof: toHex(proof),
    params: extent?.kind === "most-recent" ? `most-recent:${extent.count}` : "complete",
    tombstones: tombstones === "accept",
    runs,
  };
}

function extentOf(params: string): HistoryExtent {
  const [kind, count] = params.split(":");
  return kind === "most-recent" ? { kind, count: Number(count) } : { kind: "complete" };
}

async function lines(program: string, questions: readonly object[]): Promise<unknown[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  for (const question of questions) child.stdin.write(`${JSON.stringify(question)}\n`);
  child.stdin.end();
  const status = await ended;
  const answers = output.split("\n").filter(Boolean);
  if (status !== 0 || answers.length !== questions.length)
    throw new Error(`the oracle ended with ${status} after ${answers.length} of ${questions.length} answers`);
  return answers.map((line) => JSON.parse(line) as unknown);
}
