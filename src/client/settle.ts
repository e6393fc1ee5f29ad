/**
 * When a result is final. A node that hangs must not hold up what nothing can change any more: proof by heads or by the
 * provider's own signatures, and a digest other than the one that was shown. A confirmation waits for most nodes, and
 * for the others a little; everything else waits for all, and so do convictions by what auditors observed, since heads
 * of another node may take these back (docs/protocol.md 7.3).
 */
import { concerns, type QuorumRequest } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import { throwIfAborted } from "./arguments.ts";
import type { NodeAnswer } from "./ask-node.ts";
import { follow } from "./follow.ts";
import type { Gathering } from "./gathering.ts";
import type { Decision } from "./lookup-result.ts";

/** Once enough nodes have confirmed: what another one would say in this time is heard. */
const GRACE_MS = 500;

export interface Settled {
  readonly decision: Decision;
  readonly unheard: readonly string[];
}

export interface SettleModules {
  readonly clock: Clock;
  readonly read: (heard: ReturnType<Gathering["heard"]>) => Promise<readonly NodeAnswer[]>;
  readonly decide: (answers: readonly NodeAnswer[]) => Promise<Decision>;
  /** A confirmation that accuses: the digest is not the one that was shown. */
  readonly isAlarm: (decision: Decision) => boolean;
}

/** Throws QUESTION_ABORTED. */
export async function settle(
  gathering: Gathering,
  { request, signal }: { readonly request: QuorumRequest; readonly signal: AbortSignal | undefined },
  modules: SettleModules,
): Promise<Settled> {
  const stop = new AbortController();
  const unlink = follow(signal, stop);
  const aborted = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
  let grace: Promise<void> | undefined;
  let isGraceOver = false;
  try {
    for (;;) {
      throwIfAborted(signal);
      const arrival = gathering.next();
      const [isComplete, heard, unheard] = [gathering.isComplete, gathering.heard(), gathering.unheard];
      if (isComplete || heard.length > 0) {
        const answers = await modules.read(heard);
        const decision = await modules.decide(answers);
        throwIfAborted(signal);
        if (isComplete || isFinal(decision, request, modules)) return { decision, unheard };
        if (isConfirmed(decision, answers, heard.length + unheard.length)) {
          if (isGraceOver) return { decision, unheard };
          grace ??= modules.clock.sleep(GRACE_MS, stop.signal).then(() => {
            isGraceOver = true;
          });
        }
      }
      // Answers may have come while the others were judged.
      if (gathering.unheard.length < unheard.length) continue;
      await Promise.race([arrival, aborted, ...(grace === undefined || isGraceOver ? [] : [grace])]);
    }
  } finally {
    unlink();
    stop.abort();
  }
}

function isFinal(decision: Decision, request: QuorumRequest, { isAlarm }: SettleModules): boolean {
  const { found } = decision;
  if (found.result === "satisfied") return isAlarm(decision);
  if (found.result !== "conflict") return false;
  const convictions = found.cases.filter((one) => concerns(one, found.head, request));
  return convictions.length === 0 || convictions.some(({ subject }) => subject.kind === "fork");
}

/** More than half of the nodes, and at least two, have answered, and none of them showed a case. */
function isConfirmed({ found }: Decision, answers: readonly NodeAnswer[], nodes: number): boolean {
  if (found.result !== "satisfied" || found.cases.length > 0) return false;
  const sound = answers.filter(({ problem }) => problem === undefined);
  return sound.length >= 2 && sound.length > nodes / 2;
}
