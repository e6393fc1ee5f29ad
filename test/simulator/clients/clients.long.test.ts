import { describe, expect, it } from "vitest";
import { auditorName, clientName } from "../../../src/simulator/scenario/entity-names.ts";
import { auditors, behaviour, CLIENTS, lieTo, linesOf, live } from "../small-world.ts";

const CLIENT_NAMES = Array.from({ length: 30 }, (_, index) => clientName(index + 1));
const VICTIM = clientName(1);
const TO_VICTIM = { clients: [VICTIM] };
/** Nodes know what the provider showed them, and nothing else. */
const NO_TALK = { gossip: "none", headSync: false } as const;

describe("a client that is shown another history", () => {
  it("notices when it asks, and nobody else ever does", async () => {
    const provider = { lies: [lieTo("split", [], TO_VICTIM)] };
    const { world, lines } = await live({ provider, clients: [{ ...CLIENTS, count: 2 }] });
    const told = linesOf(lines, "answer").filter(({ branch }) => branch === "fork");
    expect(new Set(told.map(({ who }) => who))).toEqual(new Set([VICTIM]));
    expect(told.map(({ result }) => result)).toContain("wrong-digest");
    expect(told.map(({ result }) => result)).not.toContain("satisfied");
    expect(linesOf(lines, "case")).toEqual([]);
    expect(world.measures()).toMatchObject({ detection: { firstMs: null }, victimAccepted: 0 });
  });

  it("measures from the first time it was shown it until it was warned", async () => {
    const provider = { lies: [lieTo("split", [], TO_VICTIM)] };
    const { world, lines } = await live({ provider, clients: [CLIENTS] });
    const shownUs = linesOf(lines, "shown")[0]?.t ?? 0;
    const warnedUs = linesOf(lines, "answer").find(({ result }) => result === "wrong-digest")?.t ?? 0;
    expect(world.measures().detection?.clientMs).toBe((warnedUs - shownUs) / 1000);
    expect(warnedUs).toBeGreaterThan(shownUs);
  });

  it("learns nothing when the provider has healed before it asks again", async () => {
    const provider = { lies: [lieTo("split", [], { ...TO_VICTIM, toEpoch: 5 })] };
    // It asks at about 49 s and 249 s; the lie is over at 180 s.
    const { world, lines } = await live({ provider, clients: [{ ...CLIENTS, everyMs: 200_000 }] });
    expect(linesOf(lines, "answer").length).toBeGreaterThan(1);
    expect(linesOf(lines, "shown")).toEqual([]);
    expect(world.measures()).not.toHaveProperty("detection");
  });

  it("accepts it where all whom it asks are liars, and where one is not it never does", async () => {
    const liars = auditors(3, 4, 5);
    const { world, lines } = await live({
      network: NO_TALK,
      provider: { lies: [lieTo("split", [], { clients: CLIENT_NAMES })] },
      behaviours: [behaviour("lying", [3, 4, 5])],
      clients: [{ ...CLIENTS, count: CLIENT_NAMES.length, quorum: 3 }],
    });
    const lied = linesOf(lines, "answer").filter(({ branch }) => branch === "fork");
    const acceptors = new Set(lied.filter(({ result }) => result === "satisfied").map(({ who }) => who));
    const surrounded = new Set(
      lied.filter(({ asked }) => asked.every((node) => liars.includes(node))).map(({ who }) => who),
    );
    expect(surrounded.size).toBeGreaterThan(0);
    expect(acceptors).toEqual(surrounded);
    expect(world.measures().victimAccepted).toBeGreaterThan(0);
    expect(world.measures().victimAccepted % surrounded.size).toBe(0);
  });
});

