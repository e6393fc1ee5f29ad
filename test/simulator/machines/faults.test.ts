import { describe, expect, it } from "vitest";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import type { Fault } from "../../../src/simulator/scenario/scenario.ts";
import type { TraceLine } from "../../../src/simulator/world/trace.ts";
import {
  auditors,
  headsOf,
  type LivedWorld,
  linesOf,
  live,
  machine,
  type ScenarioChanges,
  signedBy,
  verdicts,
} from "../small-world.ts";

const NODE = auditorName(3);
const OTHERS = auditors(1, 2, 4, 5);
const ALL = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

function broken(fault: Fault, changes: ScenarioChanges = {}, seed = 1): Promise<LivedWorld> {
  return live({ ...changes, faults: [fault] }, { seed });
}

function signedMs(lines: readonly TraceLine[], place = NODE): number[] {
  return linesOf(lines, "signed").flatMap(({ who, t }) => (who === place ? [t / 1000] : []));
}

/** Heads of others that the node took in more than once: it had forgotten them. */
function learntTwice(lines: readonly TraceLine[]): string[] {
  const seen = new Set<string>();
  return linesOf(lines, "head").flatMap(({ who, of, epoch }) => {
    if (who !== NODE) return [];
    const head = `${of} ${epoch}`;
    if (seen.has(head)) return [head];
    seen.add(head);
    return [];
  });
}

async function expectEqualLedgers({ world }: LivedWorld): Promise<void> {
  const [first, ...others] = await Promise.all(world.machines.map((one) => headsOf(one)));
  expect(first).toHaveLength(50);
  for (const other of others) expect(other).toEqual(first);
}

/** Seeds under which the power cut comes when something was not synced yet; with others it takes nothing. */
const SEED_OF_A_LOSS = 3;

describe("a node that ends and comes back", () => {
  const at = { node: NODE, atMs: 255_000, downMs: 20_000 };

  it.each(["kill", "stop", "power-cut"] as const)(
    "after a %s has caught up, and signed every epoch once",
    async (kind) => {
      const lived = await broken({ kind, ...at }, {}, SEED_OF_A_LOSS);
      expect(linesOf(lived.lines, "down")).toEqual([
        expect.objectContaining({ who: NODE, life: 1, why: kind, t: 255e6 }),
      ]);
      expect(linesOf(lived.lines, "up").at(-1)).toMatchObject({ who: NODE, life: 2, t: 275e6 });
      expect(signedBy(lived.lines, NODE)).toEqual(ALL);
      await expectEqualLedgers(lived);
    },
  );

  it("does nothing while it is down", async () => {
    const { lines } = await broken({ kind: "kill", ...at });
    const meanwhile = lines.filter((line) => "who" in line && line.who === NODE && line.t > 255e6 && line.t < 275e6);
    expect(meanwhile).toEqual([]);
  });

  it("has kept what it wrote after a kill, and lost what was not synced after a power cut", async () => {
    // A disk remembers what is not synced only where power is cut some day: here as the world ends.
    const afterwards = { kind: "power-cut", node: NODE, atMs: 419_999, downMs: 1 } as const;
    const killed = await live({ faults: [{ kind: "kill", ...at }, afterwards] }, { seed: SEED_OF_A_LOSS });
    expect(learntTwice(killed.lines)).toEqual([]);
    const lost = learntTwice((await broken({ kind: "power-cut", ...at }, {}, SEED_OF_A_LOSS)).lines);
    expect(lost).not.toEqual([]);
    for (const head of lost) expect(head).toMatch(/ 8$/);
  });
});

describe("a restored backup", () => {
  const backup = { kind: "restore-backup", node: NODE, atMs: 200_000, downMs: 10_000, ageMs: 100_000 } as const;

  it("signs nothing twice: its peers tell it what it signed, and it halts", async () => {
    const { lines } = await broken(backup);
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(linesOf(lines, "halted")).toEqual([expect.objectContaining({ who: NODE, reason: "own-key-conflict" })]);
    expect(verdicts(lines)).toEqual({});
  });

  it("signs again what nobody can tell it that it signed", async () => {
    const { lines } = await broken(backup, { network: { gossip: "none", headSync: false } });
    // The backup is of 100 s, when epochs 1 to 3 were there.
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4", "5", "6", "4", "5", "6", "7", "8", "9", "10"]);
  });
});

describe("a second machine with the same key", () => {
  const second = { kind: "second-machine", node: NODE, atMs: 135_000, forMs: 100_000 } as const;
  /** Under which the second machine is the first to sign epoch 5; under others it hears the head, and halts itself. */
  const SEED = 2;

  it("harms nobody where both see one history: one of them halts, and nobody is accused", async () => {
    const { lines, world } = await broken({ ...second, shown: "main" }, {}, SEED);
    expect(linesOf(lines, "up").at(-1)).toMatchObject({ who: `${NODE} (2)`, t: 135e6 });
    expect(linesOf(lines, "halted")).toEqual([expect.objectContaining({ reason: "own-key-conflict" })]);
    expect(signedBy(lines, `${NODE} (2)`)).toEqual(["5", "6", "7"]);
    expect(machine(world, `${NODE} (2)`).isUp).toBe(false);
    expect(verdicts(lines)).toEqual({});
  });

  it("that is shown the other history makes a disagreement, and the first one signs nothing against it", async () => {
    const { lines, world } = await broken({ ...second, shown: "fork" }, {}, SEED);
    expect(signedBy(lines, `${NODE} (2)`)).toEqual(["5 fork", "6 fork", "7 fork"]);
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4"]);
    for (const place of OTHERS) expect(verdicts(lines)[place]).toEqual(["disagreement dissent"]);
    expect(world.measures().falseConvictions).toBe(0);
  });
});

