/** Which exit code each result of a question has: `coaudit quorum`, `verify` and `watch` agree. */
import type { CheckResult } from "../../client/results.ts";
import { EXIT } from "../exit-codes.ts";

export const RESULT_EXITS: Readonly<Record<CheckResult["result"], number>> = {
  satisfied: EXIT.yes,
  "not-enough": EXIT.no,
  pending: EXIT.no,
  stale: EXIT.no,
  conflict: EXIT.conflict,
  "wrong-digest": EXIT.conflict,
  "nodes-disagree": EXIT.conflict,
  "no-answer": EXIT.unreachable,
};