describe("whom a client asks", () => {
  const asked = async (choice: "pinned" | "random", of: "auditors" | "all"): Promise<(readonly string[])[]> => {
    const { lines } = await live({ observers: 5, clients: [{ ...CLIENTS, choice, of }], settleMs: 300_000 });
    return linesOf(lines, "answer").map((line) => line.asked);
  };

  it("is the same for ever where it is pinned", async () => {
    const [first, ...others] = await asked("pinned", "auditors");
    expect(first).toHaveLength(3);
    for (const other of others) expect(other).toEqual(first);
  });

  it("is drawn anew with each question where it is random", async () => {
    const all = await asked("random", "auditors");
    for (const one of all) expect(new Set(one).size).toBe(3);
    expect(new Set(all.flat())).toEqual(new Set(auditors(1, 2, 3, 4, 5)));
  });

  it("is an observer too where all may be asked, and else never", async () => {
    expect((await asked("random", "all")).flat().filter((node) => node.startsWith("observer-"))).not.toEqual([]);
    expect((await asked("random", "auditors")).flat().filter((node) => node.startsWith("observer-"))).toEqual([]);
  });
});

describe("the part of questions that are satisfied", () => {
  const availability = async (silent: readonly number[], quorum: number): Promise<number | null> => {
    const behaviours = silent.length === 0 ? [] : [behaviour("silent", silent, { fromEpoch: 1 })];
    // Asked in the second half of an epoch's time alone, when all have signed it: epochs appear at full 30 s, clients
    // ask 20 s later.
    const clients = [{ ...CLIENTS, ask: 5, quorum, everyMs: 30_000 }];
    const { world, lines } = await live({ behaviours, clients, provider: { publicationDelayMs: 0, latencyMs: 0 } });
    const answers = linesOf(lines, "answer");
    const satisfied = answers.filter(({ result }) => result === "satisfied").length;
    expect(world.measures().quorumAvailability).toBe(satisfied / answers.length);
    expect(Object.values(world.measures().clientAnswers).reduce((sum, count) => sum + count, 0)).toBe(answers.length);
    return world.measures().quorumAvailability;
  };

  it("is nothing where fewer auditors sign than a quorum needs, and all or nearly all where enough do", async () => {
    expect(await availability([4, 5], 4)).toBe(0);
    expect(await availability([5], 4)).toBeGreaterThan(0.5);
    expect(await availability([], 4)).toBeGreaterThan(0.5);
  });

  it("is not a number where nobody asks", async () => {
    expect((await live({ epochs: 1 })).world.measures().quorumAvailability).toBeNull();
  });
});

describe("clients that tell each other what they accepted", () => {
  it("find out that two of them accepted two digests for an epoch, which they else never would", async () => {
    const results = async (gossipWith: number): Promise<Set<string>> => {
      const { lines } = await live({
        network: NO_TALK,
        provider: { lies: [lieTo("split", [4, 5], { clients: CLIENT_NAMES.slice(0, 10) })] },
        clients: [{ ...CLIENTS, count: 20, ask: 1, quorum: 1, gossipWith }],
      });
      const accepted = linesOf(lines, "answer").filter(({ result, epoch }) => result === "satisfied" && epoch === 8);
      expect(new Set(accepted.map(({ branch }) => branch))).toEqual(new Set(["main", "fork"]));
      return new Set(linesOf(lines, "answer").map(({ result }) => result));
    };
    expect(await results(0)).not.toContain("differs-from-another-client");
    expect(await results(3)).toContain("differs-from-another-client");
  });
});

describe("a client whose nodes are down", () => {
  it("has an answer that says so, and asks again", async () => {
    const faults = auditors(1, 2, 3, 4, 5).map(
      (node) => ({ kind: "kill", node, atMs: 100_000, downMs: 60_000 }) as const,
    );
    const { lines } = await live({ faults, clients: [{ ...CLIENTS, ask: 5 }] });
    const between = (from: number, to: number): string[] =>
      linesOf(lines, "answer").flatMap(({ t, result }) => (t > from * 1e6 && t < to * 1e6 ? [result] : []));
    expect(between(101, 160)).not.toContain("satisfied");
    expect(between(101, 160).length).toBeGreaterThan(0);
    expect(between(200, 400)).toContain("satisfied");
    expect(linesOf(lines, "answer")[0]?.asked).toContain(auditorName(1));
  });
});
