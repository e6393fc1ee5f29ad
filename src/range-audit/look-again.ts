/**
 * Before an epoch is called invalid it is looked at again, past all caches, until enough looks agree: the node's rule
 * for facts without its ten minutes (docs/protocol.md 11). [a cache that cut off one body]
 */
import { FactCounter } from "../core/fact-counter.ts";
import type { EpochLook, EpochLooks, FailedLook } from "./epoch-look.ts";
import { Patience, type PatienceModules } from "./patience.ts";

/** More are no more certain. */
export const MAX_LOOKS = 100;
/** Of a log that shows something else each time. */
const MAX_WRONG_LOOKS = 100;

export interface LookAgainModules extends PatienceModules {
  readonly looks: EpochLooks;
}

/**
 * What the epoch is in the end, after `first` failed, which came through caches and does not count. `lookAgain`: how
 * many looks in a row must see the same; 0 takes the first one's word.
 */
export async function lookAgain(
  first: FailedLook,
  { from, lookAgain: needed }: { readonly from: Uint8Array | undefined; readonly lookAgain: number },
  modules: LookAgainModules,
  signal: AbortSignal,
): Promise<EpochLook> {
  const { looks, clock, note } = modules;
  const { epoch } = first;
  const patience = new Patience(modules);
  const counter = new FactCounter({ factFetches: needed, factSpanMs: 0 });
  let look: EpochLook = first;
  let wrongLooks = 0;
  while (look.kind !== "verified") {
    if (look.kind === "unreadable") {
      const seen = { hasRead: looks.hasRead, isListed: look.blob !== undefined };
      if (!(await patience.wait(look.error, seen, signal))) return look;
    } else if (needed === 0) {
      return look;
    } else if (wrongLooks++ > MAX_WRONG_LOOKS + needed) {
      const message = `every look at it sees something else, at last: ${look.message}`;
      return { ...look, kind: "unreadable", message, error: undefined };
    } else if (counter.looks === 0) {
      note(`epoch ${epoch}: ${look.message}; looking again past all caches`);
    }
    look = await looks.again(epoch, from, signal);
    if (look.kind !== "wrong") continue;
    counter.note(look.fingerprint, clock.elapsedMs());
    if (counter.isFact()) return look;
  }
  return look;
}
