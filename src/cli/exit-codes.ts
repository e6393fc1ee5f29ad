/** What a command's exit code means; `coaudit help` shows this. */
import { type ErrorCode, isCoauditError } from "../core/errors.ts";

export const EXIT: Readonly<Record<"yes" | "no" | "usage" | "conflict" | "unreachable", number>> = {
  yes: 0,
  no: 1,
  usage: 2,
  conflict: 3,
  unreachable: 4,
};

export const EXIT_CODES_HELP = `
Exit codes:
  0  done; all is well; valid; satisfied
  1  no: something to look at, not valid, too few or too old signatures; or the command failed
  2  wrong usage, or an unusable file: the configuration, the roster, a key
  3  conflict: evidence forbids trusting the answer; a provider is convicted
  4  no node gave a usable answer`;

/** Mistakes in the arguments or in the files that they name. */
const USAGE_CODES: readonly ErrorCode[] = [
  "USAGE",
  "NUMBER_OUT_OF_RANGE",
  "NAME_INVALID",
  "ENCODING_INVALID",
  "VKEY_INVALID",
  "ROSTER_INVALID",
  "POLICY_INVALID",
  "BUNDLE_INVALID",
  "KEY_INVALID",
  "VRF_KEY_INVALID",
  "TRUST_STATE_INVALID",
  "CONFIG_UNREADABLE",
  "CONFIG_INVALID",
  "CONFIG_EXISTS",
  "RELOAD_REFUSED",
  "RECORD_INVALID",
  "CLAIMS_EXIST",
  "KEY_FILE_EXISTS",
  "KEY_FILE_UNREADABLE",
  "KEY_FILE_EXPOSED",
  "NETWORK_ADDRESS_INVALID",
  "PROVIDER_OPTION_INVALID",
  "PROVIDER_LOG_INVALID",
  "SWEEP_DIFFERS",
  "SWEEP_JOURNAL_DAMAGED",
  "RUN_FOLDER_OCCUPIED",
  "RUN_FOLDER_BUSY",
  "SIMULATION_RESULT_INVALID",
];

export function exitCodeOf(error: unknown): number {
  if (!isCoauditError(error)) return EXIT.no;
  if (USAGE_CODES.includes(error.code)) return EXIT.usage;
  return error.code === "NODE_UNREACHABLE" || error.code === "NODE_ANSWER_INVALID" ? EXIT.unreachable : EXIT.no;
}
