/** What people do in a world: mistakes that they correct, auditors that they retire, forks that they settle. */
import { describe, expect, it } from "vitest";
import { NAMESPACE } from "../../../src/simulator/actors/histories.ts";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import type { Fault } from "../../../src/simulator/scenario/scenario.ts";
import { auditors, casesOf, type LivedWorld, lieTo, linesOf, live, machine, signedBy } from "../small-world.ts";

const NODE = auditorName(3);
const ALL = Array.from({ length: 10 }, (_, index) => `${index + 1}`);
const MINUTE_MS = 60_000;

async function expectNoCases({ world }: LivedWorld): Promise<void> {
  for (const one of world.machines) expect(casesOf(one)).toEqual([]);
}

describe("an operator's mistake", () => {
  it("of a wrong configuration line halts nobody and convicts nobody; with the right one the node goes on", async () => {
    const fault: Fault = { kind: "wrong-configuration", node: NODE, atMs: 100_000, forMs: 60_000 };
    const lived = await live({ faults: [fault], settleMs: 3 * MINUTE_MS });
    expect(linesOf(lived.lines, "halted")).toEqual([]);
    expect(signedBy(lived.lines, NODE)).toEqual(ALL);
    const atMs = linesOf(lived.lines, "signed").flatMap(({ who, t }) => (who === NODE ? [t / 1000] : []));
    expect(atMs.filter((ms) => ms > 102_000 && ms < 160_000)).toEqual([]);
    await expectNoCases(lived);
  });

  it("of a path that spoils proofs halts the node, convicts nobody, and ends when somebody resumes it", async () => {
    const fault: Fault = { kind: "spoiled-proofs", node: NODE, atMs: 100_000, forMs: 15 * MINUTE_MS };
    const lived = await live({ faults: [fault], settleMs: 20 * MINUTE_MS });
    expect(signedBy(lived.lines, NODE)).toEqual(ALL);
    for (const one of lived.world.machines) {
      const said = one.ledger?.statements.observations(NAMESPACE);
      const kinds: string[] = [];
      for await (const { observation } of said ?? []) kinds.push(observation.kind);
      expect(kinds).toEqual(["invalid-proof"]);
    }
    await expectNoCases(lived);
  });
});

describe("people who decide", () => {
  it("retire an auditor at an epoch: above it nobody counts it, below it everybody does", async () => {
    const fault: Fault = { kind: "retire", node: NODE, atMs: 200_000, epoch: 4 };
    const { world } = await live({ faults: [fault], settleMs: 4 * MINUTE_MS });
    for (const name of auditors(1, 2, 4, 5)) {
      const namedAt = async (epoch: number): Promise<object> => {
        const answer = await machine(world, name).quorum(epoch, 1);
        const isNode = ({ auditor }: { auditor: string }): boolean => auditor === NODE;
        return { counted: answer?.signers.some(isNode), missed: answer?.missing.some(isNode) };
      };
      expect(await namedAt(4)).toEqual({ counted: true, missed: false });
      expect(await namedAt(5)).toEqual({ counted: false, missed: false });
    }
  });

  it.each(["main", "none"] as const)("settle a fork, believing %s, and all readers agree again", async (trust) => {
    const lies = [lieTo("split", [4, 5], { toEpoch: 6 })];
    const fault: Fault = { kind: "settle", node: auditorName(1), atMs: 320_000, trust };
    const { world } = await live({ provider: { lies }, faults: [fault], settleMs: 5 * MINUTE_MS });
    for (const name of auditors(1, 2, 3)) {
      const resultAt = async (epoch: number) => (await machine(world, name).quorum(epoch, 3))?.result;
      expect(casesOf(machine(world, name)).filter(({ subject }) => subject.kind === "fork")).toEqual([]);
      expect([await resultAt(3), await resultAt(4), await resultAt(10)]).toEqual([
        "satisfied",
        trust === "main" ? "satisfied" : "conflict",
        "satisfied",
      ]);
    }
  });

  it("tell whoever joins an hour later what they settled", async () => {
    const lies = [lieTo("split", [4, 5], { toEpoch: 6 })];
    const settle: Fault = { kind: "settle", node: auditorName(1), atMs: 320_000, trust: "main" };
    const late: Fault = { kind: "join-late", node: auditorName(3), atMs: 320_000 + 60 * MINUTE_MS };
    const { world } = await live({ provider: { lies }, faults: [settle, late], settleMs: 70 * MINUTE_MS });
    const answer = await machine(world, auditorName(3)).quorum(10, 3);
    expect(answer?.result).toBe("satisfied");
  });

  it("leave a fork that nobody settled as it is", async () => {
    const { world } = await live({ provider: { lies: [lieTo("split", [4, 5], { toEpoch: 6 })] } });
    expect((await machine(world, auditorName(1)).quorum(10, 3))?.result).toBe("conflict");
  });
});
