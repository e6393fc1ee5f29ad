/** `--threads` of the commands that verify proofs. */
import { parseNumber } from "../../core/numbers.ts";

/** More threads than a pool on one machine can ever use. */
const MAX_THREADS = 256;

/** Throws NUMBER_OUT_OF_RANGE. */
export function threadsOf(text: string | undefined): { threads?: number } {
  return text === undefined ? {} : { threads: parseNumber(text, "--threads", 0, MAX_THREADS) };
}
