/** Questions about keys: two persons, one of whom checks the other's key, and a directory that lies about it. */
import type { KeysLie } from "../../simulator/scenario/keys-scenario.ts";
import type { ClientGroup, Scenario } from "../../simulator/scenario/scenario.ts";
import { hypergeometricAtLeast } from "../statistics/discrete.ts";
import { baseScenario, lastAuditors } from "./base-scenario.ts";
import type { KnownBounds, KnownShare } from "./known-answer.ts";

const AUDITORS = 7;
const EPOCH_MS = 60_000;
const CHECK_MS = 20_000;
const [VICTIM, OWNER] = ["client-01", "client-02"] as const;
/** No message takes longer in these worlds than a few of these. */
const INSTANT_MS = 100;

function personsWith(lie: KeysLie, watchEveryMs: number): NonNullable<Scenario["keys"]> {
  return { contacts: 1, watchEveryMs, newKeyEpochs: 0, lies: [lie] };
}

function persons(ask: number, quorum: number): ClientGroup {
  return { count: 2, ask, everyMs: CHECK_MS, choice: "pinned", of: "auditors", quorum, gossipWith: 0 };
}

/**
 * The directory publishes a key in the owner's name with epoch 2, and the world ends `watchedMs` later. The owner looks
 * every `everyMs`, beginning at a moment that is as likely as any other.
 */
function ownerFinds(everyMs: number): KnownShare {
  const settleMs = 45_000;
  const watchedMs = EPOCH_MS + settleMs;
  return {
    name: `an owner looks every ${everyMs / 1000} s at the own history, and a key is inserted ${watchedMs / 1000} s before the end: found`,
    rule: "length of watching / time between two looks",
    expected: Math.min(1, watchedMs / everyMs),
    scenario: baseScenario("A key that its owner never made", {
      epochs: 2,
      epochIntervalMs: EPOCH_MS,
      settleMs,
      auditors: AUDITORS,
      clients: [persons(1, 1)],
      keys: personsWith({ kind: "inserted-version", about: OWNER, fromEpoch: 2 }, everyMs),
    }),
    happened: ({ detection }) => (detection?.ownerMs ?? null) !== null,
  };
}

/**
 * One person is shown another key on a fork that the last `liars` auditors sign, and asks `ask` auditors, of whom it
 * wants `quorum`. It believes that any of them may lie, so that its policy alone decides.
 */
function swapTaken(liars: number, ask: number, quorum: number): KnownShare {
  return {
    name: `a swapped key, of whose fork ${liars} of ${AUDITORS} auditors are; who is shown it asks ${ask} and wants ${quorum}: taken`,
    rule: "hypergeometric: at least q of k, sum over i >= q of C(l,i) C(n-l,k-i) / C(n,k)",
    expected: hypergeometricAtLeast(quorum, { population: AUDITORS, marked: liars, drawn: ask }),
    scenario: baseScenario("A swapped key and liars", {
      epochs: 1,
      epochIntervalMs: EPOCH_MS,
      auditors: AUDITORS,
      faultBound: AUDITORS - 1,
      behaviours: [{ kind: "lying", auditors: lastAuditors(AUDITORS, liars), fromEpoch: 1 }],
      clients: [persons(ask, quorum)],
      keys: personsWith({ kind: "swapped-key", about: OWNER, to: [VICTIM], fromEpoch: 1, ahead: 0 }, 10 * EPOCH_MS),
    }),
    happened: ({ keys }) => (keys?.deceived ?? 0) > 0,
  };
}

/**
 * The fork is `ahead` epochs ahead of the auditors. The person is shown it at a check in the first epoch of the lie,
 * and it is settled at the first check after the auditors have come to that epoch.
 */
function forkAheadSettled(ahead: number): KnownBounds {
  const low = ahead * EPOCH_MS - CHECK_MS;
  // Auditors of epochs a minute apart poll every 15 s.
  const high = ahead * EPOCH_MS + 15_000 + CHECK_MS + INSTANT_MS;
  return {
    name: `ms until a key is refused that is shown on a fork ${ahead} epochs ahead of the auditors, by a check every ${CHECK_MS / 1000} s`,
    rule: "the auditors' way to that epoch, less a check at most; and a poll and a check more at most",
    expected: { low, high },
    scenario: baseScenario("A swapped key ahead of the auditors", {
      epochs: 3 + ahead,
      epochIntervalMs: EPOCH_MS,
      auditors: AUDITORS,
      clients: [persons(AUDITORS, AUDITORS)],
      keys: personsWith({ kind: "swapped-key", about: OWNER, to: [VICTIM], fromEpoch: 2, ahead }, 10 * EPOCH_MS),
    }),
    number: ({ detection }) => detection?.victimMs ?? null,
  };
}

export const KEYS_FOUND: readonly KnownShare[] = [ownerFinds(150_000), ownerFinds(300_000), ownerFinds(600_000)];

export const SWAPS_TAKEN: readonly KnownShare[] = [swapTaken(4, 2, 2), swapTaken(4, 4, 3), swapTaken(3, 3, 2)];

export const FORKS_AHEAD: readonly KnownBounds[] = [forkAheadSettled(1), forkAheadSettled(4)];
