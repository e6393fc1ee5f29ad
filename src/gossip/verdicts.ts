/** The one place that maps the outcome of a statement to gossip's verdict on the message. */
import type { Outcome } from "../ledger/outcome.ts";
import type { Verdict } from "./network.ts";

/**
 * docs/protocol.md 6. [REJECT] only what no honest node can have sent on: everything else may be a difference between
 * rosters, clocks or configurations. [IGNORE] is what another node may rightly accept.
 */
const VERDICTS: Readonly<Record<Outcome, Verdict>> = {
  accepted: "accept",
  "accepted-conflict": "accept",
  known: "ignore",
  malformed: "reject",
  "bad-signature": "reject",
  // Whoever holds another copy of an exhibit, or does not know its signer, passes the carrier on without having checked
  // it. [a carrier that honest nodes accept and newcomers reject makes newcomers ban honest nodes]
  "bad-exhibit": "ignore",
  "unknown-key": "ignore",
  "unknown-namespace": "ignore",
  "origin-mismatch": "ignore",
  "third-digest": "ignore",
  "convicted-signer": "ignore",
  early: "ignore",
  "too-far-ahead": "ignore",
  "rate-limited": "ignore",
  superseded: "ignore",
};

/** docs/protocol.md 5: the sender seems to know something that this node can't take yet; head sync will bring it. */
const MAY_BECOME_VALID: ReadonlySet<Outcome> = new Set(["early", "too-far-ahead", "rate-limited"]);

export function verdictOf(outcome: Outcome): Verdict {
  return VERDICTS[outcome];
}

export function mayBecomeValid(outcome: Outcome): boolean {
  return MAY_BECOME_VALID.has(outcome);
}
