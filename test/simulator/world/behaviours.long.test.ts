import { describe, expect, it } from "vitest";
import { auditorName, clientName } from "../../../src/simulator/scenario/entity-names.ts";
import {
  auditors,
  behaviour,
  CLIENTS,
  type LivedWorld,
  lieTo,
  linesOf,
  live,
  machine,
  signedBy,
  verdicts,
} from "../small-world.ts";

const EVERYBODY_HONEST = auditors(1, 2, 3, 4);
const LIAR = auditorName(5);
const OTHER_FACE = `${LIAR} (2)`;

describe("a silent auditor", () => {
  it("signs nothing from its first epoch on until its last, and is accused of nothing", async () => {
    const { lines } = await live({ behaviours: [behaviour("silent", [5], { fromEpoch: 4, toEpoch: 6 })] });
    expect(signedBy(lines, LIAR)).toEqual(["1", "2", "3", "7", "8", "9", "10"]);
    expect(verdicts(lines)).toEqual({});
  });
});

describe("a lagging auditor", () => {
  it("signs so many epochs behind the others, and is accused of nothing", async () => {
    const { lines } = await live({ behaviours: [behaviour("lagging", [5], { epochsBehind: 3 })], settleMs: 0 });
    expect(signedBy(lines, LIAR)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(verdicts(lines)).toEqual({});
  });
});

describe("a lying auditor", () => {
  it("signs the other history without being shown it, and is one voice against many: a disagreement", async () => {
    const { lines } = await live({ behaviours: [behaviour("lying", [5], { fromEpoch: 4, toEpoch: 5 })] });
    expect(signedBy(lines, LIAR)).toEqual(["1", "2", "3", "4 fork", "5 fork", "6", "7", "8", "9", "10"]);
    for (const place of EVERYBODY_HONEST)
      expect([...new Set(verdicts(lines)[place])]).toEqual(["disagreement dissent"]);
  });

  it("makes the honest provider a convict where f is assumed too low: that is what f is for", async () => {
    const behaviours = [behaviour("lying", [4, 5])];
    const low = await live({ behaviours, faultBound: 1 });
    expect(low.world.measures().falseConvictions).toBeGreaterThan(0);
    const right = await live({ behaviours, faultBound: 2 });
    expect(right.world.measures().falseConvictions).toBe(0);
    expect([...new Set(verdicts(right.lines)[auditorName(1)])]).toEqual(["disagreement dissent"]);
  });
});

describe.each(["equivocating", "half-heads", "colluding"] as const)("an auditor with two faces (%s)", (kind) => {
  const world = live({ behaviours: [behaviour(kind, [5])], clients: [{ ...CLIENTS, ask: 5 }] });

  it("is convicted by every honest node, in one case about itself", async () => {
    const { lines } = await world;
    for (const place of EVERYBODY_HONEST) expect(verdicts(lines)[place]).toEqual([`auditor-equivocation ${LIAR}`]);
    expect(new Set(linesOf(lines, "case").map(({ id }) => id)).size).toBe(1);
  });

  it("says one thing by each of its faces, from the first epoch of its lie on", async () => {
    const { lines } = await world;
    expect(linesOf(lines, "signed").filter(({ who, epoch }) => who === OTHER_FACE && epoch < 4)).not.toContainEqual(
      expect.objectContaining({ branch: "fork" }),
    );
    expect(signedBy(lines, OTHER_FACE)).toContain("4 fork");
    expect(signedBy(lines, LIAR)).toContain("4");
  });

  it("is not counted as honest, so its conviction is none that is false", async () => {
    expect((await world).world.measures().falseConvictions).toBe(0);
  });
});

describe("what a two-faced auditor tells clients", () => {
  const cases = async (kind: "equivocating" | "colluding", place: string): Promise<number | undefined> => {
    const { world } = await live({ behaviours: [behaviour(kind, [5])] });
    return (await machine(world, place).quorum(4, 1))?.certificate.openCases;
  };

  it("has the case against itself, unless it colludes", async () => {
    expect(await cases("equivocating", LIAR)).toBe(1);
    expect(await cases("colluding", LIAR)).toBe(0);
    expect(await cases("colluding", auditorName(1))).toBe(1);
  });
});

describe("auditors that collude with a provider against one client", () => {
  const SEVEN = 7;
  const FAULT_BOUND = 2;
  /** floor(2n / 3) + 1: two quorums share more than f. */
  const SAFE_QUORUM = 5;
  const against = (colluders: readonly number[], quorum: number, talk: "talk" | "no talk"): Promise<LivedWorld> =>
    live({
      auditors: SEVEN,
      faultBound: FAULT_BOUND,
      network: talk === "talk" ? {} : { gossip: "none", headSync: false },
      provider: { lies: [lieTo("split", [], { clients: CLIENT_NAMES })] },
      behaviours: [behaviour("lying", colluders)],
      clients: [{ ...CLIENTS, count: CLIENT_NAMES.length, ask: quorum, choice: "random", quorum }],
    });

  it.each([[[7]], [[6, 7]]])("never succeed with a safe quorum while they are at most f (%j)", async (colluders) => {
    const { world } = await against(colluders, SAFE_QUORUM, "no talk");
    expect(world.measures()).toMatchObject({ victimAccepted: 0, falseConvictions: 0 });
  });

  it("succeed with as many as a quorum takes, where clients see only what those tell them", async () => {
    expect((await against([6, 7], 2, "no talk")).world.measures().victimAccepted).toBeGreaterThan(0);
    expect((await against([6, 7], 3, "no talk")).world.measures().victimAccepted).toBe(0);
  });

  it("are at least seen by everybody who talks", async () => {
    const { lines, world } = await against([6, 7], SAFE_QUORUM, "talk");
    for (const place of auditors(1, 2, 3, 4, 5))
      expect([...new Set(verdicts(lines)[place])]).toEqual(["disagreement dissent"]);
    expect(world.measures()).toMatchObject({ victimAccepted: 0, falseConvictions: 0 });
    expect(world.measures().detection?.clientMs).not.toBeNull();
  });
});

const CLIENT_NAMES = Array.from({ length: 12 }, (_, index) => clientName(index + 1));
