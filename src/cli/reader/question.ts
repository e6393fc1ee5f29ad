/** The SDK, set up from options: the same decision in a terminal as in a messenger. */

import { fileTrust } from "../../client/node/file-trust.ts";
import { QuorumClient } from "../../client/quorum-client.ts";
import { CoauditError } from "../../core/errors.ts";
import { defaultQuorumAt } from "../../core/evidence.ts";
import { checkNamespace } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import { policyOfRoster } from "../../core/policy-evaluation.ts";
import { NOW_EPOCH } from "../../core/roster.ts";
import { NativeVerifier } from "../../platform/native-ed25519.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import { nodeUrl } from "../node/node-target.ts";
import { inPolicyFile } from "./policy-file.ts";
import { assumptionsOf, type FlagAssumptions, type ReaderFlags } from "./reader-flags.ts";

export interface QuestionFlags extends ReaderFlags {
  readonly node?: readonly string[];
  readonly min?: string;
  readonly maxAge?: string;
  readonly trustState?: string;
}

/** Of a file, offline. */
export interface VerifyFileFlags extends Omit<QuestionFlags, "node" | "trustState"> {
  readonly json?: true;
}

/** What the reader asks about. */
export interface QuestionSubject {
  readonly namespace: string;
  readonly epoch: number | "latest";
}

export interface Question {
  readonly client: QuorumClient;
  readonly assumptions: FlagAssumptions;
  /** If the reader only counts. */
  readonly min?: number;
}

/** Throws what readerOf throws, and USAGE for options that contradict each other. */
export async function questionOf(flags: QuestionFlags, about: QuestionSubject): Promise<Question> {
  const assumptions = await assumptionsOf(flags);
  const { roster, faultBound, origins, providerKeys, settlements = [] } = assumptions;
  if (flags.min !== undefined && flags.policy !== undefined) {
    throw new CoauditError("USAGE", "--min: the policy already says how many must agree; give one or the other", {
      option: "--min",
    });
  }
  const min = assumptions.policy !== undefined ? undefined : minOf(flags, about, assumptions);
  const policy = assumptions.policy ?? policyOfRoster(roster, min ?? roster.size);
  const make = (): QuorumClient =>
    new QuorumClient(
      {
        nodes: (flags.node ?? []).map(nodeUrl),
        policy,
        roster,
        ...(faultBound === undefined ? {} : { faultBound }),
        providerKeys,
        settlements,
        origins: Object.fromEntries(origins),
        ...(flags.maxAge === undefined ? {} : { maxAgeMs: maxAgeMs(flags.maxAge) }),
        ...(flags.trustState === undefined ? {} : { trustState: fileTrust(flags.trustState) }),
      },
      { clock: systemClock, random: systemRandom, verifier: new NativeVerifier() },
    );
  const client = flags.policy === undefined ? make() : inPolicyFile(flags.policy, make);
  return { client, assumptions, ...(min === undefined ? {} : { min }) };
}

/** `latest` or a number. Throws NUMBER_OUT_OF_RANGE. */
export function epochOf(text: string): number | "latest" {
  return text === "latest" ? "latest" : parseNumber(text, "--epoch", 1);
}

export function namespaceOf(text: string): string {
  return checkNamespace(text);
}

/** Of those who are in the roster at the epoch in question. [three new auditors make all old epochs not-enough] */
function minOf({ min }: QuestionFlags, about: QuestionSubject, assumptions: FlagAssumptions): number {
  const epoch = about.epoch === "latest" ? NOW_EPOCH : about.epoch;
  if (min !== undefined) return parseNumber(min, "--min", 1, assumptions.roster.size);
  return defaultQuorumAt(about.namespace, epoch, assumptions);
}

function maxAgeMs(text: string): number {
  return parseNumber(text, "--max-age", 1, 2 ** 31) * 1000;
}