describe("a stolen key", () => {
  const theft = { kind: "stolen-key", node: NODE, epochs: 2 } as const;

  it("that speaks before its owner makes a disagreement; its owner halts", async () => {
    const { lines } = await broken({ ...theft, atMs: 135_000 });
    expect(signedBy(lines, `${NODE} (2)`)).toEqual(["5 fork", "6 fork"]);
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4"]);
    expect(linesOf(lines, "halted")).toEqual([expect.objectContaining({ who: NODE, reason: "own-key-conflict" })]);
    for (const place of OTHERS) expect(verdicts(lines)[place]).toEqual(["disagreement dissent"]);
  });

  it("that speaks after its owner convicts the key, and that is no false conviction", async () => {
    // Both look every 7.5 to 9 s, and of epoch 6 the owner is first.
    const { lines, world } = await broken(
      { ...theft, atMs: 154_000 },
      { provider: { publicationDelayMs: 0, latencyMs: 0 } },
    );
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(signedBy(lines, `${NODE} (2)`)).toEqual(["6 fork"]);
    for (const place of OTHERS) expect(verdicts(lines)[place]).toEqual([`auditor-equivocation ${NODE}`]);
    expect(world.measures().falseConvictions).toBe(0);
  });
});

describe.each(["disk-full", "disk-error"] as const)("a disk that fails (%s)", (kind) => {
  it("keeps the node from signing while it lasts; afterwards the node is restarted and catches up", async () => {
    const lived = await broken({ kind, node: NODE, atMs: 135_000, forMs: 60_000 });
    expect(signedMs(lived.lines).filter((ms) => ms > 135_000 && ms < 196_000)).toEqual([]);
    expect(signedBy(lived.lines, NODE)).toEqual(ALL);
    expect(verdicts(lived.lines)).toEqual({});
    await expectEqualLedgers(lived);
  });
});

describe("claims that are lost", () => {
  it("end the node for good: it signs nothing any more", async () => {
    const { lines, world } = await broken({
      kind: "lost-claims",
      node: NODE,
      atMs: 135_000,
      downMs: 10_000,
      records: 3,
    });
    expect(signedBy(lines, NODE)).toEqual(["1", "2", "3", "4"]);
    expect(machine(world, NODE).isUp).toBe(false);
    expect(signedBy(lines, auditorName(1))).toEqual(ALL);
  });
});

describe("one claim that is lost", () => {
  it("is put back from the log each time: the node goes on, and nobody takes it for lost afterwards", async () => {
    const lost = { kind: "lost-claims", node: NODE, downMs: 10_000, records: 1 } as const;
    const { lines, world } = await live({
      faults: [
        { ...lost, atMs: 135_000 },
        { ...lost, atMs: 255_000 },
      ],
    });
    expect(signedBy(lines, NODE)).toEqual(ALL);
    expect(machine(world, NODE)).toMatchObject({ isUp: true, disk: { claims: "whole" } });
  });
});

describe("a clock that jumps", () => {
  it.each([3_600_000, -3_600_000])("by %i ms accuses nobody, and all has healed some time after", async (byMs) => {
    const lived = await broken({ kind: "clock-jump", node: NODE, atMs: 135_000, byMs, forMs: 60_000 });
    expect(signedBy(lived.lines, NODE)).toEqual(ALL);
    expect(verdicts(lived.lines)).toEqual({});
    await expectEqualLedgers(lived);
  });

  it("ahead dates heads so that others hold them back until they are due", async () => {
    // For good: epoch 5 and later ones are due an hour after the world.
    const { lines } = await broken({
      kind: "clock-jump",
      node: NODE,
      atMs: 135_000,
      byMs: 3_600_000,
      forMs: 2_678_400_000,
    });
    const taken = linesOf(lines, "head").flatMap(({ who, of, epoch }) =>
      who === OTHERS[0] && of === NODE ? [epoch] : [],
    );
    expect(taken).toEqual([1, 2, 3, 4]);
  });
});

describe("a node that joins late", () => {
  it("is not there before, and has everything soon after", async () => {
    const lived = await live({
      observers: 1,
      faults: [
        { kind: "join-late", node: NODE, atMs: 200_000 },
        { kind: "join-late", node: "observer-0001", atMs: 250_000 },
      ],
    });
    expect(Math.min(...signedMs(lived.lines))).toBeGreaterThan(200_000);
    expect(linesOf(lived.lines, "up").slice(-2)).toMatchObject([
      { who: NODE, t: 200e6, life: 1 },
      { who: "observer-0001", t: 250e6, life: 1 },
    ]);
    expect(signedBy(lived.lines, NODE)).toEqual(ALL);
    await expectEqualLedgers(lived);
  });
});
