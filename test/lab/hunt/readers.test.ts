/** The rules on what readers are answered, each broken once: by a world of nodes that answer what they should not. */
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import type { Settlement } from "../../../src/core/settlement.ts";
import { type Account, accountsOf } from "../../../src/lab/hunt/account.ts";
import { apart, wronglyCounted } from "../../../src/lab/hunt/readers.ts";
import type { QuorumAnswer } from "../../../src/node/view.ts";
import { NAMESPACE } from "../../../src/simulator/actors/histories.ts";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import type { Fault } from "../../../src/simulator/scenario/scenario.ts";
import type { World } from "../../../src/simulator/world/world.ts";
import { lieTo, live, type ScenarioChanges } from "../../simulator/small-world.ts";

const [FIRST, SECOND] = [auditorName(1), auditorName(2)];
const MINUTE_MS = 60_000;
const RETIRE: Fault = { kind: "retire", node: auditorName(5), atMs: 100_000, epoch: 4 };
const SPLIT = lieTo("split", [4, 5], { toEpoch: 6 });
const SETTLE: Fault = { kind: "settle", node: FIRST, atMs: 320_000, trust: "main" };

async function lived(changes: ScenarioChanges): Promise<{ world: World; accounts: Account[] }> {
  const { world } = await live({ settleMs: 5 * MINUTE_MS, ...changes });
  const accounts = await accountsOf(world.machines);
  return { world, accounts };
}

/** Those of one place answer otherwise than they do. */
function answering(
  accounts: readonly Account[],
  place: string,
  change: (answer: QuorumAnswer) => QuorumAnswer,
): Account[] {
  return accounts.map((account) => {
    if (account.machine.place !== place) return account;
    const machine = Object.create(account.machine) as Account["machine"];
    machine.quorum = async (epoch, min) => {
      const answer = await account.machine.quorum(epoch, min);
      return answer === undefined ? undefined : change(answer);
    };
    return { ...account, machine };
  });
}

const rulesOf = (violations: readonly { rule: string; who: string }[]): string[] => [
  ...new Set(violations.map(({ rule, who }) => `${rule}: ${who}`)),
];

describe("what readers are answered", () => {
  it("breaks a rule where a retired auditor is missed", async () => {
    const { world, accounts } = await lived({ faults: [RETIRE] });
    expect(await wronglyCounted(world, accounts)).toEqual([]);
    const missing = { auditor: RETIRE.node, reason: "", flaw: "absent" } as const;
    const wrong = answering(accounts, SECOND, (answer) => ({ ...answer, missing: [...answer.missing, missing] }));
    const found = await wronglyCounted(world, wrong);
    expect(rulesOf(found)).toEqual([`quorums count whom they may: ${SECOND}`]);
    // Epoch 1 lies below its end.
    expect(found.map(({ detail }) => detail.split(":")[0])).toEqual(["epoch latest", "epoch 10", "epoch 5"]);
  });

  it("breaks a rule where two readers accept two digests that f + 1 auditors stand behind", async () => {
    const { world, accounts } = await lived({ faults: [RETIRE] });
    expect(await apart(world, accounts)).toEqual([]);
    const other = "ab".repeat(32);
    const wrong = answering(accounts, SECOND, (answer) => ({
      ...answer,
      certificate: { ...answer.certificate, digest: other },
    }));
    expect(rulesOf(await apart(world, wrong))[0]).toMatch(/^readers accept one digest/);
  });

  it("breaks a rule where whoever settled accepts the other history", async () => {
    const { world, accounts } = await lived({ provider: { lies: [SPLIT] }, faults: [SETTLE] });
    expect(await apart(world, accounts)).toEqual([]);
    const fork = toHex(world.histories.digest(5, "fork"));
    const wrong = accounts.reduce(
      (all, { machine }) =>
        answering(all, machine.place, (answer) =>
          answer.certificate.epoch === 5
            ? { ...answer, result: "satisfied", certificate: { ...answer.certificate, digest: fork } }
            : answer,
        ),
      accounts,
    );
    expect(rulesOf(await apart(world, wrong))).toHaveLength(accounts.length);
  });

  it("breaks a rule where an epoch below a fork is refused, as one above is not", async () => {
    // What settles nothing: the world is looked at because somebody retires.
    const { world, accounts } = await lived({ provider: { lies: [SPLIT] }, faults: [RETIRE] });
    expect(await apart(world, accounts)).toEqual([]);
    const wrong = answering(accounts, FIRST, (answer) => ({ ...answer, result: "conflict" }));
    const found = await apart(world, wrong);
    expect(rulesOf(found)).toEqual([`whoever settled is not stuck: ${FIRST}`]);
    expect(found.map(({ detail }) => detail)).toEqual(["epoch 1", "epoch 2", "epoch 3"]);
  });

  it("takes what is settled from the settlements that each reader holds", async () => {
    const { accounts } = await lived({ provider: { lies: [SPLIT] }, faults: [SETTLE] });
    for (const { ledger } of accounts) {
      const [settlement] = (ledger.assumptions.settlements ?? []) as readonly Settlement[];
      expect(settlement).toMatchObject({ namespace: NAMESPACE, first: 4, last: 6 });
    }
  });
});
